"""`classic-rescue status`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.api.errors import ApiError
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.journal.downtimes import Clocks, Downtime, of_rows, show_downtimes
from classic_rescue.cli.session.fleet_file import all_targets, find_targets
from classic_rescue.cli.session.observed import COLUMNS, Row, as_json, outage_in, record, unread
from classic_rescue.cli.session.session import open_session
from classic_rescue.cli.terminal.failures import DIFFERENT, ERROR, UNCERTAIN
from classic_rescue.cli.terminal.options import endpoint_option, fleet_option, json_option
from classic_rescue.cli.terminal.output import say, say_json, say_wrapped, show_records


@click.command("status")
@click.argument("names", metavar="[DEVICE]...", nargs=-1)
@fleet_option
@endpoint_option
@json_option
def command(
    names: tuple[str, ...], fleet_path: Path, endpoint: str | None, json_wanted: bool
) -> int:
    """Show what devices run beside what they should run, and for how long they are or were down.

    DEVICE is a name in the fleet file, or a key such as virtual_guest/124929698; none means all.

    Exit codes: 0 all devices are as desired, 2 at least one differs or is in motion, 5 none does,
    but of at least one it cannot be known, 1 error, also when a device could not be read.
    """
    now = datetime.now(UTC)
    session = open_session(
        fleet_path,
        endpoint,
        environ=os.environ,
        now=now,
        as_json=json_wanted,
        takes_app=True,
    )
    targets = find_targets(session.fleet, names) if names else all_targets(session.fleet)
    try:
        rows = session.observe(targets)
    except ApiError as problem:
        rows = unread(targets, problem)
    clocks = Clocks.of(rows, session, now)
    found = of_rows(rows, session, clocks)
    now = clocks.service
    if json_wanted:
        devices = [
            {**as_json(row), "downtime": _downtime(found.get(row.target.order.device.key), now)}
            for row in rows
        ]
        say_json({"endpoint": session.connection.settings.endpoint, "devices": devices})
    elif rows:
        _show(rows, list(found.values()), now)
    else:
        say("the fleet file names no device")
    return exit_code(rows)


def _show(rows: Sequence[Row], found: Sequence[Downtime], now: datetime) -> None:
    outage, told = outage_in(rows)
    if told:
        show_records(COLUMNS, [record(row) for row in told])
    show_downtimes(found, now)
    if outage:
        say_wrapped(f"classic-rescue: {outage}", err=True)


def _downtime(found: Downtime | None, now: datetime) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "down_since": clock_time(found.since) if found.since else None,
        "down_s": round(found.seconds(now)),
        "until": clock_time(found.until) if found.until else None,
    }


def exit_code(rows: Sequence[Row]) -> int:
    """How `status` ends: an unreadable device weighs more than one that differs."""
    if any(row.error for row in rows):
        return ERROR
    rest = [row for row in rows if not row.agrees]
    if any(row.target.desired is not None and not row.is_uncertain for row in rest):
        return DIFFERENT
    return UNCERTAIN if any(row.is_uncertain for row in rest) else 0
