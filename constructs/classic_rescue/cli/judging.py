"""Plans of Terraform's as a review beside the live devices: what `plan` shows, and what `apply` asks again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from classic_rescue.cli.observing import Row
from classic_rescue.fleet import Fleet
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Effect, Restart, Why
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import StackPlan, read_plan
from classic_rescue.review.review import Review, not_understood

if TYPE_CHECKING:
    from classic_rescue.review.changes import Change


def judge_plans(
    texts: Mapping[str, str], fleet: Fleet, rows: Sequence[Row], *, at: datetime, break_glass: str | None
) -> Review:
    """The review of Terraform's JSON, by stack. `rows` are the fleet's devices as they were just seen."""
    plans: list[StackPlan] = []
    problems: list[str] = []
    for stack, text in texts.items():
        try:
            plans.append(read_plan(text, stack, stack))
        except PlanNotUnderstood as problem:
            problems += problem.problems
    if problems:
        return not_understood(fleet.source, at, problems)
    observed = {row.target.order.device.key: row.seen for row in rows if row.seen}
    addresses = {row.target.order.device.key: row.address for row in rows}
    return review_of(plans, fleet, at, break_glass, observed, addresses=addresses)


def not_by_time_limit(review: Review) -> list[Change]:
    """The changes that may restart a device for another reason than its time limit, which its approval covered."""
    return [
        change
        for change in review.changes
        if change.restart is not Restart.NO
        and not (change.effect is Effect.RETURNS_TO_OS and change.why is Why.TIME_LIMIT)
    ]
