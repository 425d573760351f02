"""The fault rules."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from mock_api.contract import all_operations
from mock_api.control.errors import BadRequest, NotFound
from mock_api.domain.fault_rules import FaultRule, FaultSpec
from mock_api.domain.stage import Stage


@dataclass(frozen=True)
class Deleted:
    """How many were deleted."""

    deleted: int


def get_faults(stage: Stage) -> tuple[FaultRule, ...]:
    """All rules."""
    with stage.lock:
        return stage.world.faults


def get_fault(stage: Stage, number: int) -> FaultRule:
    """One rule."""
    for rule in get_faults(stage):
        if rule.id == number:
            return rule
    raise NotFound(f"fault: there is no rule with the id {number}; GET /_mock/faults lists them.")


def add_fault(stage: Stage, spec: FaultSpec) -> FaultRule:
    """Add a rule; answers it with its id."""
    _check_operation(spec)
    if spec.is_limiter:
        if spec.times not in (1, None):  # 1 is the default
            raise BadRequest(
                "fault: a rate_limiter stays until it is deleted, so times must be left out."
            )
        spec = replace(spec, times=None)
    with stage.lock:
        rules = stage.world.faults
        number = max((row.id for row in rules), default=0) + 1
        rule = FaultRule(**{**vars(spec), "id": number})
        stage.world.faults = (*rules, rule)
        stage.mark_changed()
        return rule


def _check_operation(spec: FaultSpec) -> None:
    """A rule that no operation can meet would play nothing and tell nobody."""
    names = [f"{row.service}.{row.method}" for row in all_operations()]
    if not any(spec.names(name) for name in names):
        nearest = difflib.get_close_matches(spec.operation, names, n=3, cutoff=0.0)
        raise BadRequest(
            f"fault: operation: no operation is named {spec.operation!r}; write SERVICE.method, or"
            f" a glob such as *.reboot*; the nearest are {', '.join(nearest)}."
        )


def delete_faults(stage: Stage) -> Deleted:
    """Delete all rules."""
    with stage.lock:
        count = len(stage.world.faults)
        stage.world.faults = ()
        stage.mark_changed()
        return Deleted(count)


def delete_fault(stage: Stage, number: int) -> Deleted:
    """Delete one rule."""
    with stage.lock:
        gone = get_fault(stage, number)
        stage.world.faults = tuple(rule for rule in stage.world.faults if rule is not gone)
        stage.mark_changed()
        return Deleted(1)
