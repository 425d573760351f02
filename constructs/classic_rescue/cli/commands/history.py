"""`classic-rescue history`: who brought which device where, when, why and with what result."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.api.errors import SettingsError
from classic_rescue.api.settings import is_loopback, read_settings
from classic_rescue.boot import environment
from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.journal.downtimes import Downtime, show_downtimes
from classic_rescue.cli.journal.file import MOST_RUNS, NUMBERED_DAMAGES, Reading, read_journal
from classic_rescue.cli.session.connection import table_of
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.options import FLEET_FILE, json_option, project_folder
from classic_rescue.cli.terminal.output import say, say_json, say_wrapped
from classic_rescue.hook import journal
from classic_rescue.hook.exits import Exit
from classic_rescue.review.runs import Run, downtimes
from classic_rescue.review.timeline import Span

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.fleet import Backend

RESULTS = (
    "changed",
    "repaired",
    "unchanged",
    "unproven",
    "moved",
    "deleted",
    "ran",
    *(exit.name.lower() for exit in Exit if exit is not Exit.DONE),
)
_TO_DATABASE = (environment.PG_CONNECTION, environment.PG_HOST, environment.PG_SERVICE)
_UNITS_S = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


@click.command("history")
@click.argument("names", metavar="[DEVICE]...", nargs=-1)
@click.option(
    "--since",
    metavar="AGE|TIME",
    help="Not older than that: 90m, 12h, 7d, 2w, or a time with its zone.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_RUNS),
    default=20,
    show_default=True,
    help="Runs to show.",
)
@click.option(
    "--result",
    type=click.Choice(RESULTS),
    help="Only these runs; `failed` means every run that did not bring its device where it should"
    " be.",
)
@click.option(
    "--journal",
    "given",
    metavar="PATH|URL|pg:SCHEMA",
    help="The journal to read; wins over CLASSIC_RESCUE_JOURNAL. Default: the one that this"
    " project's hooks write.",
)
@json_option
def command(
    names: tuple[str, ...],
    since: str | None,
    limit: int,
    result: str | None,
    given: str | None,
    json_wanted: bool,
) -> int:
    """Show the runs of the past, newest first, and how long the devices were down.

    DEVICE is a name, or a key such as virtual_guest/124929698; none means all.

    Exit codes: 0 shown, also when there is nothing to show, 1 error.
    """
    now = datetime.now(UTC)
    place = place_of_journal(os.environ, given)
    oldest = _moment(since, now) if since else None
    reading = read_journal(place, journal.key_of(place, os.environ), names=names, since=oldest)
    shown = [run for run in reading.runs if _is_wanted(run, result)][:limit]
    if json_wanted:
        say_json(_as_json(place, reading, shown))
    else:
        say(f"journal: {_said(place)}")
        _show(place, reading, shown, names=names, now=now)
    for text in [*reading.damaged[:NUMBERED_DAMAGES], *_more(reading.damaged)]:
        say(f"{_said(place)}: {text}", err=True)
    return 0


def place_of_journal(environ: Mapping[str, str], given: str | None) -> str:
    """The journal that a command reads. Raises Failure where none is kept."""
    if given:
        is_path = "://" not in given and not journal.is_table(given)
        place = str(Path(given).absolute()) if is_path else given
        environ = {**environ, environment.JOURNAL: place}
    try:
        settings = read_settings(environ)
        is_configured = settings is not None
        is_rehearsal = settings is None or is_loopback(settings.endpoint)
    except SettingsError:
        # Half configured is no rehearsal, and reading a journal needs no credentials.
        is_configured = True
        is_rehearsal = False
    folder = str(project_folder(Path.cwd()))
    table = table_of(_backend(environ))
    if table and not is_configured:  # who only reads needs no key of the service
        is_rehearsal = not any(map(environ.get, _TO_DATABASE))
    place = journal.place(environ, folder, is_rehearsal=is_rehearsal, table=table)
    if not place:
        why = "CI is set, where none is by default"
        if environ.get(environment.JOURNAL):
            why = "CLASSIC_RESCUE_JOURNAL is off"
        raise Failure(
            f"no journal is kept ({why}); name one with --journal or CLASSIC_RESCUE_JOURNAL"
        )
    return place


def _backend(environ: Mapping[str, str]) -> Backend | None:
    """That of the fleet file, where there is one that can be read: history needs no fleet."""
    from classic_rescue.fleet import FleetErrors, read_fleet

    if environ.get(environment.JOURNAL):
        return None  # which counts
    path = Path(environ.get(environment.FLEET) or project_folder(Path.cwd()) / FLEET_FILE)
    try:
        return read_fleet(path, now=datetime.now(UTC), environ=environ).backend
    except FleetErrors:
        return None


def _moment(text: str, now: datetime) -> datetime:
    """The moment that --since means. Raises Failure."""
    allowed = (
        "allowed: an age such as 90m, 12h, 7d or 2w, or a time such as 2026-11-24T06:00:00+01:00"
    )
    try:
        if age := re.fullmatch(r"(\d{1,6})([mhdw])", text.strip()):
            return now - timedelta(seconds=int(age[1]) * _UNITS_S[age[2]])
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):  # OverflowError: an age from before the calendar
        raise Failure(f"--since {text!r} is not understood; {allowed}") from None
    if moment.tzinfo is None:
        raise Failure(f"--since {text!r} has no zone; {allowed}")
    return moment


def _is_wanted(run: Run, result: str | None) -> bool:
    return result is None or (run.has_failed if result == "failed" else run.result == result)


def _show(
    place: str, reading: Reading, shown: Sequence[Run], *, names: Sequence[str], now: datetime
) -> None:
    if not shown:
        return say_wrapped(_nothing(place, reading, names))
    for run in shown:
        say_wrapped(sentence(run), label=f"{clock_time(run.time)}  ")
    if len(shown) < len(reading.runs):
        say(
            f"{len(shown)} of {len(reading.runs)} runs are shown; --limit, --since and --result"
            " choose others"
        )
    called = {run.identity: run.name for run in reversed(reading.runs)}
    found = [
        Downtime(called[device], spans, until_is_known=False)
        for device, spans in downtimes(reading.runs).items()
    ]
    return show_downtimes(found, now, frame=Span(reading.runs[-1].started, now))


def _nothing(place: str, reading: Reading, names: Sequence[str]) -> str:
    if reading.is_missing:
        return (
            f"There is no journal yet: {_said(place)} does not exist. The first run of a hook, such"
            " as a deploy, makes it."
        )
    if reading.runs:
        return f"None of the {len(reading.runs)} runs had that result."
    return f"No run {f'of {chr(32).join(names)} ' if names else ''}is recorded."


def sentence(run: Run) -> str:
    """One run in an operator's words."""
    because = f"; reason: {run.word('reason')}" if run.word("reason") else ""
    glass = f"; BREAK GLASS: {run.word('break_glass')}" if run.word("break_glass") else ""
    return f"{run.name} {_what(run)}; by {who(run)}{because}{glass}"


def _what(run: Run) -> str:
    """How it ended, and what it has brought about."""
    if run.has_failed:
        result = run.result.replace("_", " ").upper()
        return f"{result} (wanted: {run.word('wanted')}): {run.word('text')}"
    if not run.after or run.word("verb") == "run":
        return f"{run.result}: {run.word('text')}"
    way = run.after
    if run.before and run.before != run.after:
        way = f"{run.before} → {run.after}"
    took_s = run.line.get("took_s")
    if run.result in ("changed", "repaired") and isinstance(took_s, int | float):
        way += f" in {duration(took_s)}" + (" of the mock's time" if ran_on_mock(run) else "")
    return f"{run.result}: {way}"


def ran_on_mock(run: Run) -> bool:
    """Whether it ran against a mock, whose clock is another one than that of the line's time."""
    try:
        return is_loopback(run.word("endpoint"))
    except ValueError:  # somebody else wrote the line
        return False


def who(run: Run) -> str:
    """Who it was: the person behind the CI run or on the machine, and the user of the service."""
    actor = run.word("ci_actor")
    url = run.word("ci_url")
    user = run.word("user")
    person = f"{actor} ({url})" if actor and url else actor or run.word("os_user") or "somebody"
    return f"{person} as {user}" if user and user != person else person


def _as_json(place: str, reading: Reading, shown: Sequence[Run]) -> dict[str, object]:
    names = {run.identity: run.name for run in reversed(reading.runs)}
    return {
        "journal": _said(place),
        "runs": [run.line for run in shown],
        "downtimes": [
            {
                "name": names[device],
                "device": device,
                "spans": [_span_as_json(span) for span in spans],
            }
            for device, spans in downtimes(reading.runs).items()
        ],
        "damaged": reading.damaged,
    }


def _span_as_json(span: Span) -> dict[str, str | None]:
    return {
        "start": clock_time(span.start),
        "end": clock_time(span.end) if span.end else None,
    }


def _said(place: str) -> str:
    if "://" in place or journal.is_table(place):
        return journal.said(place)
    return f"{place} (rehearsals on a mock)" if place.endswith("rehearsals.jsonl") else place


def _more(damaged: Sequence[str]) -> list[str]:
    rest = len(damaged) - NUMBERED_DAMAGES
    return [f"{rest} more lines are not understood"] if rest > 0 else []
