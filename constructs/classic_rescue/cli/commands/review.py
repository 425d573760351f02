"""`classic-rescue review`."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.cli.plans.showing import exit_code, report, show_review
from classic_rescue.cli.session.fleet_file import all_targets, load_fleet
from classic_rescue.cli.session.moments import at_option, moment
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.options import (
    break_glass_option,
    endpoint_option,
    fleet_option,
    project_folder,
)
from classic_rescue.cli.terminal.report_files import STDOUT, check_targets, write_reports

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.cli.session.session import Session
    from classic_rescue.review.review import Review

_FILE = click.Path(path_type=Path)


@click.command("review")
@click.argument("plans", metavar="PLAN.json...", nargs=-1, required=True, type=_FILE)
@fleet_option
@endpoint_option
@break_glass_option
@at_option
@click.option(
    "--live", "is_live", is_flag=True, help="Look at the devices, too: exact verdicts, and drift."
)
@click.option("--partial", "is_partial", is_flag=True, help="Plans of some stacks may be missing.")
@click.option(
    "--markdown",
    metavar="FILE",
    type=_FILE,
    help="Write the comment for a pull request; - is stdout.",
)
@click.option(
    "--json",
    "json_",
    metavar="[FILE]",
    type=_FILE,
    is_flag=False,
    flag_value=STDOUT,
    help="Write or print JSON.",
)
@click.option("--junit", metavar="FILE", type=_FILE, help="Write JUnit XML.")
@click.option("--sarif", metavar="FILE", type=_FILE, help="Write SARIF 2.1.0.")
def command(
    plans: tuple[Path, ...],
    fleet_path: Path,
    endpoint: str | None,
    break_glass: str | None,
    at_text: str,
    is_live: bool,
    is_partial: bool,
    **reports: Path | None,
) -> int:
    """Say what Terraform plans would do to each device, and whether the policy allows it.

    PLAN.json is what `terraform show -json PLANFILE` prints, one file a stack; - is standard input.

    Exit codes: 0 nothing restarts, 2 devices restart and that is allowed, 3 the policy refuses, 4
    nothing restarts but devices have drifted, 1 error, also for a plan that is not understood and
    where a device could not be looked at.
    """
    if endpoint and not is_live:
        raise Failure(
            "--endpoint: nobody is asked without --live; add it, or leave the endpoint out"
        )
    wanted = {name.rstrip("_"): path for name, path in reports.items() if path}
    check_targets(wanted.values(), [*plans, fleet_path])
    says_elsewhere = STDOUT in wanted.values()
    with _no_garbage_collection():
        at = moment(at_text, fleet_path, datetime.now(UTC))
        look = partial(_session, fleet_path, endpoint, at, err=says_elsewhere) if is_live else None
        review = _review(
            plans, fleet_path, at, break_glass=break_glass, look=look, is_partial=is_partial
        )
    write_reports({path: report(REPORTS[name], review) for name, path in wanted.items()})
    show_review(review, err=says_elsewhere)
    return exit_code(review)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Nothing that plans are read into is garbage; looking for it, also at the end of the process,
    costs a tenth.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _session(fleet_path: Path, endpoint: str | None, at: datetime, *, err: bool) -> Session:
    """Whom to ask about the devices; the first line that is printed says so."""
    from classic_rescue.cli.session.session import open_session

    return open_session(fleet_path, endpoint, environ=os.environ, now=at, as_json=err)


def _review(
    plan_paths: tuple[Path, ...],
    fleet_path: Path,
    at: datetime,
    *,
    break_glass: str | None,
    look: Callable[[], Session] | None,
    is_partial: bool,
) -> Review:
    """The review. What keeps it from being made is in it too,
    so that no older report stays where it is.
    """
    from classic_rescue.cli.plans.files import read_plans
    from classic_rescue.review.build import review_of
    from classic_rescue.review.review import not_understood

    problems: list[str] = []
    fleet = None
    try:
        fleet = load_fleet(fleet_path, now=at, environ=os.environ)
    except Failure as failure:
        problems += failure.message.splitlines()
    plans, of_plans = read_plans(plan_paths)
    problems += of_plans
    if fleet is None or problems:
        return not_understood(str(fleet_path), at, problems)
    if look is None:
        from classic_rescue.cli.plans.scripts import with_scripts

        return with_scripts(
            review_of(plans, fleet, at, break_glass, is_partial=is_partial),
            project_folder(Path.cwd()),
        )
    from classic_rescue.cli.plans.judging import live_review

    session = look()
    rows = session.observe(all_targets(fleet))
    return live_review(
        plans,
        session,
        rows,
        at=at,
        break_glass=break_glass,
        is_reader=True,
        is_partial=is_partial,
    )


REPORTS = {"markdown": "markdown", "json": "json_report", "junit": "junit", "sarif": "sarif"}
"""Option → its module in `review/reports`, imported only where it is wanted."""
