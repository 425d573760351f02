"""From plans and the fleet file to a review."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order, ReferenceField
from classic_rescue.fleet.entries import DeviceEntry, Fleet
from classic_rescue.policy.case import Subject
from classic_rescue.policy.judge import judge, set_aside
from classic_rescue.review.changes import RANKS, Change, Effect, Why
from classic_rescue.review.combinations import Action, Cause, Run
from classic_rescue.review.plans import DevicePlan, StackPlan
from classic_rescue.review.prediction import TO_OS, effect_of, usual_s
from classic_rescue.review.review import Review, not_understood
from classic_rescue.review.stacks import (
    Declared,
    Devices,
    Stacks,
    declared_devices,
    mismatches,
    say_stacks,
    sort_plans,
)

Observations = Mapping[str, Observation]


def review_of(
    plans: Sequence[StackPlan],
    fleet: Fleet,
    at: datetime,
    break_glass: str | None = None,
    observed: Observations | None = None,
    *,
    addresses: Mapping[str, str] | None = None,
    found: Mapping[str, str] | None = None,
    unseen: Mapping[str, str] | None = None,
    gone: Collection[str] = (),
    is_partial: bool = False,
    is_destroy: bool = False,
) -> Review:
    """What these plans do to the devices of the fleet,
    and whether its policy allows it at this moment.

    `fleet` is the file as it counts at `at`, a time with its zone. `break_glass`: the reason why
    the policy does not count in this run. `observed`, `addresses`, `found`, the device that a
    lookup led to, and `unseen`, why it could not be looked at: by device key, where somebody
    looked. `gone`: the keys of devices that do not exist any more. `is_partial`: plans of some
    stacks may be missing. `is_destroy`: the plans bring every device back, whatever the file says,
    which no policy forbids. Plans that do not fit together or to the file give a review that has
    only `problems`.
    """
    devices = {} if is_destroy else declared_devices(fleet)
    stacks, problems = sort_plans(plans, fleet, devices)
    problems = problems or mismatches(stacks, fleet, devices)
    if stacks.missing and not is_partial:
        problems.append(
            f"{fleet.source}: no plan is given for {say_stacks(stacks.missing)}; give the plans of"
            f" all {fleet.shards} stacks, or say --partial to review some of them"
        )
    if problems:
        return not_understood(fleet.source, at, problems)
    changes = list(_changes(stacks, devices, observed or {}, addresses or {}))
    changes = [_as_looked_at(change, found or {}, unseen or {}, gone) for change in changes]
    findings = judge(fleet.policy, subjects_of(changes, devices), at)
    if is_destroy:
        changes = [change._replace(why=Why.DESTROYED) for change in changes]
        findings = []
    return Review(
        fleet_source=fleet.source,
        at=at,
        stacks=(
            *sorted(stacks.plans, key=_stack_number),
            *(plan.source for plan in stacks.unnamed),
        ),
        missing=stacks.missing,
        changes=tuple(sorted(changes, key=_weight)),
        findings=tuple(findings),
        break_glass=set_aside(fleet.policy, at, break_glass),
        is_live=observed is not None,
        rules=fleet.policy.rules,
    )


def _as_looked_at(
    change: Change, found: Mapping[str, str], unseen: Mapping[str, str], gone: Collection[str]
) -> Change:
    """With who was looked at, or why nobody could be; a device that leaves and that does not exist
    any more has left, as for its hook.
    """
    if change.key in gone and not change.is_in_fleet:
        return change._replace(effect=Effect.IS_GONE, usual_s=0)
    device = found.get(change.key, "")
    return change._replace(device=device, unseen=unseen.get(change.key, ""))


def _weight(change: Change) -> tuple[int, int, str]:
    return RANKS[change.effect], change.line, change.key


def _stack_number(stack: str) -> tuple[int, str]:
    return len(stack), stack


def _changes(
    stacks: Stacks, devices: Devices, observed: Observations, addresses: Mapping[str, str]
) -> Iterator[Change]:
    """One change a device: where one stack drops it and another has it,
    they are the two ends of a move.
    """
    leaving = _leaving(stacks)
    names = {device.before.name for _, device in leaving.values() if device.before}
    created: set[str] = set()
    for stack, plan in stacks.plans.items():
        for key, device in plan.declared.items():
            moved_from = leaving.pop(key, (stack, None))[1]
            entry = devices[key].entry
            change = _change(
                device, stack, entry, moved_from=moved_from, observed=observed.get(key)
            )
            if moved_from:
                change = change._replace(blocks=f"{change.blocks}; before {_blocks(moved_from)}")
            if device.boot.action is Action.CREATE and not moved_from and change.name in names:
                created.add(change.name)
                change = change._replace(note=_SAME_NAME)
            address = addresses.get(key, "") or _own_address(entry.order.device)
            yield change._replace(address=address) if address else change
    for key, (stack, device) in leaving.items():
        change = _departure(
            key, device, stack, declared=devices.get(key), observed=observed.get(key)
        )
        note = _SAME_NAME if change.name in created else change.note
        yield change._replace(note=note, address=addresses.get(key, ""))


_SAME_NAME = (
    "this name leaves under one key and comes under another: if both are the same device, its hooks"
    " see that and it restarts only where it is not where it must be"
)


def _leaving(stacks: Stacks) -> dict[str, tuple[str, DevicePlan]]:
    found: dict[str, tuple[str, DevicePlan]] = {}
    plans = [*stacks.plans.items(), *((plan.stack or plan.source, plan) for plan in stacks.unnamed)]
    for stack, plan in plans:
        for key, device in plan.devices.items():
            if device.run is Run.LEAVE:
                found.setdefault(key, (stack, device))
    return found


def _change(
    device: DevicePlan,
    stack: str,
    entry: DeviceEntry,
    *,
    moved_from: DevicePlan | None,
    observed: Observation | None,
) -> Change:
    order = entry.order
    effect = effect_of(device, moved_from=moved_from, observed=observed)
    source = device.before or (moved_from.before if moved_from else None)
    before = source.settled if source else None
    runs_script = order.repair is not None and device.run is Run.ENTER
    return Change(
        key=device.key,
        name=order.name,
        stack=stack,
        effect=effect,
        why=_why(device, entry, before, moved_from),
        before=before,
        after=order.goal if device.run is Run.ENTER else order.settled,
        usual_s=_away_s(order, effect, before, observed),
        reason=order.reason,
        until=entry.until,
        line=entry.line,
        observed=observed,
        note=_note(device, source, order, observed),
        blocks=_blocks(device),
        timeout_s=order.timeout_s,
        repair=order.repair if runs_script else None,
    )


def _away_s(order: Order, effect: Effect, before: Goal | None, observed: Observation | None) -> int:
    """How long the device usually is away, there and back, without the time of a script."""
    there_s = usual_s(order.device, effect, before=before, after=order.goal, observed=observed)
    if order.settled == order.goal:
        return there_s
    back = Effect.RETURNS_TO_OS
    return there_s + usual_s(
        order.device, back, before=order.goal, after=order.settled, observed=None
    )


def _blocks(device: DevicePlan) -> str:
    """What Terraform does to them; empty where nothing."""
    if device.run is Run.NOTHING:
        return ""
    return f"boot {device.boot.action}, release {device.release.action}"


def _why(
    device: DevicePlan, entry: DeviceEntry, before: Goal | None, moved_from: DevicePlan | None
) -> Why:
    goal = entry.order.settled
    if device.run is Run.NOTHING:
        return Why.MOVED if moved_from else Why.NONE
    if before != goal and entry.has_expired:
        return Why.TIME_LIMIT
    if before is not None and before != goal:
        return Why.CHANGED
    if moved_from:
        return Why.MOVED
    if device.run is Run.RECORD:
        return Why.CHANGED
    if device.boot.action is Action.CREATE:
        return Why.DECLARED if device.release.action is Action.CREATE else Why.UNFINISHED
    if device.boot.cause is Cause.CHANGED and before == goal:
        return Why.SCRIPT
    return _WHY_REPLACED[device.boot.cause]


_WHY_REPLACED = {
    Cause.TAINTED: Why.EARLIER_FAILED,
    Cause.REQUESTED: Why.REPAIR,
    Cause.CHANGED: Why.CHANGED,
}


def _note(device: DevicePlan, before: Order | None, after: Order, seen: Observation | None) -> str:
    if seen and seen.in_motion:
        waits = device.run in (Run.ENTER, Run.LEAVE)
        then = (
            "the hook waits for it, then looks again" if waits else "this plan runs no hook for it"
        )
        return f"{seen.in_motion} is under way: {then}"
    if seen and seen.unproven and device.run in (Run.ENTER, Run.LEAVE):
        return f"what it runs now is not proven: {seen.unproven}"
    login = after.ssh.login if device.run is Run.ENTER and after.repair and after.ssh else None
    if login and not login.key:
        return "its stored password goes to a host key that nobody can verify"
    if device.boot.cause is Cause.TAINTED and before and before.goal != after.goal:
        return f"the last attempt, to {before.goal}, failed"
    if device.run is Run.RECORD and before:
        return ", ".join(_FIELD_WORDS.get(field, field) for field in after.differences(before))
    return ""


_FIELD_WORDS = {"timeout_s": "timeout"}


def _departure(
    key: str,
    device: DevicePlan,
    stack: str,
    *,
    declared: Declared | None,
    observed: Observation | None,
) -> Change:
    """A device that leaves the stacks that were planned; where the file still has it,
    for another one.
    """
    order = device.before
    ref = DeviceRef.from_key(key)
    assert order is not None  # noqa: S101 a delete has its order: resources.py refuses it otherwise
    if declared:
        entry = declared.entry
        return Change(
            key=key,
            name=entry.order.name,
            stack=declared.stack,
            effect=Effect.MOVES,
            why=Why.MOVED,
            before=order.goal,
            after=entry.order.goal,
            reason=entry.order.reason,
            until=entry.until,
            line=entry.line,
            observed=observed,
            note="the plan of that stack is not given",
            blocks=_blocks(device),
            timeout_s=entry.order.timeout_s,
        )
    effect = effect_of(device, moved_from=None, observed=observed)
    return Change(
        key=key,
        name=order.name,
        stack=stack,
        effect=effect,
        why=Why.REMOVED,
        before=order.goal,
        after=TO_OS,
        usual_s=usual_s(ref, effect, before=order.goal, after=TO_OS, observed=observed),
        reason=order.reason,
        is_in_fleet=False,
        observed=observed,
        note=_note(device, order, order, observed),
        blocks=_blocks(device),
        timeout_s=order.timeout_s,
    )


def _own_address(device: DeviceRef) -> str:
    """The address that the file itself gives."""
    return str(device.value) if device.field in (ReferenceField.IP, ReferenceField.HOSTNAME) else ""


def subjects_of(changes: Sequence[Change], devices: Devices) -> list[Subject]:
    """Every device of the fleet and every one that leaves it, as the policy wants to see them.

    Devices of stacks without a plan count by what the file wants of them.
    """
    by_key = {change.key: change for change in changes}
    subjects = [
        _subject(key, device.entry, by_key.pop(key, None)) for key, device in devices.items()
    ]
    return subjects + [
        Subject(key, change.name, TO_OS, change.reason, is_down=change.is_down, is_declared=False)
        for key, change in by_key.items()
    ]


def _subject(key: str, entry: DeviceEntry, change: Change | None) -> Subject:
    order = entry.order
    return Subject(
        key,
        order.name,
        order.goal,
        reason=order.reason,
        until=entry.until,
        tags=entry.tags,
        allow_reboot=entry.allow_reboot,
        takes_down=change is not None and change.takes_down,
        is_down=change.is_down if change else order.goal.state is not BootState.OS,
        line=entry.line,
        script=entry.script,
    )
