"""The look for drift: Terraform's states, the account's lists, and the report made of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import Devices, LookupFailedError
from classic_rescue.api.errors import ApiError
from classic_rescue.api.fleetwide import Census, Fleetwide
from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.facts import Event
from classic_rescue.boot.states import BootState, DeviceRef
from classic_rescue.cli.drifts.comparison import Comparison, Line
from classic_rescue.cli.drifts.repairs import Repair
from classic_rescue.cli.drifts.words import MOODS, Verdict
from classic_rescue.cli.session.fleet_file import Target, as_declared
from classic_rescue.cli.session.observed import PATIENCE, Row, ids_of, shared_devices
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import say, say_wrapped
from classic_rescue.cli.terminal.table import Mood, counted
from classic_rescue.cli.terraform.records import read_records

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `calls` went to the API, `looked_at` of
    the devices were looked at singly among them, `at` the service's own time of that.
    """

    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    calls: int
    looked_at: int
    at: datetime | None = None

    @property
    def has_drift(self) -> bool:
        """Whether somebody must look into it."""
        return any(line.is_drift for line in self.lines)

    @property
    def unseen(self) -> int:
        """How many devices could not be looked at."""
        return sum(line.is_unseen for line in self.lines)

    @property
    def is_uncertain(self) -> bool:
        """Whether there is a device of which nobody can tell."""
        return any(line.is_uncertain for line in self.lines)

    def repairs(self, fleet: Fleet) -> list[Repair]:
        """What a deploy would repair: whatever has drifted,
        never what is in motion or cannot be told.
        """
        return [
            Repair(
                key=line.key,
                name=line.name,
                stack=fleet.stack_of(DeviceRef.from_key(line.key)),
                declared=str(line.declared),
                evidence=line.text,
            )
            for line in self.lines
            if line.verdict is Verdict.DRIFTED
        ]


def look_for_drift(session: Session, targets: Sequence[Target], *, is_whole: bool) -> Report:
    """Look at everything once. `is_whole`: the targets are the whole fleet, so that strangers are
    told, too.

    Raises Failure for states that cannot be read and for two names of one device, and ApiError.
    """
    records = read_records(session)
    api = ClassicApi(session.connection.settings, patience=PATIENCE)
    away = {
        target.order.device.key
        for target in targets
        if target.desired is None or target.desired.state is not BootState.OS
    }
    only = None if is_whole else ids_of(targets)
    census = Fleetwide(api, session.labels, observe=session.eyes).read(
        only=only, is_wanted=lambda facts: not away.isdisjoint(facts.names)
    )
    targets = [_as_declared(target, census, session.fleet) for target in targets]
    if any(target.order.ssh for target in targets):
        from classic_rescue.cli.session.testimonies import heard_in

        at = api.server_time or session.opened
        census = heard_in(census, targets, session.project, session.connection.environ, at=at)
    comparison = Comparison(census, records, api.server_time, cache(lambda: _user(api)))
    lines = comparison.lines(targets, is_whole=is_whole)
    _refuse_shared(targets, lines)
    notes = (*([records.note] if records.note else []), *census.notes)
    return Report(tuple(lines), notes, api.calls, len(census.looked_at), at=api.server_time)


def _as_declared(target: Target, census: Census, fleet: Fleet) -> Target:
    try:
        facts = census.facts.get(census.find(target.order.device))
    except LookupFailedError:
        return target
    return as_declared(fleet, target, facts.names) if facts else target


def _user(api: ClassicApi) -> str:
    try:
        return Devices(api).user().name
    except ApiError:
        return "behind these credentials"


def _refuse_shared(targets: Sequence[Target], lines: Sequence[Line]) -> None:
    devices = {line.key: line.device for line in lines}
    rows = [Row(target, devices.get(target.order.device.key)) for target in targets]
    if shared := shared_devices(rows):
        raise Failure("\n".join(shared))


def show_report(report: Report, lines: Sequence[Line]) -> None:
    """Print a paragraph for each of these devices, and what there is of each sort."""
    for line in lines:
        is_loud = line.is_drift or line.is_unseen
        label = f"{line.verdict.upper() if is_loud else line.verdict}: "
        say_wrapped(f"{label}{line.name}: {line.text}")
    show_counts(report, has_marks=False)


def show_counts(report: Report, *, has_marks: bool) -> None:
    """Print the notes, and how many devices there are of each sort."""
    for note in report.notes:
        say_wrapped(f"note: {note}")
    counts = Counter(line.verdict for line in report.lines)
    moods = MOODS if has_marks else {}
    said = counted(
        (counts[verdict], str(verdict), moods.get(verdict, Mood.GOOD)) for verdict in Verdict
    )
    devices = "1 device" if report.looked_at == 1 else f"{report.looked_at} devices"
    closer = f", {devices} looked at singly" if report.looked_at else ""
    say(f"{said or 'the fleet file names no device'} ({report.calls} API calls{closer})")


def as_json(line: Line) -> dict[str, object]:
    """A line for programs."""
    seen = line.seen
    return {
        "name": line.name,
        "key": line.key,
        "device": str(line.device) if line.device else None,
        "verdict": line.verdict.name.lower(),
        "is_drift": line.is_drift,
        "declared": str(line.declared) if line.declared else None,
        "recorded": str(line.recorded) if line.recorded else None,
        "observed": str(seen) if seen else None,
        "since": clock_time(seen.since) if seen and seen.since else None,
        "evidence": seen.evidence if seen else None,
        "unproven": (seen.unproven or None) if seen else None,
        "who": _who(line.event) if line.event else None,
        "address": line.address or None,
        "text": line.text,
    }


def _who(event: Event) -> dict[str, str]:
    return {"user": event.by, "event": event.name, "at": clock_time(event.at)}
