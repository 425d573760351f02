"""Short ways for the tests of this folder to read a fleet text,
or everything that is wrong with it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from classic_rescue.fleet import Fleet, FleetErrors, Problem, parse_fleet

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SOURCE = "fleet.yaml"


def fleet_of(text: str, now: datetime = NOW) -> Fleet:
    """Give the fleet of a text that must be right."""
    return parse_fleet(text, source=SOURCE, now=now)


def problems_of(text: str) -> tuple[Problem, ...]:
    """Give the problems of a text that must be wrong."""
    with pytest.raises(FleetErrors) as caught:
        fleet_of(text)
    assert caught.value.problems
    return caught.value.problems


def device(fields: str) -> str:
    """Give a fleet text with the one device `web-1` on line 2."""
    return f"devices:\n  web-1: {{{fields}}}\n"


def only_problem(text: str) -> Problem:
    """Give the problem of a text with exactly one mistake."""
    problems = problems_of(text)
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]
