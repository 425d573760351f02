"""One stack's plan: what Terraform does to the two blocks of each device."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from classic_rescue.boot.states import Order
from classic_rescue.review.combinations import CAUSES, RUNS, Action, Cause, Run, refusal_of
from classic_rescue.review.document import HOW_TO_MAKE, PLAN_AGAIN, Section, read_document, section
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.resources import NotUnderstood, Resource, is_ours, read_resource

BOOT = "boot"
RELEASE = "release"
_STACK_NAME = re.compile(r"fleet-[0-9]{1,6}")


class Step(NamedTuple):
    """What happens to one block of a device.

    `is_tainted`: Terraform runs no destroy-time hook of it.
    """

    action: Action
    cause: Cause = Cause.NONE
    before: Order | None = None
    after: Order | None = None
    is_tainted: bool = False


_CAUSES = {cause.value: cause for cause in Cause}
NO_STEP = Step(Action.ABSENT)


class DevicePlan(NamedTuple):
    """Both blocks of a device, and which hook Terraform runs for it."""

    key: str
    run: Run
    boot: Step
    release: Step

    @property
    def before(self) -> Order | None:
        """The order on record, that of the last apply; `boot` tells what was reached."""
        return self.boot.before or self.release.before

    @property
    def after(self) -> Order | None:
        """The order after the apply; None for a device that leaves the stack."""
        return self.boot.after


class StackPlan(NamedTuple):
    """The plan of one stack. `stack` is its name where the caller or the file's name tells it."""

    source: str
    devices: dict[str, DevicePlan]
    stack: str | None = None
    terraform_version: str = ""

    @property
    def declared(self) -> dict[str, DevicePlan]:
        """The devices that are in the stack after the apply."""
        return {key: device for key, device in self.devices.items() if device.run is not Run.LEAVE}


def read_plan(
    text: str, source: str, stack: str | None = None, *, is_targeted: bool = False
) -> StackPlan:
    """What the text of `terraform show -json` says. `source` is the name that messages carry.

    `stack`: the stack's name; without it the file's name is looked at (`fleet-0.json`,
    `fleet-0/plan.json`). `is_targeted`: it was made with -target on purpose. Raises
    PlanNotUnderstood with every reason.
    """
    try:
        return _read(text, source, stack, is_targeted=is_targeted)
    except RecursionError:
        raise PlanNotUnderstood(source, [f"nested too deeply for a plan; {HOW_TO_MAKE}"]) from None


def _read(text: str, source: str, stack: str | None, *, is_targeted: bool) -> StackPlan:
    document = read_document(text, source, is_targeted=is_targeted)
    steps, problems = _steps(document)
    if not problems and not is_targeted:
        problems = list(_unplanned(document, steps))
    if problems:  # half a device would be a second problem
        raise PlanNotUnderstood(source, problems)
    devices: dict[str, DevicePlan] = {}
    for key, blocks in steps.items():
        try:
            devices[key] = _device(key, blocks.get(BOOT, NO_STEP), blocks.get(RELEASE, NO_STEP))
        except NotUnderstood as problem:
            problems.append(f"{key}: {problem}")
    if problems:
        raise PlanNotUnderstood(source, problems)
    version = document.get("terraform_version")
    return StackPlan(
        source,
        devices,
        stack or stack_named_in(source),
        version if isinstance(version, str) else "",
    )


def stack_named_in(source: str) -> str | None:
    """The stack that a path names in its last two parts,
    such as `fleet-0.json` or `stacks/fleet-0/plan.json`.
    """
    for part in reversed(source.replace("\\", "/").split("/")[-2:]):
        if found := _STACK_NAME.fullmatch(part.split(".")[0]):
            return found.group()
    return None


def _steps(document: Section) -> tuple[dict[str, dict[str, Step]], list[str]]:
    """Device key → block → step, and what is wrong with single resources."""
    steps: dict[str, dict[str, Step]] = {}
    problems: list[str] = []
    tainted = frozenset(_tainted(document))
    orders: dict[str, list[tuple[object, Order]]] = {}
    changes = document.get("resource_changes", [])
    if not isinstance(changes, list):
        return steps, ["resource_changes is not a list"]
    for change in changes:
        try:
            resource = read_resource(change, orders)
            if resource is None:
                continue
            blocks = steps.setdefault(resource.key, {})
            if resource.block in blocks:
                raise NotUnderstood(f"{resource.address} is there twice; plan again")
            blocks[resource.block] = _step(resource, resource.address in tainted)
        except NotUnderstood as problem:
            problems.append(str(problem))
    return steps, problems


def _step(resource: Resource, is_tainted: bool) -> Step:
    cause = _CAUSES.get(resource.reason)
    if resource.action in CAUSES and cause not in CAUSES[resource.action]:
        raise NotUnderstood(
            f"{resource.address}: {resource.action} because of {resource.reason!r} is not known for"
            " this project; plan again with the project's own configuration"
        )
    return Step(
        action=resource.action,
        cause=cause or Cause.NONE,
        before=resource.before,
        after=resource.after,
        is_tainted=is_tainted,
    )


def _device(key: str, boot: Step, release: Step) -> DevicePlan:
    run = RUNS.get((boot.action, release.action))
    if run is None:
        raise NotUnderstood(refusal_of(boot.action, release.action))
    if release.action is Action.DELETE and release.is_tainted:
        raise NotUnderstood(
            "its `release` is tainted, so Terraform would delete it without the leave hook and the"
            " device would stay as it is; run `terraform untaint` on it, then plan again"
        )
    if run is not Run.ENTER and boot.before and boot.after and boot.before.goal != boot.after.goal:
        raise NotUnderstood(
            f"its record would change from {boot.before.goal} to {boot.after.goal} without the"
            " enter hook; plan again with the project's own configuration"
        )
    if run is not Run.LEAVE and boot.after != release.after:
        raise NotUnderstood("its `boot` and its `release` would hold different orders; plan again")
    return DevicePlan(key, run, boot, release)


def _unplanned(document: Section, steps: Mapping[str, Mapping[str, Step]]) -> Iterator[str]:
    """What is wrong when the state has devices of ours that the plan leaves out:
    then it is not one of everything.
    """
    rows = [row for row in _recorded(document) if is_ours(row)]
    left_out = {
        str(row.get("index"))
        for row in rows
        if row["name"] not in steps.get(str(row.get("index")), {})
    }
    if left_out:
        devices = "1 device" if len(left_out) == 1 else f"{len(left_out)} devices"
        yield (
            f"it says nothing of {devices} on Terraform's record, such as {min(left_out)}: it was"
            f" made with -refresh-only or -target, or is not whole; {PLAN_AGAIN} without either"
        )


def _tainted(document: Section) -> Iterator[str]:
    """Addresses that the state before has marked: of a failed create, or by hand."""
    for row in _recorded(document):
        if row.get("tainted") not in (None, False):
            yield str(row.get("address"))


def _recorded(document: Section) -> list[Section]:
    """The resources of the state before."""
    rows = section(section(section(document, "prior_state"), "values"), "root_module").get(
        "resources"
    )
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
