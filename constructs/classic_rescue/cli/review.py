"""`classic-rescue review`."""

from __future__ import annotations

import importlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.api.settings import checked_endpoint
from classic_rescue.cli.failures import DRIFT, ERROR, REFUSED, RESTARTS, Failure
from classic_rescue.cli.fleet_file import load_fleet
from classic_rescue.cli.options import break_glass_option, endpoint_option, fleet_option
from classic_rescue.cli.output import Record, say, say_wrapped, show_records
from classic_rescue.cli.report_files import STDOUT, check_targets, write_reports

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.review.changes import Change
    from classic_rescue.review.review import Review

NOW, WINDOW = "now", "window"
COLUMNS = ("name", "what happens", "why", "usually away", "address", "device")
_FILE = click.Path(path_type=Path)


@click.command("review")
@click.argument("plans", metavar="PLAN.json...", nargs=-1, required=True, type=_FILE)
@fleet_option
@endpoint_option
@break_glass_option
@click.option(
    "--at",
    "at_text",
    metavar="TIME",
    default=NOW,
    show_default=True,
    help="When the plans will be applied, for windows and time limits: a time with its zone, or `window`, the next"
    " moment at which a window of the policy is open.",
)
@click.option("--partial", "is_partial", is_flag=True, help="Plans of some stacks may be missing.")
@click.option("--markdown", metavar="FILE", type=_FILE, help="Write the comment for a pull request; - is stdout.")
@click.option(
    "--json", "json_", metavar="[FILE]", type=_FILE, is_flag=False, flag_value=STDOUT, help="Write or print JSON."
)
@click.option("--junit", metavar="FILE", type=_FILE, help="Write JUnit XML.")
@click.option("--sarif", metavar="FILE", type=_FILE, help="Write SARIF 2.1.0.")
def command(
    plans: tuple[Path, ...],
    fleet_path: Path,
    endpoint: str | None,
    break_glass: str | None,
    at_text: str,
    is_partial: bool,
    **reports: Path | None,
) -> int:
    """Say what Terraform plans would do to each device, and whether the policy allows it.

    PLAN.json is what `terraform show -json PLANFILE` prints, one file a stack; - is standard input.

    Exit codes: 0 nothing restarts, 2 devices restart and that is allowed, 3 the policy refuses, 4 nothing restarts but
    devices have drifted, 1 error, also for a plan that is not understood.
    """
    if endpoint:
        checked_endpoint(endpoint, "--endpoint")
    wanted = {name.rstrip("_"): path for name, path in reports.items() if path}
    check_targets(wanted.values(), [*plans, fleet_path])
    review = _review(plans, fleet_path, _moment(at_text, fleet_path), break_glass, is_partial=is_partial)
    write_reports({path: report(REPORTS[name], review) for name, path in wanted.items()})
    show_review(review, err=STDOUT in wanted.values())
    return exit_code(review)


def _moment(text: str, fleet_path: Path) -> datetime:
    from classic_rescue.fleet.values import read_until

    if text == NOW:
        return datetime.now(UTC)
    if text == WINDOW:
        return _next_window(fleet_path, datetime.now(UTC))
    try:
        return read_until(text)
    except ValueError as problem:
        raise Failure(f"--at: {problem}; or now, or window") from None


def _next_window(fleet_path: Path, now: datetime) -> datetime:
    from classic_rescue.policy.openings import ZoneDataMissingError, next_opening

    try:
        at = next_opening(load_fleet(fleet_path, now=now, environ=os.environ).policy.windows, now)
    except ZoneDataMissingError as problem:
        raise Failure(f"--at window: {problem}") from None
    if at is None:
        raise Failure(f"--at window: no window of {fleet_path} ever opens; allowed: a time with its zone")
    return at


def _review(
    plan_paths: tuple[Path, ...], fleet_path: Path, at: datetime, break_glass: str | None, *, is_partial: bool
) -> Review:
    """The review. What keeps it from being made is in it too, so that no older report stays where it is."""
    from classic_rescue.cli.plan_files import read_plans
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
    return review_of(plans, fleet, at, break_glass, is_partial=is_partial)


REPORTS = {"markdown": "markdown", "json": "json_report", "junit": "junit", "sarif": "sarif"}
"""Option → its module in `review/reports`, imported only where it is wanted."""


def report(module: str, review: Review) -> str:
    """The text that a module of `review/reports` makes of a review."""
    text = importlib.import_module(f"classic_rescue.review.reports.{module}").text(review)
    assert isinstance(text, str)  # noqa: S101 our own modules; this tells the type checker
    return text


def show_review(review: Review, *, err: bool) -> None:
    """Print the review: the details first, so that what counts stands last, next to the prompt."""
    from classic_rescue.review.words import banner, headline, missing_words, quiet_words

    if review.shown:
        show_records(COLUMNS, [_record(change) for change in review.shown], err=err)
    if quiet := quiet_words(review):
        say(quiet, err=err)
    for problem in review.problems:
        say_wrapped(f"classic-rescue: {problem}", err=True)
    for finding in review.findings:
        place = f" {review.fleet_source}:{finding.line}" if finding.line else ""
        label = "overridden" if review.break_glass else "refused"
        say_wrapped(f"{label}: {finding.rule}{place}: {finding.text}", err=err)
    for line in (missing_words(review), banner(review), headline(review)):
        if line:
            say_wrapped(line, err=err)


def _record(change: Change) -> Record:
    from classic_rescue.review.changes import Restart
    from classic_rescue.review.words import downtime_words, effect_words, why_words

    is_loud = change.restart is not Restart.NO or change.has_drifted
    values = (
        change.name,
        effect_words(change),
        why_words(change),
        downtime_words(change),
        change.address,
        change.key,
    )
    return Record(values, "bad" if is_loud else "")


def exit_code(review: Review) -> int:
    """How a review ends."""
    from classic_rescue.review.review import Verdict

    return {
        Verdict.CLEAN: 0,
        Verdict.RESTARTS: RESTARTS,
        Verdict.REFUSED: REFUSED,
        Verdict.DRIFT: DRIFT,
        Verdict.NOT_UNDERSTOOD: ERROR,
    }[review.verdict]
