"""`classic-rescue drift`."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.boot import environment
from classic_rescue.cli.drifts.comparison import Line
from classic_rescue.cli.drifts.lines import CSV_COLUMNS, ORDERS, as_rows, show_lines
from classic_rescue.cli.drifts.repairs import (
    Repair,
    repairs_path,
    replace_arguments,
    replace_words,
    with_repairs,
    write_repairs,
)
from classic_rescue.cli.drifts.report import (
    Report,
    as_json,
    look_for_drift,
    show_counts,
    show_report,
)
from classic_rescue.cli.drifts.words import MOODS, Verdict
from classic_rescue.cli.session.clocks import Clocks
from classic_rescue.cli.session.devices_named import devices_argument
from classic_rescue.cli.session.fleet_file import all_targets, find_targets
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.session.telling import (
    Drift,
    Telling,
    drift_events,
    overdue_events,
    tell_all,
)
from classic_rescue.cli.terminal.csv_form import say_csv
from classic_rescue.cli.terminal.failures import DRIFT, ERROR, UNCERTAIN
from classic_rescue.cli.terminal.options import (
    Form,
    endpoint_option,
    fleet_option,
    form_of,
    json_option,
    long_option,
    only_option,
    output_option,
    wait_option,
)
from classic_rescue.cli.terminal.output import command_line, say, say_json, say_wrapped
from classic_rescue.cli.terminal.table import Mood
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.working_folders import working_folders_of

SHOWN_WORDS = 10
"""With more repairs than this their arguments are only in the JSON."""


@click.command("drift")
@devices_argument
@click.option(
    "--reconcile", "is_wanted", is_flag=True, help="Make the next deploy repair what has drifted."
)
@output_option
@long_option
@click.option(
    "--sort",
    "order",
    type=click.Choice(list(ORDERS)),
    default="urgency",
    show_default=True,
    help="What stands first: what needs attention, the name, or what changed last.",
)
@only_option
@wait_option
@fleet_option
@endpoint_option
@json_option
def command(
    names: tuple[str, ...],
    is_wanted: bool,
    output: str | None,
    is_long: bool,
    order: str,
    only: str | None,
    wait_s: float,
    fleet_path: Path,
    endpoint: str | None,
    json_wanted: bool,
) -> int:
    """Compare what is declared, what Terraform has on record and what each device runs; say who
    changed what.

    DEVICE is a name in the fleet file, or a key such as virtual_guest/124929698; none means all,
    and then devices of the account that are in rescue or on an image but in no fleet are told, too.
    Nothing is changed on any device. Many devices are shown with one line each, those that are
    named with all that is known.

    Exit codes: 0 no drift, 4 a device has drifted, 5 none has, but of at least one it cannot be
    known, 1 error, also where a device cannot be found.
    """
    usual = Form.LONG if names else Form.TABLE
    form = form_of(output, is_long=is_long, json_wanted=json_wanted, usual=usual)
    now = datetime.now(UTC)
    session = open_session(
        fleet_path, endpoint, environ=os.environ, now=now, as_json=form.is_for_programs
    )
    targets = find_targets(session.fleet, names) if names else all_targets(session.fleet)
    turn = Turn("drift", now, wait_s=wait_s, sleep=time.sleep)
    with working_folders_of(session).locked(turn):
        report = look_for_drift(session, targets, is_whole=not names)
        repairs = report.repairs(session.fleet)
        if is_wanted:
            # Refuses more than fit, before anything is written.
            with_repairs({}, [repair.key for repair in repairs])
            write_repairs(session, repairs, now)
    lines = sorted(
        (line for line in report.lines if not (only and line.verdict is Verdict.AS_DECLARED)),
        key=ORDERS[order],
    )
    clocks = Clocks.of(session, now, [report.at])
    if form is Form.JSON:
        told = {"clock": clocks.as_json(), "devices": [as_json(line) for line in lines]}
        _say_json(session, report, repairs, told=told, is_wanted=is_wanted)
    elif form is Form.CSV:
        say_csv(CSV_COLUMNS, as_rows(lines))
    else:
        _show(report, lines, clocks, form=form)
        _say_next(session, repairs, is_wanted=is_wanted)
    _tell(session, report, now)
    if report.unseen:
        return ERROR
    if report.has_drift:
        return DRIFT
    return UNCERTAIN if report.is_uncertain else 0


def _tell(session: Session, report: Report, now: datetime) -> None:
    """Tell whom the fleet file names of drift, and of devices over their time."""
    telling = Telling(session, "drift")
    if not telling.channels:
        return
    settled = (Verdict.AS_DECLARED, Verdict.DRIFTED)
    found = [
        Drift(line.key, line.seen, line.text if line.is_drift else "")
        for line in report.lines
        if line.verdict in settled
    ]
    seen = [(line.key, line.seen) for line in report.lines]
    events = [*drift_events(telling, found, now), *overdue_events(telling, seen, now)]
    tell_all(telling, events, time.monotonic)


def _show(report: Report, lines: Sequence[Line], clocks: Clocks, *, form: Form) -> None:
    if clocks.words and lines:
        say_wrapped(clocks.words)
    if form is Form.LONG:
        return show_report(report, lines)
    show_lines(lines, clocks, is_wide=form is Form.WIDE)
    show_counts(report, has_marks=True)
    if form is Form.TABLE and any(MOODS[line.verdict] is not Mood.GOOD for line in lines):
        say_wrapped(f"`{command_line('drift', 'NAME')}` says all of a device in words")
    return None


def _say_json(
    session: Session,
    report: Report,
    repairs: Sequence[Repair],
    *,
    told: Mapping[str, object],
    is_wanted: bool,
) -> None:
    keys = [repair.key for repair in repairs]
    reconcile = {
        "file": str(repairs_path(session)) if is_wanted and keys else None,
        "keys": keys,
        "arguments": replace_arguments(keys),
        "environment": {environment.TERRAFORM_APPLY_OPTIONS: replace_words(keys)} if keys else {},
    }
    say_json(
        {
            "endpoint": session.connection.settings.endpoint,
            "has_drift": report.has_drift,
            "unseen": report.unseen,
            "api_calls": report.calls,
            "looked_at_singly": report.looked_at,
            "notes": report.notes,
            **told,
            "reconcile": reconcile,
        }
    )


def _say_next(session: Session, repairs: Sequence[Repair], *, is_wanted: bool) -> None:
    if not repairs:
        if is_wanted:
            say("nothing has drifted, so there is nothing to repair")
        return
    if not is_wanted:
        say_wrapped(
            f"`{command_line('deploy', '--reconcile')}` repairs what has drifted, after a question"
        )
        return
    names = ", ".join(repair.name for repair in repairs)
    say_wrapped(
        f"the next `{command_line('deploy')}` looks at {names} again, shows and asks, and repairs"
        f" what is then still needed, if the policy allows it ({repairs_path(session)})"
    )
    keys = [repair.key for repair in repairs]
    if len(keys) > SHOWN_WORDS:
        own = command_line("drift", "--reconcile", "--json")
        say_wrapped(f"for plain cdktf and for CI: the arguments are in `{own}`")
        return
    say("for plain cdktf, and for Terraform in CI:")
    say(
        f"  {environment.TERRAFORM_APPLY_OPTIONS}={shlex.quote(replace_words(keys))} npx cdktf"
        " deploy '*'"
    )
    say(f"  terraform plan {shlex.join(replace_arguments(keys))}")
