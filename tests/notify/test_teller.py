"""Who is told when: once, in few messages, and nobody waits long for it."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from classic_rescue.boot.channels import Channel, Kind
from classic_rescue.notify.events import Event, Message
from classic_rescue.notify.memory import FileStore, Memory, MemoryLostError
from classic_rescue.notify.sending import Told
from classic_rescue.notify.teller import Mark, Pauses, Settled, Teller
from tests.notify.conftest import HOOK, event
from tests.notify.test_memory import memory
from tests.patience import PATIENCE_S

AT_ONCE = Pauses(0.0, (), 0.0)
MAIL = Channel("mail", command=("./mail",))


class Box:
    """Takes messages in place of a channel; `answers` are given one after the other."""

    def __init__(self, *answers: Told) -> None:
        self.messages: list[tuple[str, Message]] = []
        self.answers = list(answers)
        self.gate = threading.Event()
        self.gate.set()

    def send(self, channel: Channel, message: Message) -> Told:
        """Keep it."""
        self.gate.wait(PATIENCE_S)
        self.messages.append((channel.name, message))
        return self.answers.pop(0) if self.answers else Told()

    @property
    def kinds(self) -> list[str]:
        """What was told of, in order."""
        return [str(event.kind) for _, message in self.messages for event in message.events]


def run(
    box: Box,
    found: Memory | None,
    *events: Event | Mark | Settled,
    channels: tuple[Channel, ...] = (HOOK,),
    pauses: Pauses = AT_ONCE,
) -> list[str]:
    """One run of a command that tells these. Gives its warnings."""
    teller = Teller(channels, found, box.send, pauses=pauses)
    teller.tell(*events)
    return teller.warnings(time.monotonic, PATIENCE_S)


def test_an_event_is_told_once(tmp_path: Path) -> None:
    """Also by another run."""
    box = Box()
    for _ in range(3):
        assert run(box, memory(tmp_path), event(), event()) == []
    assert box.kinds == ["down"]


def test_each_channel_is_told(tmp_path: Path) -> None:
    """One that was told before keeps nothing from another."""
    box = Box()
    run(box, memory(tmp_path), event())
    run(box, memory(tmp_path), event(), channels=(HOOK, MAIL))
    assert [name for name, _ in box.messages] == ["ops", "mail"]


def test_500_devices_are_a_few_messages(tmp_path: Path) -> None:
    """What comes at once is one message, and what comes later waits longer and longer."""
    box = Box()
    events = [event(kind, f"web-{n}") for kind in (Kind.DOWN, Kind.RESCUE) for n in range(500)]
    run(box, None, *events, pauses=Pauses(5.0))
    assert len(box.kinds) == 1000
    assert len(box.messages) == 1


def test_what_a_channel_does_not_take_is_not_told() -> None:
    """By kind, name and tag; what is about all goes to everybody."""
    picky = Channel(
        "picky", events=frozenset({Kind.DOWN, Kind.POLICY_SET_ASIDE}), devices=("db-*",)
    )
    tagged = Channel("tagged", tags=frozenset({"db"}))
    box = Box()
    whole = Event(Kind.POLICY_SET_ASIDE, "set aside", event().at, begin="x")
    events = [event(name="db-1"), event(name="web-1"), event(Kind.BACK, "db-1"), whole]
    events.append(event(name="web-2", tags=frozenset({"db"})))
    run(box, None, *events, channels=(picky, tagged))
    told = {(name, event.name) for name, message in box.messages for event in message.events}
    assert told == {("picky", "db-1"), ("picky", ""), ("tagged", "web-2"), ("tagged", "")}


def test_a_run_that_goes_on_tells_the_end_once(tmp_path: Path) -> None:
    """A first run sent the request and was killed; two more find the device in rescue."""
    box = Box()
    key = "virtual_guest/web-1"
    run(box, memory(tmp_path), Mark(key, "then"), event(begin="then"))
    for _ in range(2):
        run(box, memory(tmp_path), event(Kind.RESCUE, begin=""))
    assert box.kinds == ["down", "rescue"]


def test_a_device_that_was_there_already_is_no_news(tmp_path: Path) -> None:
    """An import of a device in rescue sends no request, and tells nothing."""
    box = Box()
    run(box, memory(tmp_path), event(Kind.RESCUE, begin=""))
    assert box.messages == []


def test_a_failure_without_a_request_is_told(tmp_path: Path) -> None:
    """Once a run: the policy refused it, say."""
    box = Box()
    for _ in range(2):
        run(box, memory(tmp_path), event(Kind.FAILED, begin="", otherwise="run 1"))
    run(box, memory(tmp_path), event(Kind.FAILED, begin="", otherwise="run 2"))
    assert box.kinds == ["failed", "failed"]


def test_drift_that_comes_back_is_told_again(tmp_path: Path) -> None:
    """Once it was as declared in between."""
    box = Box()
    drift = event(Kind.DRIFT, begin="os since some time")
    run(box, memory(tmp_path), drift)
    run(box, memory(tmp_path), drift)
    run(box, memory(tmp_path), Settled(drift.key))
    run(box, memory(tmp_path), drift)
    assert box.kinds == ["drift", "drift"]


def test_what_certainly_did_not_arrive_is_told_by_the_next_run(tmp_path: Path) -> None:
    """What may have arrived is not."""
    overdue = event(Kind.OVERDUE)
    box = Box(Told("HTTP 500"), Told("no answer", is_sure=False))
    assert run(box, memory(tmp_path), overdue) == ["notify: ops: HTTP 500; nobody was told there"]
    assert run(box, memory(tmp_path), overdue) != []
    assert run(box, memory(tmp_path), overdue) == []
    assert len(box.messages) == 2


def test_a_channel_that_fails_is_one_warning(tmp_path: Path) -> None:
    """However many messages, and the others are told."""
    box = Box(*[Told("HTTP 500")] * 3)
    teller = Teller((HOOK,), memory(tmp_path), box.send, pauses=AT_ONCE)
    for number in range(3):
        teller.tell(event(name=f"web-{number}"))
    assert len(teller.warnings(time.monotonic, PATIENCE_S)) == 1


def test_a_channel_that_hangs_holds_up_nobody() -> None:
    """Neither the end of the run nor another channel."""
    hung = threading.Event()
    told = threading.Event()

    def send(channel: Channel, message: Message) -> Told:
        if channel is HOOK:
            hung.wait(PATIENCE_S)
        else:
            told.set()
        return Told()

    teller = Teller((HOOK, MAIL), None, send, pauses=AT_ONCE)
    teller.tell(event())
    assert told.wait(PATIENCE_S)
    assert teller.warnings(lambda: 0.0, 0.0)[0] == "notify: ops: it was not told all in time"
    hung.set()


class Lost(FileStore):
    """A memory whose disk is full."""

    def prune(self, before: datetime) -> None:
        """As one says it."""
        raise MemoryLostError("told.sqlite: database or disk is full")


def test_without_a_memory_people_are_told_all_the_same() -> None:
    """And why they may be told again, once."""
    box = Box()
    found = Memory(Lost({}), "a", event().at)
    warnings = run(box, found, event(), event(name="web-2"))
    assert warnings == [
        "notify: memory: told.sqlite: database or disk is full; so that something may be told again"
    ]
    assert box.kinds == ["down", "down"]


@pytest.mark.parametrize("channels", [(), (HOOK,)])
def test_with_nothing_to_tell_nothing_is_started(channels: tuple[Channel, ...]) -> None:
    """No thread, and no file."""
    before = threading.active_count()
    teller = Teller(channels, None, Box().send)
    teller.tell()
    assert teller.warnings(time.monotonic) == []
    assert threading.active_count() == before
