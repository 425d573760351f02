"""Waiting, in order: a transaction appears, then it clears; a restart takes a device down, then it
is up again. Time comes in from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from classic_rescue.boot.facts import Power, Progress, Transaction

Poll = Callable[[], Progress]
Witness = Callable[[str], bool | None]
"""Asks one source whether the device is up; None: it gives no answer."""


class Pace(NamedTuple):
    """How often to look and how long to expect something, in seconds.

    `appear_s`: a transaction that must come has come by then; `settle_s`: one that only may come.
    `fresh_s`: how old a look may be when a request is sent on it. `gone_s`: after how long a device
    that cannot be found is looked for again. `up_again_s`: how long a device that went down is
    expected to come up.
    """

    first_s: float = 2.0
    longest_s: float = 10.0
    appear_s: float = 120.0
    settle_s: float = 15.0
    lockout_s: float = 1200.0
    lockout_retry_s: float = 60.0
    heartbeat_s: float = 60.0
    fresh_s: float = 10.0
    gone_s: float = 5.0
    up_again_s: float = 900.0

    def among(self, devices: int) -> Pace:
        """The pace of one of so many that wait side by side, each with requests of its own: the
        more there are, the slower, up to a limit.
        """
        longest_s = min(max(devices / SHARED_REQUESTS_PER_S, self.longest_s), SLOWEST_S)
        return self._replace(longest_s=longest_s)


SHARED_REQUESTS_PER_S = 40.0
"""How many requests a second hooks that know nothing of each other make at most while they wait:
the service allows an account 50 (classic-api.md 4.8).
"""

SLOWEST_S = 60.0
"""How late a hook may see that a transaction has ended."""

SHORTEST_PAUSE_S = 0.01
"""A pause must move the clock, also one that keeps seconds as a number with rounding errors."""


STALE_ANSWERS = 5
"""How many answers in a row may be older than the transaction that is waited for."""


class WaitTimeoutError(Exception):
    """The deadline passed. `transaction` is what was still under way."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        super().__init__(str(transaction))


class Restart(NamedTuple):
    """What was seen of a restart: the source that was down, and whether it is up again.

    `stayed_up`: it answered pings all the time, so that most likely nothing was done. `work` is a
    transaction that came meanwhile; it ends the watch.
    """

    source: str = ""
    is_up: bool = False
    stayed_up: bool = False
    work: Transaction | None = None


class Waiter(NamedTuple):
    """Looks again and again, more slowly as time goes on. `deadline` is a moment of `clock`."""

    poll: Poll
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    deadline: float
    pace: Pace
    tell: Callable[[Transaction, float], None]

    def until_seen(self, before: Transaction | None, within_s: float) -> Transaction | None:
        """The transaction that came after `before`, active or already ended;
        None when none came in time.
        """
        give_up = min(self.clock() + within_s, self.deadline)
        while True:
            if new := after(before, self.poll()):
                return new
            if self.clock() >= give_up:
                return None
            self._pause(self.pace.first_s, give_up)

    def until_clear(self, transaction: Transaction) -> Transaction | None:
        """Wait until this transaction is no longer active.
        Returns the device's last transaction then.

        An answer in which it is not even the last one may be older than itself: then it counts only
        after a while. Raises WaitTimeoutError at the deadline.
        """
        started = self.clock()
        told = started
        pause_s = self.pace.first_s
        shown = transaction
        missing = 0
        self.tell(transaction, 0.0)
        while True:
            active, last, _ = self.poll()
            if active and active.id < transaction.id:
                active = None  # an older answer
            is_missing = active is None and (last is None or last.id < transaction.id)
            missing = missing + 1 if is_missing else 0
            is_another = active is not None and active.id != transaction.id
            if is_another or (active is None and not is_missing) or missing > STALE_ANSWERS:
                return last
            if self.clock() >= self.deadline:
                raise WaitTimeoutError(active or transaction)
            is_due = self.clock() - told >= self.pace.heartbeat_s
            if active and (active.status != shown.status or is_due):
                shown = active
                told = self.clock()
                self.tell(active, self.clock() - started)
            self._pause(pause_s, self.deadline)
            pause_s = min(pause_s * 1.5, self.pace.longest_s)

    def until_restarted(
        self,
        before: Transaction | None,
        witness: Witness,
        were_up: Mapping[str, bool],
        within_s: float,
    ) -> Restart:
        """Watch a restart: a source is down, and then up again.

        `were_up` are the sources and what each said before the restart. One that was up and goes
        down within `within_s` gets time to come up. A source that is up all the time, or down, or
        gives no answer, shows nothing; nor does one lost ping, so that a ping that fails is asked
        for again at once, and one from before the restart does not count. The watch ends at the
        deadline, with what was seen until then.
        """
        give_up = min(self.clock() + within_s, self.deadline)
        known = dict(were_up)
        down = {source for source, is_up in known.items() if not is_up and source not in PINGS}
        ever_failed = {source for source, is_up in known.items() if not is_up}
        gone_down = ""
        while True:
            now = self.poll()
            if new := after(before, now):
                return Restart(gone_down, work=new)
            states = _states(now.power, witness, tuple(known))
            for source, is_up in states.items():
                if is_up and source in down:
                    return Restart(source, is_up=True)
                if is_up:
                    known[source] = True
                    continue
                ever_failed.add(source)
                if source not in down and source in PINGS and witness(source) is not False:
                    continue  # it was lost
                down.add(source)
                if known[source] and not gone_down:
                    gone_down = source
                    give_up = min(self.clock() + self.pace.up_again_s, self.deadline)
            if self.clock() >= give_up:
                steady = any(states.get(source) and source not in ever_failed for source in PINGS)
                return Restart(gone_down, stayed_up=steady and not gone_down)
            self._pause(self.pace.first_s, give_up)

    def _pause(self, pause_s: float, until: float) -> None:
        self.sleep(min(pause_s, max(until - self.clock(), SHORTEST_PAUSE_S)))


def after(before: Transaction | None, now: Progress) -> Transaction | None:
    """What came after `before`, active or ended. The service numbers its transactions in their
    order (assumed): what has a lower number was there before, and the answer is an older one.
    """
    new = now.active or now.last
    return new if new and (before is None or new.id > before.id) else None


PINGS = ("isPingable", "isBackendPingable")
"""The sources that a restart surely interrupts; a reset may leave the power on all the time."""

POWER = "power state"
"""The source that comes with every poll of a guest; the others are methods of the service."""


def _states(power: Power | None, witness: Witness, sources: Iterable[str]) -> dict[str, bool]:
    """What each source says now; one that gives no answer is not there."""
    found = {source: witness(source) for source in sources if source != POWER}
    if POWER in sources and power is not None:
        found[POWER] = power is Power.RUNNING
    return {source: is_up for source, is_up in found.items() if is_up is not None}
