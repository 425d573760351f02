"""`classic-rescue validate`."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.api.settings import checked_endpoint
from classic_rescue.cli.failures import ERROR
from classic_rescue.cli.options import endpoint_option, fleet_option, json_option
from classic_rescue.cli.output import say, say_json

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet, Problem


@click.command("validate")
@fleet_option
@endpoint_option
@json_option
def command(fleet_path: Path, endpoint: str | None, json_wanted: bool) -> int:
    """Check the fleet file, offline; print every problem.

    Exit codes: 0 nothing is wrong, 1 something is.
    """
    from classic_rescue.fleet import FleetErrors, read_fleet  # costs 0.2 s: pydantic, yaml

    if endpoint:
        checked_endpoint(endpoint, "--endpoint")
    try:
        fleet = read_fleet(fleet_path, now=datetime.now(UTC), environ=os.environ)
    except FleetErrors as errors:
        if json_wanted:
            say_json({"problems": [_problem(problem) for problem in errors.problems]})
        for problem in errors.problems:
            say(str(problem), err=True)
        return ERROR
    if json_wanted:
        say_json({"problems": [], "devices": dict(_wanted(fleet)), "stacks": fleet.shards})
    else:
        say(summary(fleet))
    return 0


def summary(fleet: Fleet) -> str:
    """One line: how many devices want what, in how many stacks."""
    wanted = ", ".join(f"{count} {state}" for state, count in sorted(_wanted(fleet).items()))
    expired = sum(entry.has_expired for entry in fleet.devices)
    past = f"; {expired} past its `until`, so os is wanted" if expired else ""
    devices, stacks = _counted(len(fleet.devices), "device"), _counted(fleet.shards, "stack")
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
