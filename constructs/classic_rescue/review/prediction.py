"""From what Terraform runs for a device to what happens to it.

Without a look at the device its state is taken from Terraform's record; with one the answer is
exact, since the hook asks the same table of transitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Kind
from classic_rescue.boot.transitions import ACTIONS, TRANSITIONS, Action, Situation, actions_to
from classic_rescue.review.changes import EFFECTS, Effect, Restart
from classic_rescue.review.combinations import Action as PlanAction
from classic_rescue.review.combinations import Cause, Run
from classic_rescue.review.plans import DevicePlan

TO_OS = Goal(BootState.OS)

GOING: dict[BootState, Effect] = {
    BootState.OS: Effect.RETURNS_TO_OS,
    BootState.RESCUE: Effect.ENTERS_RESCUE,
    BootState.IMAGE: Effect.BOOTS_IMAGE,
}


def effect_of(
    device: DevicePlan, *, moved_from: DevicePlan | None, observed: Observation | None
) -> Effect:
    """What happens to a device.

    `moved_from`: the plan of the stack that it leaves, where it only moves.
    """
    if device.run is Run.LEAVE:
        return _leaving(device, observed)
    if device.run is Run.ENTER:
        return _entering(device, moved_from, observed)
    if moved_from:
        return Effect.MOVES
    return Effect.IS_RECORDED if device.run is Run.RECORD else Effect.NOTHING


def _entering(
    device: DevicePlan, moved_from: DevicePlan | None, observed: Observation | None
) -> Effect:
    goal = device.after.goal if device.after else TO_OS
    if observed and not observed.in_motion:
        if not observed.satisfies(goal):
            return GOING[goal.state]
        if observed.unproven:
            return Effect.IS_LOOKED_AT
        return Effect.MOVES if moved_from else Effect.IS_THERE
    before, is_certain = _record(device, moved_from)
    if before == goal and is_certain and device.boot.action is PlanAction.CREATE:
        return Effect.MOVES
    if goal.state is BootState.OS:
        is_known_elsewhere = before is not None and is_certain and before.state is not BootState.OS
        return (
            Effect.RETURNS_TO_OS
            if is_known_elsewhere or _is_repair(device)
            else Effect.IS_LOOKED_AT
        )
    is_believed_there = before is not None and before[:2] == goal[:2]  # all but which rescue kernel
    return (
        Effect.IS_LOOKED_AT
        if is_believed_there and is_certain and not _is_repair(device)
        else GOING[goal.state]
    )


def _is_repair(device: DevicePlan) -> bool:
    return device.boot.cause is Cause.REQUESTED


def _record(device: DevicePlan, moved_from: DevicePlan | None) -> tuple[Goal | None, bool]:
    """The boot state on record, and whether it was reached:
    a tainted `boot` is the record of a failed attempt.
    """
    step = moved_from.boot if moved_from and device.boot.before is None else device.boot
    return (
        step.before.settled if step.before else None
    ), not step.is_tainted and step.cause is not Cause.TAINTED


def _leaving(device: DevicePlan, observed: Observation | None) -> Effect:
    if observed and not observed.in_motion:
        if observed.unproven and observed.satisfies(TO_OS):
            return Effect.IS_LOOKED_AT
        is_off = observed.is_off and not observed.image  # its next start boots the operating system
        return Effect.IS_FORGOTTEN if is_off or observed.satisfies(TO_OS) else Effect.RETURNS_TO_OS
    goal = device.before.goal if device.before else TO_OS
    if goal.state is not BootState.OS:
        return Effect.RETURNS_TO_OS
    was_reached = device.boot.action is PlanAction.DELETE and not device.boot.is_tainted
    return Effect.IS_FORGOTTEN if was_reached else Effect.IS_LOOKED_AT


def usual_s(
    device: DeviceRef,
    effect: Effect,
    *,
    before: Goal | None,
    after: Goal,
    observed: Observation | None,
) -> int:
    """How long the device usually is away, in seconds; 0 where it does not restart.

    A device named by a host name or an address may be of either kind: the longer time counts.
    """
    if EFFECTS[effect].restart is Restart.NO:
        return 0
    kinds = [device.kind] if device.kind else list(Kind)
    if observed and not observed.in_motion and effect is not Effect.IS_LOOKED_AT:
        return max([_by_look(kind, after, observed) for kind in kinds])
    start = before.state if before else None
    return max([_by_record(kind, start, after.state) for kind in kinds])


def _by_look(kind: Kind, after: Goal, observed: Observation) -> int:
    try:
        return _sum_s(kind, actions_to(after, kind, observed))
    except ValueError:  # an image on bare metal: it is not of this kind, then
        return 0


@cache
def _by_record(kind: Kind, before: BootState | None, after: BootState) -> int:
    elsewhere = BootState.RESCUE if after is BootState.OS else BootState.OS
    start = before if before and before is not after else elsewhere
    return _sum_s(kind, TRANSITIONS.get((kind, Situation(start.value), after), ()))


def _sum_s(kind: Kind, requests: Iterable[Action]) -> int:
    return sum(ACTIONS[kind, request].usual_s for request in requests)
