"""One account as all orders of a run share it: connections, pace, and looks at many devices."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from classic_rescue.api import reading
from classic_rescue.api.client import ClassicApi, Json, Patience, PatientApi, Request
from classic_rescue.api.devices import (
    LISTS,
    LOOKUPS,
    DeviceId,
    Devices,
    raise_unless_closed,
)
from classic_rescue.api.errors import ApiError, Denied, NotFound, RateLimited, Unanswered
from classic_rescue.api.event_log import in_parts
from classic_rescue.api.fleetwide import Fleetwide
from classic_rescue.api.lists import Pages, Question, one_of
from classic_rescue.api.settings import Settings
from classic_rescue.boot.facts import Facts, Image, Progress, User
from classic_rescue.boot.labels import Label
from classic_rescue.boot.states import DeviceRef, Kind
from classic_rescue.conductor.pacer import Pacer
from classic_rescue.conductor.rounds import Round
from classic_rescue.conductor.waiting import Waiting, real_s

CONNECTIONS = 8
PAGE = 200
NAMES = 50
"""How many names are asked for in one call: the filter is a part of the URL."""

TURNS_S = 4.0
"""For how many seconds ahead requests are let in between their last look and their going out."""

WATCHED_S = 2.0
"""How many restarts are watched at once, for each request a second. Each asks for two pings again
and again, so that this many get one look in four seconds; a guest is down for less than a minute.
"""

WATCH_S = 75.0
"""About how long a restart is watched: a minute, and some looks."""

SHORTEST_GAP_S = 0.25
LONGEST_GAP_S = 2.0
GAP_A_DEVICE_S = 0.01
"""How long a question waits for others like it: the longer, the more devices are under way."""

FRESH_S = 10.0
"""How old the list of images may be."""

LOOK_UP_S = 0.5
"""How often one that waits for a connection looks whether it was interrupted."""

Read = Callable[[Json], Json] | None


class Account:
    """The account behind these settings.

    `speed`: how many times as fast as real time a mock's clock runs.
    """

    def __init__(
        self, settings: Settings, labels: Sequence[Label], *, pacer: Pacer, speed: float = 1.0
    ) -> None:
        self.settings = settings
        self.pacer = pacer
        self.speed = speed
        self.server_time: datetime | None = None
        self.calls = 0
        self.refused = 0
        self._labels = labels
        self._free: queue.SimpleQueue[ClassicApi] = queue.SimpleQueue()
        for _ in range(CONNECTIONS):
            self._free.put(ClassicApi(settings))
        self._lock = threading.Lock()
        self._orders: set[int] = set()
        self._turns: set[int] = set()
        self._watched: set[int] = set()
        self._outside: dict[int, bool] = {}
        self.progress: Round[DeviceId, Progress] = Round(
            "looks at transactions", self._progress, gap_s=self._gap_s
        )
        self.facts: Round[DeviceId, Facts] = Round(
            "looks at devices", self._facts, gap_s=self._gap_s
        )
        self.names: Round[DeviceRef, set[DeviceId]] = Round(
            "looks for names", self._named, gap_s=self._gap_s
        )
        self.user: Round[None, User] = Round(
            "the user", self._user, gap_s=_at_once, age_s=float("inf")
        )
        self.images: Round[int | str, list[Image]] = Round(
            "the images", self._images, gap_s=self._gap_s, age_s=FRESH_S / speed
        )

    def send(self, request: Request, read: Read, line: Line) -> Json:
        """Send one request in its turn, over a connection of the pool. One that changes something
        goes over one of its own, at once: its turn has come before (`take_slot`).
        """
        within_s = line.patience.exchange_s() or self.settings.timeout_s
        if not request.is_read_only:
            api = ClassicApi(self.settings, patience=Once(within_s))
            try:
                return self._exchange(api, request, read, line)
            finally:
                api.close()
        until = real_s() + within_s
        if not self.pacer.take(line.waiting, within_s=within_s):
            raise Unanswered(
                f"{request}: not sent within {within_s:.3g} s, for the service's limit"
            )
        api = self._lent(line.waiting, request, until)
        api.patience = Once(max(until - real_s(), 0.1))
        try:
            return self._exchange(api, request, read, line)
        finally:
            self._free.put(api)

    def _lent(self, waiting: Waiting, request: Request, until: float) -> ClassicApi:
        while real_s() < until:
            waiting.rest(0)
            try:
                return self._free.get(timeout=LOOK_UP_S)
            except queue.Empty:
                continue
        raise Unanswered(f"{request}: not sent in time, since all connections were busy")

    def _exchange(self, api: ClassicApi, request: Request, read: Read, line: Line) -> Json:
        with self._lock:
            self.calls += 1
        try:
            return api.send(request, read)
        except RateLimited:
            with self._lock:
                self.refused += 1
            self.pacer.refused()
            raise
        finally:
            self.server_time = api.server_time or self.server_time
            line.total_items = api.total_items

    def take_turn(self, order: int, *, is_watched: bool) -> bool:
        """Let an order in between its last look and its request, if there is room; one whose
        restart is watched, if there is room for that, too.
        """
        with self._lock:
            is_in = order in self._turns or len(self._turns) < self._room(TURNS_S)
            is_seen = order in self._watched or len(self._watched) < self._room(WATCHED_S)
            if not is_in or (is_watched and not is_seen):
                self._outside[order] = is_watched
                return False
            self._outside.pop(order, None)
            self._turns.add(order)
            if is_watched:
                self._watched.add(order)
            return True

    def _room(self, ahead_s: float) -> float:
        return max(self.pacer.pace / self.speed * ahead_s, 1.0)

    def end_turn(self, order: int) -> None:
        """Its request is out; what is watched is watched on."""
        with self._lock:
            self._turns.discard(order)

    def leave_turn(self, order: int) -> None:
        """Make room for another."""
        with self._lock:
            self._turns.discard(order)
            self._watched.discard(order)

    def enter(self, order: int) -> None:
        """Count an order as under way."""
        with self._lock:
            self._orders.add(order)

    def leave(self, order: int) -> None:
        """Take it that the order has ended."""
        with self._lock:
            for among in (self._orders, self._turns, self._watched):
                among.discard(order)
            self._outside.pop(order, None)

    def line_s(self, *, is_watched: bool) -> float:
        """About how long an order waits that finds no room now, in seconds of the service."""
        with self._lock:
            before = len(self._turns) + len(self._outside)
            line_s = before / self.pacer.pace * self.speed
            if not is_watched:
                return line_s
            # A seat is free again when a restart is over.
            restarts = sum(self._outside.values())
            return max(line_s, WATCH_S * (restarts + 1) / self._room(WATCHED_S))

    def close(self) -> None:
        """End its threads, when no order is under way any more."""
        for round in (self.progress, self.facts, self.names, self.user, self.images):
            round.close()
        self.pacer.close()

    def _gap_s(self) -> float:
        gap_s = min(SHORTEST_GAP_S + GAP_A_DEVICE_S * len(self._orders), LONGEST_GAP_S)
        return gap_s / self.speed

    def _line(self) -> Line:
        waiting = Waiting()
        return Line(self, waiting, sleep=waiting.rest, patience=Once(self.settings.timeout_s))

    def _progress(self, wanted: set[DeviceId]) -> Mapping[DeviceId, Progress]:
        """What the lists tell of them. A device that they do not tell of is left out."""
        found: dict[DeviceId, Progress] = {}
        for kind in Kind:
            numbers = sorted(device.id for device in wanted if device.kind is kind)
            for part in in_parts(numbers, PAGE):
                try:
                    found |= self._progress_of(kind, part)
                except Denied as problem:
                    raise_unless_closed(problem)
                except NotFound:  # it is not of any of these devices
                    continue
        return found

    def _progress_of(self, kind: Kind, numbers: Sequence[int]) -> dict[DeviceId, Progress]:
        method, root = LISTS[kind]
        question = Question(
            "SoftLayer_Account",
            method,
            reading.PROGRESS_LIST_MASK[kind],
            {root: {"id": one_of(numbers)}},
        )
        found = {}
        # One more than there can be: all of them are the whole list.
        for rows in Pages(self._line(), question, len(numbers) + 1).each():
            for row in rows:
                try:
                    found[DeviceId(kind, int(row["id"]))] = reading.progress_from(row)
                except (reading.NotUnderstood, KeyError):
                    continue  # asked for singly, it is said what is wrong with it
        return found

    def _facts(self, wanted: set[DeviceId]) -> Mapping[DeviceId, Facts]:
        look = Fleetwide(self._line(), self._labels, closer_looks=0)
        try:
            census = look.read(only=wanted, is_wanted=lambda facts: True)
        except NotFound:  # it is not of any of these devices
            return {}
        return {
            device: facts
            for device, facts in census.facts.items()
            if device not in census.undecided
        }

    def _named(self, wanted: set[DeviceRef]) -> Mapping[DeviceRef, set[DeviceId]]:
        """The devices that have these names or addresses. Where a list is closed to this user, or
        has a device that fits none of them as far as we can tell, nothing is said of any.
        """
        try:
            return {
                ref: {device for _, device in found}
                for ref, found in itertools.groupby(sorted(self._matches(wanted)), _first)
            }
        except (Denied, reading.NotUnderstood) as problem:
            if isinstance(problem, Denied):
                raise_unless_closed(problem)
            return {}

    def _matches(self, wanted: set[DeviceRef]) -> Iterator[tuple[DeviceRef, DeviceId]]:
        """Each device beside what it was found by; twice where two of its properties fit."""
        for field, names in LOOKUPS.items():
            by_value = {str(ref.value).casefold(): ref for ref in wanted if ref.field is field}
            for part in in_parts(sorted(by_value), NAMES):
                for kind, name in itertools.product(Kind, names):
                    for row in self._having(kind, name, part):
                        try:
                            yield by_value[row[name].casefold()], DeviceId(kind, int(row["id"]))
                        except (KeyError, AttributeError, TypeError, ValueError):
                            raise reading.NotUnderstood(f"{name} of {row}") from None

    def _having(self, kind: Kind, name: str, values: Sequence[str]) -> Iterator[reading.Reply]:
        """The devices with one of these values in this property, in whatever case."""
        method, root = LISTS[kind]
        question = Question(
            "SoftLayer_Account",
            method,
            f"mask[id,{name}]",
            {root: {name: one_of([f"_= {value}" for value in values], "or")}},
        )
        for rows in Pages(self._line(), question, PAGE).each():
            yield from rows

    def _user(self, _: set[None]) -> Mapping[None, User]:
        return {None: Devices(self._line()).user()}

    def _images(self, wanted: set[int | str]) -> Mapping[int | str, list[Image]]:
        devices = Devices(self._line())
        return {one: devices.images(one) for one in wanted}


def _first(pair: tuple[DeviceRef, DeviceId]) -> DeviceRef:
    return pair[0]


def _at_once() -> float:
    return 0.0


class Once(NamedTuple):
    """Patience for one exchange of so many seconds."""

    within_s: float

    def goes_on(self, attempt: int, problem: ApiError, pause_s: float) -> bool:
        """No: who wants it asks again."""
        return False

    def exchange_s(self) -> float:
        """As given."""
        return self.within_s


class Line(PatientApi):
    """The way of one thread to the account."""

    def __init__(
        self,
        account: Account,
        waiting: Waiting,
        *,
        sleep: Callable[[float], None],
        patience: Patience | None = None,
    ) -> None:
        super().__init__(sleep=sleep, patience=patience)
        self._account = account
        self.waiting = waiting

    def send(self, request: Request, read: Read) -> Json:
        """Send it once, in its turn."""
        value = self._account.send(request, read, self)
        self.server_time = self._account.server_time
        return value
