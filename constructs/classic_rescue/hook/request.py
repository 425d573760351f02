"""One request that changes a device: sent once, waited for in two phases, remembered as a sign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from classic_rescue.api.devices import DeviceId
from classic_rescue.api.errors import Busy, Denied, NotFound, Refused, Unanswered, Unreachable
from classic_rescue.boot import limits
from classic_rescue.boot.evidence import COMPLETE, Sign, transaction_sign
from classic_rescue.boot.facts import Facts, Transaction
from classic_rescue.boot.states import Goal
from classic_rescue.boot.transitions import ACTIONS, Action, ActionRow
from classic_rescue.boot.waiting import WaitTimeoutError
from classic_rescue.hook.context import Context, as_seen
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.report import duration


class Request(NamedTuple):
    """What is asked of a device, on the way to which goal. `facts` were read right before."""

    device: DeviceId
    facts: Facts
    goal: Goal
    action: Action

    @property
    def row(self) -> ActionRow:
        """What the table of actions tells of it."""
        return ACTIONS[self.facts.kind, self.action]


def perform(context: Context, request: Request) -> None:
    """Send one request once, and wait until its work has ended."""
    device = request.device
    action = request.action
    row = request.row
    _wait_out_lockout(context, request)
    _ask_the_policy(context, request)
    text = f"{action}: {row.effect}; usually {duration(row.usual_s)}"
    context.report.say("request", text, usual_s=float(row.usual_s))
    context.under_way = f"{action} was sent to {device}; whether it was accepted is not known"
    named = None
    is_accepted = True
    try:
        named = _send(context, request)
    except Unreachable:
        context.under_way = ""
        raise
    except Unanswered as problem:
        text = f"{problem}; it is not sent again: looking at the transactions"
        context.report.say("unanswered", text)
        is_accepted = False
    except Busy as problem:
        if context.clock() >= context.deadline:
            text = f"{problem}, until the timeout; nothing was changed"
            raise HookStopped(Exit.BUSY, text) from None
        text = "another transaction came first; nothing was sent: looking again"
        context.report.say("busy", text)
        context.under_way = ""
        context.sleep(context.pace.first_s)
        return
    context.sent.append(action)
    context.under_way = f"{action} of {device} is under way"
    _await(context, request, named, is_accepted=is_accepted)
    context.under_way = ""


def _ask_the_policy(context: Context, request: Request) -> None:
    if context.ask is not None:
        context.ask(context, request.goal, context.observe(request.facts))


def _send(context: Context, request: Request) -> Transaction | None:
    """Send it, as often as the service refuses it for the 20 minutes after a reboot:
    a refusal does nothing.
    """
    row = request.row
    while True:
        try:
            return context.devices.act(
                request.device,
                request.action,
                image_id=context.image.id if context.image else None,
                no_os_environment=request.goal.no_os_environment,
            )
        except Busy as problem:
            if not problem.is_lockout:
                raise
            _pause_for_lockout(context, context.pace.lockout_retry_s, problem.text)
            _ask_the_policy(context, request)
        except (Denied, NotFound) as problem:
            permission = limits.permission_text(row.permission)
            need = "needs" if row.permission_is_documented else "probably needs"
            text = (
                f"{problem}; {request.action} {need} {permission} and device access;"
                f" {limits.WHO_GRANTS}"
            )
            raise HookStopped(Exit.REFUSED, text) from None
        except Refused as problem:
            raise HookStopped(Exit.REFUSED, f"{problem}; nothing was changed") from None


def _wait_out_lockout(context: Context, request: Request) -> None:
    """Bare metal refuses remote-management commands for 20
    minutes after a reboot (SLDN rebootDefault).
    """
    left_s = limits.lockout_left_s(
        request.facts,
        [request.action],
        now=context.server_now(),
        labels=context.labels,
        lockout_s=context.pace.lockout_s,
    )
    if left_s > 0:
        _pause_for_lockout(context, left_s, "the last reboot command is less than 20 minutes ago")


def _pause_for_lockout(context: Context, pause_s: float, why: str) -> None:
    if context.clock() + pause_s > context.deadline:
        text = (
            f"reboots are refused for another {duration(pause_s)} ({why}), longer than the timeout"
            f" of {duration(context.order.timeout_s)} allows; nothing was changed: run again later,"
            " or raise `timeout`"
        )
        raise HookStopped(Exit.BUSY, text)
    text = f"reboots are refused for now ({why}): waiting {duration(pause_s)}"
    context.report.say("lockout", text)
    context.sleep(pause_s)


def _await(
    context: Context, request: Request, named: Transaction | None, *, is_accepted: bool
) -> None:
    """Both phases of waiting for what the request started; leaves a sign of it for the observation.

    `named` is the transaction that the service's answer named; `is_accepted` is False where there
    was no answer.
    """
    action = request.action
    pace = context.pace
    waiter = context.waiter(request.device)
    may_stay_away = is_accepted and not request.row.makes_transaction
    within_s = pace.settle_s if may_stay_away else pace.appear_s
    transaction = waiter.until_seen(request.facts.last, within_s)
    if transaction is None:
        return _nothing_seen(context, request, is_accepted=is_accepted)
    context.under_way = (
        f"{transaction}, started by {action}, is still under way on {request.device}"
    )
    try:
        last = waiter.until_clear(transaction)
    except WaitTimeoutError as problem:
        text = (
            f"{problem} is still under way after {duration(context.order.timeout_s)}; nothing more"
            " was sent: run again to go on waiting, or raise `timeout`"
        )
        raise HookStopped(Exit.TIMED_OUT, text) from None
    if named is None or named.id == transaction.id:
        _remember(context, request, transaction, last)
    return None


def _nothing_seen(context: Context, request: Request, *, is_accepted: bool) -> None:
    """No transaction came. A reboot need not make one;
    after any other request only other evidence counts.
    """
    action = request.action
    latest = _latest(request.facts)
    if is_accepted and not request.row.makes_transaction:
        evidence = f"{action} of this run was accepted, no transaction came"
        context.seen.append(Sign(request.row.means, latest, evidence))
        return
    fresh = context.observe(context.devices.facts(request.device))
    if fresh.since and fresh.since > latest and not fresh.requested_at:
        return
    waited = duration(context.pace.appear_s)
    if is_accepted:
        text = (
            f"{action} was accepted, but no transaction appeared in {waited}, and {as_seen(fresh)}"
        )
        raise HookStopped(Exit.FAILED, text)
    text = (
        f"{action} got no answer and no transaction appeared in {waited}; {as_seen(fresh)}."
        " It was not sent again: look at the device, then run again"
    )
    raise HookStopped(Exit.UNREACHABLE, text)


def _remember(
    context: Context, request: Request, transaction: Transaction, last: Transaction | None
) -> None:
    """A transaction of this run that ended well is a sign, even where no label knows its name."""
    if last is None or last.id != transaction.id or last.status != COMPLETE:
        return
    if transaction_sign(last, context.labels):
        return
    meaning = request.row.means
    evidence = f"transaction {last.id}, started by {request.action} of this run, is complete"
    at = last.modified or last.created or context.report.now()
    context.seen.append(Sign(meaning, at, evidence))
    called = last.group or last.status
    context.report.say(
        "note",
        f"note: the service calls it {called!r}, which no label knows; set CLASSIC_RESCUE_LABELS"
        f' to [["{meaning}", ["{called.casefold()}"]]] so that later runs recognise it',
    )


def _latest(facts: Facts) -> datetime:
    """The newest moment that the facts name: what is newer came after them."""
    moments = [event.at for event in (*(facts.events or ()), *facts.commands, *facts.history)]
    if facts.last:
        moments += [at for at in (facts.last.modified, facts.last.created) if at]
    return max(moments, default=datetime(1970, 1, 1, tzinfo=UTC))
