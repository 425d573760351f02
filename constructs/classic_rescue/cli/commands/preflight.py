"""`classic-rescue preflight`: what the apply would need, checked before it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.cli.session.devices_named import devices_argument
from classic_rescue.cli.session.fleet_file import Target, all_targets, find_targets
from classic_rescue.cli.session.outage import Outage, is_outage, outage_of
from classic_rescue.cli.session.readiness import Readiness, readiness_of
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.session.short import runs_in_short
from classic_rescue.cli.terminal.csv_form import say_csv
from classic_rescue.cli.terminal.failures import ERROR, REFUSED, UNCERTAIN, Failure
from classic_rescue.cli.terminal.footnotes import Footnotes
from classic_rescue.cli.terminal.options import (
    Form,
    endpoint_option,
    fleet_option,
    form_of,
    json_option,
    long_option,
    output_option,
)
from classic_rescue.cli.terminal.output import (
    Record,
    command_line,
    say,
    say_json,
    say_wrapped,
    show_records,
)
from classic_rescue.cli.terminal.report_files import STDOUT, check_targets, write_reports
from classic_rescue.cli.terminal.table import Column, Line, Mood, show_table
from classic_rescue.review.escaping import code, prose

CSV_COLUMNS = (
    *("name", "verdict", "observed", "wanted", "requests", "refusals", "doubts", "delays"),
    *("notes", "error", "device", "key"),
)
COLUMNS = ("name", "verdict", "observed", "wanted", "what it takes", "why", "device")
MOST_BYTES = 4_500
"""The section shares a comment with the review, which leaves about so much of what GitHub takes."""

_FILE = click.Path(path_type=Path)
_WORDS = {
    "forbidden": "forbidden",
    "unknown": "could not be checked",
    "overdue": "blocked by work that is far beyond its usual time",
    "doubtful": "doubtful",
    "waits": "delayed",
    "ready": "ready",
}
"""Verdict → its words in the headline, the worst first."""

VERDICTS = tuple(_WORDS)
_MOODS = {
    "forbidden": Mood.BAD,
    "unknown": Mood.BAD,
    "overdue": Mood.BAD,
    "doubtful": Mood.DOUBTFUL,
    "waits": Mood.MOVING,
    "ready": Mood.GOOD,
}
_ORDERS: dict[str, Callable[[Readiness], int | str]] = {
    "urgency": lambda ready: list(_WORDS).index(ready.verdict),
    "name": lambda ready: ready.row.target.name.casefold(),
}


@click.command("preflight")
@devices_argument
@click.option(
    "--plan",
    "plans",
    metavar="PLAN.json|DIR",
    type=_FILE,
    multiple=True,
    help="Check what this plan changes, removals included: JSON of `terraform show -json`, once for"
    " each stack, or the folder of `classic-rescue plan`. Without: what the fleet file wants.",
)
@click.option(
    "--reader",
    "is_reader",
    is_flag=True,
    help="These credentials only look and another user applies: do not check what they may do.",
)
@click.option(
    "--markdown",
    metavar="FILE",
    type=_FILE,
    help="Write a section for a pull request; - is stdout.",
)
@output_option
@long_option
@click.option(
    "--sort",
    "order",
    type=click.Choice(list(_ORDERS)),
    default="urgency",
    show_default=True,
    help="What stands first: what needs attention, or the name.",
)
@fleet_option
@endpoint_option
@json_option
def command(
    names: tuple[str, ...],
    plans: tuple[Path, ...],
    is_reader: bool,
    markdown: Path | None,
    output: str | None,
    is_long: bool,
    order: str,
    fleet_path: Path,
    endpoint: str | None,
    json_wanted: bool,
) -> int:
    """Check with read-only calls what stands in the way of a deploy: permissions, access, images,
    limits, lock-outs.

    DEVICE is a name in the fleet file, or a key; none means all. Only devices that would change are
    checked. What only holds a device up, such as a transaction under way, is told and forbids
    nothing. Many devices are shown with one line each, those that are named with all that is known.

    Exit codes: 0 nothing forbids it, 3 something does, 5 nobody can tell: the service probably
    refuses, or a transaction is under way far beyond the usual, 1 error, also for a device that
    could not be read.
    """
    usual = Form.LONG if names else Form.TABLE
    form = form_of(output, is_long=is_long, json_wanted=json_wanted, usual=usual)
    if markdown:
        check_targets([markdown], [*plans, fleet_path])
    is_printed = markdown == STDOUT
    now = datetime.now(UTC)
    session = open_session(
        fleet_path,
        endpoint,
        environ=os.environ,
        now=now,
        as_json=form.is_for_programs or is_printed,
        takes_app=True,
    )
    targets, leaving = _targets(session, names, plans, now)
    found = sorted(
        readiness_of(targets, leaving, session, is_reader=is_reader), key=_ORDERS["urgency"]
    )
    if markdown:
        write_reports({markdown: section(found, len(targets))})
    found.sort(key=_ORDERS[order])
    devices = [_as_json(ready) for ready in found]
    if form is Form.JSON:
        say_json({"endpoint": session.connection.settings.endpoint, "devices": devices})
    elif form is Form.CSV:
        say_csv(CSV_COLUMNS, map(_flat, devices))
    else:
        _show(found, len(targets), form=form, err=is_printed, has_plan=bool(plans))
    return exit_code(found)


def exit_code(found: Sequence[Readiness]) -> int:
    """How it ends: what is certainly forbidden weighs more than what nobody knows."""
    verdicts = {ready.verdict for ready in found}
    if "forbidden" in verdicts:
        return REFUSED
    if "unknown" in verdicts:
        return ERROR
    return UNCERTAIN if verdicts & {"overdue", "doubtful"} else 0


def _targets(
    session: Session, names: Sequence[str], plans: tuple[Path, ...], now: datetime
) -> tuple[list[Target], frozenset[str]]:
    """The devices to check, and the keys of those that leave the fleet. Raises Failure."""
    if not plans:
        targets = find_targets(session.fleet, names) if names else all_targets(session.fleet)
        if strangers := [target.name for target in targets if target.desired is None]:
            raise Failure(
                f"{', '.join(strangers)}: not in the fleet file, so nothing is wanted of it"
            )
        return targets, frozenset()
    from classic_rescue.cli.plans.targets import planned_targets  # costs 0.2 s: pydantic, yaml

    targets, leaving = planned_targets(session, plans, now=now)
    if not names:
        return targets, leaving
    chosen = [target for target in targets if _names_of(target) & set(names)]
    known = {name for target in chosen for name in _names_of(target)}
    if missing := [name for name in names if name not in known]:
        raise Failure(f"{', '.join(missing)}: the plan changes no such device")
    return chosen, leaving


def _names_of(target: Target) -> set[str]:
    return {target.name, target.order.device.key}


def headline(found: Sequence[Readiness], checked: int) -> str:
    """The one line that counts."""
    if not found and not checked:
        return "no device to check"
    if not found:
        return f"nothing to check: all {checked} devices are where they must be"
    sure = [ready for ready in found if not ready.may_be_there]
    counts = Counter(ready.verdict for ready in sure)
    parts = [f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict]]
    text = f"{len(sure)} of {checked} devices would change"
    text += f": {', '.join(parts)}" if parts else ""
    unsure = len(found) - len(sure)
    return text + (f"; of {unsure} nobody can tell" if unsure else "")


def _show(
    found: Sequence[Readiness], checked: int, *, form: Form, err: bool, has_plan: bool
) -> None:
    outage, told = _outage_in(found, checked)
    if told and form is not Form.LONG:
        _show_lines(told, is_wide=form is Form.WIDE, err=err)
    elif told:
        show_records(COLUMNS, [_record(ready) for ready in told], err=err)
    say(headline(found, checked), err=err)
    if not has_plan:
        text = "Devices that were taken out of the file are checked with --plan only."
        say_wrapped(text, err=err)
    if outage:
        say_wrapped(f"classic-rescue: {outage}", err=True)


def _show_lines(told: Sequence[Readiness], *, is_wide: bool, err: bool) -> None:
    columns = [
        Column("name", least=8, is_name=True),
        Column("verdict", may_go=True),
        Column("runs", least=9, is_name=True, may_go=True),
        Column("wants", least=9, is_name=True, may_go=True),
        Column("requests", least=8, has_forms=True, may_go=True),
        Column("why"),
    ]
    if is_wide:
        columns.append(Column("device"))
    notes = Footnotes()
    show_table(
        columns, [_line(ready, notes, is_wide=is_wide) for ready in told], is_wide=is_wide, err=err
    )
    notes.show(rest=f"`{command_line('preflight', '--long')}` shows all", err=err)


def _line(ready: Readiness, notes: Footnotes, *, is_wide: bool) -> Line:
    row = ready.row
    cells = (
        row.target.name,
        ready.verdict,
        runs_in_short(row.seen),
        str(row.target.desired or ""),
        _requests(ready),
    )
    device = str(row.device or row.target.order.device.key)
    last = (_why(ready), device) if is_wide else (notes.marks(_reasons(ready)),)
    return Line((*cells, *last), _MOODS[ready.verdict])


def _requests(ready: Readiness) -> tuple[str, ...]:
    if not ready.actions:
        return ("",)
    number = len(ready.actions)
    return (", then ".join(ready.actions), f"{number} request{'' if number == 1 else 's'}")


def _flat(device: Mapping[str, object]) -> dict[str, object]:
    """A device as CSV has it: what there are several of is one text."""
    return {
        name: "; ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in device.items()
    }


def _outage_in(
    found: Sequence[Readiness], checked: int
) -> tuple[Outage | None, Sequence[Readiness]]:
    """The outage that kept devices from being checked, and what is told singly."""
    unread = [ready for ready in found if ready.problem]
    outage = outage_of(
        [(ready.row.target.name, ready.problem) for ready in unread],
        others=checked - len(unread),
        since=[ready.row.at for ready in unread if is_outage(ready.problem)],
    )
    if outage is None:
        return None, found
    return outage, [ready for ready in found if not is_outage(ready.problem)]


def _why(ready: Readiness) -> str:
    return "; ".join(_reasons(ready))


def _reasons(ready: Readiness) -> tuple[str, ...]:
    errors = (ready.error,) if ready.error else ()
    notes = (f"note: {note}" for note in ready.notes)
    return (*ready.refusals, *errors, *ready.every_doubt, *ready.delays, *notes)


def _record(ready: Readiness) -> Record:
    row = ready.row
    values = (
        row.target.name,
        ready.verdict.upper() if ready.verdict == "forbidden" else ready.verdict,
        str(row.seen or ""),
        str(row.target.desired or ""),
        ", then ".join(ready.actions),
        _why(ready),
        str(row.device or row.target.order.device.key),
    )
    return Record(values, "good" if ready.verdict in ("waits", "ready") else "bad")


def section(found: Sequence[Readiness], checked: int) -> str:
    """The section of a pull request's comment; what does not fit is counted."""
    sign = {0: "✅", UNCERTAIN: "⚠️"}.get(exit_code(found), "⛔")
    lines = [f"### {sign} Preflight: {prose(headline(found, checked))}", ""]
    outage, singly = _outage_in(found, checked)
    if outage:
        lines += [prose(str(outage)), ""]
    told = [ready for ready in singly if ready.verdict != "ready" or ready.notes]
    if told:
        lines += ["| device | now → wanted | verdict | why |", "| --- | --- | --- | --- |"]
    room = MOST_BYTES - sum(len(line.encode()) + 1 for line in lines)
    for number, ready in enumerate(told):
        row = _markdown_row(ready)
        room -= len(row.encode()) + 1
        if room < 0:
            lines += ["", f"and {len(told) - number} more; `classic-rescue preflight` shows all"]
            break
        lines.append(row)
    return "\n".join(lines).rstrip() + "\n"


def _markdown_row(ready: Readiness) -> str:
    row = ready.row
    cells = (
        f"{code(row.target.name)}<br>{code(row.target.order.device.key)}",
        prose(f"{row.seen or 'not read'} → {row.target.desired}"),
        ready.verdict if ready.verdict in ("waits", "ready") else f"**{ready.verdict}**",
        prose(_why(ready)),
    )
    return f"| {' | '.join(cells)} |"


def _as_json(ready: Readiness) -> dict[str, object]:
    row = ready.row
    return {
        "name": row.target.name,
        "key": row.target.order.device.key,
        "device": str(row.device) if row.device else None,
        "observed": str(row.seen) if row.seen else None,
        "wanted": str(row.target.desired),
        "verdict": ready.verdict,
        "requests": list(ready.actions),
        "refusals": list(ready.refusals),
        "doubts": list(ready.every_doubt),
        "delays": list(ready.delays),
        "notes": list(ready.notes),
        "error": ready.error or None,
    }
