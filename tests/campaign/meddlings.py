"""What may go wrong: deeds on the side, and answers in the service's place."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tests.campaign.answers import ANSWERS, FAILURES, NOTHING, Answer, StepBack
from tests.campaign.host import LOG, RIGHTS, Host
from tests.campaign.plan import Meddling, Moment, Plan
from tests.campaign.proxy import Heard, Pass, Proxy

LATE_S = 3.0
"""Longer than our clients wait for an answer."""


class Runs(Protocol):
    """What a deed can do to the runs of ours."""

    def send_signal(self, run: str, number: signal.Signals, who: str = "hook") -> None:
        """To the run that made the call, or to the program that started it."""

    def start_next(self) -> None:
        """Start the next of ours beside it."""


class Director:
    """Counts calls, and plays the meddlings of a plan when their call comes.

    `inside`: with which call a device was restarted from inside, which no call can tell.
    """

    def __init__(self, plan: Plan, host: Host, proxy: Proxy, runs: Runs) -> None:
        self.plan = plan
        self.host = host
        self.proxy = proxy
        self.runs = runs
        self.is_on = True
        self.deeds: list[tuple[Heard, Meddling]] = []
        self.inside: list[tuple[int, int]] = []
        self._counts = [0] * len(plan.meddlings)
        self._has_changed = False
        self._lock = threading.Lock()

    def meddle(self, heard: Heard, pass_on: Pass) -> Answer:
        """Give the answer to a call. Deeds come before answers of the same moment."""
        struck = self._struck(heard)
        given: Answer | None = None
        for meddling in struck:
            if meddling.where.moment is Moment.BEFORE:
                given = self._play(meddling, heard, given, pass_on)
        if given is None:
            given = pass_on()
            for meddling in struck:
                if meddling.where.moment is Moment.AFTER:
                    given = self._play(meddling, heard, given, pass_on)
        return given or NOTHING

    def _struck(self, heard: Heard) -> list[Meddling]:
        if not self.is_on:
            return []
        found = []
        with self._lock:
            for number, meddling in enumerate(self.plan.meddlings):
                is_ours = meddling.deed not in MOCK_FAULTS
                is_due = is_ours and (self._has_changed or not meddling.where.is_later)
                if is_due and meddling.where.matches(heard.service, heard.method):
                    self._counts[number] += 1
                    if meddling.where.strikes(self._counts[number]):
                        found.append(meddling)
                        heard.struck.append(f"{meddling.deed} {meddling.value}".strip())
                        self.deeds.append((heard, meddling))
            self._has_changed = self._has_changed or heard.is_changing
        return sorted(found, key=lambda row: row.deed in ANSWERS)

    def _play(
        self, meddling: Meddling, heard: Heard, given: Answer | None, pass_on: Pass
    ) -> Answer | None:
        if meddling.deed in DEEDS:
            return DEEDS[meddling.deed](self, meddling.value, heard, given) or given
        if meddling.deed == "late":
            time.sleep(LATE_S)
            return given or pass_on()
        truth = given or NOTHING
        value = meddling.value
        if meddling.deed == "error" and heard.was_accepted and value not in FAILURES:
            value = FAILURES[0]
        return ANSWERS[meddling.deed](value, truth, self.proxy.earlier(heard))


Deed = Callable[[Director, str, Heard, "Answer | None"], "Answer | None"]
"""Does it, and gives an answer where the call cannot go on."""


def _kill(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    """End the client: with SIGKILL nobody is there any more who could take an answer."""
    name, _, who = value.partition(" ")
    number = signal.Signals[name]
    director.runs.send_signal(heard.run, number, who or "hook")
    if number is signal.SIGKILL and who in ("", "hook"):
        return ANSWERS["reset"]("", NOTHING, None)
    time.sleep(0.05)
    return None


def _kill_mock(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    director.host.kill()
    director.proxy.upstream_port = director.host.port
    return None if given else ANSWERS["reset"]("", NOTHING, None)


def _foreign(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    director.host.act(value, director.plan)
    return None


def _revoke(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    rights = [right for right in (*RIGHTS, LOG) if right != value]
    if not director.plan.log_open and LOG in rights:
        rights.remove(LOG)
    director.host.set_rights(rights)
    return None


def _jump(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    director.host.steer("POST", "clock", {"advance_s": float(value)})
    return None


def _back(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    now = datetime.fromtimestamp(director.host.now_s(), UTC)
    director.proxy.steps_back.append(StepBack(now, timedelta(seconds=float(value))))
    return None


def _inside(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    device = director.plan.device
    if director.host.restart_inside(device):
        director.inside.append((heard.number, device))
    return None


def _delay(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    time.sleep(float(value))
    return None


def _second(director: Director, value: str, heard: Heard, given: Answer | None) -> Answer | None:
    director.runs.start_next()
    return None


DEEDS: dict[str, Deed] = {
    "kill": _kill,
    "kill the mock": _kill_mock,
    "somebody else": _foreign,
    "take away": _revoke,
    "clock jump": _jump,
    "clock back": _back,
    "restart inside": _inside,
    "delay": _delay,
    "second run": _second,
}
"""Every deed on the side."""

MOCK_FAULTS = ("no_transaction", "stuck_transaction", "failing_transaction")
"""What the mock itself plays, set before the run: `where.calls` names the method."""
