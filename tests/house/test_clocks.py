"""Time and chance come in as parameters: only named rims take them from the system."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch

import pytest

from tests.house.sources import Source, modules_of, product

RIMS = {
    "main.py": "the app's start",
    "classic_rescue/api/client.py": "the default pause between tries, and its chance",
    "classic_rescue/cli/commands/*.py": "a command's start",
    "classic_rescue/hook/__main__.py": "the hook's start",
    "mock_api/command_line.py": "the mock's start",
    "mock_api/http/app.py": "the default pause of the fault `delay`",
    "mock_api/listener.py": "how long a stop waits for requests under way",
    "mock_api/server.py": "since when the mock is idle",
}
"""The files that may ask the system, each with what it asks for."""

CLOCKS = {"now", "utcnow", "today"}
SEEDED = "random.Random"
"""Chance from a seed is a parameter already."""


def clocks(sources: tuple[Source, ...]) -> Iterator[str]:
    """Every place outside the rims that asks the system for time or chance."""
    modules = modules_of(sources) | {SEEDED}
    for source in sources:
        if any(fnmatch(source.place, rim) for rim in RIMS):
            continue
        for found in source.imports(modules):
            if found.module in ("time", "random"):
                yield f"{source.place}:{found.line} imports {found.module}"
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS and _is_of_dates(node.value):
                yield f"{source.place}:{node.lineno} asks for the system's {node.attr}"


def _is_of_dates(node: ast.expr) -> bool:
    """Whether it is `datetime`, `date`, or one of these as an attribute."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("datetime", "date")


def test_time_and_chance_are_handed_in() -> None:
    """A run can be played with any clock, and again with the same chance."""
    assert list(clocks(product())) == []


def test_every_rim_asks_for_something() -> None:
    """A rim that needs no clock any more leaves the list."""
    sources = product()
    for rim in RIMS:
        rimmed = tuple(source for source in sources if fnmatch(source.place, rim))
        moved = tuple(Source(f"elsewhere/{source.place}", source.text) for source in rimmed)
        assert list(clocks(moved)), rim


BREACHES = {
    "time": "import time",
    "late": "def f():\n    from time import sleep",
    "random": "import random",
    "now": "at = datetime.now(UTC)",
    "utcnow": "import datetime\nat = datetime.datetime.utcnow()",
    "today": "day = date.today()",
    "handed on": "clock = datetime.now",
}


@pytest.mark.parametrize("text", BREACHES.values(), ids=BREACHES)
def test_a_planted_clock_is_seen(text: str) -> None:
    """The rule can fail."""
    assert len(list(clocks((Source("classic_rescue/hook/request.py", text),)))) == 1


def test_a_seed_is_no_clock() -> None:
    """Generated worlds take their chance from a seed."""
    assert not list(clocks((Source("mock_api/worlds/planted.py", "from random import Random"),)))
