"""What one run of the hook holds: the order, the ways to the outside,
and what it has done so far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from classic_rescue.api.devices import DeviceId, Devices
from classic_rescue.boot.evidence import Observation, Sign, observe
from classic_rescue.boot.facts import Facts, Image, Transaction, User
from classic_rescue.boot.labels import LABELS, Label
from classic_rescue.boot.states import Goal, Order
from classic_rescue.boot.transitions import Action
from classic_rescue.boot.waiting import Pace, Waiter
from classic_rescue.hook.report import Report, duration

Ask = Callable[["Context", Goal, Observation], None]
"""Asks the policy right before a request; raises HookStopped where it refuses:
`hook.gate.check`.
"""


class Context:
    """One run of the hook for one device. `clock` counts seconds; `server_now` is the service's own
    time.

    `command` is how the operator calls our command line. `ask` asks the policy; None asks nobody.
    `under_way` is what an interrupted run must name. `seen` are signs of this run's own requests,
    `sent` the requests in their order. `found` is the device, `user` who the service says we are,
    once they are known.
    """

    def __init__(
        self,
        order: Order,
        devices: Devices,
        report: Report,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        server_now: Callable[[], datetime | None],
        labels: Sequence[Label] = LABELS,
        command: str = "classic-rescue",
        ask: Ask | None = None,
    ) -> None:
        self.order = order
        self.devices = devices
        self.report = report
        self.clock = clock
        self.sleep = sleep
        self.server_now = server_now
        self.pace = Pace()
        self.labels = labels
        self.command = command
        self.ask = ask
        self.under_way = ""
        self.seen: list[Sign] = []
        self.sent: list[Action] = []
        self.found: DeviceId | None = None
        self.user: User | None = None
        self.image: Image | None = None
        self.started = 0.0
        self.deadline = 0.0

    def observe(self, facts: Facts) -> Observation:
        """The observed state, with the signs of this run."""
        return observe(facts, seen=self.seen, labels=self.labels)

    def waiter(self, device: DeviceId) -> Waiter:
        """A waiter on this device's transactions, up to the deadline."""
        return Waiter(
            poll=lambda: self.devices.transactions(device),
            clock=self.clock,
            sleep=self.sleep,
            deadline=self.deadline,
            pace=self.pace,
            tell=self._tell_progress,
        )

    def _tell_progress(self, transaction: Transaction, elapsed_s: float) -> None:
        usual = f", usually {duration(transaction.usual_s)}" if transaction.usual_s else ""
        text = f"waiting for {transaction}: {duration(elapsed_s)} so far{usual}"
        self.report.say("wait", text, elapsed_s=round(elapsed_s, 1), usual_s=transaction.usual_s)


def as_seen(seen: Observation) -> str:
    """The observed state and its evidence, for a sentence."""
    return f"the device is seen as {seen} ({seen.evidence})"
