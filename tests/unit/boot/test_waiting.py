"""Two phases, one deadline, no clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from classic_rescue.boot.facts import Progress, Transaction
from classic_rescue.boot.waiting import Pace, Restart, Waiter, WaitTimeoutError

OLD = Transaction(1, "COMPLETE")
NEW = Transaction(2, "RESCUE_BOOT")
LATER = Transaction(3)
Answer = tuple[Transaction | None, Transaction | None]


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 0.0
    told: list[tuple[str, float]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        assert seconds >= 0
        self.now += max(seconds, 0.001)


def waiter(answers: list[Answer], time: Time, deadline: float = 1000.0) -> Waiter:
    """A waiter that gets these answers, the last one for ever."""

    def each() -> Iterator[Progress]:
        for answer in answers:
            yield Progress(*answer)
        while True:
            yield Progress(*answers[-1])

    replies = each()
    return Waiter(
        poll=lambda: next(replies),
        clock=lambda: time.now,
        sleep=time.sleep,
        deadline=deadline,
        pace=Pace(),
        tell=lambda transaction, elapsed_s: time.told.append((transaction.status, elapsed_s)),
    )


def test_a_transaction_that_appears_late_is_seen() -> None:
    """The first phase ends when a new transaction is active."""
    assert waiter([(None, OLD), (None, OLD), (NEW, NEW)], Time()).until_seen(OLD, 60) is NEW


def test_a_transaction_that_ended_between_two_looks_is_seen() -> None:
    """A new last transaction is enough: it came and went."""
    assert waiter([(None, OLD), (None, NEW)], Time()).until_seen(OLD, 60) is NEW
    assert waiter([(None, NEW)], Time()).until_seen(None, 60) is NEW


def test_the_old_last_transaction_is_not_taken_for_a_new_one() -> None:
    """Without anything new the first phase gives up after its time."""
    time = Time()
    assert waiter([(None, OLD)], time).until_seen(OLD, 60) is None
    assert 60 <= time.now < 62


OLDER = Transaction(0, "REBOOT")


@pytest.mark.parametrize("old", [(None, OLDER), (OLDER, OLDER)])
def test_an_older_answer_is_not_taken_for_what_comes(old: Answer) -> None:
    """Whatever it shows was there before the last one: active then, or the last."""
    assert waiter([old, (NEW, NEW)], Time()).until_seen(OLD, 60) is NEW
    assert waiter([old], Time()).until_seen(OLD, 60) is None
    watch = waiter([old, (None, OLD)], Time())
    assert watch.until_restarted(OLD, lambda source: True, {"isPingable": True}, 60).work is None


@pytest.mark.parametrize("old", [(None, OLD), (OLD, OLD)])
def test_an_older_answer_is_not_the_end_of_what_goes_on(old: Answer) -> None:
    """Nor is it what the deadline names."""
    assert waiter([(NEW, NEW), old, (NEW, NEW), (None, NEW)], Time()).until_clear(NEW) is NEW
    with pytest.raises(WaitTimeoutError, match="transaction 2"):
        waiter([old], Time(), deadline=2).until_clear(NEW)


def test_clearing_ends_the_second_phase() -> None:
    """Gone is cleared, and so is another one right after it; the last transaction is handed on."""
    assert waiter([(NEW, NEW), (None, NEW)], Time()).until_clear(NEW) is NEW
    assert waiter([(NEW, NEW), (LATER, LATER)], Time()).until_clear(NEW) is LATER


def test_an_answer_from_before_the_transaction_does_not_end_the_wait() -> None:
    """It is neither active nor the last one there; that counts only when it is said for a while."""
    stale: list[Answer] = [(None, OLD), (None, None)]
    assert waiter([(NEW, NEW), *stale, (NEW, NEW), (None, NEW)], Time()).until_clear(NEW) is NEW
    assert waiter([(NEW, NEW), (None, OLD)], Time()).until_clear(NEW) is OLD


def test_the_deadline_names_what_is_under_way() -> None:
    """A stuck transaction ends the wait at the deadline, not later."""
    time = Time()
    with pytest.raises(WaitTimeoutError, match="transaction 2"):
        waiter([(NEW, NEW)], time, deadline=300).until_clear(NEW)
    assert 300 <= time.now < 301


def test_progress_is_told_at_each_change_and_once_a_minute() -> None:
    """A long step stays visible, without a line at every look."""
    time = Time()
    other = Transaction(2, "REBOOT")
    waiter([(NEW, NEW)] * 30 + [(other, other), (None, other)], time).until_clear(NEW)
    assert [status for status, _ in time.told] == ["RESCUE_BOOT"] * 5 + ["REBOOT"]


def watched(
    ups: list[bool | None], were_up: dict[str, bool], within_s: float = 60.0
) -> tuple[Restart, float]:
    """What a watch of one source sees, and how long it takes."""
    time = Time()
    answers = iter([*ups, *[ups[-1]] * 1000])
    found = waiter([(None, OLD)], time).until_restarted(
        OLD, lambda source: next(answers), were_up, within_s
    )
    return found, time.now


@pytest.mark.parametrize(
    ("ups", "were_up", "is_shown"),
    [
        ([True, False, False, True], {"isPingable": True}, True),
        ([False, False, True], {"isPingable": True}, True),
        ([False, False, True], {"isPingable": False}, True),
        ([True, False, True], {"isPingable": True}, False),
        ([True, False, True, False, True], {"isPingable": True}, False),
        ([True], {"isPingable": False}, False),
        ([True, False, True], {"getServerPowerState": True}, True),
        ([True], {"isPingable": True}, False),
        ([False], {"isPingable": False}, False),
        ([None], {"isPingable": True}, False),
        ([True, None, False, False, None, True], {"isPingable": True}, True),
        ([True], {}, False),
    ],
)
def test_down_and_up_again_shows_a_restart(
    ups: list[bool | None], were_up: dict[str, bool], is_shown: bool
) -> None:
    """Up all the time, down all the time, one lost ping, or no answer shows nothing."""
    found, took_s = watched(ups, were_up)
    assert found.is_up is is_shown
    assert found.stayed_up is (ups == [True] and any(were_up.values()))
    assert took_s <= 62


def test_what_went_down_gets_time_to_come_up() -> None:
    """Longer than a restart usually takes; then the watch ends with what was seen."""
    found, took_s = watched([True, False], {"isPingable": True})
    assert (found.source, found.is_up) == ("isPingable", False)
    assert 900 <= took_s < 910


def test_a_transaction_ends_the_watch() -> None:
    """Where a restart makes one, it is waited for instead."""
    found = waiter([(None, OLD), (NEW, NEW)], Time()).until_restarted(
        OLD, lambda source: True, {"isPingable": True}, 60
    )
    assert found.work is NEW


@pytest.mark.parametrize(
    ("devices", "longest_s"), [(0, 10), (400, 10), (401, 10.025), (1000, 25), (10_000, 60)]
)
def test_many_that_wait_side_by_side_look_more_seldom(devices: int, longest_s: float) -> None:
    """40 requests a second of all together; nobody waits a minute more. A restart is watched as
    closely as ever: it is over within a minute.
    """
    pace = Pace().among(devices)
    assert pace == Pace()._replace(longest_s=longest_s)
