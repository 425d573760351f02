"""`classic-rescue run`: a script in the rescue system of a device."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.api.client import ClassicApi
from classic_rescue.boot import environment
from classic_rescue.boot.channels import Kind
from classic_rescue.boot.script import MOST_BYTES, READY, Script, as_path, checked, read_script
from classic_rescue.cli.session.connection import journal_place
from classic_rescue.cli.session.fleet_file import find_targets
from classic_rescue.cli.session.observed import PATIENCE, Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.session.telling import Telling, tell_all
from classic_rescue.cli.terminal.failures import DIFFERENT, ERROR, REFUSED, UNCERTAIN, Failure
from classic_rescue.cli.terminal.hidden import all_hidden, hide_also
from classic_rescue.cli.terminal.options import endpoint_option, fleet_option, json_option
from classic_rescue.cli.terminal.output import clean, say, say_json, say_wrapped
from classic_rescue.hook import journal
from classic_rescue.hook.scripts import Ended, Ready, ScriptRun, end_of, ready_or_refusal, target_in
from classic_rescue.notify.events import Event
from classic_rescue.witness.record import FOLDER
from classic_rescue.witness.scripting import Scripts, Target

DEFAULT_TIMEOUT = "30m"


@click.command("run")
@click.argument("name", metavar="DEVICE")
@click.argument("script_name", metavar="SCRIPT|-")
@click.option(
    "--timeout",
    "timeout_s",
    metavar="DURATION",
    default=DEFAULT_TIMEOUT,
    show_default=True,
    callback=lambda context, option, value: _duration(value),
    help="Stop the script after that: 90s, 30m, 2h.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Run it although it ran in this rescue already.",
)
@fleet_option
@endpoint_option
@json_option
def command(
    name: str,
    script_name: str,
    timeout_s: int,
    again: bool,
    fleet_path: Path,
    endpoint: str | None,
    json_wanted: bool,
) -> int:
    """Run a script in the rescue system of DEVICE, once, and show what it prints.

    SCRIPT is a file, - for standard input, or one that ships: fsck, mount, collect, fstab-check,
    grow-root. It runs as root, and only where the device shows that it does not run its operating
    system. A second call waits for the same run, or tells how it ended.

    Exit codes: 0 the script ended with 0, 2 with another code, 3 it may not run there, 5 how it
    ended is not known, 1 error.
    """
    script = _script(script_name)
    session = open_session(
        fleet_path,
        endpoint,
        environ=os.environ,
        now=datetime.now(UTC),
        as_json=json_wanted,
        takes_app=True,
    )
    row = _row(session, name)
    _refuse_unless_allowed(session, script_name, session.opened)
    ready = ready_or_refusal(row.target.order, row.device, row.facts, row.seen)
    if isinstance(ready, str):
        say_wrapped(f"classic-rescue: {name}: {ready}; nothing was run", err=True)
        return REFUSED
    target = _target(session, name, ready, script)
    if not json_wanted:
        say_wrapped(f"{name}: {script}; as {target.user} at {ready.told.where}; {ready.told}")
    scripts = Scripts(session.connection.environ, str(session.project))
    run = ScriptRun(
        ready.device.key,
        script,
        scripts=scripts,
        folder=str(session.project / FOLDER),
        since=ready.seen.since,
        clock=time.monotonic,
        tell=lambda kind, text: _show(name, kind, text, is_shown=not json_wanted),
    )
    try:
        ended = run.carry_out(target, timeout_s, at=row.at or session.opened, again=again)
    except (ValueError, OSError) as problem:
        raise Failure(f"{name}: {problem}") from None
    except KeyboardInterrupt:
        text = "the script goes on in the device, and the same command waits for its end"
        say_wrapped(f"{name}: {text}", err=True)
        raise
    finally:
        scripts.close()
    if ended.was_started:
        _keep(session, row, end_of(ended, ready, script, over=datetime.now(UTC)))
        _tell(session, row, script, ended, is_again=again)
    return _tell_end(name, ready, script, ended, json_wanted=json_wanted)


def _tell_end(name: str, ready: Ready, script: Script, ended: Ended, *, json_wanted: bool) -> int:
    """The last words. Returns the exit code."""
    if json_wanted:
        say_json(_as_json(name, ready, script, ended))
    else:
        if ended.files:
            say_wrapped(f"{name}: what it left is in {os.path.relpath(ended.files)}")
        say_wrapped(f"{name}: {ended.text}")
    if ended.is_known:
        return 0 if ended.code == 0 else DIFFERENT
    return UNCERTAIN if ended.was_started else ERROR


def _refuse_unless_allowed(session: Session, script_name: str, now: datetime) -> None:
    """Raise Failure for a script that the policy does not take, unless that is set aside."""
    from classic_rescue.policy.judge import set_aside
    from classic_rescue.policy.rules.scripts_allowed import is_allowed, say_patterns

    policy = session.fleet.policy
    if policy.scripts_allowed is None:
        return
    name = script_name
    if name != "-" and name not in READY:
        folder = os.path.dirname(session.fleet.source)
        name = as_path(os.path.relpath(name, folder or "."))
    if is_allowed(name, policy.scripts_allowed):
        return
    text = f"the policy's scripts_allowed does not take {name}"
    if glass := set_aside(policy, now, os.environ.get(environment.BREAK_GLASS)):
        say_wrapped(f"!!! {glass.loud()} !!!", err=True)
        say_wrapped(f"overridden by break glass: {text}", err=True)
        return
    raise Failure(f"{text}; allowed: {say_patterns(policy.scripts_allowed)}; nothing was run")


def _target(session: Session, name: str, ready: Ready, script: Script) -> Target:
    api = ClassicApi(session.connection.settings, patience=PATIENCE)
    try:
        target = target_in(ready, script, api)
    except ValueError as problem:
        raise Failure(f"{name}: {problem}") from None
    if target.password:
        hide_also([target.password])  # a script may print it
    return target


def _show(name: str, kind: str, text: str, *, is_shown: bool) -> None:
    """What happens meanwhile, for people."""
    if kind == "output" and is_shown:
        say(f"{name} | {clean(text)}")
    elif kind == "known" and is_shown:
        say_wrapped(f"{name}: {text}")
    elif kind in ("away", "note"):
        say_wrapped(f"{name}: {text}", err=True)


def _keep(session: Session, row: Row, end: journal.End) -> None:
    """One line in the journal."""
    settings = session.connection.settings
    environ = session.connection.environ
    place = journal_place(environ, session.project, settings)
    if not place:
        return
    start = journal.Start(
        "run",
        row.target.order,
        session.opened,
        endpoint=settings.endpoint,
        user=settings.credentials.user,
        secrets=all_hidden(),
    )
    line = journal.line_of(start, end, environ)
    if why := journal.keep(place, line, journal.key_of(place, environ)):
        say_wrapped(f"classic-rescue: the journal cannot be written: {why}", err=True)


def _tell(session: Session, row: Row, script: Script, ended: Ended, *, is_again: bool) -> None:
    """Tell whom the fleet file names: once a script and rescue, however often it is asked for."""
    telling = Telling(session, "run")
    order = row.target.order
    entry = telling.entry(order.device.key)
    since = row.seen.since if row.seen else None
    begin = f"{script.digest} {since} {ended.code}"
    event = Event(
        Kind.REPAIRED if ended.is_done else Kind.REPAIR_ENDED,
        f"{script.name}: {ended.text}",
        session.opened,
        name=order.name,
        key=order.device.key,
        begin=f"{begin} {session.opened}" if is_again else begin,
        access=f"{telling.command} access {order.name}",
        tags=entry.tags if entry else frozenset(),
    )
    tell_all(telling, [event], time.monotonic)


def _duration(text: str) -> int:
    from classic_rescue.fleet.values import TIMEOUT_ALLOWED, read_timeout_s

    try:
        return read_timeout_s(text)
    except ValueError:
        raise click.BadParameter(f"{text!r}; allowed: {TIMEOUT_ALLOWED}") from None


def _script(name: str) -> Script:
    try:
        if name != "-":
            return read_script(name)
        return checked("standard input", sys.stdin.buffer.read(MOST_BYTES + 1))
    except ValueError as problem:
        raise Failure(str(problem)) from None


def _row(session: Session, name: str) -> Row:
    row = session.observe([find_targets(session.fleet, [name])[0]])[0]
    if row.device is None or row.facts is None or row.seen is None:
        raise Failure(f"{name}: {row.error}")
    return row


def _as_json(name: str, ready: Ready, script: Script, ended: Ended) -> dict[str, object]:
    return {
        "name": name,
        "device": str(ready.device),
        "script": script.name,
        "sha256": script.digest,
        "host_key": ready.told.key,
        "exit_code": ended.code,
        "is_known": ended.is_known,
        "output": "".join(ended.output),
        "is_cut": ended.is_cut,
        "files": ended.files or None,
        "took_s": ended.took_s,
        "text": ended.text,
    }
