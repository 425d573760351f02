"""`classic-rescue leave`: break glass, back to the operating system now."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.boot import environment
from classic_rescue.boot.states import BootState, Goal, Kind
from classic_rescue.boot.transitions import actions_to
from classic_rescue.cli.session.connection import connect
from classic_rescue.cli.session.fleet_file import Target, find_targets
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import ERROR, INTERRUPTED, Failure
from classic_rescue.cli.terminal.options import (
    endpoint_option,
    fleet_option,
    json_option,
    yes_option,
)
from classic_rescue.cli.terminal.output import say, say_wrapped, stdin_is_terminal

TO_OS = Goal(BootState.OS)


@click.command("leave")
@click.argument("name", metavar="DEVICE")
@yes_option
@fleet_option
@endpoint_option
@json_option
def command(
    name: str, is_confirmed: bool, fleet_path: Path, endpoint: str | None, json_wanted: bool
) -> int:
    """Bring DEVICE back to its operating system now, whatever the fleet file says. It reboots.

    For emergencies: it works without Terraform. Asks for the device's name; --yes answers that.

    Exit codes: 0 the device runs its operating system, 1 error, 130 interrupted.
    """
    session = open_session(
        fleet_path, endpoint, environ=os.environ, now=datetime.now(UTC), as_json=json_wanted
    )
    target = find_targets(session.fleet, [name])[0]
    row = session.observe([target])[0]
    if row.seen is None or row.facts is None:
        raise Failure(f"{name}: {row.error}")
    if row.seen.satisfies(TO_OS):
        say(
            f"{name}: runs its operating system already ({row.seen.evidence}); nothing to do",
            err=json_wanted,
        )
        return 0
    say_wrapped(_what_happens(row), err=json_wanted)
    if not is_confirmed:
        _ask(name)
    code = _run_hook(session, target, endpoint, json_wanted=json_wanted)
    if code == 0:
        _remind(target, json_wanted=json_wanted)
    return code


def _what_happens(row: Row) -> str:
    """What the operator agrees to."""
    assert row.seen is not None and row.facts is not None  # noqa: S101, PT018 the caller checked; for the type checker
    name = row.target.name
    seen = row.seen
    facts = row.facts
    runs = f"{name} ({row.device}) is seen as {seen}: {seen.evidence}."
    if seen.in_motion:
        return (
            f"{runs} That is waited for, then the device is brought to its operating system, with a"
            " reboot."
        )
    requests = ", then ".join(actions_to(TO_OS, facts.kind, seen))
    lockout = ""
    if facts.kind is Kind.HARDWARE:
        lockout = (
            " If it was rebooted less than 20 minutes ago, the service refuses: that time is waited"
            " out first."
        )
    stops = "" if seen.is_off else "whatever runs on it now stops, and "
    return f"{runs} It gets {requests}: {stops}it boots its operating system.{lockout}"


def _ask(name: str) -> None:
    if not stdin_is_terminal():
        raise Failure(
            f"{name}: not confirmed, since there is no terminal to ask; nothing was done; add --yes"
        )
    answer = click.prompt(
        f"Type the device's name ({name}) to go on", default="", show_default=False, err=True
    )
    if answer.strip() != name:
        raise Failure(f"{name}: not confirmed; nothing was done")


def _run_hook(session: Session, target: Target, endpoint: str | None, *, json_wanted: bool) -> int:
    """Run what Terraform would run, with the operating system as its goal."""
    from classic_rescue.hook.__main__ import SIGNALS
    from classic_rescue.hook.__main__ import main as run_hook

    connection = session.connection
    if connection.is_embedded_mock:  # it may have gone away while the question stood
        fleet_endpoint = session.fleet.endpoint
        connection = connect(
            os.environ, session.project, endpoint=endpoint, fleet_endpoint=fleet_endpoint
        )
    order = target.order._replace(goal=TO_OS, reason="classic-rescue leave")
    environ = {**connection.environ, environment.ORDER: json.dumps(order.to_dict())}
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    try:
        code = int(run_hook(["enter", "--again", *(["--json"] if json_wanted else [])], environ))
    finally:  # the hook takes them for itself
        for number, handler in before:
            signal.signal(number, handler)
    return code if code in (0, INTERRUPTED) else ERROR


def _remind(target: Target, *, json_wanted: bool) -> None:
    """The file still says otherwise, and the next deploy would not notice."""
    if target.desired is None or target.desired.state is BootState.OS:
        return
    say_wrapped(
        f"{target.place} still declares {target.desired} for {target.name}. Change it to `boot:"
        " os`, or remove it. Otherwise it has drifted: `deploy --reconcile` takes it there again,"
        " a plain deploy does not.",
        err=json_wanted,
    )
