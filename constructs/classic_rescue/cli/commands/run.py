"""`classic-rescue run`: a script in the rescue system of a device."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.cli.rollout.script_run import Ended, ScriptRun, ready_or_refusal
from classic_rescue.cli.session.fleet_file import find_targets
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import DIFFERENT, ERROR, REFUSED, UNCERTAIN, Failure
from classic_rescue.cli.terminal.options import endpoint_option, fleet_option, json_option
from classic_rescue.cli.terminal.output import say_json, say_wrapped
from classic_rescue.witness.script import MOST_BYTES, Script, checked, read_script

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
    now = datetime.now(UTC)
    session = open_session(fleet_path, endpoint, environ=os.environ, now=now, as_json=json_wanted)
    row = _row(session, name)
    ready = ready_or_refusal(row)
    if isinstance(ready, str):
        say_wrapped(f"classic-rescue: {name}: {ready}; nothing was run", err=True)
        return REFUSED
    run = ScriptRun(session, ready, script, timeout_s=timeout_s, clock=time.monotonic)
    if not json_wanted:
        say_wrapped(f"{name}: {script}; as {run.target.user} at {ready.told.where}; {ready.told}")
    ended = run.carry_out(again=again, is_shown=not json_wanted)
    run.keep(ended, started=now, over=datetime.now(UTC))
    if json_wanted:
        say_json(_as_json(run, ended))
    else:
        say_wrapped(f"{name}: {ended.text}")
    if ended.is_known:
        return 0 if ended.code == 0 else DIFFERENT
    return UNCERTAIN if ended.was_started else ERROR


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


def _as_json(run: ScriptRun, ended: Ended) -> dict[str, object]:
    return {
        "name": run.name,
        "device": str(run.ready.device),
        "script": run.script.name,
        "sha256": run.script.digest,
        "host_key": run.ready.told.key,
        "exit_code": ended.code,
        "is_known": ended.is_known,
        "output": "".join(ended.output),
        "is_cut": ended.is_cut,
        "took_s": ended.took_s,
        "text": ended.text,
    }
