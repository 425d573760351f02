"""Which API a command talks to, and the first line that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.api.errors import SettingsError
from classic_rescue.api.settings import Settings, is_loopback, read_settings
from classic_rescue.boot import environment
from classic_rescue.cli.session.embedded_mock import CLOCK_SPEED, STATE_FOLDER, ensure_mock
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.hidden import hide_also
from classic_rescue.cli.terminal.output import say
from classic_rescue.hook import journal
from classic_rescue.hook.journal_table import NO_DRIVER

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.fleet import Backend


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint with credentials.

    `environ` makes child processes use the very same; it holds secrets.
    """

    settings: Settings
    line: str
    environ: Mapping[str, str] = field(repr=False)
    clock_speed: float = 1.0
    is_embedded_mock: bool = False


def connect(
    environ: Mapping[str, str],
    project: Path,
    *,
    endpoint: str | None,
    fleet_endpoint: str | None,
    backend: Backend | None = None,
    why_no_mock: str = "",
) -> Connection:
    """What is configured; the project's offline mock only where nothing is, unless `why_no_mock`
    says why not.

    Raises SettingsError for what is half configured, Failure for a mock that cannot start.
    """
    settings = read_settings(environ, endpoint=endpoint, fleet=fleet_endpoint)
    if settings is None and why_no_mock:
        raise Failure(why_no_mock)
    if settings is None:
        return _to_mock(environ, project)
    speed = _clock_speed(environ, settings)
    faster = (
        f"; waits are {speed:g} times as fast ({environment.CLOCK_SPEED})" if speed != 1 else ""
    )
    user = f"user {settings.credentials.user} ({settings.credentials.source})"
    return Connection(
        settings,
        f"endpoint: {settings.endpoint} ({settings.endpoint_source}), {user}{faster}",
        {
            **environ,
            environment.ENDPOINT: settings.endpoint,
            environment.JOURNAL: journal_place(environ, project, settings, backend) or journal.OFF,
        },
        speed,
    )


def announce(connection: Connection, *, as_json: bool = False) -> None:
    """Say which endpoint: the first line of every command that talks to one."""
    say(connection.line, err=as_json)


def journal_place(
    environ: Mapping[str, str],
    project: Path,
    settings: Settings | None,
    backend: Backend | None = None,
) -> str:
    """The place of the journal of these settings, empty for none; without settings that of the
    offline mock. `backend` is the fleet's. A table that nothing here can write to is said, once.

    The hooks get it in their environment: they stand elsewhere, and what starts them sets CI for
    its own reasons.
    """
    if settings is None and environ.get(environment.JOURNAL, "").casefold() != journal.OFF:
        # A rehearsal never goes into the journal of real runs.
        environ = {**environ, environment.JOURNAL: ""}
    is_rehearsal = settings is None or is_loopback(settings.endpoint)
    place = journal.place(environ, str(project), is_rehearsal=is_rehearsal, table=table_of(backend))
    if journal.is_table(place) and find_spec("psycopg") is None:
        say(f"note: no journal is kept in {journal.said(place)}: {NO_DRIVER}", err=True)
        return ""
    return place


def table_of(backend: Backend | None) -> str:
    """Where the journal of a fleet with this backend is; empty where it has no database."""
    if backend is None or backend.type != "pg":
        return ""
    return f"{journal.TABLE}{backend.schema_name}"


def _to_mock(environ: Mapping[str, str], project: Path) -> Connection:
    mock = ensure_mock(project)
    hide_also([mock.key])
    with_mock = {
        **environ,
        environment.SL_USERNAME: mock.user,
        environment.SL_API_KEY: mock.key,
        environment.ENDPOINT: mock.rest,
        environment.CLOCK_SPEED: str(CLOCK_SPEED),
        environment.LOCKS: environ.get(environment.LOCKS) or str(project / STATE_FOLDER / "locks"),
        environment.JOURNAL: journal_place(environ, project, None) or journal.OFF,
    }
    settings = read_settings(with_mock)
    assert settings is not None  # noqa: S101 credentials were set just above; this tells the type checker
    why = "no endpoint and no credentials are configured"
    line = (
        f"endpoint: the offline mock at {mock.rest} ({why}); its clock runs {CLOCK_SPEED} times as"
        f" fast; watch it at {mock.console}"
    )
    return Connection(settings, line, with_mock, CLOCK_SPEED, is_embedded_mock=True)


def _clock_speed(environ: Mapping[str, str], settings: Settings) -> float:
    """How many times as fast as real time to wait: only for a mock on this machine,
    as the hook has it.
    """
    text = environ.get(environment.CLOCK_SPEED) or "1"
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf") or (speed != 1 and not is_loopback(settings.endpoint)):
        raise SettingsError(
            f"{environment.CLOCK_SPEED}: {text!r} does not go with {settings.endpoint};"
            " allowed: a number above 0, and only for a mock on this machine; unset it"
        )
    return speed
