"""`classic-rescue status`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.api.errors import ApiError
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.journal.downtimes import Downtime, of_rows, show_downtimes
from classic_rescue.cli.session.clocks import Clocks
from classic_rescue.cli.session.devices_named import devices_argument
from classic_rescue.cli.session.fleet_file import all_targets, find_targets
from classic_rescue.cli.session.observed import COLUMNS, Row, as_json, outage_in, record, unread
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.session.short import URGENCY, row_in_short, runs_in_short
from classic_rescue.cli.terminal.csv_form import say_csv
from classic_rescue.cli.terminal.failures import DIFFERENT, ERROR, UNCERTAIN
from classic_rescue.cli.terminal.moments import age, moment_in_short
from classic_rescue.cli.terminal.options import (
    Form,
    endpoint_option,
    fleet_option,
    form_of,
    json_option,
    long_option,
    only_option,
    output_option,
)
from classic_rescue.cli.terminal.output import (
    command_line,
    say,
    say_json,
    say_wrapped,
    show_records,
)
from classic_rescue.cli.terminal.table import Column, Line, Mood, counted, show_table

CSV_COLUMNS = (
    *("name", "verdict", "desired", "observed", "since", "down_since", "down_s", "until"),
    *("evidence", "unproven", "error", "address", "device", "key"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the devices has found. `hidden` of them are not shown: they are as desired."""

    session: Session
    rows: Sequence[Row]
    downtimes: Mapping[str, Downtime]
    clocks: Clocks
    hidden: int = 0

    def downtime(self, row: Row) -> Downtime | None:
        """What is known of the time that a device was down."""
        return self.downtimes.get(row.target.order.device.key)

    def down_s(self, row: Row) -> float | None:
        """For how long a device is down; None for one that is up."""
        downtime = self.downtime(row)
        return downtime.down_s(self.clocks.service) if downtime else None


def _by_urgency(found: Found, row: Row) -> int:
    return list(URGENCY).index(row.verdict)


def _by_name(found: Found, row: Row) -> str:
    return row.target.name.casefold()


def _by_since(found: Found, row: Row) -> float:
    since = row.seen.since if row.seen else None
    return -(since.timestamp() if since else 0.0)


def _by_down(found: Found, row: Row) -> float:
    return -(found.down_s(row) or 0.0)


_ORDERS: dict[str, Callable[[Found, Row], int | float | str]] = {
    "urgency": _by_urgency,
    "name": _by_name,
    "since": _by_since,
    "down": _by_down,
}


@click.command("status")
@devices_argument
@output_option
@long_option
@click.option(
    "--sort",
    "order",
    type=click.Choice(list(_ORDERS)),
    help="What stands first: what needs attention, the name, what changed last, or what is down"
    " for the longest time. Without: what needs attention, in JSON the order of the file.",
)
@only_option
@fleet_option
@endpoint_option
@json_option
def command(
    names: tuple[str, ...],
    output: str | None,
    is_long: bool,
    order: str | None,
    only: str | None,
    fleet_path: Path,
    endpoint: str | None,
    json_wanted: bool,
) -> int:
    """Show what devices run beside what they should run, and for how long they are down.

    DEVICE is a name in the fleet file, or a key such as virtual_guest/124929698; none means all.
    Many devices are shown with one line each, those that are named with all that is known.

    Exit codes: 0 all devices are as desired, 2 at least one differs or is in motion, 5 none does,
    but of at least one it cannot be known, 1 error, also when a device could not be read.
    """
    usual = Form.LONG if names else Form.TABLE
    form = form_of(output, is_long=is_long, json_wanted=json_wanted, usual=usual)
    now = datetime.now(UTC)
    session = open_session(
        fleet_path,
        endpoint,
        environ=os.environ,
        now=now,
        as_json=form.is_for_programs,
        takes_app=True,
    )
    targets = find_targets(session.fleet, names) if names else all_targets(session.fleet)
    try:
        rows = session.observe(targets)
    except ApiError as problem:
        rows = unread(targets, problem)
    clocks = Clocks.of(session, now, (row.at for row in rows))
    shown = [row for row in rows if not (only and row.agrees)]
    downtimes = of_rows(shown, session, clocks)
    found = Found(session, shown, downtimes, clocks, hidden=len(rows) - len(shown))
    order = order or ("" if form is Form.JSON else "urgency")
    _show(_sorted(found, order), form)
    return exit_code(rows)


def _sorted(found: Found, order: str) -> Found:
    if not order:
        return found
    ordered = sorted(found.rows, key=lambda row: _ORDERS[order](found, row))
    return replace(found, rows=ordered)


def _show(found: Found, form: Form) -> None:
    if form is Form.JSON:
        return say_json(_as_json(found))
    if form is Form.CSV:
        return say_csv(CSV_COLUMNS, map(_flat, _devices(found)))
    if not found.rows and not found.hidden:
        return say("the fleet file names no device")
    outage, told = outage_in(found.rows)
    if found.clocks.words and told:
        say_wrapped(found.clocks.words)
    if form is Form.LONG:
        if told:
            show_records(COLUMNS, [record(row) for row in told])
        show_downtimes(list(found.downtimes.values()), found.clocks.service)
    elif told or found.hidden:
        _show_lines(found, told, is_wide=form is Form.WIDE)
    if outage:
        say_wrapped(f"classic-rescue: {outage}", err=True)
    return None


def _show_lines(found: Found, told: Sequence[Row], *, is_wide: bool) -> None:
    columns = [
        Column("name", least=8, is_name=True),
        Column("wants", least=9, is_name=True, may_go=True),
        Column("runs", least=9, is_name=True, may_go=True),
        Column(f"since ({found.clocks.zone})", may_go=True),
        Column("down for", may_go=True),
        Column("evidence", least=9, has_forms=True, may_go=True),
    ]
    if is_wide:
        columns += [Column("verdict"), Column("until"), Column("address"), Column("device")]
    if told:
        show_table(columns, [_line(found, row, is_wide=is_wide) for row in told], is_wide=is_wide)
    say_wrapped(_count(told, unread=len(found.rows) - len(told), hidden=found.hidden))
    if not is_wide and any(URGENCY[row.verdict] is not Mood.GOOD for row in told):
        say_wrapped(f"`{command_line('status', 'NAME')}` shows all that is known of a device")


def _line(found: Found, row: Row, *, is_wide: bool) -> Line:
    seen = row.seen
    down_s = found.down_s(row)
    since = seen.since if seen else None
    cells = (
        row.target.name,
        str(row.target.desired or ""),
        runs_in_short(seen),
        moment_in_short(since, found.clocks.service) if since else "",
        age(down_s) if down_s is not None else "",
    )
    mood = URGENCY[row.verdict]
    if not is_wide:
        return Line((*cells, row_in_short(row)), mood)
    downtime = found.downtime(row)
    until = downtime.until if downtime else None
    more = (
        row.evidence,
        row.verdict,
        clock_time(until) if until else "",
        row.address,
        str(row.device or row.target.order.device.key),
    )
    return Line((*cells, *more), mood)


def _count(told: Iterable[Row], *, unread: int, hidden: int) -> str:
    """How many there are of each sort."""
    counts = Counter(row.verdict for row in told)
    words = {"error": "not read", "DIFFERS": "differs" if counts["DIFFERS"] == 1 else "differ"}
    parts = [
        (counts[verdict], words.get(verdict, verdict.casefold()), mood)
        for verdict, mood in URGENCY.items()
    ]
    parts += [
        (unread, "not looked at", Mood.GOOD),
        (hidden, "as desired, not shown", Mood.GOOD),
    ]
    return counted(parts)


def _as_json(found: Found) -> dict[str, object]:
    return {
        "endpoint": found.session.connection.settings.endpoint,
        "clock": found.clocks.as_json(),
        "devices": _devices(found),
    }


def _devices(found: Found) -> list[dict[str, object]]:
    now = found.clocks.service
    return [{**as_json(row), "downtime": _downtime(found.downtime(row), now)} for row in found.rows]


def _downtime(downtime: Downtime | None, now: datetime) -> dict[str, object] | None:
    if downtime is None:
        return None
    down_s = downtime.down_s(now)
    return {
        "down_since": clock_time(downtime.since) if downtime.since else None,
        "down_s": round(down_s) if down_s is not None else None,
        "down_total_s": round(downtime.seconds(now)),
        "until": clock_time(downtime.until) if downtime.until else None,
    }


def _flat(device: Mapping[str, object]) -> dict[str, object]:
    downtime = device["downtime"]
    return {**device, **downtime} if isinstance(downtime, dict) else dict(device)


def exit_code(rows: Sequence[Row]) -> int:
    """How `status` ends: an unreadable device weighs more than one that differs."""
    if any(row.error for row in rows):
        return ERROR
    rest = [row for row in rows if not row.agrees]
    if any(row.target.desired is not None and not row.is_uncertain for row in rest):
        return DIFFERENT
    return UNCERTAIN if any(row.is_uncertain for row in rest) else 0
