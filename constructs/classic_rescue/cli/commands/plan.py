"""`classic-rescue plan`: Terraform's plan of every stack, and its review,
in one folder that `apply` takes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.cli.drifts.repairs import choose, read_repairs, replace_arguments
from classic_rescue.cli.plans.folder import (
    REPORTS,
    Manifest,
    make_room,
    plan_file,
    sha256_of,
    write_manifest,
)
from classic_rescue.cli.plans.returns import find_due, with_only
from classic_rescue.cli.plans.showing import exit_code, report, show_review
from classic_rescue.cli.rollout.rollout import ask_for_repairs
from classic_rescue.cli.session.fleet_file import all_targets
from classic_rescue.cli.session.moments import NOW, at_option, moment
from classic_rescue.cli.session.observed import Row, say_unread
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import DRIFT, REFUSED, RESTARTS, UNCERTAIN, Failure
from classic_rescue.cli.terminal.options import (
    break_glass_option,
    endpoint_option,
    fleet_option,
    wait_option,
)
from classic_rescue.cli.terminal.output import own_command, say, say_wrapped
from classic_rescue.cli.terminal.report_files import write_reports
from classic_rescue.cli.terraform.checkout import Checkout, checkout_of
from classic_rescue.cli.terraform.hook_calls import hooks_of_plan, starts_of
from classic_rescue.cli.terraform.kept_state import refuse_lost_state, why_no_mock
from classic_rescue.cli.terraform.lost_stacks import refuse_lost_stacks
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.terraform import Terraform, open_terraform

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet
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
@at_option
@wait_option
@fleet_option
@endpoint_option
@break_glass_option
def command(
    folder: Path,
    zero_if_allowed: bool,
    is_repair: bool,
    only_returns: bool,
    at_text: str,
    wait_s: float,
    fleet_path: Path,
    endpoint: str | None,
    break_glass: str | None,
) -> int:
    """Plan every stack with Terraform, and review what that does to each device.

    DIR gets the plan files, the review as review.md, review.json, junit.xml and review.sarif, and
    manifest.json, which ties them to this checkout and endpoint. `classic-rescue apply DIR` applies
    exactly these plans. No device is touched. Repairs that `drift --reconcile` has asked for are
    planned, too.

    With --only-returns no policy is applied to the file, and no other device's change or failed
    attempt stands in the way: a device that is over its time comes back.

    Exit codes: 0 nothing restarts, 2 devices restart and that is allowed, 3 the policy refuses, 4
    nothing restarts but devices have drifted, 5 nothing restarts as far as can be told, but a
    device could not be looked at or what it runs cannot be known, 1 error, also for a plan that is
    not understood, 130 interrupted.
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
    )
    return make_plan(wish, os.environ, now=now, sleep=time.sleep)


def make_plan(
    wish: PlanWish, environ: Mapping[str, str], *, now: datetime, sleep: Callable[[float], None]
) -> int:
    """Plan, review and write the folder.

    Returns the exit code; raises Failure, SettingsError and ApiError.
    """
    from classic_rescue.cli.plans.judging import judge_plans  # pydantic and yaml cost 0.2 s

    session = open_session(
        wish.fleet_path, wish.endpoint, environ=environ, now=now, why_no_mock=why_no_mock(environ)
    )
    refuse_lost_state(session, environ)
    terraform = open_terraform(session)
    refuse_lost_stacks(terraform.folders.local_states, session.fleet)
    checkout = checkout_of(session.project, environ)
    make_room(wish.folder)
    turn = Turn("plan", now, wait_s=wish.wait_s, sleep=sleep)
    with terraform.folders.locked(turn):
        if wish.only_returns:
            planned = _plan_returns(terraform.aside(), session, wish.folder, now=now)
        else:
            if wish.is_repair:
                targets = all_targets(session.fleet)
                ask_for_repairs(session, targets, now=now, err=False)
            planned = _plan_all(terraform, session, wish.folder)
    for said in planned.said:
        say_wrapped(said)
    review = judge_plans(
        planned.texts,
        planned.session,
        planned.rows,
        at=wish.at,
        break_glass=wish.break_glass,
        only_returns=wish.only_returns,
    )
    write_reports({wish.folder / name: report(module, review) for name, module in REPORTS.items()})
    say_unread(planned.rows)
    show_review(review, err=False)
    if not review.problems:
        write_manifest(wish.folder, _manifest(planned, wish.folder, checkout, review, now=now))
        say(f"written to {wish.folder}; {_next_step(review, wish)}")
    code = exit_code(review)
    if code == 0 and any(row.seen is None or row.is_uncertain for row in planned.rows):
        code = UNCERTAIN
    return 0 if wish.zero_if_allowed and code in (RESTARTS, DRIFT, UNCERTAIN) else code


def _next_step(review: Review, wish: PlanWish) -> str:
    apply = f"{own_command()} apply {wish.folder}"
    if exit_code(review) == REFUSED:
        return f"as long as the policy refuses it, `{apply}` does, too"
    return f"to apply exactly this: {apply}"


@dataclass(frozen=True, slots=True)
class _Planned:
    """What was planned: for the session's fleet, Terraform's JSON by stack, and the devices as they
    were just seen.

    `repaired` and `returns`: see Manifest.
    """

    session: Session
    rows: Sequence[Row]
    texts: Mapping[str, str]
    said: Sequence[str]
    repaired: tuple[str, ...] = ()
    returns: tuple[str, ...] | None = None


def _plan_all(terraform: Terraform, session: Session, folder: Path) -> _Planned:
    """Plan every stack into the folder, with the repairs that were asked for."""
    rows = session.observe(all_targets(session.fleet))
    choice = choose(read_repairs(session), rows)
    stacks = terraform.synthesise()
    terraform.init(stacks)
    repairs = replace_arguments(choice.keys)
    files = terraform.plan(stacks, folder, {stack.name: repairs for stack in stacks})
    texts = terraform.plan_texts(stacks, files)
    return _Planned(session, rows, texts, choice.said, repaired=tuple(choice.keys))


def _plan_returns(
    terraform: Terraform, session: Session, folder: Path, *, now: datetime
) -> _Planned:
    """Plan into the folder the return of devices that are over their time,
    in the stacks that have any.
    """
    stacks = terraform.synthesise()
    terraform.init(stacks)
    whole = session.fleet
    due = find_due(whole, terraform.state_texts(stacks))
    keys = tuple(due.all_keys)
    session = with_only(session, keys)
    rows = session.observe(all_targets(session.fleet))
    stacks = [stack for stack in stacks if stack.name in due.keys]
    texts = terraform.plan_texts(stacks, terraform.plan(stacks, folder, due.targets))
    return _Planned(session, rows, texts, [*_about_policy(whole, now), *due.said], returns=keys)


def _about_policy(fleet: Fleet, now: datetime) -> Iterator[str]:
    """That no other change of this file can be deployed, where that is so:
    a return must not hide it.
    """
    from classic_rescue.fleet import check_policy

    if check_policy(fleet, now, {}).refuses:
        yield (
            f"{fleet.source} breaks its own policy, which is not held against returns; `validate`"
            " says where"
        )


def _manifest(
    planned: _Planned, folder: Path, checkout: Checkout | None, review: Review, *, now: datetime
) -> Manifest:
    session = planned.session
    texts = planned.texts
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
        repaired=planned.repaired,
        interpreters=tuple(sorted(start.python for start in starts)),
        stacks={stack: sha256_of(plan_file(folder, stack)) for stack in texts},
        returns=planned.returns,
    )


def terraform_version_of(texts: Mapping[str, str]) -> str:
    """The version that made these plans; empty where there is none."""
    return next((str(json.loads(text)["terraform_version"]) for text in texts.values()), "")
