"""`classic-rescue plan`: Terraform's plan of every stack, and its review, in one folder that `apply` takes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.cli.checkout import Checkout, checkout_of
from classic_rescue.cli.failures import DRIFT, REFUSED, RESTARTS
from classic_rescue.cli.fleet_file import all_targets
from classic_rescue.cli.hook_calls import hooks_of_plan, starts_of
from classic_rescue.cli.kept_state import refuse_lost_state, why_no_mock
from classic_rescue.cli.lost_stacks import refuse_lost_stacks
from classic_rescue.cli.moments import at_option, moment
from classic_rescue.cli.options import break_glass_option, endpoint_option, fleet_option
from classic_rescue.cli.output import own_command, say, say_wrapped
from classic_rescue.cli.plan_folder import REPORTS, Manifest, make_room, plan_file, sha256_of, write_manifest
from classic_rescue.cli.reconcile import choose, read_repairs, replace_arguments
from classic_rescue.cli.report_files import write_reports
from classic_rescue.cli.review import exit_code, report, show_review
from classic_rescue.cli.rollout import ask_for_repairs
from classic_rescue.cli.session import Session, open_session
from classic_rescue.cli.terraform import Terraform, open_terraform

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


@click.command("plan")
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for plan files and review: an empty one, a new one, or that of a former plan.",
)
@click.option(
    "--zero-if-allowed",
    is_flag=True,
    help="For CI: end with 0 instead of 2 or 4, so that only a refusal or an error fails the job.",
)
@click.option("--reconcile", "is_repair", is_flag=True, help="Look for drift first, and plan its repair.")
@at_option
@fleet_option
@endpoint_option
@break_glass_option
def command(
    folder: Path,
    zero_if_allowed: bool,
    is_repair: bool,
    at_text: str,
    fleet_path: Path,
    endpoint: str | None,
    break_glass: str | None,
) -> int:
    """Plan every stack with Terraform, and review what that does to each device.

    DIR gets the plan files, the review as review.md, review.json, junit.xml and review.sarif, and manifest.json, which
    ties them to this checkout and endpoint. `classic-rescue apply DIR` applies exactly these plans. No device is
    touched. Repairs that `drift --reconcile` has asked for are planned, too.

    Exit codes: 0 nothing restarts, 2 devices restart and that is allowed, 3 the policy refuses, 4 nothing restarts but
    devices have drifted, 1 error, also for a plan that is not understood, 130 interrupted.
    """
    at = moment(at_text, fleet_path)
    wish = PlanWish(folder, fleet_path, endpoint, break_glass, at, zero_if_allowed, is_repair)
    return make_plan(wish, os.environ, now=datetime.now(UTC), sleep=time.sleep)


def make_plan(wish: PlanWish, environ: Mapping[str, str], *, now: datetime, sleep: Callable[[float], None]) -> int:
    """Plan, review and write the folder. Returns the exit code; raises Failure, SettingsError and ApiError."""
    from classic_rescue.cli.judging import judge_plans  # pydantic and yaml cost 0.2 s

    session = open_session(wish.fleet_path, wish.endpoint, environ=environ, now=now, why_no_mock=why_no_mock(environ))
    refuse_lost_state(session, environ)
    terraform = open_terraform(session, sleep=sleep)
    refuse_lost_stacks(terraform.places.local_states, session.fleet)
    checkout = checkout_of(session.project, environ)
    make_room(wish.folder)
    targets = all_targets(session.fleet)
    with terraform.places.only_one():
        if wish.is_repair:
            ask_for_repairs(session, targets, now=now, sleep=sleep, err=False)
        rows = session.observe(targets)
        choice = choose(read_repairs(session), rows)
        texts = _plan(terraform, wish.folder, choice.keys)
    for said in choice.said:
        say_wrapped(said)
    review = judge_plans(texts, session, rows, at=wish.at, break_glass=wish.break_glass)
    write_reports({wish.folder / name: report(module, review) for name, module in REPORTS.items()})
    show_review(review, err=False)
    if not review.problems:
        write_manifest(wish.folder, _manifest(session, wish.folder, checkout, texts, review, choice.keys, now=now))
        say(f"written to {wish.folder}; {_next_step(review, wish)}")
    code = exit_code(review)
    return 0 if wish.zero_if_allowed and code in (RESTARTS, DRIFT) else code


def _next_step(review: Review, wish: PlanWish) -> str:
    apply = f"{own_command()} apply {wish.folder}"
    if exit_code(review) == REFUSED:
        return f"as long as the policy refuses it, `{apply}` does, too"
    return f"to apply exactly this: {apply}"


def _plan(terraform: Terraform, folder: Path, repaired: Sequence[str]) -> dict[str, str]:
    """Terraform's JSON of each stack's plan; the plan files are in the folder. `repaired` are devices' keys."""
    stacks = terraform.synthesise()
    terraform.init(stacks)
    files = terraform.plan(stacks, folder, replace_arguments(repaired))
    return terraform.plan_texts(stacks, files)


def _manifest(
    session: Session,
    folder: Path,
    checkout: Checkout | None,
    texts: Mapping[str, str],
    review: Review,
    repaired: Sequence[str],
    *,
    now: datetime,
) -> Manifest:
    connection = session.connection
    starts = {start for text in texts.values() for start in starts_of(hooks_of_plan(text))}
    return Manifest(
        created=now.isoformat(timespec="seconds"),
        terraform_version=terraform_version_of(texts),
        endpoint=None if connection.is_embedded_mock else connection.settings.endpoint,
        fleet_path=os.path.relpath(session.fleet.source, session.project),
        fleet_sha256=sha256_of(Path(session.fleet.source)),
        checkout=checkout,
        verdict=str(review.verdict),
        repaired=tuple(repaired),
        interpreters=tuple(sorted(start.python for start in starts)),
        stacks={stack: sha256_of(plan_file(folder, stack)) for stack in texts},
    )


def terraform_version_of(texts: Mapping[str, str]) -> str:
    """The version that made these plans."""
    return str(json.loads(next(iter(texts.values())))["terraform_version"])
