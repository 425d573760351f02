"""What changed since a page was rendered:
the devices, the real machines behind them, the clock, the people, the mock's faults and settings.

Pages that are open ask often. Devices that never moved cost nothing, and one that rests costs a
comparison, so a look at ten thousand of them takes about a millisecond. Looking changes nothing:
what is due is told from its due time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from math import inf

from mock_api.domain.facts import Kind
from mock_api.domain.stage import Stage
from mock_api.domain.transitions import DeviceState

CLOCK = "clock"
PEOPLE = "people"
MOCK = "mock"
EVERYTHING = "everything"
LOOK_EVERY_S = 0.1
UNKNOWN = -1  # the number of a page that knows none
KEPT_CHANGES = 5000


def topic_of(kind: Kind, number: int) -> str:
    """How a change names a device: KIND/ID."""
    return f"{kind}/{number}"


def machine_topic(kind: Kind, number: int) -> str:
    """How a change names the real machine behind a device, and what that printed:
    machine/KIND/ID.
    """
    return f"machine/{topic_of(kind, number)}"


def device_of(topic: str) -> tuple[Kind, int] | None:
    """The device that a topic is of; None for one that everybody may hear of."""
    *_, kind, number = ("", *topic.split("/"))
    return (Kind(kind), int(number)) if kind else None


def read_number(text: str | None) -> int | None:
    """The number of a change as a browser sends it back; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 20 else None


class Feed:
    """The `kept` newest changes, each with its number.

    `real_s` is a steadily growing real clock (seconds).
    """

    def __init__(self, stage: Stage, real_s: Callable[[], float], kept: int = KEPT_CHANGES) -> None:
        self._stage = stage
        self._real_s = real_s
        self._lock = threading.Lock()
        self._changes: deque[tuple[int, str]] = deque(maxlen=kept)
        self._newest = 0
        self._looked_s = -inf
        self._watch = _Watch(stage)

    def newest(self) -> int:
        """The number of the newest change, for a page that is rendered now."""
        return self.read(UNKNOWN)[0]

    def read(self, since: int) -> tuple[int, frozenset[str]]:
        """The number of the newest change, and what changed after the number `since`.

        A number that is too old, or that this feed never gave,
        means that everything may have changed.
        """
        with self._lock:
            self._look()
            if since == self._newest:
                return self._newest, frozenset()
            oldest = self._changes[0][0] if self._changes else self._newest + 1
            if not oldest - 1 <= since <= self._newest:
                return self._newest, frozenset({EVERYTHING})
            return self._newest, frozenset(
                topic for number, topic in self._changes if number > since
            )

    def _look(self) -> None:
        now_s = self._real_s()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        with self._stage.lock:
            world = self._stage.world
            topics = {EVERYTHING} if world is not self._watch.world else set(self._watch.changes())
            if EVERYTHING in topics:
                self._watch = _Watch(self._stage)
        # Without the stage's lock: a disk may keep one waiting.
        topics.update(self._watch.machine_changes())
        for topic in sorted(topics):
            self._newest += 1
            self._changes.append((self._newest, topic))


class _Watch:
    """One world as it was at the last look."""

    def __init__(self, stage: Stage) -> None:
        self.world = world = stage.world
        self._stage = stage
        self._with_machines = [row for row in world.all_devices() if row.facts.machine]
        self._marks: dict[int, object] = {}
        self._seen: dict[int, tuple[DeviceState, float]] = {}
        self._events = len(world.events)
        self._parts: dict[str, object] = {}
        set(self.changes())

    def changes(self) -> Iterator[str]:
        """What differs from the last look; remembers this one."""
        yield from self._moved_devices()
        yield from self._new_events()
        world = self.world
        for topic, part in (
            (CLOCK, world.clock.anchor),
            (PEOPLE, world.profiles),
            (MOCK, (world.faults, world.settings)),
        ):
            if self._parts.get(topic) != part:
                self._parts[topic] = part
                yield topic

    def machine_changes(self) -> Iterator[str]:
        """The same of real machines, of which nothing is read for it."""
        for device in self._with_machines:
            number = device.facts.id
            mark = self._stage.machines.mark(number)
            if self._marks.get(number) != mark:
                self._marks[number] = mark
                yield machine_topic(device.kind, number)

    def _moved_devices(self) -> Iterator[str]:
        now_s = self.world.clock.now_s()
        for number, state in self.world.moved.items():
            seen = self._seen.get(number)
            if seen is not None and seen[0] is state and now_s < seen[1]:
                continue
            self._seen[number] = (state, _next_s(state, now_s))
            yield self._topic(number)

    def _new_events(self) -> Iterator[str]:
        new = self.world.events[self._events :]
        self._events = len(self.world.events)
        yield from (self._topic(row.object_id) for row in new if row.object_name != "User")

    def _topic(self, number: int) -> str:
        return topic_of(
            Kind.GUEST if number in self.world.devices[Kind.GUEST] else Kind.HARDWARE, number
        )


def _next_s(state: DeviceState, now_s: float) -> float:
    """When this state shows differently by itself: a transaction appears,
    or what is under way is due.
    """
    instants = [row.due_s for row in (state.pending, state.job) if row and row.due_s is not None]
    instants.extend(row.created_s for row in state.transactions[-1:])
    if state.locked_until_s is not None:
        instants.append(state.locked_until_s)
    return min((instant_s for instant_s in instants if instant_s > now_s), default=inf)
