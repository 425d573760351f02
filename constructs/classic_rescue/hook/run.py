"""One device, one goal: look, decide, send, look. `Transition._bring` is the rule.

After every wait, whatever it was for, the device is looked at again; nothing is sent on an old
look; a request is sent once; and what only repeats one's own request proves nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from classic_rescue.api.devices import DeviceId, LookupFailedError
from classic_rescue.api.errors import NotFound
from classic_rescue.boot import limits, preflight
from classic_rescue.boot.evidence import RESTART_S, Observation, clock_time
from classic_rescue.boot.facts import Facts, Transaction
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.boot.transitions import Action, actions_to
from classic_rescue.boot.waiting import SHORTEST_PAUSE_S, WaitTimeoutError
from classic_rescue.hook.absence import GONE, refusal_when_gone
from classic_rescue.hook.context import Look, as_seen
from classic_rescue.hook.device_files import Holder
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.report import clean, duration
from classic_rescue.hook.request import RESTARTS
from classic_rescue.hook.testifying import Testifying

if TYPE_CHECKING:
    from classic_rescue.hook.repairing import Repairing

TO_OS = Goal(BootState.OS)
DeclaredElsewhere = Callable[[frozenset[str]], tuple[str, str] | None]


class Reached(NamedTuple):
    """How a device was brought to a goal: what it ran before, the last look at it, and what the
    device itself has against that.
    """

    begin: Observation
    look: Look
    doubt: str


class Transition(Testifying):
    """The way of one device to its goal. `make_repairing` tells what is done to it there; None:
    nothing. It raises HookStopped where the script is another one than was planned.
    """

    make_repairing: Callable[[], Repairing | None] | None = None
    _repairing: Repairing | None = None

    def enter(self) -> None:
        """Bring the device to its goal, and repair it there where the order says so. Raises
        HookStopped, or the errors of `api.errors`.
        """
        then = f", then {self.order.repair}" if self.order.repair else ""
        self._start(f"wanted: {self.order.goal}{then}")
        repairing = self.make_repairing() if self.make_repairing else None
        device = self._find()
        with self._alone(device, f"to {self.order.goal}"):
            if repairing:
                self._repair(device, repairing)
            else:
                self._end(self._bring(device, self.order.goal))

    def _repair(self, device: DeviceId, repairing: Repairing) -> None:
        """Bring it into its rescue system, run the script there, and bring it back where the order
        says so.
        """
        self._repairing = repairing
        leaves = self.order.settled != self.order.goal
        if leaves and self._is_back(device, repairing):
            return
        reached = self._bring(device, self.order.goal)
        look = reached.look
        text = f"{reached.begin} → {look.seen}" if self.sent else f"already {look.seen}"
        self.report.say("reached", f"{text}; {look.seen.evidence}", state=str(look.seen))
        done = repairing.carry_out(self, device, look)
        if not leaves:
            self._end(reached, repaired=done)
            return
        self.is_proof_needed = False
        self._repairing = None
        repairing.leave(self, device, look)
        self.deadline = self.clock() + self.order.timeout_s
        back = self._bring(device, TO_OS)
        repairing.forget(self, device, back.look)
        self._end(back._replace(begin=reached.begin), repaired=done)

    def _is_back(self, device: DeviceId, repairing: Repairing) -> bool:
        """Whether this repair was done before, and only the way back failed then: the device is not
        taken down once more for it.
        """
        look = self.testified(device, self._look(device))
        if not (behind := repairing.is_behind(self, device, look)):
            return False
        repairing.forget(self, device, look)
        self._end(Reached(look.seen, look, ""), repaired=behind)
        return True

    def leave(self, declared_elsewhere: DeclaredElsewhere) -> None:
        """Bring the device back to its operating system, unless it is declared elsewhere: then it
        only moved.

        `declared_elsewhere` gets every name of the device. A deleted device counts as left.
        """
        self._start("no longer declared here: back to os")
        if moved := declared_elsewhere(frozenset()):
            return self._say_moved(moved)
        try:
            device = self._find()
            facts = self.facts(device)
        except (NotFound, LookupFailedError) as problem:
            if isinstance(problem, LookupFailedError) and problem.matches:
                raise
            return self._left_deleted(problem)
        if moved := declared_elsewhere(facts.names):
            return self._say_moved(moved)
        with self._alone(device, "back to os"):
            self._end(self._bring(device, TO_OS, is_leaving=True))
        return None

    def _bring(self, device: DeviceId, goal: Goal, *, is_leaving: bool = False) -> Reached:
        """Look; as long as a request is needed: make ready, look again where that took time, send
        it once, and look.
        """
        look = self.testified(device, self._look(device))
        begin = look.seen
        self.report.say("look", f"now: {begin}; {begin.evidence}", state=str(begin))
        while action := self._next(device, goal, look, is_leaving=is_leaving):
            if self._is_ready(device, goal, look, action):
                self._send(device, goal, look, action)
            look = self.testified(device, self._look(device))
        look = self.proved(device, goal, look)
        if is_leaving:
            self._keep_on_record(device, look)
        is_own = look.seen.unproven != self.by_service.seen.unproven
        return Reached(begin, look, look.seen.unproven if is_own else "")

    def _keep_on_record(self, device: DeviceId, look: Look) -> None:
        """A device whose restart was most likely not done must not leave Terraform's record: nobody
        would see it any more. Once: where the next one shows nothing either, nothing ever may.
        """
        note = self.files.restart(device)
        is_own = any(sent.action in RESTARTS for sent in self.sent)
        was_lost_before = self.note_before is not None and self.note_before.is_shown is False
        if (
            is_own
            and look.seen.unproven
            and note
            and note.is_shown is False
            and not was_lost_before
        ):
            raise HookStopped(
                Exit.FAILED,
                "nothing shows that the device restarted: it answered pings all the time",
                "run again: it is asked for once more",
            )

    def _look(self, device: DeviceId) -> Look:
        """The device once nothing is under way: waits for every transaction, and for what was
        requested so lately that nothing can show it yet, whoever asked for it.
        """
        while True:
            pauses = self.pauses
            at = self.clock()
            facts = self.facts(device)
            seen = self.observe(device, facts)
            asked_at = seen.restart_at or seen.requested_at
            if facts.active:
                self._wait_until_clear(device, facts.active)
            elif self.pauses > pauses and self.clock() < self.deadline:
                continue  # what was read before the pause may be old
            elif asked_at is None or not self._may_show_yet(facts, seen, asked_at):
                return Look(facts, seen, at, pauses)
            elif self.clock() >= self.deadline:
                text = f"the timeout of {duration(self.order.timeout_s)} is over; {seen.evidence}"
                raise HookStopped(Exit.BUSY, text)
            elif seen.restart_at:
                self._watch_others_restart(device, facts, seen)
            else:
                self._wait_for_work(device, facts, seen, asked_at)

    def _may_show_yet(self, facts: Facts, seen: Observation, asked_at: datetime) -> bool:
        """Whether what was asked for may still show, and was not waited for already."""
        return self._left_to_show_s(facts, seen, asked_at) > 0

    def _left_to_show_s(self, facts: Facts, seen: Observation, asked_at: datetime) -> float:
        if seen.unproven or (self.waited_out and asked_at <= self.waited_out):
            return 0.0
        longest_s = float(RESTART_S[facts.kind]) if seen.restart_at else self.pace.appear_s
        left_s = longest_s - (self.now - asked_at).total_seconds()
        return max(0.0, min(left_s, longest_s))

    def _wait_until_clear(self, device: DeviceId, transaction: Transaction) -> None:
        self.others_work = f"{transaction} is still under way on {device}"
        self.not_ready()
        self.report.say("busy", f"{transaction} is under way: waiting for it first")
        try:
            self.waiter(device).until_clear(transaction)
        except WaitTimeoutError as problem:
            self.others_work = ""
            text = f"{problem} is still under way after {duration(self.order.timeout_s)}"
            advice = self.overdue(problem.transaction) or "run again to go on waiting"
            raise HookStopped(Exit.BUSY, text, advice) from None
        self.others_work = ""

    def _watch_others_restart(self, device: DeviceId, facts: Facts, seen: Observation) -> None:
        self.report.say("busy", f"{seen.evidence}: watching it")
        since = seen.restart_at or self.now
        left_s = self._left_to_show_s(facts, seen, since)
        self.not_ready()
        self.watch_restart(device, facts, self.sources_of(device, facts), left_s, since=since)

    def _wait_for_work(
        self, device: DeviceId, facts: Facts, seen: Observation, asked_at: datetime
    ) -> None:
        """Wait for the transaction of a boot that was requested just now:
        it takes seconds to appear.
        """
        self.report.say("busy", f"{seen.evidence} yet: waiting for its transaction")
        left_s = self._left_to_show_s(facts, seen, asked_at)
        self.not_ready()
        if not self.waiter(device).until_seen(facts.last, left_s):
            self.waited_out = asked_at
            self.files.remember_request(device, None)

    def _next(self, device: DeviceId, goal: Goal, look: Look, *, is_leaving: bool) -> Action | None:
        """The request to send now; None where none is needed."""
        seen = look.seen
        if is_leaving and seen.is_off and not seen.image:
            return None  # its next start boots the operating system
        if goal.state is BootState.IMAGE and self._has_own_image(seen):
            return None
        try:
            actions = actions_to(goal, look.facts.kind, seen)
        except ValueError as problem:
            raise HookStopped(Exit.REFUSED, str(problem)) from None
        if not actions:
            is_doubtful = goal.state is BootState.OS and seen.restart_at is not None
            again = is_doubtful and self._may_ask_again(device, seen)
            return Action.REBOOT_DEFAULT if again else None
        self.planned = actions
        done = next((sent for sent in self.sent if sent.action is actions[0]), None)
        if done:
            text = f"{done.action} did not lead to {goal}: {as_seen(seen)}"
            raise HookStopped(Exit.FAILED, text)
        return actions[0]

    def _has_own_image(self, seen: Observation) -> bool:
        """Whether the image that this run has found for the name is mounted: it is the same under
        another name, too.
        """
        is_the_one = self.image is not None and seen.image_id == self.image.id
        return is_the_one and seen.state is BootState.IMAGE

    def _may_ask_again(self, device: DeviceId, seen: Observation) -> bool:
        """Whether to ask once more for a restart that nothing shows: where a run on this machine
        watched it and saw nothing, or a person wants it. Otherwise it was most likely done long
        ago, and a restart of a system that runs is an outage.
        """
        if any(sent.action in RESTARTS for sent in self.sent):
            return False
        self.planned = (Action.REBOOT_DEFAULT,)
        note = self.files.restart(device)
        was_watched = note is not None and note.is_shown is False and note.is_about(seen.restart_at)
        return self.asks_again or was_watched

    def _is_ready(self, device: DeviceId, goal: Goal, look: Look, action: Action) -> bool:
        """Whether the request may go out on this look. What it needs is checked here once, and
        waited for; a look that got old by that does not count any more.
        """
        left_s = limits.lockout_left_s(
            look.facts,
            [action],
            now=self.now,
            labels=self.labels,
            lockout_s=self.pace.lockout_s,
        )
        if left_s > 0:
            self.pause_for_lockout(left_s, "the last reboot command is less than 20 minutes ago")
            return False
        if self.clock() >= self.deadline:
            text = f"the timeout of {duration(self.order.timeout_s)} is over before {action}"
            raise HookStopped(Exit.BUSY, text)
        at = self.clock()
        if self.ready_for is not action:
            if not self.has_turn(action):
                return False
            if not self.sent:
                self.check_proof(goal)
                if self._repairing:
                    self._repairing.check(self, device, look)
                self._preflight(device, goal, look.facts)
            if self.ask is not None:
                self.ask(self, goal, look.seen)
            self.were_up = self.sources_of(device, look.facts) if action in RESTARTS else {}
            self.ready_for = action
            at = look.at
            if look.pauses != self.pauses or self.clock() - at > self.pace.fresh_s:
                return False
        self.devices.take_slot()
        return look.pauses == self.pauses and self.clock() - at <= self.pace.fresh_s

    def _preflight(self, device: DeviceId, goal: Goal, facts: Facts) -> None:
        """Everything that would forbid the transition, named at once, before the first request."""
        comes_back = goal == self.order.goal and self.order.settled != goal
        back = (Action.REBOOT_DEFAULT,) if comes_back else ()
        check = preflight.check(goal, facts, (*self.planned, *back), self.devices)
        self.image = check.image
        self.user = check.user
        if check.refusals:
            text = f"{device} must not go to {goal}: " + "; ".join(check.refusals)
            raise HookStopped(Exit.REFUSED, text)
        image = check.image
        if image and self.reviewed.image_id not in (None, image.id):
            raise HookStopped(
                Exit.REFUSED,
                f"{goal} leads to the {image.owner} image {image.id} now, and was reviewed as"
                f" {self.reviewed.image_id}",
                "find out who made the other image, then plan again",
            )
        for note in check.notes:
            self.report.say("note", f"note: {note}")

    def _end(self, reached: Reached, *, repaired: str = "") -> None:
        """Say how it ended, with the evidence; what is only believed is said as that. `repaired` is
        what was done to it in between.
        """
        begin, look, doubt = reached
        seen = look.seen
        is_own_work = bool(self.sent) and self.sent[-1].work is not None
        unproven = doubt if is_own_work else seen.unproven
        result = "changed" if self.sent else "unchanged"
        text = f"{begin} → {seen}; {seen.evidence}"
        if not self.sent:
            same = str(begin) == str(seen)
            text = f"already {seen}: nothing to do; {seen.evidence}"
            if seen.is_off:
                text = f"{seen.evidence}: its next start boots the operating system; nothing to do"
            elif not same:
                text = f"{begin} → {seen} by somebody else meanwhile; {seen.evidence}; nothing sent"
        if repaired:
            result = "repaired"
            text = f"{repaired}; {text}"
        if unproven:
            result = "unproven"
            done = f"{repaired}; " if repaired else ""
            text = f"{done}UNPROVEN: {self.sent[-1] if self.sent else unproven}"
            if doubt and self.sent:
                text += f"; {doubt}"
            if not self.sent:
                text += "; nothing was sent"
            if seen.restart_at:
                text += (
                    f". Look at the device; `{self.command} leave {self.order.name}` restarts it"
                )
        evidence = "; ".join(filter(None, (repaired, seen.evidence)))
        self._say_done(reached, text=text, result=result, evidence=evidence)

    def _say_done(self, reached: Reached, *, text: str, result: str, evidence: str) -> None:
        facts = reached.look.facts
        end = reached.look.seen
        took_s = self.clock() - self.started
        address = facts.public_ip or facts.private_ip
        if self.sent:
            text += f"; took {duration(took_s)}"
        if end.state in (BootState.RESCUE, BootState.IMAGE):
            text += (
                f"; it is at {address or 'no address'}:"
                f" `{self.command} access {self.order.name}` shows how to log in"
            )
        self.report.say(
            "done",
            text,
            result=result,
            before=str(reached.begin),
            after=str(end),
            evidence=evidence,
            took_s=round(took_s, 1),
            address=address,
        )

    def _find(self) -> DeviceId:
        """The device meant. One that no list holds is looked for again after some seconds."""
        try:
            self.found = self.devices.find(self.order.device)
        except LookupFailedError as problem:
            if problem.matches:
                raise
            self.pause(self.pace.gone_s)
            self.found = self.devices.find(self.order.device)
        if self.reviewed.device not in ("", str(self.found)):
            raise HookStopped(
                Exit.REFUSED,
                f"{self.order.device.key} leads to {self.found} now, and was reviewed as"
                f" {self.reviewed.device}",
                "find out who moved the name, then plan again",
            )
        return self.found

    @contextmanager
    def _alone(self, device: DeviceId, what: str) -> Iterator[None]:
        """No other run on this machine works on the device meanwhile."""

        def wait(holder: str) -> None:
            text = f"{device} is worked on by {holder}"
            if self.others_work != text:
                self.others_work = text
                self.report.say("busy", f"{text}: waiting for it")
            if self.clock() >= self.deadline:
                self.others_work = ""
                raise HookStopped(Exit.BUSY, text, "run again when it has ended")
            left_s = max(self.deadline - self.clock(), SHORTEST_PAUSE_S)
            self.pause(min(self.pace.first_s, left_s))

        def warn(text: str) -> None:
            self.report.say("note", f"note: {text}")

        text = f"{self.order.name} {what}; {self.order.reason or 'no reason given'}"
        now = clock_time(self.report.now())
        me = Holder(os.getpid(), now, clean(text, self.report.secrets))
        with self.files.locked(device, me, wait=wait, warn=warn):
            self.others_work = ""
            yield

    def _start(self, text: str) -> None:
        self.started = self.clock()
        self.deadline = self.started + self.order.timeout_s
        because = f" (reason: {self.order.reason})" if self.order.reason else ""
        self.report.say(
            "start", text + because, goal=str(self.order.goal), reason=self.order.reason
        )

    def _say_moved(self, moved: tuple[str, str]) -> None:
        stack, key = moved
        text = f"nothing to do: still declared as {key} in stack {stack}; it only moved"
        self.report.say("done", text, result="moved")

    def _left_deleted(self, problem: NotFound | LookupFailedError) -> None:
        """A device that cannot be found was deleted, if the user would see it otherwise, and the
        account's list lacks it, too; or nobody can tell.
        """
        if refusal := refusal_when_gone(self.order, problem, self.devices.user()):
            raise HookStopped(Exit.REFUSED, refusal)
        if self.found and self.devices.is_listed(self.found):
            text = f"{problem}, but the account's list has {self.found}: it cannot be read now"
            raise HookStopped(Exit.UNREACHABLE, text, "run again")
        self.report.say("done", GONE, result="deleted")
