"""One request that changes a device: sent once, waited for in two phases, remembered as a sign."""

from __future__ import annotations

from datetime import UTC, datetime

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


def perform(context: Context, device: DeviceId, goal: Goal, facts: Facts, action: Action) -> None:
    """Send one request once, and wait until its work has ended."""
    row = ACTIONS[facts.kind, action]
    _wait_out_lockout(context, facts, action)
    _ask_the_policy(context, goal, facts)
    context.report.say(
        "request",
        f"{action}: {row.effect}; usually {duration(row.usual_s)}",
        usual_s=float(row.usual_s),
    )
    context.under_way = f"{action} was sent to {device}; whether it was accepted is not known"
    is_sure = True
    try:
        named = _send(context, device, goal, facts, action)
    except Unreachable:
        context.under_way = ""
        raise
    except Unanswered as problem:
        context.report.say(
            "unanswered", f"{problem}; it is not sent again: looking at the transactions"
        )
        is_sure, named = False, None
    except Busy as problem:
        if context.clock() >= context.deadline:
            raise HookStopped(
                Exit.BUSY, f"{problem}, until the timeout; nothing was changed"
            ) from None
        context.report.say(
            "busy", "another transaction came first; nothing was sent: looking again"
        )
        context.under_way = ""
        context.sleep(context.pace.first_s)
        return
    context.sent.append(action)
    context.under_way = f"{action} of {device} is under way"
    _await(context, device, facts, action, row, named, is_sure=is_sure)
    context.under_way = ""


def _ask_the_policy(context: Context, goal: Goal, facts: Facts) -> None:
    if context.ask is not None:
        context.ask(context, goal, context.observe(facts))


def _send(
    context: Context, device: DeviceId, goal: Goal, facts: Facts, action: Action
) -> Transaction | None:
    """Send it, as often as the service refuses it for the 20 minutes after a reboot: a refusal does nothing."""
    row = ACTIONS[facts.kind, action]
    while True:
        try:
            return context.devices.act(
                device,
                action,
                image_id=context.image.id if context.image else None,
                no_os_environment=goal.no_os_environment,
            )
        except Busy as problem:
            if not problem.is_lockout:
                raise
            _pause_for_lockout(context, context.pace.lockout_retry_s, problem.text)
            _ask_the_policy(context, goal, facts)
        except (Denied, NotFound) as problem:
            permission = limits.permission_text(row.permission)
            need = "needs" if row.permission_is_documented else "probably needs"
            text = f"{problem}; {action} {need} {permission} and device access; {limits.WHO_GRANTS}"
            raise HookStopped(Exit.REFUSED, text) from None
        except Refused as problem:
            raise HookStopped(Exit.REFUSED, f"{problem}; nothing was changed") from None


def _wait_out_lockout(context: Context, facts: Facts, action: Action) -> None:
    """Bare metal refuses remote-management commands for 20 minutes after a reboot (SLDN rebootDefault)."""
    left_s = limits.lockout_left_s(
        facts, [action], context.server_now(), context.labels, context.pace.lockout_s
    )
    if left_s > 0:
        _pause_for_lockout(context, left_s, "the last reboot command is less than 20 minutes ago")


def _pause_for_lockout(context: Context, pause_s: float, why: str) -> None:
    if context.clock() + pause_s > context.deadline:
        text = (
            f"reboots are refused for another {duration(pause_s)} ({why}), longer than the timeout of"
            f" {duration(context.order.timeout_s)} allows; nothing was changed: run again later, or raise `timeout`"
        )
        raise HookStopped(Exit.BUSY, text)
    context.report.say(
        "lockout", f"reboots are refused for now ({why}): waiting {duration(pause_s)}"
    )
    context.sleep(pause_s)


def _await(
    context: Context,
    device: DeviceId,
    facts: Facts,
    action: Action,
    row: ActionRow,
    named: Transaction | None,
    *,
    is_sure: bool,
) -> None:
    """Both phases of waiting for what `action` started; leaves a sign of it for the observation."""
    waiter = context.waiter(device)
    within_s = (
        context.pace.appear_s if row.makes_transaction or not is_sure else context.pace.settle_s
    )
    transaction = waiter.until_seen(facts.last, within_s)
    if transaction is None:
        return _nothing_seen(context, device, facts, action, row, is_sure=is_sure)
    context.under_way = f"{transaction}, started by {action}, is still under way on {device}"
    try:
        last = waiter.until_clear(transaction)
    except WaitTimeoutError as problem:
        text = (
            f"{problem} is still under way after {duration(context.order.timeout_s)}; nothing more was sent:"
            " run again to go on waiting, or raise `timeout`"
        )
        raise HookStopped(Exit.TIMED_OUT, text) from None
    if named is None or named.id == transaction.id:
        _remember(context, action, row, transaction, last)
    return None


def _nothing_seen(
    context: Context,
    device: DeviceId,
    facts: Facts,
    action: Action,
    row: ActionRow,
    *,
    is_sure: bool,
) -> None:
    """No transaction came. A reboot need not make one; after any other request only other evidence counts."""
    if is_sure and not row.makes_transaction:
        context.seen.append(
            Sign(
                row.means, _latest(facts), f"{action} of this run was accepted, no transaction came"
            )
        )
        return
    fresh = context.observe(context.devices.facts(device))
    if fresh.since and fresh.since > _latest(facts) and not fresh.requested_at:
        return
    if is_sure:
        text = f"{action} was accepted, but no transaction appeared in {duration(context.pace.appear_s)}"
        raise HookStopped(Exit.FAILED, f"{text}, and {as_seen(fresh)}")
    raise HookStopped(
        Exit.UNREACHABLE,
        f"{action} got no answer and no transaction appeared in {duration(context.pace.appear_s)}; {as_seen(fresh)}."
        " It was not sent again: look at the device, then run again",
    )


def _remember(
    context: Context,
    action: Action,
    row: ActionRow,
    transaction: Transaction,
    last: Transaction | None,
) -> None:
    """A transaction of this run that ended well is a sign, even where no label knows its name."""
    if last is None or last.id != transaction.id or last.status != COMPLETE:
        return
    if transaction_sign(last, context.labels):
        return
    at = last.modified or last.created or context.report.now()
    context.seen.append(
        Sign(row.means, at, f"transaction {last.id}, started by {action} of this run, is complete")
    )
    context.report.say(
        "note",
        f"note: the service calls it {last.group or last.status!r}, which no label knows; set CLASSIC_RESCUE_LABELS"
        f' to [["{row.means}", ["{(last.group or last.status).casefold()}"]]] so that later runs recognise it',
    )


def _latest(facts: Facts) -> datetime:
    """The newest moment that the facts name: what is newer came after them."""
    moments = [event.at for event in (*(facts.events or ()), *facts.commands, *facts.history)]
    moments += [
        at for at in (facts.last and facts.last.modified, facts.last and facts.last.created) if at
    ]
    return max(moments, default=datetime(1970, 1, 1, tzinfo=UTC))
