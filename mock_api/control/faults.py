"""The fault rules."""

from __future__ import annotations

from dataclasses import asdict, replace

from mock_api.control.body import ControlError, check_fields, read_number, read_object
from mock_api.domain.document import FAULT_RULE, read_value
from mock_api.domain.faults import FaultRule
from mock_api.domain.stage import Stage


def get_faults(stage: Stage, body: bytes) -> object:
    """All rules with the number of calls that each has seen."""
    with stage.lock:
        return [_row(rule) for rule in stage.world.faults]


def add_fault(stage: Stage, body: bytes) -> object:
    """Add a rule: {"operation", "device_id", "nth", "times", "fault": {"kind", ...}}; answers it with its id."""
    raw = read_object(body, "fault")
    rule = read_value(FAULT_RULE, raw, "fault")
    if rule.nth < 1 or (rule.times is not None and rule.times < 1):
        raise ControlError(400, "fault: nth and times count from 1; leave times null for ever.")
    with stage.lock:
        rules = stage.world.faults
        number = max((row.id for row in rules), default=0) + 1
        stage.world.faults = (*rules, replace(rule, id=number, seen=0))
        stage.mark_changed()
        return _row(stage.world.faults[-1])


def delete_faults(stage: Stage, body: bytes) -> object:
    """Delete all rules, or with {"id": N} that one."""
    raw = read_object(body, "fault")
    check_fields(raw, ("id",), "fault")
    wanted = read_number(raw, "id", "fault")
    with stage.lock:
        rules = stage.world.faults
        kept = tuple(rule for rule in rules if wanted is not None and rule.id != wanted)
        if wanted is not None and len(kept) == len(rules):
            raise ControlError(404, f"fault: there is no rule with the id {wanted:g}.")
        stage.world.faults = kept
        stage.mark_changed()
        return {"deleted": len(rules) - len(kept)}


def _row(rule: FaultRule) -> dict[str, object]:
    return asdict(rule)
