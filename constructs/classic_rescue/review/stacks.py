"""Which stack each plan is of, and whether the plans are those of this fleet file: all of them, and
not older ones.

A plan's JSON does not name its stack.
Its devices tell it, since the fleet file gives each device its stack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from classic_rescue.boot.states import BootState, Order
from classic_rescue.fleet.entries import DeviceEntry, Fleet
from classic_rescue.review.document import PLAN_AGAIN
from classic_rescue.review.errors import SHOWN_PROBLEMS
from classic_rescue.review.plans import DevicePlan, StackPlan

SHOWN_STACKS = 10


class Stacks(NamedTuple):
    """The plans by stack; those without devices, of some stack that has none;
    the stacks without a plan.
    """

    plans: dict[str, StackPlan]
    unnamed: tuple[StackPlan, ...]
    missing: tuple[str, ...]


class Declared(NamedTuple):
    """A device of the fleet file, and the stack that it belongs to."""

    entry: DeviceEntry
    stack: str


Devices = Mapping[str, Declared]


def declared_devices(fleet: Fleet) -> dict[str, Declared]:
    """Every device of the file by its key.

    Made once for a review, since keys and stacks are expensive to work out.
    """
    return {
        entry.order.device.key: Declared(entry, fleet.stack_of(entry.order.device))
        for entry in fleet.devices
    }


def sort_plans(
    plans: Sequence[StackPlan], fleet: Fleet, devices: Devices
) -> tuple[Stacks, list[str]]:
    """The plans by stack, and everything that is wrong with the set of them."""
    named: dict[str, StackPlan] = {}
    unnamed: list[StackPlan] = []
    problems: list[str] = []
    for plan in plans:
        stack, problem = _stack_of(plan, fleet, devices)
        if problem:
            problems.append(problem)
        elif stack is None:
            unnamed.append(plan)
        elif stack in named:
            problems.append(
                f"{plan.source}: the same stack as {named[stack].source}, {stack};"
                " give each plan once"
            )
        else:
            named[stack] = plan
    stacks = [fleet.stack_name(number) for number in range(fleet.shards)]
    problems += [_beyond(named[stack], stack, fleet) for stack in named.keys() - set(stacks)]
    filled = {device.stack for device in devices.values()}
    missing = [stack for stack in stacks if stack not in named]
    may_be_unnamed = [stack for stack in missing if stack not in filled]
    if len(unnamed) > len(may_be_unnamed):
        problems += [
            _too_empty(plan, [stack for stack in missing if stack in filled]) for plan in unnamed
        ]
    covered = set(may_be_unnamed[: len(unnamed)])
    return Stacks(
        named, tuple(unnamed), tuple(stack for stack in missing if stack not in covered)
    ), problems


def _stack_of(plan: StackPlan, fleet: Fleet, devices: Devices) -> tuple[str | None, str]:
    """The stack of a plan, by its devices where it has any; or what is wrong."""
    orders = ((key, device.after) for key, device in plan.declared.items())
    found = sorted(
        {
            devices[key].stack if key in devices else fleet.stack_of(order.device)
            for key, order in orders
            if order
        }
    )
    if len(found) > 1:
        return None, (
            f"{plan.source}: it holds devices of the stacks {', '.join(found[:SHOWN_STACKS])}: not"
            f" a plan for `shards: {fleet.shards}` of {fleet.source}; {PLAN_AGAIN}"
        )
    only = fleet.stack_name(0) if fleet.shards == 1 else None
    return (found[0] if found else plan.stack or only), ""


def _beyond(plan: StackPlan, stack: str, fleet: Fleet) -> str:
    return (
        f"{plan.source}: {fleet.source} has no stack {stack}"
        f" (`shards: {fleet.shards}`); {PLAN_AGAIN}"
    )


def _too_empty(plan: StackPlan, filled: Sequence[str]) -> str:
    where = f"; without a plan: {say_stacks(filled)}" if filled else ""
    return (
        f"{plan.source}: it declares no device,"
        f" and every stack without devices has its plan{where}; {PLAN_AGAIN}"
    )


def say_stacks(stacks: Sequence[str]) -> str:
    """Some names, and how many more."""
    more = f" and {len(stacks) - SHOWN_STACKS} more" if len(stacks) > SHOWN_STACKS else ""
    return ", ".join(stacks[:SHOWN_STACKS]) + more


def mismatches(stacks: Stacks, fleet: Fleet, devices: Devices) -> list[str]:
    """Every difference between the plans and the fleet file: a plan that is older,
    or of another file.
    """
    keys: dict[str, list[str]] = {stack: [] for stack in stacks.plans}
    for key, device in devices.items():
        keys.setdefault(device.stack, []).append(key)
    found: list[str] = []
    for stack, plan in stacks.plans.items():
        found += _limited(plan.source, _differences(plan, keys[stack], devices, fleet))
    return found


def _limited(source: str, problems: Iterable[str]) -> list[str]:
    every = [f"{source}: {problem}" for problem in problems]
    more = len(every) - SHOWN_PROBLEMS
    return every[:SHOWN_PROBLEMS] + (
        [f"{source}: and {more} more differences; {PLAN_AGAIN}"] if more > 0 else []
    )


def _differences(
    plan: StackPlan, keys: Iterable[str], devices: Devices, fleet: Fleet
) -> Iterator[str]:
    declared = plan.declared
    for key in keys:
        device = declared.get(key)
        entry = devices[key].entry
        if device is None:
            what = "would be removed" if key in plan.devices else "is not in it"
            yield (
                f"{entry.order.name} ({key}) {what}, but {fleet.source}:{entry.line} declares it:"
                f" the plan is older, or was made with -destroy or -refresh-only; {PLAN_AGAIN}"
            )
        elif device.after and not _is_same(device.after, entry.order):
            yield _difference(device, device.after, entry, fleet)
    for key in declared.keys() - devices.keys():
        yield (
            f"{key} would be declared, but it is not in {fleet.source}:"
            f" a plan of another file; {PLAN_AGAIN}"
        )


def _is_same(planned: Order, wanted: Order) -> bool:
    """Whether they are the same order. Host names are the same in capitals."""
    return planned == wanted or not planned.differences(wanted)


def _difference(device: DevicePlan, planned: Order, entry: DeviceEntry, fleet: Fleet) -> str:
    place = f"{fleet.source}:{entry.line}"
    name = entry.order.name
    if planned.goal == entry.order.goal:
        fields = ", ".join(planned.differences(entry.order))
        return (
            f"{name} ({device.key}) has another {fields} than in {place}:"
            f" the plan is older; {PLAN_AGAIN}"
        )
    if (
        entry.has_expired
        and planned.goal == entry.declared
        and entry.order.goal.state is BootState.OS
    ):
        return (
            f"{name} ({device.key}) would go to {planned.goal},"
            f" but its time limit {entry.until} is over ({place}); {PLAN_AGAIN}"
        )
    return (
        f"{name} ({device.key}) would go to {planned.goal}, but {place} wants {entry.order.goal}:"
        f" the plan is older; {PLAN_AGAIN}"
    )
