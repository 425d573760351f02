"""What one run of the hook holds: the order, the ways to the outside,
and what it has done so far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from classic_rescue.api.devices import DeviceId, Devices
from classic_rescue.api.errors import ApiError, NotFound, RateLimited
from classic_rescue.boot.evidence import Observation, Sign, clock_time
from classic_rescue.boot.facts import Facts, Image, Transaction, User
from classic_rescue.boot.labels import LABELS, Label
from classic_rescue.boot.overdue import overdue
from classic_rescue.boot.states import Goal, Order
from classic_rescue.boot.transitions import Action
from classic_rescue.boot.waiting import Pace, Waiter
from classic_rescue.hook.device_files import DeviceFiles
from classic_rescue.hook.report import Report, duration
from classic_rescue.hook.reviewed import NOTHING, Reviewed

Ask = Callable[["Context", Goal, Observation], None]
"""Asks the policy right before a request; raises HookStopped where it refuses:
`hook.gate.check`.
"""

Value = TypeVar("Value")
UNCHANGED = "nothing was changed"


class Look(NamedTuple):
    """A device with nothing under way, at one moment of the run's clock.

    `pauses` is how many pauses the run had made when the look began: one more, also in the middle
    of the look, and it is old.
    """

    facts: Facts
    seen: Observation
    at: float
    pauses: int


class Sent:
    """A request that was sent, and what is known of it.

    `at` and `looked_at` are moments of the service's time. `is_accepted` is None where no answer
    came. `work` is the transaction that it started. `ending` says how it ended; empty as long as it
    may be at work.
    """

    def __init__(self, action: Action, at: datetime) -> None:
        self.action = action
        self.at = at
        self.is_accepted: bool | None = None
        self.work: Transaction | None = None
        self.ending = ""
        self.looked_at: datetime | None = None

    def __str__(self) -> str:
        """Say what is known of it, and since when."""
        at = clock_time(self.at)
        if self.is_accepted:
            text = f"{self.action} was accepted at {at}"
        else:
            text = f"{self.action} was sent at {at}, and no answer tells whether it was accepted"
        if self.ending:
            return f"{text}; {self.ending}"
        if self.looked_at is None:
            return f"{text}; nobody could look since"
        seen = f"{self.work} was under way" if self.work else "nothing was to be seen of it yet"
        return f"{text}; at the last look, {clock_time(self.looked_at)}, {seen}"


class UntilTimeout:
    """Patience for the service as long as the order has time."""

    def __init__(self, context: Context, speed: float) -> None:
        self._context = context
        self._speed = speed

    def goes_on(self, attempt: int, problem: ApiError, pause_s: float) -> bool:
        """Whether the time of the order is not over; says once a minute what is waited for."""
        if self._context.clock() + pause_s >= self._context.deadline:
            return False
        self._context.pauses += 1
        self._context.outages += 1
        self._context.tell_outage(problem)
        return True

    def exchange_s(self) -> float | None:
        """What is left of the order's time, and some seconds where nothing is."""
        left_s = (self._context.deadline - self._context.clock()) / self._speed
        return max(left_s, LAST_EXCHANGE_S)


LAST_EXCHANGE_S = 10.0
"""How long an exchange may take that began with the order's time over: the last looks need it."""


class Context:
    """One run of the hook for one device. `clock` counts seconds; `server_now` is the service's own
    time.

    `command` is how the operator calls our command line. `ask` asks the policy; None asks
    nobody. `asks_again` lets it ask once more for a restart that nothing shows. `reviewed` is
    what a person has seen of it. `seen` are signs of this run's own requests, `sent` those in
    their order. `found` is the device, `user` who the service says we are, once they are known.
    `others_work` says what somebody else has under way. `waited_out` is the moment of the
    newest request that was waited for in vain. `outages` counts the refusals and lost answers
    that were waited out, `away_s` the seconds of looks with one, and of slow looks.
    """

    def __init__(
        self,
        order: Order,
        devices: Devices,
        report: Report,
        *,
        files: DeviceFiles,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        server_now: Callable[[], datetime | None],
        labels: Sequence[Label] = LABELS,
        command: str = "classic-rescue",
        ask: Ask | None = None,
        asks_again: bool = False,
        reviewed: Reviewed = NOTHING,
    ) -> None:
        self.order = order
        self.reviewed = reviewed
        self.devices = devices
        self.report = report
        self.files = files
        self.clock = clock
        self._sleep = sleep
        self.pauses = 0
        self.outages = 0
        self.away_s = 0.0
        self.server_now = server_now
        self.pace = Pace()
        self.labels = labels
        self.command = command
        self.ask = ask
        self.asks_again = asks_again
        self.seen: list[Sign] = []
        self.sent: list[Sent] = []
        self.found: DeviceId | None = None
        self.user: User | None = None
        self.image: Image | None = None
        self.others_work = ""
        self.waited_out: datetime | None = None
        self.started = 0.0
        self.deadline = 0.0
        self._outage_told: float | None = None
        self._is_overdue_told = False

    @property
    def now(self) -> datetime:
        """This moment, by the service's time where it has told one."""
        return self.server_now() or self.report.now()

    @property
    def open_request(self) -> Sent | None:
        """The request that may still be at work."""
        return next((sent for sent in reversed(self.sent) if not sent.ending), None)

    def account(self) -> str:
        """What this run has sent, and what is known of it: a part of every last word."""
        told = [self.others_work] if self.others_work else []
        return "; ".join([*told, *map(str, self.sent)] if self.sent else [*told, UNCHANGED])

    def pause(self, seconds: float) -> None:
        """Wait. What was seen before is old then."""
        self.pauses += 1
        self._sleep(seconds)

    def observe(self, device: DeviceId, facts: Facts) -> Observation:
        """The observed state, with the signs of this run and of earlier ones."""
        found = self._observed(device, facts, self.now)
        is_over = self.waited_out and found.restart_at and found.restart_at <= self.waited_out
        return self._observed(device, facts, None) if is_over else found

    def _observed(self, device: DeviceId, facts: Facts, now: datetime | None) -> Observation:
        return self.files.observe(device, facts, seen=self.seen, labels=self.labels, now=now)

    def read(self, ask: Callable[[], Value]) -> Value:
        """What the service tells of the device. A device that cannot be found is looked for again
        after some seconds: one such answer alone proves nothing.
        """
        began = self.clock()
        outages = self.outages
        try:
            value = ask()
        except NotFound:
            self.pause(self.pace.gone_s)
            value = ask()
        took_s = self.clock() - began
        if self.outages > outages or took_s > self.pace.fresh_s:
            self.away_s += took_s
        if request := self.open_request:
            request.looked_at = self.now
        return value

    def facts(self, device: DeviceId) -> Facts:
        """A look at the device."""
        return self.read(lambda: self.devices.facts(device))

    def waiter(self, device: DeviceId) -> Waiter:
        """A waiter on this device's transactions, up to the deadline."""
        return Waiter(
            poll=lambda: self.read(lambda: self.devices.progress(device)),
            clock=self.clock,
            sleep=self.pause,
            deadline=self.deadline,
            pace=self.pace,
            tell=self._tell_progress,
        )

    def _tell_progress(self, transaction: Transaction, elapsed_s: float) -> None:
        usual = f", usually {duration(transaction.usual_s)}" if transaction.usual_s else ""
        text = f"waiting for {transaction}: {duration(elapsed_s)} so far{usual}"
        if not self._is_overdue_told and (problem := self.overdue(transaction)):
            self._is_overdue_told = True
            text = f"waiting for {problem}"
        self.report.say("wait", text, elapsed_s=round(elapsed_s, 1), usual_s=transaction.usual_s)

    def overdue(self, transaction: Transaction) -> str:
        """What to say of one that is under way far beyond the usual; empty for another."""
        device = str(self.found or self.order.device.key)
        text = overdue(transaction, self.server_now(), device=device, labels=self.labels)
        return text or ""

    def tell_outage(self, problem: ApiError) -> None:
        """Say that the service is waited for, at most once in a while."""
        now = self.clock()
        if self._outage_told is not None and now - self._outage_told < self.pace.heartbeat_s:
            return
        self._outage_told = now
        left = duration(max(self.deadline - now, 0))
        what = "waiting for the service's limit" if isinstance(problem, RateLimited) else "waiting"
        self.report.say("outage", f"{problem}: {what}, for {left} at most")


def as_seen(seen: Observation) -> str:
    """The observed state and its evidence, for a sentence."""
    return f"the device is seen as {seen} ({seen.evidence})"
