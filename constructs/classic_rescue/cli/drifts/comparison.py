"""Declared, on Terraform's record and observed, side by side:
what each device's line of the drift report says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from classic_rescue.api.devices import DeviceId, LookupFailedError
from classic_rescue.api.fleetwide import Census
from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.facts import Event
from classic_rescue.boot.labels import Meaning, meaning_of
from classic_rescue.boot.overdue import overdue
from classic_rescue.boot.states import BootState, Goal, Order
from classic_rescue.boot.waiting import Pace
from classic_rescue.cli.drifts.words import Verdict, is_there, runs, text_of
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.short import NOT_FOUND, Forms, evidence_in_short
from classic_rescue.cli.terraform.records import Deployed, Records
from classic_rescue.hook.absence import explain_not_found


@dataclass(frozen=True, slots=True)
class Line:
    """One device of the report. `declared` and `recorded` are None where the file or Terraform's
    state lacks it.

    `event` is the entry of the event log by which it came to be where it is, where the log tells.
    `short` is the evidence in a few words, in forms, the longest first.
    """

    name: str
    key: str
    verdict: Verdict
    text: str
    device: DeviceId | None = None
    declared: Goal | None = None
    recorded: Goal | None = None
    seen: Observation | None = None
    event: Event | None = None
    address: str = ""
    short: Forms = NOT_FOUND

    @property
    def is_drift(self) -> bool:
        """Whether somebody must look into it: the device is not as declared and deployed."""
        return self.verdict is Verdict.DRIFTED

    @property
    def is_unseen(self) -> bool:
        """Whether it could not be looked at."""
        return self.verdict is Verdict.NOT_FOUND

    @property
    def is_uncertain(self) -> bool:
        """Whether nobody can tell if it has drifted."""
        return self.verdict in (Verdict.UNKNOWN, Verdict.OVERDUE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: `census` is the look at the account, `now` the service's time,
    `user` tells who looked.
    """

    census: Census
    records: Records
    now: datetime | None
    user: Callable[[], str]

    def lines(self, targets: Sequence[Target], *, is_whole: bool) -> list[Line]:
        """A line a target; with `is_whole` also for what is only on record,
        and for strangers in rescue. In order.
        """
        lines = [self._of_target(target) for target in targets]
        if is_whole:
            keys = {line.key for line in lines}
            mine = {line.device: line.key for line in lines if line.device}
            gone = [
                self._leaving(record, mine)
                for key, record in self.records.devices.items()
                if key not in keys
            ]
            lines += gone
            lines += self._strangers({line.device for line in lines if line.device})
        order = list(Verdict)
        return sorted(lines, key=lambda line: order.index(line.verdict))

    def _of_target(self, target: Target) -> Line:
        key = target.order.device.key
        record = self.records.devices.get(key)
        if target.desired is None:
            return self._leaving(record, {}) if record else self._stranger_by_key(target)
        device, missing = self._find(target.order)
        seen = self.census.observation(device) if device else None
        late = self._overdue(device, seen)
        line = Line(
            name=target.name,
            key=key,
            verdict=Verdict.NOT_FOUND,
            text=missing,
            device=device,
            declared=target.desired,
            recorded=record.order.settled if record else None,
        )
        if device is None or seen is None:
            return line
        verdict = Verdict.OVERDUE if late else self._verdict(target.desired, record, seen)
        event = self._event(device, seen)
        text = text_of(
            verdict,
            wanted=target.desired,
            recorded=line.recorded,
            seen=seen,
            who=self._who(device, event, seen),
        )
        return replace(
            line,
            verdict=verdict,
            text=late or text,
            seen=seen,
            event=event,
            address=self._address(device),
            short=self._short(device, seen, event),
        )

    def _short(
        self, device: DeviceId | None, seen: Observation | None, event: Event | None
    ) -> Forms:
        """The evidence in a few words, with who did it where the log tells that."""
        if device is None or seen is None:
            return NOT_FOUND
        forms = evidence_in_short(seen, self.census.facts.get(device), self.now)
        if event is None or seen.in_motion or " by " in forms[0]:
            return forms
        if seen.unproven:
            return (f"not proven: {event.name} by {event.by}", *forms)
        return (f"{forms[0]}, by {event.by}", *forms)

    def _overdue(self, device: DeviceId | None, seen: Observation | None) -> str:
        if seen is None or seen.in_motion is None:
            return ""
        return overdue(seen.in_motion, self.now, device=str(device)) or ""

    def _find(self, order: Order) -> tuple[DeviceId | None, str]:
        """The device, and what to say where the user does not see it."""
        try:
            device = self.census.find(order.device)
        except LookupFailedError as problem:
            return None, explain_not_found(order, problem, self.user())
        if device in self.census.facts:
            return device, ""
        said = self.census.refused.get(device.kind, "the account's lists do not have it")
        return device, explain_not_found(order, LookupFailedError(str(said), 0), self.user())

    def _verdict(self, wanted: Goal, record: Deployed | None, seen: Observation) -> Verdict:
        if seen.in_motion or self._is_about_to_move(seen):
            return Verdict.IN_MOTION
        if record and not record.is_finished:
            return Verdict.FAILED
        if self.records.is_readable and (record is None or record.order.settled != wanted):
            return Verdict.DUE
        if is_there(seen, wanted):
            return Verdict.UNKNOWN if seen.unproven else Verdict.AS_DECLARED
        is_known = seen.is_off or seen.is_contradicted or seen.state is not BootState.UNKNOWN
        return Verdict.DRIFTED if is_known else Verdict.UNKNOWN

    def _is_about_to_move(self, seen: Observation) -> bool:
        """Whether something was requested so short ago that its transaction is still to come."""
        if not seen.requested_at or not self.now:
            return False
        return (self.now - seen.requested_at).total_seconds() < Pace().appear_s

    def _leaving(self, record: Deployed, declared: Mapping[DeviceId, str]) -> Line:
        """A device on record that the file does not name: the next deploy brings it back."""
        order = record.order
        device, missing = self._find(order)
        seen = self.census.observation(device) if device else None
        if device and device in declared:
            text = (
                f"the file names it {declared[device]} now: the next deploy takes that over without"
                " a restart"
            )
        elif device is None or seen is None:
            text = f"it was taken out of the file, and the next deploy will look for it: {missing}"
        else:
            text = (
                "it was taken out of the file: the next deploy brings it back to its operating"
                f" system; {runs(seen)}"
            )
        return Line(
            name=order.name,
            key=order.device.key,
            verdict=Verdict.NOT_FOUND if seen is None else Verdict.DUE,
            text=text,
            device=device,
            recorded=order.settled,
            seen=seen,
            address=self._address(device),
            short=self._short(device, seen, None),
        )

    def _strangers(self, known: set[DeviceId]) -> Iterator[Line]:
        for device in self.census.facts:
            seen = self.census.observation(device)
            if device not in known and seen and seen.state in (BootState.RESCUE, BootState.IMAGE):
                yield self._stranger(device, seen)

    def _stranger(self, device: DeviceId, seen: Observation) -> Line:
        facts = self.census.facts[device]
        event = self._event(device, seen)
        who = self._who(device, event, seen)
        key = f"{device.kind}/{device.id}"
        return Line(
            name=facts.fqdn or facts.hostname or key,
            key=key,
            verdict=Verdict.UNDECLARED,
            text=f"{runs(seen)}, and this fleet does not name it; {seen.evidence}{who}",
            device=device,
            seen=seen,
            event=event,
            address=self._address(device),
            short=self._short(device, seen, event),
        )

    def _stranger_by_key(self, target: Target) -> Line:
        device, missing = self._find(target.order)
        seen = self.census.observation(device) if device else None
        if device is None or seen is None:
            return Line(
                name=target.name,
                key=target.order.device.key,
                verdict=Verdict.NOT_FOUND,
                text=missing,
                device=device,
            )
        return self._stranger(device, seen)

    def _event(self, device: DeviceId, seen: Observation) -> Event | None:
        """The newest entry of the log that leads to what is seen."""
        meanings = _LEADS_TO_OFF if seen.is_off else _LEADS_TO.get(seen.state, ())
        events = self.census.facts[device].events or ()
        fitting = [
            event
            for event in events
            if event.by and meaning_of([event.name], self.census.labels) in meanings
        ]
        return max(fitting, key=lambda event: event.at, default=None)

    def _who(self, device: DeviceId, event: Event | None, seen: Observation) -> str:
        if event:
            said = f"{event.name} by {event.by} at {clock_time(event.at)}"
            return "" if said in seen.evidence else f"; event log: {said}"
        if self.census.facts[device].events is None:
            return "; who did it cannot be told: your user may not read the event log"
        return "; the event log does not tell who did it"

    def _address(self, device: DeviceId | None) -> str:
        facts = self.census.facts.get(device) if device else None
        return (facts.public_ip or facts.private_ip) if facts else ""


_LEADS_TO: dict[BootState, tuple[Meaning, ...]] = {
    BootState.OS: (Meaning.RESTART, Meaning.START, Meaning.UNLOAD, Meaning.OFF),
    BootState.RESCUE: (Meaning.RESCUE,),
    BootState.IMAGE: (Meaning.IMAGE,),
}
_LEADS_TO_OFF = (Meaning.OFF,)
