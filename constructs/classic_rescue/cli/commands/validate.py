"""`classic-rescue validate`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.api.settings import checked_endpoint
from classic_rescue.cli.terminal.failures import ERROR
from classic_rescue.cli.terminal.options import (
    endpoint_option,
    fleet_option,
    json_option,
    project_folder,
)
from classic_rescue.cli.terminal.output import say, say_json

if TYPE_CHECKING:
    from classic_rescue.fleet import FileVerdict, Fleet, Problem


@click.command("validate")
@fleet_option
@endpoint_option
@json_option
def command(fleet_path: Path, endpoint: str | None, json_wanted: bool) -> int:
    """Check the fleet file, offline, also against its own policy; print every problem.

    With CLASSIC_RESCUE_BREAK_GLASS=REASON, or `break_glass` in the file, what the policy forbids is
    shown and let pass.

    Exit codes: 0 nothing is wrong, 1 something is.
    """
    # 0.2 s: pydantic, yaml.
    from classic_rescue.fleet import FleetErrors, check_policy, policy_notes, read_fleet

    if endpoint:
        checked_endpoint(endpoint, "--endpoint")
    now = datetime.now(UTC)
    try:
        fleet = read_fleet(
            fleet_path, now=now, environ=os.environ, project=project_folder(Path.cwd())
        )
    except FleetErrors as errors:
        return _refuse(errors.problems, json_wanted=json_wanted)
    verdict = check_policy(fleet, now, os.environ)
    if verdict.refuses:
        return _refuse(verdict.problems, json_wanted=json_wanted)
    notes = (f"note: {fleet.source}: {note}" for note in policy_notes(fleet, now))
    for line in (*verdict.lines(), *notes):
        say(line, err=True)
    if json_wanted:
        say_json(_as_json(fleet, verdict))
    else:
        say(summary(fleet))
    return 0


def _refuse(problems: Sequence[Problem], *, json_wanted: bool) -> int:
    if json_wanted:
        say_json({"problems": [_problem(problem) for problem in problems]})
    for problem in problems:
        say(str(problem), err=True)
    return ERROR


def _as_json(fleet: Fleet, verdict: FileVerdict) -> dict[str, object]:
    """A file that can be used.

    `overridden` is what its policy would refuse if it were not set aside.
    """
    glass = verdict.glass and {
        "reason": verdict.glass.reason,
        "until": verdict.glass.until.isoformat() if verdict.glass.until else None,
    }
    return {
        "problems": [],
        "devices": dict(_wanted(fleet)),
        "stacks": fleet.shards,
        "break_glass": glass,
        "overridden": [_problem(problem) for problem in verdict.problems],
    }


def summary(fleet: Fleet) -> str:
    """One line: how many devices want what, in how many stacks."""
    wanted = ", ".join(f"{count} {state}" for state, count in sorted(_wanted(fleet).items()))
    expired = sum(entry.has_expired for entry in fleet.devices)
    past = f"; {expired} past its `until`, so os is wanted" if expired else ""
    devices = _counted(len(fleet.devices), "device")
    stacks = _counted(fleet.shards, "stack")
    return f"{fleet.source}: {devices}{f' ({wanted})' if wanted else ''} in {stacks}{past}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _wanted(fleet: Fleet) -> Counter[str]:
    return Counter(str(entry.order.goal.state) for entry in fleet.devices)


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "field": problem.field,
        "given": problem.given,
        "message": problem.message,
        "allowed": problem.allowed,
    }
