"""`classic-rescue leave`: break glass, back to the operating system now."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.boot import environment, limits
from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import RESTART_S, clock_time, signs_in
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.labels import Meaning
from classic_rescue.boot.states import BootState, Goal, Kind
from classic_rescue.boot.transitions import Action, actions_to
from classic_rescue.boot.waiting import Pace
from classic_rescue.cli.rollout.one_hook import run_one_hook
from classic_rescue.cli.rollout.results import Outcome
from classic_rescue.cli.rollout.told import HookTeller
from classic_rescue.cli.session.connection import connect
from classic_rescue.cli.session.fleet_file import Target, find_targets
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.session.telling import Telling
from classic_rescue.cli.terminal.failures import ERROR, INTERRUPTED, UNCERTAIN, Failure
from classic_rescue.cli.terminal.options import (
    endpoint_option,
    fleet_option,
    json_option,
    yes_option,
)
from classic_rescue.cli.terminal.output import command_line, say, say_wrapped, stdin_is_terminal
from classic_rescue.cli.terraform.working_folders import working_folders_of
from classic_rescue.hook.device_files import device_files

TO_OS = Goal(BootState.OS)
LOCKOUT = (
    "If it was rebooted less than 20 minutes ago, the service refuses: that time is waited out"
    " first."
)


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
        fleet_path,
        endpoint,
        environ=os.environ,
        now=datetime.now(UTC),
        as_json=json_wanted,
        takes_app=True,
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
    say_wrapped(_what_happens(row, session), err=json_wanted)
    if who := working_folders_of(session).who_has_it():
        text = f"This project is taken by {who}: that may act on the device, too."
        say_wrapped(text, err=json_wanted)
    if not is_confirmed:
        _ask(name)
    code = _run_hook(session, target, endpoint, json_wanted=json_wanted)
    if code in (0, UNCERTAIN):
        _remind(target, json_wanted=json_wanted)
    return code


def _what_happens(row: Row, session: Session) -> str:
    """What the operator agrees to."""
    assert row.seen is not None and row.facts is not None  # noqa: S101, PT018 the caller checked; for the type checker
    name = row.target.name
    seen = row.seen
    runs = f"{name} ({row.device}) is seen as {seen}: {row.evidence}."
    if seen.satisfies(TO_OS) and seen.restart_at:
        return f"{runs} {_restarts_again(row, row.facts, seen.restart_at, session)}"
    if seen.in_motion:
        return (
            f"{runs} That is waited for, then the device is brought to its operating system, with a"
            " reboot."
        )
    requests = ", then ".join(actions_to(TO_OS, row.facts.kind, seen))
    lockout = ""
    if row.facts.kind is Kind.HARDWARE:
        lockout = f" {LOCKOUT}"
    stops = "" if seen.is_off else "whatever runs on it now stops, and "
    return f"{runs} It gets {requests}: {stops}it boots its operating system.{lockout}"


def _restarts_again(row: Row, facts: Facts, asked_at: datetime, session: Session) -> str:
    """What is known of a restart that nothing on this machine shows, and what a second one does."""
    files = device_files(session.connection.environ, session.connection.settings.endpoint)
    note = files.restart(row.device) if row.device else None
    at = clock_time(asked_at)
    signs = signs_in(facts, session.labels)
    again = f"`leave` restarts it a second time, with {Action.REBOOT_DEFAULT}"
    if any(sign.meaning is Meaning.OFF and sign.at == asked_at for sign in signs):
        known = (
            f"It was asked to go off at {at}, and nothing shows that it was started since. Look at"
            " the device first."
        )
        again = f"`leave` restarts it, with {Action.REBOOT_DEFAULT}"
    elif note and note.is_shown is False and note.is_about(asked_at):
        known = (
            f"A restart was asked for at {at} and most likely was not done: a run on this machine"
            " watched the device, and it was up all the time."
        )
        again = f"`leave` asks for it again, with {Action.REBOOT_DEFAULT}"
    else:
        known = (
            f"A restart was asked for at {at} and most likely was done: another machine, or the log"
            " of that run, may have seen the device come back. Look at the device first."
        )
    stops = f"{again}: whatever runs on it then stops, and it boots its operating system."
    sentences = [known, _watched_first(row, facts, asked_at), stops, _waits(row, facts, session)]
    return " ".join(filter(None, sentences))


def _watched_first(row: Row, facts: Facts, asked_at: datetime) -> str:
    """What comes first where the restart is so young that the device may still show it."""
    usual_s = RESTART_S[facts.kind]
    if row.at is None or (row.at - asked_at).total_seconds() >= usual_s:
        return ""
    return (
        f"A restart usually takes {duration(usual_s)}: until then the device is watched, and left"
        " alone if it is seen to go down and come up. Otherwise"
    )


def _waits(row: Row, facts: Facts, session: Session) -> str:
    """What bare metal waits for, which refuses a reboot soon after the last one."""
    if facts.kind is not Kind.HARDWARE:
        return ""
    if facts.commands is None or row.at is None:
        return LOCKOUT
    left_s = limits.lockout_left_s(
        facts,
        [Action.REBOOT_DEFAULT],
        now=row.at,
        labels=session.labels,
        lockout_s=Pace().lockout_s,
    )
    if not left_s:
        return ""
    left = duration(left_s)
    return f"It first waits until 20 minutes after the last reboot are over: another {left}."


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
    order = target.order._replace(goal=TO_OS, reason="classic-rescue leave", repair=None)
    environ = {**connection.environ, environment.ORDER: json.dumps(order.to_dict())}
    clock_speed = connection.clock_speed
    telling = Telling(session, "leave")
    code, end = run_one_hook(
        environ,
        json_wanted=json_wanted,
        clock=lambda: time.monotonic() * clock_speed,
        tell=HookTeller(telling).take,
    )
    telling.say_warnings(time.monotonic)
    if code == 0 and end and end.word("result") == Outcome.UNPROVEN.word:
        return UNCERTAIN
    return code if code in (0, INTERRUPTED) else ERROR


def _remind(target: Target, *, json_wanted: bool) -> None:
    """The file still says otherwise, and the next deploy would not notice."""
    if target.desired is None or target.desired.state is BootState.OS:
        return
    say_wrapped(
        f"{target.place} still declares {target.desired} for {target.name}. Change it to `boot:"
        f" os`, or remove it. Otherwise it has drifted: `{command_line('deploy', '--reconcile')}`"
        " takes it there again, a plain deploy does not.",
        err=json_wanted,
    )
