"""One device, one goal: look, check, request once, wait, prove."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from classic_rescue.api.devices import DeviceId, LookupFailedError
from classic_rescue.api.errors import NotFound
from classic_rescue.boot import preflight
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts, Transaction
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.boot.transitions import Action, actions_to
from classic_rescue.boot.waiting import WaitTimeoutError
from classic_rescue.hook.absence import GONE, refusal_when_gone
from classic_rescue.hook.context import Context, as_seen
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.report import duration
from classic_rescue.hook.request import Request, perform

TO_OS = Goal(BootState.OS)
DeclaredElsewhere = Callable[[frozenset[str]], tuple[str, str] | None]


class Transition(Context):
    """The way of one device to its goal."""

    def enter(self) -> None:
        """Bring the device to its goal. Raises HookStopped, or the errors of `api.errors`."""
        self._start(f"wanted: {self.order.goal}")
        device = self._find()
        self._bring(device, self.order.goal, self.devices.facts(device))

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
            facts = self.devices.facts(device)
        except (NotFound, LookupFailedError) as problem:
            if isinstance(problem, LookupFailedError) and problem.matches:
                raise
            return self._left_deleted(problem)
        if moved := declared_elsewhere(facts.names):
            return self._say_moved(moved)
        seen = self.observe(facts)
        if seen.is_off and not seen.image:
            text = "powered off: its next start boots the operating system; nothing to do"
            return self._done(facts, seen, seen, text)
        self._bring(device, TO_OS, facts)
        return None

    def _find(self) -> DeviceId:
        self.found = self.devices.find(self.order.device)
        return self.found

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
        """A device that cannot be found was deleted, if the user would see it otherwise;
        or nobody can tell.
        """
        if refusal := refusal_when_gone(self.order, problem, self.devices.user()):
            raise HookStopped(Exit.REFUSED, refusal)
        return self.report.say("done", GONE, result="deleted")

    def _bring(self, device: DeviceId, goal: Goal, facts: Facts) -> None:
        """Do what the table of transitions says, one request at a time,
        and look again after each.
        """
        facts = self._settled(device, facts)
        begin = self.observe(facts)
        seen = begin
        self.report.say("look", f"now: {seen}; {seen.evidence}", state=str(seen))
        while actions := self._actions(goal, facts, seen):
            if not self.sent:
                self._preflight(device, goal, facts, actions)
            if actions[0] in self.sent:
                text = f"{actions[0]} was accepted and its work has ended, but {as_seen(seen)}"
                raise HookStopped(Exit.FAILED, text)
            perform(self, Request(device, facts, goal, actions[0]))
            facts = self._settled(device, self.devices.facts(device))
            seen = self.observe(facts)
        what = f"already {seen}: nothing to do" if not self.sent else f"{begin} → {seen}"
        self._done(facts, begin, seen, f"{what}; {seen.evidence}")

    def _actions(self, goal: Goal, facts: Facts, seen: Observation) -> tuple[Action, ...]:
        try:
            return actions_to(goal, facts.kind, seen)
        except ValueError as problem:
            raise HookStopped(Exit.REFUSED, str(problem)) from None

    def _done(self, facts: Facts, begin: Observation, end: Observation, text: str) -> None:
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
            result="changed" if self.sent else "unchanged",
            before=str(begin),
            after=str(end),
            evidence=end.evidence,
            took_s=round(took_s, 1),
            address=address,
        )

    def _settled(self, device: DeviceId, facts: Facts) -> Facts:
        """The facts once no work is under way: waits for somebody
        else's transaction within the timeout.
        """
        while transaction := facts.active or self._about_to_appear(device, facts):
            self.under_way = f"{transaction} is still under way on {device}"
            self.report.say("busy", f"{transaction} is under way: waiting for it first")
            try:
                self.waiter(device).until_clear(transaction)
            except WaitTimeoutError as problem:
                text = (
                    f"{problem} is still under way after {duration(self.order.timeout_s)}; nothing"
                    " was changed"
                )
                raise HookStopped(Exit.BUSY if not self.sent else Exit.TIMED_OUT, text) from None
            self.under_way = ""
            facts = self.devices.facts(device)
        return facts

    def _about_to_appear(self, device: DeviceId, facts: Facts) -> Transaction | None:
        """The transaction of a boot that was requested just now: it takes seconds to appear."""
        seen = self.observe(facts)
        now = self.server_now()
        if not seen.requested_at or not now:
            return None
        left_s = self.pace.appear_s - (now - seen.requested_at).total_seconds()
        if left_s <= 0:
            return None
        self.report.say("busy", f"{seen.evidence} yet: waiting for its transaction")
        return self.waiter(device).until_seen(facts.last, left_s)

    def _preflight(
        self, device: DeviceId, goal: Goal, facts: Facts, actions: Sequence[Action]
    ) -> None:
        """Everything that would forbid the transition, named at once, before the first request."""
        check = preflight.check(goal, facts, actions, self.devices)
        self.image = check.image
        self.user = check.user
        if check.refusals:
            text = f"{device} must not go to {goal}: " + "; ".join(check.refusals)
            raise HookStopped(Exit.REFUSED, text)
        for note in check.notes:
            self.report.say("note", f"note: {note}")
