"""Plans of Terraform's as a review beside the live devices: what `plan` shows,
and what `apply` asks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import Devices, LookupFailedError
from classic_rescue.api.errors import ApiError, NotFound
from classic_rescue.boot.states import BootState
from classic_rescue.cli.plans.essence import place_of
from classic_rescue.cli.plans.scripts import with_scripts
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import PATIENCE, Row
from classic_rescue.cli.session.readiness import readiness_by_key
from classic_rescue.cli.session.session import Session
from classic_rescue.fleet import Fleet
from classic_rescue.hook.absence import refusal_when_gone
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Restart
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import StackPlan, read_plan
from classic_rescue.review.review import Review, not_understood

if TYPE_CHECKING:
    from classic_rescue.review.changes import Change


def judge_plans(
    texts: Mapping[str, str],
    session: Session,
    rows: Sequence[Row],
    *,
    at: datetime,
    break_glass: str | None,
    is_reader: bool,
    only_returns: bool = False,
    is_destroy: bool = False,
) -> Review:
    """The review of Terraform's JSON, by stack. `rows` are the fleet's devices as they were just
    seen.

    `only_returns`: the fleet holds only the devices that come back, and the plans are only about
    them. `is_destroy`: the plans bring every device back, which no policy forbids. `is_reader`:
    these credentials only look, and another user applies.
    """
    plans: list[StackPlan] = []
    problems: list[str] = []
    for stack, text in texts.items():
        try:
            plans.append(read_plan(text, stack, stack, is_targeted=only_returns))
        except PlanNotUnderstood as problem:
            problems += problem.problems
    if problems:
        return not_understood(session.fleet.source, at, problems)
    review = live_review(
        plans,
        session,
        rows,
        at=at,
        break_glass=break_glass,
        is_reader=is_reader,
        is_partial=only_returns,
        is_destroy=is_destroy,
    )
    return replace(review, missing=()) if only_returns else review


def live_review(
    plans: Sequence[StackPlan],
    session: Session,
    rows: Sequence[Row],
    *,
    at: datetime,
    break_glass: str | None,
    is_reader: bool,
    is_partial: bool = False,
    is_destroy: bool = False,
) -> Review:
    """The review of plans beside what the devices run.

    Devices that leave the fleet are looked at here.
    """
    leaving = session.look_at(_leaving(plans, session.fleet))
    rows = [*rows, *leaving]
    observed = {row.target.order.device.key: row.seen for row in rows if row.seen}
    addresses = {row.target.order.device.key: row.address for row in rows}
    found = {row.target.order.device.key: str(row.device) for row in rows if row.device}
    review = review_of(
        plans,
        session.fleet,
        at,
        break_glass=break_glass,
        observed=observed,
        addresses=addresses,
        found=found,
        unseen={row.target.order.device.key: row.error for row in rows if row.error},
        gone=_gone(leaving, session),
        is_partial=is_partial,
        is_destroy=is_destroy,
    )
    where = place_of(session)
    user = session.connection.settings.credentials.user
    place = {"endpoint": where.endpoint, "user": user, "backend": where.backend}
    changing = {change.key for change in review.changes if change.restart is not Restart.NO}
    ready = readiness_by_key(
        [row for row in rows if row.target.order.device.key in changing],
        session,
        is_leaving=is_destroy,
        is_reader=is_reader,
    )
    changes = (
        change._replace(image=ready[change.key].image, warning=ready[change.key].warning)
        if change.key in ready
        else change
        for change in review.changes
    )
    return with_scripts(replace(review, place=place, changes=tuple(changes)), session.project)


def _gone(rows: Sequence[Row], session: Session) -> set[str]:
    """The keys of devices that do not exist any more, told as their hooks would tell it."""
    lost = [
        (row, row.problem) for row in rows if isinstance(row.problem, NotFound | LookupFailedError)
    ]
    if not lost:
        return set()
    devices = Devices(ClassicApi(session.connection.settings, patience=PATIENCE))
    gone = set()
    try:
        user = devices.user()
        for row, problem in lost:
            is_one_of_many = isinstance(problem, LookupFailedError) and problem.matches
            is_listed = row.device and devices.is_listed(row.device)
            order = row.target.order
            if not (is_one_of_many or is_listed or refusal_when_gone(order, problem, user)):
                gone.add(order.device.key)
    except ApiError:
        return set()  # nobody can tell
    return gone


def _leaving(plans: Sequence[StackPlan], fleet: Fleet) -> list[Target]:
    """The devices that plans bring back since the fleet file does not name them any more."""
    keys = {entry.order.device.key for entry in fleet.devices}
    devices = (device for plan in plans for device in plan.devices.values())
    return [
        Target(device.before, None)
        for device in devices
        if device.before and device.key not in keys
    ]


def no_returns(review: Review) -> list[Change]:
    """The changes that may restart a device into anything but its operating system."""
    return [
        change
        for change in review.changes
        if change.restart is not Restart.NO and change.after.state is not BootState.OS
    ]
