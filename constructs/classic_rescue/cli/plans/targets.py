"""The devices that reviewed plans would change, as targets: with those that leave the fleet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from classic_rescue.boot.states import DeviceRef, Order
from classic_rescue.cli.plans.files import read_plans
from classic_rescue.cli.plans.folder import changed_since, read_manifest
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.terraform import open_terraform
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Change, Restart
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import StackPlan, read_plan


def planned_targets(
    session: Session,
    paths: tuple[Path, ...],
    *,
    now: datetime,
    sleep: Callable[[float], None],
) -> tuple[list[Target], frozenset[str]]:
    """What the plans may restart, and the keys of the devices that leave the fleet.

    A path is Terraform's JSON of a plan, or a folder of `classic-rescue plan`. Raises Failure for
    what is not understood.
    """
    plans, problems = read_plans(tuple(path for path in paths if not path.is_dir()))
    for folder in filter(Path.is_dir, paths):
        of_folder, problems_of_folder = _folder_plans(
            session, folder, Turn("preflight --plan", now, sleep=sleep)
        )
        plans += of_folder
        problems += problems_of_folder
    if problems:
        raise Failure("\n".join(problems))
    review = review_of(plans, session.fleet, now, is_partial=True)
    if review.problems:
        raise Failure("\n".join(review.problems))
    changes = [change for change in review.changes if change.restart is not Restart.NO]
    orders = {entry.order.device.key: entry.order for entry in session.fleet.devices}
    targets = [_target(change, orders.get(change.key), session.fleet.source) for change in changes]
    return targets, frozenset(change.key for change in changes if not change.is_in_fleet)


def _folder_plans(session: Session, folder: Path, turn: Turn) -> tuple[list[StackPlan], list[str]]:
    """The plans in a folder of `classic-rescue plan`, as Terraform reads them.

    A plan of other files is refused.
    """
    manifest = read_manifest(folder)
    if wrong := list(changed_since(manifest, folder)):
        return [], wrong
    terraform = open_terraform(session)
    with terraform.folders.locked(turn):
        stacks = [stack for stack in terraform.synthesise() if stack.name in manifest.stacks]
        terraform.init(stacks)
        texts = terraform.plan_texts(stacks, manifest.files(folder))
    plans: list[StackPlan] = []
    problems: list[str] = []
    for stack, text in texts.items():
        try:
            plans.append(read_plan(text, f"{folder}/{stack}.tfplan", stack))
        except PlanNotUnderstood as problem:
            problems += problem.problems
    return plans, problems


def _target(change: Change, order: Order | None, source: str) -> Target:
    """With the order of the fleet file, for its timeout; of a device that leaves it,
    with what is known.
    """
    order = order or Order(change.name, DeviceRef.from_key(change.key), change.after)
    return Target(order, change.after, f"{source}:{change.line}" if change.line else "")
