"""What a person must know before devices are changed: what their hooks would refuse."""

from __future__ import annotations

from collections.abc import Mapping

from classic_rescue.boot import limits
from classic_rescue.boot.transitions import ACTIONS, actions_to
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.terminal.output import say_wrapped
from classic_rescue.hook.report import duration


def say_warnings(names: Mapping[str, str], warnings: Mapping[str, str], *, err: bool) -> None:
    """Say what keeps devices from being changed, or may: both by key."""
    for key, warning in warnings.items():
        say_wrapped(f"{names[key]}: {warning}", err=err)


def what_it_takes(row: Row) -> str:
    """The requests that bring the device to its goal, and how long they usually take."""
    if row.facts is None or row.seen is None or row.target.desired is None:
        return "its hook will fail where it cannot be read"
    if row.seen.in_motion:
        return f"waits for {row.seen.in_motion}, then looks again"
    if row.seen.unproven and row.seems_there:
        return "its hook looks again: whether it is where it must be is not known"
    try:
        actions = actions_to(row.target.desired, row.facts.kind, row.seen)
    except ValueError as problem:
        return f"its hook will refuse: {problem}"
    if refusals := limits.rescue_limits(row.facts, row.target.desired):
        return f"its hook will refuse: {'; '.join(refusals)}"
    usual_s = sum(ACTIONS[row.facts.kind, action].usual_s for action in actions)
    doubt = "; what it runs now is not proven" if row.seen.unproven else ""
    return f"REBOOTS: {', then '.join(actions)}; usually {duration(usual_s)}{doubt}"
