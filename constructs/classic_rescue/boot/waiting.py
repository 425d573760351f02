"""Waiting for a transaction in two phases: it appears, then it clears.

Time comes in from outside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from classic_rescue.boot.facts import Transaction

Poll = Callable[[], tuple[Transaction | None, Transaction | None]]


class Pace(NamedTuple):
    """How often to look and how long to expect something, in seconds.

    `appear_s`: a transaction that must come has come by then; `settle_s`: one that only may come.
    """

    first_s: float = 2.0
    longest_s: float = 10.0
    appear_s: float = 120.0
    settle_s: float = 15.0
    lockout_s: float = 1200.0
    lockout_retry_s: float = 60.0
    heartbeat_s: float = 60.0


class WaitTimeoutError(Exception):
    """The deadline passed. `transaction` is what was still under way,
    or None where none had appeared.
    """

    def __init__(self, transaction: Transaction | None) -> None:
        self.transaction = transaction
        super().__init__(str(transaction) if transaction else "no transaction appeared")


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
        pause_s = self.pace.first_s
        while True:
            active, last = self.poll()
            new = active or last
            if new and (active or before is None or new.id != before.id):
                return new
            if self.clock() >= give_up:
                return None
            self.sleep(min(pause_s, max(give_up - self.clock(), 0.0)))

    def until_clear(self, transaction: Transaction) -> Transaction | None:
        """Wait until this transaction is no longer active.
        Returns the device's last transaction then.

        Raises WaitTimeoutError at the deadline.
        """
        started = self.clock()
        told = started
        pause_s = self.pace.first_s
        shown = transaction
        self.tell(transaction, 0.0)
        while True:
            active, last = self.poll()
            if active is None or active.id != transaction.id:
                return last
            if self.clock() >= self.deadline:
                raise WaitTimeoutError(active)
            if active.status != shown.status or self.clock() - told >= self.pace.heartbeat_s:
                shown = active
                told = self.clock()
                self.tell(active, self.clock() - started)
            self.sleep(min(pause_s, max(self.deadline - self.clock(), 0.0)))
            pause_s = min(pause_s * 1.5, self.pace.longest_s)
