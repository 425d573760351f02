"""The device's own word beside the service's: the key that answers, before the first request and
after the last.

The service says when a request's work has ended, not what the device runs then: a rescue boot that
ended while the machine booted its disk is told as a success, and a restart from inside is not told
at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.evidence import RESTART_S, Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.proof import requested_at, weigh
from classic_rescue.boot.ssh import Proof, Protocol
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.boot.testimony import Heard, Testimony
from classic_rescue.hook.context import Look, as_seen
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.report import duration
from classic_rescue.hook.request import Requests

Hear = Callable[[DeviceId, Facts, Observation, datetime], Testimony]
"""Asks a device for its key: which device, what the service tells of it, and the moment."""

PAUSE_S = 5.0
"""How long to wait between two questions to one device."""

OLD_S = 60.0
"""How long a device's word counts before the first request."""

WELCOME_S = 300.0
"""How long a device is waited for that answered before the request, where its word is welcome and
not required: longer than a rescue system usually needs to come up after the service's word
(assumed).
"""


class Testifying(Requests):
    """A run that can ask the device itself. `hear` is None where the fleet file does not want it.

    `heard` is the last word of the device; `was_reachable`: it answered before the first request.
    `by_service` is the last look without it. `is_proof_needed`: what is to be done there takes the
    device's own word, whatever the fleet file says.
    """

    by_service: Look

    hear: Hear | None = None
    heard: Testimony | None = None
    was_reachable = False
    is_proof_needed = False
    _heard_at = 0.0
    _is_waiting_told = False

    @property
    def is_required(self) -> bool:
        """Whether the run may say success only with the device's own word."""
        ssh = self.order.ssh
        return self.is_proof_needed or (ssh is not None and ssh.proof is Proof.REQUIRED)

    @property
    def _whose_proof(self) -> str:
        return "its repair needs proof" if self.is_proof_needed else "proof is required"

    def testified(self, device: DeviceId, look: Look) -> Look:
        """The look, with the device's own word before the first request: what it says later has a
        meaning only where this run asked before.
        """
        self.by_service = look
        if self.hear is None or self.sent:
            return look
        if self.heard is None or self.clock() - self._heard_at > OLD_S:
            self._ask(self.hear, device, look, self.now)
        return self._weighed(look)

    def _ask(self, hear: Hear, device: DeviceId, look: Look, at: datetime) -> Testimony:
        told = hear(device, look.facts, look.seen, at)
        if told.not_kept and self.heard is None:
            self.report.say("note", f"note: what the device says is not kept: {told.not_kept}")
        self.heard = told
        self._heard_at = self.clock()
        self.was_reachable = self.was_reachable or (told.has_key and not self.sent)
        return told

    def _weighed(self, look: Look) -> Look:
        if self.heard is None:
            return look
        since = requested_at(look.facts, look.seen)
        if self.sent:
            work = self.sent[-1].work
            since = (work.created if work else None) or self.sent[-1].at
        seen = weigh(look.seen, self.heard, requested_at=since, is_required=self.is_required)
        return look._replace(seen=seen)

    def check_proof(self, goal: Goal) -> None:
        """Refuse a request whose success could never be proved, where that is required."""
        told = self.heard
        if not self.is_required or told is None or goal.state is BootState.OS:
            return
        if told.known and told.heard is not Heard.NOT_ASKED:
            return
        why = told.detail or "no host key of its operating system is recorded to compare with"
        raise HookStopped(
            Exit.REFUSED,
            f"{self._whose_proof}, and could never be had: {why}",
            "record the key while the system runs (`classic-rescue host-keys`), name a file with"
            " `known_hosts:`, or write `proof: welcome`",
        )

    def proved(self, device: DeviceId, goal: Goal, look: Look) -> Look:
        """The look after the last request, with the device's own word: waits for that as long as it
        may still come. Raises HookStopped where the device contradicts, or does not say what must
        be proved.
        """
        if self.hear is None or look.seen.is_off:
            return look
        look = self.by_service
        if self.sent or (self.is_required and self._is_open(goal)):
            told = self._awaited(self.hear, device, goal, look)
            if told.heard is Heard.OS_KEY and goal.state is not BootState.OS:
                raise HookStopped(Exit.FAILED, f"{goal} was not reached: {told}", _LOOK)
            if self.is_required and self._is_open(goal):
                raise HookStopped(Exit.FAILED, f"{goal} is not proved: {told}", _LOOK)
        return self._weighed(self.looked_again(device, goal, look))

    def looked_again(self, device: DeviceId, goal: Goal, look: Look) -> Look:
        """The service's word, again where it got old by waiting. Raises HookStopped where it is
        another one now.
        """
        if self.pauses == look.pauses:
            return look
        facts = self.facts(device)
        seen = self.observe(device, facts)
        if str(seen) != str(look.seen):
            raise HookStopped(Exit.FAILED, f"it was {look.seen}, and then {as_seen(seen)}", _LOOK)
        return Look(facts, seen, self.clock(), self.pauses)

    def _awaited(self, hear: Hear, device: DeviceId, goal: Goal, look: Look) -> Testimony:
        began = self.clock()
        began_at = self.now
        restart_s = RESTART_S[look.facts.kind]
        give_up = began + self._patience_s(goal, restart_s)
        was_silent = False
        while True:
            # The service tells no time while nobody asks it.
            at = began_at + timedelta(seconds=self.clock() - began)
            told = self._ask(hear, device, look, at)
            was_silent = was_silent or not told.has_key
            is_sure = was_silent or self.clock() - began >= restart_s
            left_s = give_up - self.clock()
            if told.heard is Heard.OS_KEY and goal.state is not BootState.OS and not is_sure:
                left_s = began + restart_s - self.clock()  # it may only be going down
            if left_s <= 0 or self._is_answered(goal, told, is_sure=is_sure):
                return told
            if not self._is_waiting_told:
                self._is_waiting_told = True
                text = (
                    f"waiting for its own {told.protocol.key}, {duration(left_s)} at most: {told}"
                )
                self.report.say("wait", text, elapsed_s=0.0, usual_s=None)
            self.pause(min(PAUSE_S, left_s))

    def _is_open(self, goal: Goal) -> bool:
        """Whether the device has not confirmed the goal."""
        assert self.heard is not None  # noqa: S101 whoever calls this has heard it
        wanted = Heard.OS_KEY if goal.state is BootState.OS else Heard.OTHER_KEY
        return self.heard.heard is not wanted

    def _is_answered(self, goal: Goal, told: Testimony, *, is_sure: bool) -> bool:
        """Whether nothing else is to be expected. What ran before the request may answer a little
        longer, so that its word counts only once it is sure: the device was silent meanwhile, or a
        restart would be over.
        """
        if self._is_open(goal):
            return is_sure and (
                told.heard is Heard.NEW_KEY
                or (told.heard is Heard.OS_KEY and goal.state is not BootState.OS)
            )
        is_new = bool(told.since and self.sent and told.since > self.sent[-1].at)
        return is_sure or is_new or goal.state is BootState.OS

    def _patience_s(self, goal: Goal, restart_s: float) -> float:
        """How long to wait for the device's word, from when the service has said its own. An image
        may have no SSH server at all, and no rescue system has a Remote Desktop.
        """
        left_s = max(self.deadline - self.clock(), 0.0)
        if self.is_required:
            return left_s
        ssh = self.order.ssh
        is_mute = goal.state is BootState.IMAGE or (ssh and ssh.protocol is Protocol.RDP)
        longest_s = restart_s if is_mute and goal.state is not BootState.OS else WELCOME_S
        return min(left_s, longest_s) if self.was_reachable else 0.0


_LOOK = "look at the device's console; run again when it is as it should be"
