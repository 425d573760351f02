"""One request that changes a device: sent once, followed in two phases, remembered as a sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from classic_rescue.api.devices import WITNESSES, DeviceId
from classic_rescue.api.errors import (
    ApiError,
    Busy,
    Denied,
    NotFound,
    RateLimited,
    Refused,
    SignInRefused,
    Unanswered,
    Unreachable,
)
from classic_rescue.boot import limits
from classic_rescue.boot.evidence import (
    COMPLETE,
    RESTART_S,
    Sign,
    clock_time,
    signs_in,
    transaction_sign,
)
from classic_rescue.boot.facts import Facts, Power, Progress, Transaction
from classic_rescue.boot.labels import Meaning
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.boot.transitions import ACTIONS, Action, ActionRow
from classic_rescue.boot.waiting import POWER, Restart, WaitTimeoutError, after
from classic_rescue.hook.context import Context, Look, Sent, as_seen
from classic_rescue.hook.device_files import RequestNote, RestartNote
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.report import duration

ENDED = "its work has ended"
UNSHOWN = "nothing shows that it was done"
LEADS_TO = {Meaning.RESCUE: BootState.RESCUE, Meaning.IMAGE: BootState.IMAGE}
"""What a device runs after a request of this meaning; the operating system after all others."""

TRACES = {Action.POWER_ON: Meaning.START}
"""What the service's log says of a request where that is not what it means to us."""

RESTARTS = frozenset(action for (_, action), row in ACTIONS.items() if row.means is Meaning.RESTART)
"""The requests that need make no transaction: only the device itself shows that they were done."""


class Requests(Context):
    """A run that can send requests.

    `planned` is the whole way to the goal as last decided, `tried` the request that was tried last.
    `ready_for` is the request for which all that it needs was checked since the last wait,
    `were_up` what each source said of the device then. `note_before` is what was known of the
    restart before one of this run.
    """

    planned: tuple[Action, ...] = ()
    tried: Action | None = None
    ready_for: Action | None = None
    were_up: Mapping[str, bool] = {}
    note_before: RestartNote | None = None

    def _send(self, device: DeviceId, goal: Goal, look: Look, action: Action) -> None:
        """Send it once, and wait until its work has ended.

        What was surely not done leaves no trace: the caller looks again, then decides.
        """
        row = ACTIONS[look.facts.kind, action]
        text = f"{action}: {row.effect}; usually {duration(row.usual_s)}"
        if self.tried is action:
            text = f"{action}: trying again"
        self.tried = action
        self.report.say("request", text, usual_s=float(row.usual_s))
        sent = Sent(action, self.now)
        self.sent.append(sent)
        self._note_ahead(device, sent, row)
        try:
            named = self._act(device, goal, action)
        except (Unreachable, RateLimited, Busy) as problem:
            self.sent.remove(sent)
            self._take_back(device, sent)
            self._wait_after(problem)
        except Refused as problem:
            if problem.is_certain:
                self._take_back(device, sent)
            self._refused(device, look, sent, row=row, problem=problem)
        except Unanswered as problem:
            traces = "transactions" if row.makes_transaction else "device"
            text = f"{problem}; it is not sent again: looking at the {traces}"
            self.report.say("unanswered", text)
            self._follow_lost(device, look, sent, row)
        else:
            sent.is_accepted = True
            self._follow(device, look, sent, row, named=named)

    def _act(self, device: DeviceId, goal: Goal, action: Action) -> Transaction | None:
        try:
            return self.devices.act(
                device,
                action,
                image_id=self.image.id if self.image else None,
                no_os_environment=goal.no_os_environment,
            )
        finally:
            self.devices.end_turn()

    def _note_ahead(self, device: DeviceId, sent: Sent, row: ActionRow) -> None:
        """Keep what is about to be asked for: a run that is killed before the answer comes leaves
        no other trace where the event log is closed.
        """
        text = f"{sent.action} was sent at {clock_time(sent.at)}"
        if sent.action not in RESTARTS:
            self.files.remember_request(device, RequestNote(sent.at, row.means, text))
            return
        self.note_before = self.files.restart(device)
        self.files.remember(device, RestartNote(sent.at, sent.at, None, text))

    def _take_back(self, device: DeviceId, sent: Sent) -> None:
        """What was surely not done leaves no note."""
        if sent.action in RESTARTS:
            self.files.remember(device, self.note_before)
        else:
            self.files.remember_request(device, None)

    def _wait_after(self, problem: Unreachable | RateLimited | Busy) -> None:
        """Wait after a request that was surely not done; the caller then looks again."""
        if isinstance(problem, Busy) and problem.is_lockout:
            return self.pause_for_lockout(self.pace.lockout_retry_s, problem.text)
        if isinstance(problem, Busy):
            self.report.say("busy", f"{problem.text}: somebody was faster; looking again")
            pause_s = self.pace.first_s
            exit = Exit.BUSY
        else:
            self.tell_outage(problem)
            pause_s = self.pace.longest_s
            exit = Exit.UNREACHABLE if isinstance(problem, Unreachable) else Exit.BUSY
        if self.clock() + pause_s >= self.deadline:
            raise HookStopped(exit, f"{problem}, until the timeout")
        return self.wait(pause_s)

    def not_ready(self) -> None:
        """What was checked before does not count any more."""
        self.ready_for = None
        self.devices.leave_turn()

    def wait(self, pause_s: float) -> None:
        """Wait; what was checked before does not count any more."""
        self.not_ready()
        self.pause(pause_s)

    def has_turn(self, action: Action) -> bool:
        """Whether the request may go out soon, for the service's limit. Else that is waited for,
        and what was seen before is old. Raises HookStopped where the order has not the time.
        """
        is_told = False
        is_watched = action in RESTARTS
        while not self.devices.take_turn(is_watched=is_watched):
            if self.clock() + self.pace.first_s >= self.deadline:
                text = f"the service's limit left no room for {action} until the timeout"
                raise HookStopped(Exit.BUSY, text, "run again later, or raise `timeout`")
            if not is_told:
                line_s = self.devices.line_s(is_watched=is_watched)
                text = f"waiting for the service's limit, about {duration(line_s)}"
                self.report.say("wait", text, elapsed_s=0.0, usual_s=line_s)
            is_told = True
            self.wait(self.pace.first_s)
        return not is_told

    def pause_for_lockout(self, pause_s: float, why: str) -> None:
        """Wait while reboots are refused. Raises HookStopped where the order has not the time."""
        if self.clock() + pause_s > self.deadline:
            text = (
                f"reboots are refused for another {duration(pause_s)} ({why}), longer than the"
                f" timeout of {duration(self.order.timeout_s)} allows"
            )
            raise HookStopped(Exit.BUSY, text, "run again later, or raise `timeout`")
        text = f"reboots are refused for now ({why}): waiting {duration(pause_s)}"
        self.report.say("lockout", text)
        self.wait(pause_s)

    def _refused(
        self, device: DeviceId, look: Look, sent: Sent, *, row: ActionRow, problem: Refused
    ) -> None:
        """Stop, or go on where a look shows that a refusal in unknown words was none."""
        if problem.is_certain:
            self.sent.remove(sent)
            raise HookStopped(Exit.REFUSED, _why_refused(problem, sent.action, row)) from None
        text = f"{problem}: nobody knows these words, so the device is looked at once more"
        self.report.say("unanswered", text)
        is_seen = False
        if row.makes_transaction:
            waiter = self.waiter(device)
            is_seen = waiter.until_seen(look.facts.last, self.pace.appear_s) is not None
        else:
            self._follow_restart(device, look, sent, row, within_s=self.pace.settle_s)
            if sent.ending:
                return
        if not is_seen:
            fresh = self.facts(device)
            work = after(look.facts.last, Progress(fresh.active, fresh.last))
            if not work and not self._has_new_sign(look.facts, fresh, sent.action, row):
                after_s = (self.now - sent.at).total_seconds()
                sent.ending = f"{duration(after_s)} later nothing shows that it was done"
                raise HookStopped(Exit.REFUSED, str(problem)) from None
        sent.is_accepted = True
        self._follow(device, look, sent, row, named=None)

    def _has_new_sign(self, before: Facts, after: Facts, action: Action, row: ActionRow) -> bool:
        """Whether the service keeps a trace of such a request that was not there before."""
        known = {sign.text for sign in signs_in(before, self.labels)}
        trace = TRACES.get(action, row.means)
        return any(
            sign.text not in known and sign.meaning is trace
            for sign in signs_in(after, self.labels)
        )

    def _follow(
        self,
        device: DeviceId,
        look: Look,
        sent: Sent,
        row: ActionRow,
        *,
        named: Transaction | None,
    ) -> None:
        """Wait for what an accepted request does. `named` is the transaction that the service's
        answer named.
        """
        if not row.makes_transaction:
            text = f"{sent.action} of this run at {clock_time(sent.at)}"
            self.seen.append(Sign(row.means, sent.at, text, is_proof=False))
            self.files.remember(device, RestartNote(sent.at, self.now, None, text))
            return self._follow_restart(device, look, sent, row)
        fresh = self._until_seen(device, look)
        if isinstance(fresh, Transaction):
            return self._until_clear(device, sent, row, transaction=fresh, named=named)
        if self._is_done(look.facts, fresh, device, row):
            sent.ending = ENDED
            return None
        waited = duration(self.pace.appear_s)
        seen = as_seen(self.observe(device, fresh))
        raise HookStopped(Exit.FAILED, f"no transaction appeared in {waited}, and {seen}")

    def _follow_lost(self, device: DeviceId, look: Look, sent: Sent, row: ActionRow) -> None:
        """Find out whether a request arrived of which no answer came. It is never sent again."""
        if row.makes_transaction:
            fresh = self._until_seen(device, look)
            if isinstance(fresh, Transaction):
                sent.is_accepted = True
                return self._until_clear(device, sent, row, transaction=fresh, named=None)
        else:
            self._follow_restart(device, look, sent, row)
            if sent.ending:
                return None
            fresh = self.facts(device)
        is_known = not row.makes_transaction and self._has_new_sign(
            look.facts, fresh, sent.action, row
        )
        if is_known or self._is_done(look.facts, fresh, device, row):
            sent.is_accepted = True
            sent.ending = ENDED if row.makes_transaction else UNSHOWN
            return None
        seen = as_seen(self.observe(device, fresh))
        raise HookStopped(
            Exit.UNREACHABLE,
            f"nothing shows that {sent.action} arrived, and {seen}. It was not sent again",
            "look at the device, then run again",
        )

    def _follow_restart(
        self,
        device: DeviceId,
        look: Look,
        sent: Sent,
        row: ActionRow,
        *,
        within_s: float | None = None,
    ) -> None:
        """Wait until something shows that a restart was done, or its usual time is over, unless
        another is given.
        """
        usual_s = float(RESTART_S[look.facts.kind]) if within_s is None else within_s
        # A watch that is shorter proves no failure.
        is_own = within_s is None
        found = self.watch_restart(
            device, look.facts, self.were_up, usual_s, since=sent.at, is_own=is_own
        )
        if found.work:  # here a restart makes a transaction
            sent.is_accepted = True
            self._until_clear(device, sent, row, transaction=found.work, named=None)
        elif found.is_up:
            sent.is_accepted = True
            sent.ending = f"{found.source} showed the restart"
        elif self.clock() >= self.deadline:
            raise self.out_of_time()
        elif found.source:
            sent.is_accepted = True
            sent.ending = f"{found.source} went down then, and is not up again"
        elif sent.is_accepted:
            sent.ending = UNSHOWN

    def _until_seen(self, device: DeviceId, look: Look) -> Transaction | Facts:
        """The transaction that came after the look, or the facts that show none. Raises HookStopped
        where the order's time ended before one must have come.

        Outages do not count: what the service accepted before one may appear as late after it.
        """
        left_s = self.pace.appear_s
        while left_s > 0:
            away_s = self.away_s
            give_up = self.clock() + left_s
            transaction = self.waiter(device).until_seen(look.facts.last, left_s)
            if transaction:
                return transaction
            if self.clock() < give_up:
                raise self.out_of_time()
            left_s = self.away_s - away_s
        fresh = self.facts(device)
        return after(look.facts.last, Progress(fresh.active, fresh.last)) or fresh

    def _until_clear(
        self,
        device: DeviceId,
        sent: Sent,
        row: ActionRow,
        *,
        transaction: Transaction,
        named: Transaction | None,
    ) -> None:
        sent.work = transaction
        self.files.remember_request(device, None)
        try:
            last = self.waiter(device).until_clear(transaction)
        except WaitTimeoutError:
            raise self.out_of_time() from None
        if last is None or last.id < transaction.id:  # from out of a cache, or it was taken away
            sent.ending = f"no answer shows {transaction} any more, nor that it has ended"
            text = "what became of the request cannot be seen"
            raise HookStopped(Exit.UNDER_WAY, text, "run again to go on waiting")
        sent.ending = ENDED
        if named is None or named.id == transaction.id:
            self._remember(sent, row, transaction, last)

    def out_of_time(self) -> HookStopped:
        """The order's time is over while a request is at work."""
        after = duration(self.order.timeout_s)
        request = self.open_request
        text = f"the timeout of {after} is over"
        advice = "run again to go on waiting, or raise `timeout`"
        if request and request.work:
            text = f"{request.work} is still under way after {after}"
            advice = self.overdue(request.work) or advice
        return HookStopped(Exit.UNDER_WAY, text, advice)

    def _is_done(self, before: Facts, after: Facts, device: DeviceId, row: ActionRow) -> bool:
        """Whether the device runs what the request leads to, by evidence that came after it, from
        whatever source. What somebody else did meanwhile shows nothing of it.
        """
        seen = self.observe(device, after)
        latest = max((sign.at for sign in signs_in(before, self.labels)), default=None)
        is_new = seen.since is not None and (latest is None or seen.since > latest)
        is_there = seen.state is LEADS_TO.get(row.means, BootState.OS)
        return is_there and is_new and not seen.requested_at and not seen.unproven

    def sources_of(self, device: DeviceId, facts: Facts) -> dict[str, bool]:
        """What each source that tells whether the device is up says now."""
        found = {name: self.devices.witness(device, name) for name in WITNESSES[device.kind]}
        if facts.power is not None:
            found[POWER] = facts.power is Power.RUNNING
        return {name: is_up for name, is_up in found.items() if is_up is not None}

    def watch_restart(
        self,
        device: DeviceId,
        facts: Facts,
        were_up: Mapping[str, bool],
        within_s: float,
        *,
        since: datetime,
        is_own: bool = False,
    ) -> Restart:
        """Watch a restart that was accepted at `since` or later, and keep what tells a later run
        that it was done; or, of one's own, which is watched from its first moment, that it was not.
        """
        what = f"waiting up to {duration(within_s)} for a sign that the restart is done"
        self.report.say("wait", what, elapsed_s=0.0, usual_s=within_s)
        found = self.waiter(device).until_restarted(
            facts.last, lambda name: self.devices.witness(device, name), were_up, within_s
        )
        if found.work:
            return found
        self.waited_out = max(self.now, since)  # a clock may have been set back
        text = f"a restart was asked for at {clock_time(since)}"
        if found.is_up:
            text = f"restarted: {found.source} was down, and up again at {clock_time(self.now)}"
            self.seen.append(Sign(Meaning.RESTART, self.now, text))
        is_shown = found.is_up or (False if found.stayed_up else None)
        if found.is_up or is_own:
            self.files.remember(device, RestartNote(since, self.now, is_shown, text))
        return found

    def _remember(
        self, sent: Sent, row: ActionRow, transaction: Transaction, last: Transaction | None
    ) -> None:
        """A transaction of this run that ended well is a sign, even where no label knows its
        name.
        """
        if last is None or last.id != transaction.id or last.status != COMPLETE:
            return
        if transaction_sign(last, self.labels):
            return
        meaning = row.means
        evidence = f"transaction {last.id}, started by {sent.action} of this run, is complete"
        at = last.modified or last.created or self.now
        self.seen.append(Sign(meaning, at, evidence))
        called = last.group or last.status
        self.report.say(
            "note",
            f"note: the service calls it {called!r}, which no label knows; set"
            f' CLASSIC_RESCUE_LABELS to [["{meaning}", ["{called.casefold()}"]]] so that later runs'
            " recognise it",
        )


def _why_refused(problem: ApiError, action: Action, row: ActionRow) -> str:
    if isinstance(problem, SignInRefused) or not isinstance(problem, Denied | NotFound):
        return str(problem)
    permission = limits.permission_text(row.permission)
    need = "needs" if row.permission_is_documented else "probably needs"
    return f"{problem}; {action} {need} {permission} and device access; {limits.WHO_GRANTS}"
