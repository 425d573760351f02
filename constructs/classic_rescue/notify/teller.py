"""Tells events to channels while a run goes on, and never keeps it waiting for long.

One thread remembers what was told; each channel has a thread of its own, so that one that hangs
holds up no other. What comes within moments is one message, and the longer a run takes, the rarer
messages get: 500 devices are told of in a few.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import NamedTuple, TypeVar

from classic_rescue.boot.channels import Channel, Kind
from classic_rescue.notify.events import ENDINGS, Event, Message
from classic_rescue.notify.memory import Memory, MemoryLostError, Row
from classic_rescue.notify.sending import Told

GATHER_S = 2.0
"""How long a first event waits for others like it."""

PAUSES_S = (10.0, 20.0, 40.0)
LONGEST_PAUSE_S = 60.0
FINISH_S = 5.0
"""How long the end of a run waits for what is still to be told, all channels together."""

MOST_AT_ONCE = 5000
NOTHING: set[Row] = set()
_OPEN = "open"
_END = None


class Mark(NamedTuple):
    """A request that takes a device somewhere was sent at `begin`: what follows belongs to it."""

    key: str
    begin: str


class Settled(NamedTuple):
    """A device is as declared: what drifts after this is new."""

    key: str


Item = Event | Mark | Settled
Value = TypeVar("Value")
Send = Callable[[Channel, Message], Told]


class Pauses(NamedTuple):
    """How a channel spaces its messages, in seconds."""

    gather_s: float = GATHER_S
    between_s: Sequence[float] = PAUSES_S
    longest_s: float = LONGEST_PAUSE_S


@dataclass(eq=False)
class _Outbox:
    """What one channel still has to be told."""

    channel: Channel
    waiting: queue.SimpleQueue[tuple[Event, Row] | None] = field(default_factory=queue.SimpleQueue)
    thread: threading.Thread | None = None


class Teller:
    """Takes events from any thread. `about` and `run` say where they come from."""

    def __init__(
        self,
        channels: Sequence[Channel],
        memory: Memory | None,
        send: Send,
        *,
        about: str = "",
        run: Mapping[str, str | None] | None = None,
        pauses: Pauses = Pauses(),  # noqa: B008 a tuple: nobody can change it
    ) -> None:
        self._memory = memory
        self._send = send
        self._about = about
        self._run = run
        self._pauses = pauses
        self._lock = threading.Lock()
        self._warnings: dict[str, str] = {}
        self._coming: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._outboxes = [_Outbox(channel) for channel in channels]
        self._ending = threading.Event()
        self._is_ended = False
        self._thread: threading.Thread | None = None

    def tell(self, *events: Item) -> None:
        """Tell these. Returns at once."""
        if self._is_ended or not self._outboxes:
            return
        for event in events:
            self._coming.put(event)
        if events and self._thread is None:
            self._thread = threading.Thread(target=self._sort, name="teller", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Nothing more comes: what waits is sent now. Returns at once."""
        self._is_ended = True
        self._ending.set()
        self._coming.put(_END)

    def warnings(self, clock: Callable[[], float], longest_s: float = FINISH_S) -> list[str]:
        """End it, wait for what is on its way, and give what went wrong: a sentence a channel."""
        until = clock() + longest_s
        if not self._is_ended:
            self.end()
        if self._thread:
            self._thread.join(max(until - clock(), 0.0))
        for outbox in self._outboxes:
            if outbox.thread:
                outbox.thread.join(max(until - clock(), 0.0))
            if (self._thread and self._thread.is_alive()) or _is_at_work(outbox):
                self._warn(outbox.channel.name, "it was not told all in time")
        with self._lock:
            return [f"notify: {name}: {text}" for name, text in self._warnings.items()]

    def _warn(self, name: str, text: str) -> None:
        """One sentence a channel: the first one."""
        with self._lock:
            self._warnings.setdefault(name, text)

    def _sort(self) -> None:
        """Decide who is told of what comes. Runs in a thread of its own, since it may wait for a
        database: what has gathered meanwhile costs one question.
        """
        self._remember(Memory.prune, None)
        is_over = False
        while not is_over:
            batch = [self._coming.get()]
            with suppress(queue.Empty):
                while len(batch) < MOST_AT_ONCE:
                    batch.append(self._coming.get_nowait())
            is_over = _END in batch
            self._take([item for item in batch if item is not _END])
        for outbox in self._outboxes:
            outbox.waiting.put(_END)
        if self._memory:
            self._memory.close()

    def _take(self, items: Sequence[Item]) -> None:
        settled = [item.key for item in items if isinstance(item, Settled)]
        drifts = [self._scope(outbox.channel.name, Kind.DRIFT) for outbox in self._outboxes]
        self._remember(lambda memory: memory.forget(drifts, settled), None)
        marks = [item for item in items if isinstance(item, Mark)]
        wanted = [Row(self._scope(_OPEN), mark.key, mark.begin) for mark in marks]
        self._remember(lambda memory: memory.claim(wanted), NOTHING)
        events = [item for item in items if isinstance(item, Event)]
        claims = self._claims(events)
        everything = {row for row, _, _ in claims}
        won = self._remember(lambda memory: memory.claim(row for row, _, _ in claims), everything)
        for row, outbox, event in claims:
            if row in won:
                self._put(outbox, event, row)
                won.discard(row)
        ended = [event.key for event in events if event.kind in ENDINGS]
        self._remember(lambda memory: memory.forget([self._scope(_OPEN)], ended), None)

    def _claims(self, events: Sequence[Event]) -> list[tuple[Row, _Outbox, Event]]:
        """A row for each event and channel that takes it."""
        unknown = [event.key for event in events if not event.begin]
        none: dict[str, str] = {}
        opened = self._remember(lambda memory: memory.newest(self._scope(_OPEN), unknown), none)
        claims = []
        for event in events:
            begin = event.begin or opened.get(event.key) or event.otherwise
            for outbox in self._outboxes if begin else ():
                if event.goes_to(outbox.channel):
                    scope = self._scope(outbox.channel.name, event.kind)
                    claims.append((Row(scope, event.key, begin), outbox, event))
        return claims

    def _scope(self, *words: str) -> str:
        memory = self._memory
        return memory.scope(*words) if memory else " ".join(words)

    def _put(self, outbox: _Outbox, event: Event, row: Row) -> None:
        outbox.waiting.put((event, row))
        if outbox.thread is None:
            name = f"notify {outbox.channel.name}"
            outbox.thread = threading.Thread(
                target=self._serve, args=(outbox,), name=name, daemon=True
            )
            outbox.thread.start()

    def _serve(self, outbox: _Outbox) -> None:
        """Send what gathers, one message at a time."""
        pauses = chain(self._pauses.between_s, repeat(self._pauses.longest_s))
        is_over = False
        gather_s = self._pauses.gather_s
        while not is_over:
            first = outbox.waiting.get()
            self._ending.wait(gather_s)
            batch = [first] if first else []
            is_over = first is _END
            while not is_over:
                try:
                    more = outbox.waiting.get(block=self._ending.is_set())
                except queue.Empty:
                    break
                is_over = more is _END
                batch += [more] if more else []
            if batch:
                self._send_all(outbox.channel, batch)
            gather_s = next(pauses)

    def _send_all(self, channel: Channel, batch: Sequence[tuple[Event, Row]]) -> None:
        message = Message([event for event, _ in batch], self._about, self._run)
        told = self._send(channel, message)
        if not told.problem:
            return
        self._warn(channel.name, f"{told.problem}; nobody was told there")
        if told.is_sure:
            rows = [row for _, row in batch]
            self._remember(lambda memory: memory.release(rows), None)

    def _remember(self, ask: Callable[[Memory], Value], otherwise: Value) -> Value:
        """What the memory says. One that is lost is said once, and asked no more."""
        memory = self._memory  # another thread may lose it meanwhile
        if memory is None:
            return otherwise
        try:
            return ask(memory)
        except MemoryLostError as problem:
            self._memory = None
            self._warn("memory", f"{problem}; so that something may be told again")
            return otherwise


def _is_at_work(outbox: _Outbox) -> bool:
    return outbox.thread is not None and outbox.thread.is_alive()
