"""`classic-rescue metrics`: what devices run, for how long they are down, and what the last run
asked for, for Prometheus.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.api.errors import ApiError
from classic_rescue.boot.states import BootState
from classic_rescue.cli.journal.downtimes import of_rows
from classic_rescue.cli.journal.gauges import Gauge, openmetrics, push, text_format
from classic_rescue.cli.rollout.counts import read_counts
from classic_rescue.cli.session.clocks import Clocks
from classic_rescue.cli.session.fleet_file import all_targets
from classic_rescue.cli.session.observed import Row, unread
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import ERROR, Failure
from classic_rescue.cli.terminal.options import endpoint_option, fleet_option
from classic_rescue.cli.terminal.output import say_wrapped
from classic_rescue.cli.terminal.report_files import STDOUT, write_for_others, write_reports
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.working_folders import working_folders_of

if TYPE_CHECKING:
    from classic_rescue.cli.drifts.report import Report

LONGEST_PUSH_S = 10.0
UNSEEN = "unseen"
OFF = "off"
MOVING = "moving"


@click.command("metrics")
@click.option(
    "--textfile",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write them there instead, whole at any moment, readable for all: for node_exporter.",
)
@click.option(
    "--push",
    "gateway",
    metavar="URL",
    help="Send them to a Pushgateway; user and password in CLASSIC_RESCUE_PUSH_USER and"
    " CLASSIC_RESCUE_PUSH_PASSWORD.",
)
@click.option(
    "--drift",
    "wants_drift",
    is_flag=True,
    help="Look for drift, too: that reads Terraform's state, and takes the project meanwhile.",
)
@fleet_option
@endpoint_option
def command(
    textfile: Path | None,
    gateway: str | None,
    wants_drift: bool,
    fleet_path: Path,
    endpoint: str | None,
) -> int:
    """Look at every device of the fleet file, and print metrics in the form of OpenMetrics.

    Nothing is changed on any device. What cannot be known is left out: no number is invented.

    Exit codes: 0 every device was looked at, 1 error, also where one was not: the others are told
    all the same.
    """
    now = datetime.now(UTC)
    session = open_session(fleet_path, endpoint, environ=os.environ, now=now, as_json=True)
    targets = all_targets(session.fleet)
    try:
        rows = session.observe(targets)
    except ApiError as problem:
        rows = unread(targets, problem)
    report = _drift(session, now) if wants_drift else None
    gauges = list(_gauges(session, rows, report, now=now))
    if textfile:
        write_for_others(textfile, text_format(gauges))
    if gateway:
        _push(gateway, gauges, session)
    if not textfile and not gateway:
        write_reports({STDOUT: openmetrics(gauges)})
    for row in rows:
        if row.seen is None:
            say_wrapped(f"classic-rescue: {row.target.name}: {row.error}", err=True)
    return ERROR if any(row.seen is None for row in rows) else 0


def _drift(session: Session, now: datetime) -> Report | None:
    """What has drifted; None, with a note, where that cannot be looked for now."""
    from classic_rescue.cli.drifts.report import look_for_drift

    try:
        with working_folders_of(session).locked(Turn("metrics", now)):
            return look_for_drift(session, all_targets(session.fleet), is_whole=True)
    except (Failure, ApiError) as problem:
        say_wrapped(f"note: nothing is told of drift: {problem}", err=True)
        return None


def _push(gateway: str, gauges: Sequence[Gauge], session: Session) -> None:
    """Send them, within seconds. Raises Failure."""
    problems: list[str] = []

    def send() -> None:
        fleet = os.path.basename(session.project)
        problem = push(gateway, gauges, fleet=fleet, environ=os.environ, longest_s=LONGEST_PUSH_S)
        problems.append(problem)

    worker = threading.Thread(target=send, daemon=True)
    worker.start()
    worker.join(LONGEST_PUSH_S)
    problem = problems[0] if problems else f"no answer within {LONGEST_PUSH_S:g} s"
    if problem:
        raise Failure(f"--push: {problem}")


def _gauges(
    session: Session, rows: Sequence[Row], report: Report | None, *, now: datetime
) -> Iterator[Gauge]:
    clocks = Clocks.of(session, now, (row.at for row in rows))
    downtimes = of_rows([row for row in rows if row.seen], session, clocks)
    pairs: Counter[tuple[str, ...]] = Counter((_wanted(row), observed(row)) for row in rows)
    yield Gauge(
        "devices",
        "Devices of the fleet file, by the boot state that is wanted now and the one observed:"
        " os, rescue, image, off, moving, unknown or unseen.",
        ("wanted", "observed"),
        dict(pairs),
    )
    yield Gauge(
        "unseen_devices",
        "Devices that could not be looked at.",
        (),
        {(): sum(row.seen is None for row in rows)},
    )
    yield Gauge(
        "device_differs",
        "Devices that are at rest and known not to be as declared.",
        ("device",),
        {(row.target.name,): 1 for row in rows if row.verdict == "DIFFERS"},
    )
    down = {
        row.target.name: down_s
        for row in rows
        if (downtime := downtimes.get(row.target.order.device.key))
        and (down_s := downtime.down_s(clocks.service)) is not None
    }
    yield Gauge(
        "device_down_seconds",
        "For how long a device is away from its operating system, by what is observed and the"
        " journal.",
        ("device",),
        {(name,): seconds for name, seconds in down.items()},
    )
    yield Gauge(
        "device_overdue_seconds",
        "For how long a device is down beyond its `until`.",
        ("device",),
        {(name,): late_s for name, late_s in _overdue(session, rows, now)},
    )
    yield Gauge(
        "look_timestamp_seconds", "When the devices were looked at.", (), {(): now.timestamp()}
    )
    yield from _of_drift(report)
    yield from _of_last_run(session)


def _of_drift(report: Report | None) -> Iterator[Gauge]:
    if report is None:
        return
    drifted: dict[tuple[str, ...], float]
    drifted = {(line.name,): 1 for line in report.lines if line.is_drift}
    yield Gauge("drifted_devices", "Devices that have drifted.", (), {(): len(drifted)})
    yield Gauge("device_drifted", "A device that has drifted.", ("device",), drifted)


def _of_last_run(session: Session) -> Iterator[Gauge]:
    """What the last `deploy`, `destroy` or `apply` from this folder has noted; nothing where none
    did.
    """
    counts = read_counts(session)
    if counts is None:
        return
    command = (counts.command,)
    yield Gauge(
        "last_run_timestamp_seconds",
        "When the last run from this folder that carried out orders began.",
        ("command",),
        {command: counts.began.timestamp()},
    )
    yield Gauge(
        "last_run_requests", "Requests of its orders.", ("command",), {command: counts.requests}
    )
    yield Gauge(
        "last_run_refused_requests",
        "Those of them that the service refused, since there were too many.",
        ("command",),
        {command: counts.refused},
    )


def _wanted(row: Row) -> str:
    return str(row.target.desired.state) if row.target.desired else "none"


def observed(row: Row) -> str:
    """One word for what was seen."""
    seen = row.seen
    if seen is None:
        return UNSEEN
    if seen.in_motion:
        return MOVING
    return OFF if seen.is_off else str(seen.state)


def _overdue(session: Session, rows: Sequence[Row], now: datetime) -> Iterator[tuple[str, float]]:
    untils: Mapping[str, datetime | None] = {
        entry.order.device.key: entry.until for entry in session.fleet.devices
    }
    for row in rows:
        until = untils.get(row.target.order.device.key)
        is_down = row.seen is not None and row.seen.state in (BootState.RESCUE, BootState.IMAGE)
        if until and is_down and now > until:
            yield row.target.name, (now - until).total_seconds()
