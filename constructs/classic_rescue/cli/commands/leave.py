"""`classic-rescue leave`: break glass, back to the operating system now."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.boot import environment
from classic_rescue.boot.states import BootState, Goal, Kind
from classic_rescue.boot.transitions import actions_to
from classic_rescue.cli.rollout.one_hook import run_one_hook
from classic_rescue.cli.rollout.results import Outcome
from classic_rescue.cli.session.connection import connect
from classic_rescue.cli.session.fleet_file import Target, find_targets
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import ERROR, INTERRUPTED, UNCERTAIN, Failure
from classic_rescue.cli.terminal.options import (
    endpoint_option,
    fleet_option,
    json_option,
    yes_option,
)
from classic_rescue.cli.terminal.output import say, say_wrapped, stdin_is_terminal
from classic_rescue.cli.terraform.working_folders import working_folders_of

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

    Exit codes: 0 the device runs its operating system, 5 it was restarted, but nothing shows that
    this was done, 1 error, 130 interrupted.
    """
    session = open_session(
        fleet_path, endpoint, environ=os.environ, now=datetime.now(UTC), as_json=json_wanted
    )
    target = find_targets(session.fleet, [name])[0]
    row = session.observe([target])[0]
    if row.seen is None or row.facts is None:
        raise Failure(f"{name}: {row.error}")
    if row.seen.satisfies(TO_OS) and not row.seen.unproven:
        say(
            f"{name}: runs its operating system already ({row.seen.evidence}); nothing to do",
            err=json_wanted,
        )
        return 0
    say_wrapped(_what_happens(row), err=json_wanted)
    if who := working_folders_of(session).who_has_it():
        text = f"This project is taken by {who}: that may act on the device, too."
        say_wrapped(text, err=json_wanted)
    if not is_confirmed:
        _ask(name)
    code = _run_hook(session, target, endpoint, json_wanted=json_wanted)
    if code in (0, UNCERTAIN):
        _remind(target, json_wanted=json_wanted)
    return code


def _what_happens(row: Row) -> str:
    """What the operator agrees to."""
    assert row.seen is not None and row.facts is not None  # noqa: S101, PT018 the caller checked; for the type checker
    name = row.target.name
    seen = row.seen
    facts = row.facts
    runs = f"{name} ({row.device}) is seen as {seen}: {row.evidence}."
    if row.seen.satisfies(TO_OS):
        return f"{runs} It is looked at again, and restarted if it still is not known to be back."
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
    connection = session.connection
    if connection.is_embedded_mock:  # it may have gone away while the question stood
        fleet_endpoint = session.fleet.endpoint
        connection = connect(
            os.environ, session.project, endpoint=endpoint, fleet_endpoint=fleet_endpoint
        )
    order = target.order._replace(goal=TO_OS, reason="classic-rescue leave")
    environ = {**connection.environ, environment.ORDER: json.dumps(order.to_dict())}
    clock_speed = connection.clock_speed
    code, end = run_one_hook(
        environ, json_wanted=json_wanted, clock=lambda: time.monotonic() * clock_speed
    )
    if code == 0 and end and end.word("result") == Outcome.UNPROVEN.word:
        return UNCERTAIN
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
