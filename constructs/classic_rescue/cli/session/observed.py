"""Observed beside desired, for many devices side by side."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from classic_rescue.api.client import ClassicApi, Retry
from classic_rescue.api.devices import DeviceId, Devices, LookupFailedError
from classic_rescue.api.errors import ApiError, NotFound, Refused, Unreadable
from classic_rescue.api.fleetwide import Fleetwide, Observe
from classic_rescue.api.settings import Settings
from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.labels import Label
from classic_rescue.boot.overdue import overdue, so_far
from classic_rescue.boot.states import BootState
from classic_rescue.boot.testimony import Testimony
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.outage import Outage, is_outage, outage_of
from classic_rescue.cli.terminal.output import Record
from classic_rescue.hook.absence import explain_not_found

THREADS = 8
MOST_SINGLY = 25
"""Up to so many devices are looked at one by one, 3 or 4 calls each."""

PATIENCE = Retry(attempts=4)
"""A person waits: about 10 seconds of repeats a call, not the minutes that a hook has."""

COLUMNS = ("name", "verdict", "desired", "observed", "since", "evidence", "address", "device")


@dataclass(frozen=True, slots=True)
class Row:
    """What was read of one device; `error` says why nothing was,
    `problem` is its cause where it came while reading.

    `at` is the service's own time of the look, None where it told none. `repair` is what is known
    here of the script that it is declared with.
    """

    target: Target
    device: DeviceId | None = None
    facts: Facts | None = None
    seen: Observation | None = None
    error: str = ""
    problem: ApiError | None = None
    at: datetime | None = None
    repair: str = ""

    @property
    def seems_there(self) -> bool:
        """Whether the device is where it must be and at rest, as far as can be told."""
        return bool(self.seen and self.target.desired and self.seen.satisfies(self.target.desired))

    @property
    def agrees(self) -> bool:
        """Whether it is known that the device is where it must be, and at rest."""
        return self.seems_there and not (self.seen and self.seen.unproven)

    @property
    def is_uncertain(self) -> bool:
        """Whether nobody can tell if the device is where it must be."""
        seen = self.seen
        if seen is None or seen.in_motion or seen.is_off or seen.is_contradicted:
            return False
        return seen.state is BootState.UNKNOWN or (
            bool(seen.unproven) and (self.target.desired is None or self.seems_there)
        )

    @property
    def overdue(self) -> str:
        """What to say where its transaction is under way far beyond the usual; else empty."""
        if self.seen is None or self.seen.in_motion is None:
            return ""
        device = str(self.device or self.target.order.device.key)
        return overdue(self.seen.in_motion, self.at, device=device) or ""

    @property
    def evidence(self) -> str:
        """How it is known what the device runs, or why it is not."""
        if self.seen is None:
            return self.error
        if self.overdue:
            return self.overdue
        if moving := self.seen.in_motion:
            long = so_far(moving, self.at)
            return self.seen.evidence + (f" ({long})" if long else "")
        if self.seen.unproven and self.seen.unproven not in self.seen.evidence:
            return f"{self.seen.evidence}; not proven: {self.seen.unproven}{self._of_repair}"
        return f"{self.seen.evidence}{self._of_repair}"

    @property
    def _of_repair(self) -> str:
        return f"; {self.repair}" if self.repair else ""

    @property
    def has_left(self) -> bool:
        """Whether a device that must leave has left: powered off without an image counts,
        as the hook has it.
        """
        is_off = self.seen is not None and self.seen.is_off and not self.seen.image
        goes_to_os = self.target.desired is not None and self.target.desired.state is BootState.OS
        return self.agrees or (is_off and goes_to_os)

    @property
    def verdict(self) -> str:
        """One word or two for people."""
        if self.error or self.seen is None:
            return "error"
        if self.target.desired is None:
            return "not in the fleet"
        if self.agrees:
            return "as desired"
        if self.seen.in_motion:
            return "OVERDUE" if self.overdue else "in motion"
        if self.is_uncertain:
            return "NOT PROVEN" if self.seen.unproven else "UNKNOWN"
        return "DIFFERS"

    @property
    def address(self) -> str:
        """Where the device answers: its public address, or the private one."""
        return (self.facts.public_ip or self.facts.private_ip) if self.facts else ""


def observe_all(
    targets: Sequence[Target], settings: Settings, labels: Sequence[Label], eyes: Observe
) -> list[Row]:
    """A row for every target, in their order. Raises ApiError when the service as a whole does not
    answer.

    Few devices are looked at one by one. Many are read in the account's lists, and singly where
    those do not tell.
    """
    if not targets:
        return []
    api = ClassicApi(settings, patience=PATIENCE)
    user = _user_of_service(Devices(api))
    listed = _listed(targets, api, labels, eyes) if len(targets) > MOST_SINGLY else {}
    rest = [number for number in range(len(targets)) if number not in listed]
    more = (ClassicApi(settings, patience=PATIENCE) for _ in range(min(THREADS, len(rest)) - 1))
    readers = [_reader(worker, eyes) for worker in (api, *more)]
    singly = read_side_by_side([targets[number] for number in rest], readers)
    rows = listed | dict(zip(rest, singly, strict=True))
    return [explained(rows[number], user) for number in range(len(targets))]


def unread(targets: Sequence[Target], problem: ApiError) -> list[Row]:
    """The rows of a service that answers for no device at all."""
    return [Row(target, error=str(problem), problem=problem) for target in targets]


def explained(row: Row, user: str) -> Row:
    """The row of a device that was not found, with what that may mean instead of the service's
    words.
    """
    if isinstance(row.problem, NotFound | LookupFailedError):
        return replace(row, error=explain_not_found(row.target.order, row.problem, user))
    return row


def _listed(
    targets: Sequence[Target], api: ClassicApi, labels: Sequence[Label], eyes: Observe
) -> dict[int, Row]:
    """The rows of the targets that the account's lists tell enough of, by their place:
    none where it cannot list.
    """
    names = {target.order.device.key for target in targets}
    wanted = ids_of(targets)
    try:
        # Their events are wanted in any case: they do not change what is seen, but they are its
        # evidence.
        census = Fleetwide(api, labels, observe=eyes).read(
            only=wanted, is_wanted=lambda facts: not names.isdisjoint(facts.names)
        )
    except (Refused, Unreadable):
        return {}
    rows: dict[int, Row] = {}
    for number, target in enumerate(targets):
        try:
            device = census.find(target.order.device)
        except LookupFailedError as problem:
            rows[number] = Row(target, error=str(problem), problem=problem)
            continue
        facts = census.facts.get(device)
        if facts and device not in census.undecided:
            seen = census.observation(device)
            rows[number] = Row(target, device=device, facts=facts, seen=seen, at=api.server_time)
    return rows


def ids_of(targets: Sequence[Target]) -> list[DeviceId] | None:
    """The devices meant, where every one is named by its id;
    None where the account must be searched.
    """
    refs = [target.order.device for target in targets]
    found = [DeviceId(ref.kind, int(ref.value)) for ref in refs if ref.kind]
    return found if len(found) == len(refs) else None


def read_side_by_side(
    targets: Sequence[Target], readers: Iterable[Callable[[Target], Row]]
) -> list[Row]:
    """Every target read, by one thread a reader.

    The threads never hold up the end of the process.
    """
    todo: queue.SimpleQueue[tuple[int, Target]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Row | BaseException]] = queue.SimpleQueue()
    for numbered in enumerate(targets):
        todo.put(numbered)
    for reader in readers:
        threading.Thread(target=_work, args=(reader, todo, done), daemon=True).start()
    rows: dict[int, Row] = {}
    while len(rows) < len(targets):
        number, row = done.get()
        if isinstance(row, BaseException):
            raise row
        rows[number] = row
    return [rows[number] for number in range(len(targets))]


def _work(
    reader: Callable[[Target], Row],
    todo: queue.SimpleQueue[tuple[int, Target]],
    done: queue.SimpleQueue[tuple[int, Row | BaseException]],
) -> None:
    while True:
        try:
            number, target = todo.get_nowait()
        except queue.Empty:
            return
        try:
            done.put((number, reader(target)))
        except Exception as problem:  # noqa: BLE001 a thread's rim: the main thread raises it again
            done.put((number, problem))


def outage_in(rows: Sequence[Row]) -> tuple[Outage | None, list[Row]]:
    """The outage that kept some of them from being read, if there was one, and all other rows."""
    unread = [row for row in rows if row.seen is None]
    outage = outage_of(
        [(row.target.name, row.problem) for row in unread],
        others=len(rows) - len(unread),
        since=[row.at for row in unread if is_outage(row.problem)],
    )
    if outage is None:
        return None, list(rows)
    return outage, [row for row in rows if row.seen or not is_outage(row.problem)]


def shared_devices(rows: Iterable[Row]) -> list[str]:
    """A sentence for each device that several names lead to."""
    names = defaultdict(list)
    for row in rows:
        if row.device:
            names[str(row.device)].append(row)
    return [
        (
            f"{' and '.join(_said(row.target) for row in rows)} are one device, {device}; remove"
            " all but one"
        )
        for device, rows in names.items()
        if len(rows) > 1
    ]


def _said(target: Target) -> str:
    return f"{target.name} ({target.place})" if target.place else target.name


def record(row: Row) -> Record:
    """A row for people; the columns are `COLUMNS`."""
    desired = str(row.target.desired) if row.target.desired else ""
    seen = row.seen
    values = (
        row.target.name,
        row.verdict,
        desired,
        str(seen) if seen else "",
        clock_time(seen.since) if seen and seen.since else "",
        row.evidence,
        row.address,
        str(row.device or row.target.order.device.key),
    )
    return Record(values, "good" if row.agrees else "bad")


def as_json(row: Row) -> dict[str, object]:
    """A row for programs."""
    seen = row.seen
    return {
        "name": row.target.name,
        "key": row.target.order.device.key,
        "device": str(row.device) if row.device else None,
        "desired": str(row.target.desired) if row.target.desired else None,
        "observed": str(seen) if seen else None,
        "verdict": row.verdict.casefold().replace(" ", "_"),
        "agrees": row.agrees,
        "since": clock_time(seen.since) if seen and seen.since else None,
        "evidence": seen.evidence if seen else None,
        "unproven": (seen.unproven or None) if seen else None,
        "in_motion": _motion_as_json(row),
        "testimony": _testimony_as_json(seen.testimony) if seen and seen.testimony else None,
        "address": row.address or None,
        "error": row.error or None,
    }


def _motion_as_json(row: Row) -> dict[str, object] | None:
    moving = row.seen.in_motion if row.seen else None
    if moving is None:
        return None
    return {
        "id": moving.id,
        "text": str(moving),
        "since": clock_time(moving.created) if moving.created else None,
        "usual_s": moving.usual_s,
        "overdue": row.overdue or None,
    }


def _testimony_as_json(told: Testimony) -> dict[str, object]:
    return {
        "heard": told.heard.name.lower(),
        "where": told.where or None,
        "key": told.key or None,
        "type": told.kind or None,
        "since": clock_time(told.since) if told.since else None,
        "known": told.known or None,
        "detail": told.detail or None,
    }


def _user_of_service(devices: Devices) -> str:
    """Who these credentials are. Raises what would go wrong with every device alike: no
    connection, an outage, wrong credentials.
    """
    try:
        return devices.user().name
    except ApiError as problem:
        if is_outage(problem):
            raise
        # The user's own record may be closed to it; the devices tell what is open.
        return "behind these credentials"


def _reader(api: ClassicApi, eyes: Observe) -> Callable[[Target], Row]:
    devices = Devices(api)

    def read(target: Target) -> Row:
        device = None
        try:
            device = devices.find(target.order.device)
            facts = devices.facts(device)
        except ApiError as problem:
            row = Row(target, device, error=str(problem), problem=problem)
            return replace(row, at=api.server_time)
        seen = eyes(device, facts)
        return Row(target, device=device, facts=facts, seen=seen, at=api.server_time)

    return read
