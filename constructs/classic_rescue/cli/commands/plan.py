"""`classic-rescue plan`: what Terraform would do in every stack, as a review of each device, in one
folder that `apply` takes.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.cli.plans.essence import essence_of
from classic_rescue.cli.plans.folder import (
    REPORTS,
    Reviewed,
    make_room,
    sha256_of,
    write_reviewed,
)
from classic_rescue.cli.plans.lines import say_for_programs
from classic_rescue.cli.plans.returns import with_only
from classic_rescue.cli.plans.showing import exit_code, report, show_review
from classic_rescue.cli.rollout.planning import Planned, plan_returns, plan_whole
from classic_rescue.cli.rollout.rollout import ask_for_repairs
from classic_rescue.cli.session.fleet_file import all_targets
from classic_rescue.cli.session.moments import NOW, at_option, moment
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.session.telling import (
    Drift,
    Telling,
    drift_events,
    nearly_over,
    overdue_events,
    tell_all,
)
from classic_rescue.cli.terminal.failures import DRIFT, REFUSED, RESTARTS, UNCERTAIN, Failure
from classic_rescue.cli.terminal.options import (
    Form,
    base_option,
    break_glass_option,
    endpoint_option,
    fleet_option,
    form_of,
    long_option,
    output_option,
    wait_option,
)
from classic_rescue.cli.terminal.output import command_line, say, say_wrapped
from classic_rescue.cli.terminal.report_files import write_reports
from classic_rescue.cli.terraform.checkout import Checkout, checkout_of
from classic_rescue.cli.terraform.kept_state import refuse_lost_state, why_no_mock
from classic_rescue.cli.terraform.lost_stacks import refuse_lost_stacks
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.terraform import open_terraform

if TYPE_CHECKING:
    from classic_rescue.review.review import Review


@dataclass(frozen=True, slots=True)
class PlanWish:
    """What the command line asks for. `at` is the moment that the policy is asked for."""

    folder: Path
    fleet_path: Path
    endpoint: str | None
    break_glass: str | None
    at: datetime
    zero_if_allowed: bool = False
    is_repair: bool = False
    only_returns: bool = False
    wait_s: float = 0.0
    base: str | None = None
    is_told: bool = False
    form: Form = Form.TABLE


@click.command("plan")
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the review: an empty one, a new one, or that of a former plan.",
)
@click.option(
    "--zero-if-allowed",
    is_flag=True,
    help="For CI: end with 0 instead of 2, 4 or 5, so that only a refusal or an error fails the"
    " job.",
)
@click.option(
    "--reconcile", "is_repair", is_flag=True, help="Look for drift first, and plan its repair."
)
@click.option(
    "--only-returns",
    is_flag=True,
    help="Plan nothing but the return of devices whose `until` has been reached, whatever else"
    " waits.",
)
@click.option(
    "--tell",
    "is_told",
    is_flag=True,
    help="For a schedule: tell whom `notify:` names of drift and of devices nearly over their time."
    " Never in a pull request.",
)
@output_option
@long_option
@at_option
@base_option
@wait_option
@fleet_option
@endpoint_option
@break_glass_option
def command(
    folder: Path,
    zero_if_allowed: bool,
    is_repair: bool,
    only_returns: bool,
    is_told: bool,
    output: str | None,
    is_long: bool,
    at_text: str,
    base: str | None,
    wait_s: float,
    fleet_path: Path,
    endpoint: str | None,
    break_glass: str | None,
) -> int:
    """Plan every stack with Terraform, and review what that does to each device.

    DIR gets the review as review.md, review.json, junit.xml and review.sarif, and essence.json:
    where the plan acts and what happens to each device. `classic-rescue apply DIR` plans again and
    goes on only where that says the same. No device is touched. Repairs that `drift --reconcile`
    has asked for are planned, too.

    With --only-returns no policy is applied to the file, and no other device's change or failed
    attempt stands in the way: a device that is over its time comes back.

    Exit codes: 0 nothing restarts, 2 devices restart and that is allowed, 3 the policy refuses, 4
    nothing restarts but devices have drifted, 5 nothing restarts as far as can be told, but what a
    device runs cannot be known, 1 error, also for a plan that is not understood and where a device
    could not be looked at, 130 interrupted.
    """
    if only_returns and (is_repair or at_text != NOW):
        raise Failure(
            "--only-returns: goes neither with --reconcile nor with --at; returns are planned for"
            " now"
        )
    now = datetime.now(UTC)
    at = moment(at_text, fleet_path, now)
    wish = PlanWish(
        folder=folder,
        fleet_path=fleet_path,
        endpoint=endpoint,
        break_glass=break_glass,
        at=at,
        zero_if_allowed=zero_if_allowed,
        is_repair=is_repair,
        only_returns=only_returns,
        wait_s=wait_s,
        base=base,
        is_told=is_told,
        form=form_of(output, is_long=is_long, json_wanted=False),
    )
    return make_plan(wish, os.environ, now=now, sleep=time.sleep)


def make_plan(
    wish: PlanWish, environ: Mapping[str, str], *, now: datetime, sleep: Callable[[float], None]
) -> int:
    """Plan, review and write the folder.

    Returns the exit code; raises Failure, SettingsError and ApiError.
    """
    err = wish.form.is_for_programs
    session = open_session(
        wish.fleet_path,
        wish.endpoint,
        environ=environ,
        now=now,
        as_json=err,
        why_no_mock=why_no_mock(environ),
    )
    refuse_lost_state(session, environ)
    terraform = open_terraform(session)
    refuse_lost_stacks(terraform.folders.local_states, session.fleet)
    checkout = checkout_of(session.project, environ)
    guards = _against_base(wish.base, session, environ, now)
    make_room(wish.folder)
    turn = Turn("plan", now, wait_s=wish.wait_s, sleep=sleep)
    with (
        terraform.folders.locked(turn),
        tempfile.TemporaryDirectory(prefix="classic-rescue-") as private,
    ):
        if wish.only_returns:
            planned = plan_returns(terraform.aside(), session, Path(private), now=now)
        else:
            targets = all_targets(session.fleet)
            if wish.is_repair:
                ask_for_repairs(session, targets, now=now, err=err)
            planned = plan_whole(terraform, session, Path(private), targets=targets)
    for said in planned.said:
        say_wrapped(said, err=err)
    review = planned.review(at=wish.at, break_glass=wish.break_glass, is_reader=True)
    review = replace(review, base=wish.base or "", against_base=guards)
    write_reports({wish.folder / name: report(module, review) for name, module in REPORTS.items()})
    show_review(review, err=err, form=wish.form)
    if err:
        say_for_programs(report("json_report", review), wish.form)
    if not review.problems:
        write_reviewed(wish.folder, _reviewed(planned, checkout, review, now=now))
        say(f"written to {wish.folder}; {_next_step(review, wish)}", err=err)
    if wish.is_told:
        _tell(session, planned, review, now)
    code = exit_code(review)
    if code == 0 and any(row.is_uncertain for row in planned.rows):
        code = UNCERTAIN
    return 0 if wish.zero_if_allowed and code in (RESTARTS, DRIFT, UNCERTAIN) else code


def _tell(session: Session, planned: Planned, review: Review, now: datetime) -> None:
    """Tell whom the fleet file names what this look has shown. A plan of returns alone has looked
    at no device that has time left: those that have little of it are looked at now.
    """
    from classic_rescue.review.changes import Effect
    from classic_rescue.review.words import effect_words

    telling = Telling(session, "plan")
    if not telling.channels:
        return
    seen = [(row.target.order.device.key, row.seen) for row in planned.rows]
    found = [
        Drift(change.key, change.observed, effect_words(change) if change.has_drifted else "")
        for change in review.changes
        if planned.returns is None and change.effect in (Effect.NOTHING, Effect.IS_RECORDED)
    ]
    if planned.returns is not None:
        near = with_only(session, nearly_over(session.fleet, now))
        rows = near.observe(all_targets(near.fleet))
        seen += [(row.target.order.device.key, row.seen) for row in rows]
    events = [*drift_events(telling, found, now), *overdue_events(telling, seen, now)]
    tell_all(telling, events, time.monotonic)


def _against_base(
    base: str | None, session: Session, environ: Mapping[str, str], now: datetime
) -> tuple[str, ...]:
    if base is None:
        return ()
    from classic_rescue.cli.plans.against_base import changes_against  # costs 0.2 s: pydantic, yaml

    return changes_against(base, session.fleet, at=now, environ=environ)


def _next_step(review: Review, wish: PlanWish) -> str:
    apply = command_line("apply", str(wish.folder))
    if exit_code(review) == REFUSED:
        return f"as long as the policy refuses it, `{apply}` does, too"
    return f"to apply exactly this: {apply}"


def _reviewed(
    planned: Planned, checkout: Checkout | None, review: Review, *, now: datetime
) -> Reviewed:
    session = planned.session
    return Reviewed(
        created=now.isoformat(timespec="seconds"),
        terraform_version=terraform_version_of(planned.texts),
        fleet_path=os.path.relpath(session.fleet.source, session.project),
        fleet_sha256=sha256_of(Path(session.fleet.source)),
        checkout=checkout,
        verdict=str(review.verdict),
        returns=planned.returns,
        essence=essence_of(review, session),
    )


def terraform_version_of(texts: Mapping[str, str]) -> str:
    """The version that made these plans; empty where there is none."""
    return next((str(json.loads(text)["terraform_version"]) for text in texts.values()), "")
