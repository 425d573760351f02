"""How fast requests go out. Times are compared with each other, never with a clock's limit."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from classic_rescue.conductor import pacer as module
from classic_rescue.conductor.pacer import Pacer
from classic_rescue.conductor.waiting import Waiting, real_s
from classic_rescue.hook.exits import Interrupted
from tests.patience import PATIENCE_S

SPEED = 100.0


def take(pacer: Pacer, times: int, *, is_urgent: bool = False) -> list[float]:
    """The moments at which so many requests went out, one after the other."""
    moments = []
    for _ in range(times):
        assert pacer.take(Waiting(), is_urgent=is_urgent, within_s=PATIENCE_S)
        moments.append(real_s())
    return moments


def in_threads(count: int, do: Callable[[int], None]) -> None:
    """Do it in so many threads, to their end."""
    threads = [threading.Thread(target=do, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)


def test_no_more_go_out_than_the_limit_allows() -> None:
    """Whatever the machine does: in no window are there more than the pace and what it may make up
    for.
    """
    limit = 40.0
    moments = take(Pacer(limit, speed=1.0), 30)
    most = limit * module.BURST_S + 2
    for start in moments:
        within = [at for at in moments if start <= at < start + 0.25]
        assert len(within) <= limit * 0.25 + most


def test_what_changes_a_device_goes_first() -> None:
    """Looks may wait; who looked a moment ago must not."""
    pacer = Pacer(100.0)
    order: list[str] = []

    class Named(Waiting):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def wake(self) -> None:
            order.append(self.name)
            super().wake()

    def wait(name: str) -> threading.Thread:
        wanted = {"is_urgent": name == "urgent", "within_s": PATIENCE_S}
        thread = threading.Thread(target=pacer.take, args=(Named(name),), kwargs=wanted)
        thread.start()
        return thread

    pacer._next = real_s() + PATIENCE_S
    threads = [wait(name) for name in ("look", "look", "urgent", "look", "urgent")]
    while len(pacer._others) + len(pacer._urgent) < len(threads):
        threading.Event().wait(0.001)
    with pacer._changed:
        pacer._next = real_s()
        pacer._changed.notify()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert order == ["urgent"] * 2 + ["look"] * 3


def test_a_refusal_halves_the_pace_once() -> None:
    """Refusals of one and the same second are of one excess."""
    pacer = Pacer(40.0, speed=0.001)  # a second lasts long here, and nothing rises meanwhile
    before = pacer.pace
    for _ in range(5):
        pacer.refused()
    assert pacer.pace == pytest.approx(before / 2, rel=0.01)


def test_the_pace_rises_again_by_itself() -> None:
    """Up to the limit."""
    pacer = Pacer(40.0, speed=SPEED)
    pacer.refused()
    while pacer.pace < 40.0 * SPEED:
        threading.Event().wait(0.001)
    assert pacer.pace == 40.0 * SPEED


def test_the_pace_never_falls_to_nothing() -> None:
    """However often the service refuses."""
    pacer = Pacer(40.0, speed=1e-6)  # it does not rise meanwhile
    for _ in range(100):
        pacer._held_until = 0.0
        pacer.refused()
    assert pacer.pace == pytest.approx(module.SLOWEST_PACE * 1e-6)


def test_who_leaves_the_line_holds_nobody_up() -> None:
    """An interrupt, or the end of one's time."""
    pacer = Pacer(5.0)
    take(pacer, 1)
    pacer.refused()
    gone = Waiting()
    gone.stop()
    with pytest.raises(Interrupted):
        pacer.take(gone, within_s=PATIENCE_S)
    assert not pacer.take(Waiting(), within_s=0.0)
    assert pacer.take(Waiting(), within_s=PATIENCE_S)


def test_several_share_a_limit_without_knowing_each_other() -> None:
    """Two that both begin at full pace: both get on, and fewer are refused than two that do not
    listen would have refused, which is every other one.
    """
    limit = 40.0
    lock = threading.Lock()
    window = [0.0, 0]
    sent = [0, 0]
    refused = [0]

    def service() -> bool:
        with lock:
            now = real_s() * SPEED
            if now >= window[0] + 1.0:
                window[:] = [now, 0]
            window[1] += 1
            return window[1] <= limit

    def runner(number: int) -> None:
        pacer = Pacer(limit, speed=SPEED)
        while sum(sent) < 600:
            pacer.take(Waiting(), within_s=PATIENCE_S)
            if service():
                sent[number] += 1
            else:
                refused[0] += 1
                pacer.refused()

    in_threads(2, runner)
    assert min(sent) * 20 > max(sent), sent
    assert refused[0] < sum(sent) / 2, refused
