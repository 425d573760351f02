"""The facts of every device that the user sees, in a few calls for each hundred devices.

The account's lists tell all that `Devices.facts` tells but for two things: the event log, and which
image is mounted (`getIsoBootImage` is a method, no property: `classic-api.md` 2.1). The log is read
for those devices whose state it can change. Where a list leaves open what is mounted, a few devices
are looked at singly; others stay undecided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from classic_rescue.api import reading
from classic_rescue.api.client import Json, PatientApi
from classic_rescue.api.devices import LISTS, DeviceId, Devices, raise_unless_closed, the_one
from classic_rescue.api.errors import ApiError, Denied, NotFound
from classic_rescue.api.event_log import LEAVES_OS, EventLog, in_parts
from classic_rescue.api.lists import Pages, Question, one_of, order_by
from classic_rescue.boot.evidence import Observation, clock_time, observe, transaction_sign
from classic_rescue.boot.facts import Facts, Image
from classic_rescue.boot.labels import LABELS, Label, Meaning
from classic_rescue.boot.states import BootState, DeviceRef, Kind

PAGE = 200
CLOSER_LOOKS = 25
"""How many devices are looked at singly where the lists leave their state open:
3 or 4 calls each.
"""

LOG_IS_CLOSED = (
    "your user may not read the event log: a restart out of rescue cannot be seen, so a device that"
    " counts as in rescue may have left it; nor can who did what"
)


Observe = Callable[[DeviceId, Facts], Observation]
"""What a device's facts mean. Without one the facts alone count; runs on this machine may have seen
more (`hook.device_files`).
"""


class Census(NamedTuple):
    """All devices at one moment.

    `undecided` gives the reason where the facts do not tell a device's state. `looked_at` are those
    that were looked at singly. `notes` say what could not be read; `refused` are the lists of
    devices among that. `observe` says what a device's facts mean.
    """

    facts: dict[DeviceId, Facts]
    undecided: dict[DeviceId, str]
    looked_at: tuple[DeviceId, ...]
    notes: tuple[str, ...]
    labels: tuple[Label, ...]
    by_name: dict[str, list[DeviceId]]
    refused: dict[Kind, ApiError]
    observe: Observe

    def find(self, ref: DeviceRef) -> DeviceId:
        """The one device meant, as `Devices.find` has it, without a call.

        Raises LookupFailedError.
        """
        return (
            DeviceId(ref.kind, int(ref.value))
            if ref.kind
            else the_one(ref, self.by_name.get(ref.key, ()))
        )

    def observation(self, device: DeviceId) -> Observation | None:
        """What the device runs: unknown where that is undecided,
        None for a device that the user does not see.
        """
        if reason := self.undecided.get(device):
            return Observation(BootState.UNKNOWN, reason)
        facts = self.facts.get(device)
        return self.observe(device, facts) if facts else None


def _nothing(facts: Facts) -> bool:
    return False


class Fleetwide:
    """One look at the devices of an account, through one client. For one use."""

    def __init__(
        self,
        api: PatientApi,
        labels: Iterable[Label] = LABELS,
        *,
        observe: Observe | None = None,
        closer_looks: int = CLOSER_LOOKS,
    ) -> None:
        self._api = api
        self._labels = tuple(labels)
        self._observe = observe or self._by_facts
        self._closer_looks = closer_looks
        self._facts: dict[DeviceId, Facts] = {}
        self._undecided: dict[DeviceId, str] = {}
        self._notes: list[str] = []
        self._refused: dict[Kind, ApiError] = {}

    def read(
        self,
        *,
        only: Collection[DeviceId] | None = None,
        is_wanted: Callable[[Facts], bool] = _nothing,
    ) -> Census:
        """Look: at all devices, or `only` at these, one call for each 200 of a kind.

        Raises ApiError.

        `is_wanted` tells of which devices the newest events are read in any case. They are also
        looked at first where the lists leave their state open.
        """
        for kind in Kind:
            self._list(
                kind,
                None
                if only is None
                else sorted({device.id for device in only if device.kind is kind}),
            )
        wanted = {device for device, facts in self._facts.items() if is_wanted(facts)}
        self._read_log(wanted)
        looked_at = self._look_closer(wanted)
        by_name = defaultdict(list)
        for device, facts in self._facts.items():
            for key in facts.names:
                by_name[key].append(device)
        return Census(
            facts=self._facts,
            undecided=self._undecided,
            looked_at=looked_at,
            notes=tuple(self._notes),
            labels=self._labels,
            by_name=by_name,
            refused=self._refused,
            observe=self._observe,
        )

    def _by_facts(self, device: DeviceId, facts: Facts) -> Observation:
        return observe(facts, labels=self._labels)

    def _list(self, kind: Kind, only: Sequence[int] | None) -> None:
        """Take the facts from the account's list.

        A user who may not read one goes without, and that is noted.
        """
        try:
            rows = (
                self._pages(kind, order_by("ASC")).by_id()
                if only is None
                else self._some(kind, only)
            )
        except Denied as problem:
            raise_unless_closed(problem)
            self._refused[kind] = problem
            self._notes.append(f"no {kind} can be seen: {problem}")
            return
        for number, row in rows.items():
            device = DeviceId(kind, number)
            self._facts[device], reason = _facts_in(kind, row, self._labels)
            if reason:
                self._undecided[device] = reason

    def _some(self, kind: Kind, only: Sequence[int]) -> dict[int, reading.Reply]:
        found: dict[int, reading.Reply] = {}
        for numbers in in_parts(only, PAGE):
            for rows in self._pages(kind, one_of(numbers)).each():
                found |= {int(row["id"]): row for row in rows}
        return found

    def _pages(self, kind: Kind, numbers: dict[str, Json]) -> Pages:
        method, root = LISTS[kind]
        mask = reading.LIST_MASK[kind]
        return Pages(
            self._api, Question("SoftLayer_Account", method, mask, {root: {"id": numbers}}), PAGE
        )

    def _read_log(self, wanted: Collection[DeviceId]) -> None:
        """Add the events to the facts, where they matter.

        For a user who may not read the log they are None.
        """
        if not self._facts:
            return
        log = EventLog(self._api, self._labels)
        try:
            requests = log.requests()
            if requests.read_back_to:
                self._notes.append(
                    f"requests in the event log before {clock_time(requests.read_back_to)}"
                    " were not read"
                )
            doubtful = {
                device
                for device in self._facts
                if self._is_doubtful(device, requests.at.get(device.id))
            }
            events, missed = log.newest(
                {device.id: self._ended_at(device) for device in doubtful.union(wanted)}
            )
        except Denied as problem:
            raise_unless_closed(problem)
            self._facts = {
                device: facts._replace(events=None) for device, facts in self._facts.items()
            }
            self._notes.append(LOG_IS_CLOSED)
            return
        for device in doubtful.union(wanted):
            self._facts[device] = self._facts[device]._replace(events=events.get(device.id, ()))
            if device in doubtful and device.id in missed:
                self._undecided[device] = "the event log holds too much to find its last restart"

    def _is_doubtful(self, device: DeviceId, requested_at: datetime | None) -> bool:
        """Whether the log can change what the lists tell.

        Where they leave it open, a closer look reads its log.
        """
        facts = self._facts[device]
        if facts.active or device in self._undecided:
            return False
        last = transaction_sign(facts.last, self._labels) if facts.last else None
        if requested_at and (last is None or requested_at >= last.at):
            return True
        is_away = (
            last is not None and last.meaning in LEAVES_OS and last.meaning is not Meaning.UNLOAD
        )
        return is_away or facts.mounted is not None

    def _ended_at(self, device: DeviceId) -> datetime | None:
        last = self._facts[device].last
        sign = transaction_sign(last, self._labels) if last else None
        return sign.at if sign else None

    def _look_closer(self, wanted: Collection[DeviceId]) -> tuple[DeviceId, ...]:
        """Look singly at what is undecided, the wanted ones first;
        what is too many stays undecided.
        """
        devices = Devices(self._api)
        open_ones = sorted(self._undecided, key=lambda device: (device not in wanted, device))
        chosen = tuple(open_ones[: self._closer_looks])
        for device in chosen:
            try:
                self._facts[device] = devices.facts(device)
                del self._undecided[device]
            except NotFound:  # it went away meanwhile
                del self._facts[device], self._undecided[device]
            except ApiError as problem:
                self._undecided[device] += f" ({problem})"
        for device in open_ones[self._closer_looks :]:
            limit = self._closer_looks
            self._undecided[device] += f"; at most {limit} devices are looked at singly"
        return chosen


def _facts_in(kind: Kind, row: reading.Reply, labels: Sequence[Label]) -> tuple[Facts, str]:
    """The facts in a row of a list, and why they do not tell the state; empty where they do."""
    try:
        listed = row.get("recentRemoteManagementCommands")
        commands = None if listed is None else reading.commands_from(listed)
        facts = reading.facts_from(kind, row, commands=commands)
        drives = reading.drives_from(row)
    except reading.NotUnderstood as problem:
        return _names_in(kind, row), f"its row in the list is not understood ({problem})"
    if facts.active:
        return facts, ""
    if kind is Kind.HARDWARE:
        is_open = facts.last is not None and not facts.last.group
        return facts, "the list does not tell what its last transaction was" if is_open else ""
    mounted, is_open = _mounted(drives, facts, labels)
    return facts._replace(
        mounted=mounted
    ), "the list does not tell whether an image is mounted" if is_open else ""


def _names_in(kind: Kind, row: reading.Reply) -> Facts:
    """What a row that is not understood tells for sure: which device it is."""
    hostname = row.get("hostname")
    fqdn = row.get("fullyQualifiedDomainName")
    return Facts(
        kind,
        row["id"],
        hostname=hostname if isinstance(hostname, str) else "",
        fqdn=fqdn if isinstance(fqdn, str) else "",
    )


def _mounted(
    drives: Sequence[Image | None] | None, facts: Facts, labels: Sequence[Label]
) -> tuple[Image | None, bool]:
    """The mounted image, and whether that is open.

    A CD drive appears with the first mount and stays (`classic-api.md` 2.3). An empty one proves
    nothing: a mounted CD may show no image. But each mount is a transaction, so where the last one
    unloaded an image none is mounted.
    """
    if drives is None:
        return None, True
    if not drives:
        return None, False
    images = [image for image in drives if image]
    if images:
        return images[0], not images[0].name
    last = transaction_sign(facts.last, labels) if facts.last else None
    return None, last is None or last.meaning is not Meaning.UNLOAD
