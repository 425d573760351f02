"""Time and chance come in as parameters: only named rims take them from the system."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch

import pytest

from tests.house.sources import Source, modules_of, product

RIMS = {
    "classic_rescue/app.py": "the app's start",
    "classic_rescue/api/client.py": "the default pause between tries, and its chance",
    "classic_rescue/api/transport.py": "the default clock of an exchange's deadline",
    "classic_rescue/cli/commands/*.py": "a command's start",
    "classic_rescue/conductor/__main__.py": "the conductor's start",
    "classic_rescue/conductor/waiting.py": "what its threads wait with, in real time",
    "classic_rescue/hook/__main__.py": "the hook's start",
    "mock_api/command_line.py": "the mock's start",
    "mock_api/http/app.py": "the default pause of the fault `delay`",
    "mock_api/listener.py": "how long a stop waits for requests under way",
    "mock_api/server.py": "since when the mock is idle",
}
"""The files that may ask the system, each with what it asks for."""

MODULES = {"random", "sched", "time", "timeit"}
CLOCKS = {"now", "utcnow", "today"}
"""Of `datetime` and `date`, whatever a file calls them."""

ASKING = {"os.getrandom", "os.times", "os.urandom", "threading.Timer", "uuid.uuid1", "uuid.uuid4"}
"""Of modules that serve other ends, too. `secrets` is allowed: nobody plays a key again."""

SEEDED = "random.Random"
"""Chance from a seed is a parameter already."""


def clocks(sources: tuple[Source, ...]) -> Iterator[str]:
    """Every place outside the rims that asks the system for time or chance."""
    modules = modules_of(sources) | {SEEDED} | ASKING
    for source in sources:
        if any(fnmatch(source.place, rim) for rim in RIMS):
            continue
        dates = {"datetime", "date"} | _other_names(source)
        for found in source.imports(modules):
            if found.module in MODULES | ASKING:
                yield f"{source.place}:{found.line} imports {found.module}"
        for node in source.nodes:
            if not isinstance(node, ast.Attribute):
                continue
            is_clock = node.attr in CLOCKS and _last_name(node.value) in dates
            if is_clock or f"{_last_name(node.value)}.{node.attr}" in ASKING:
                yield f"{source.place}:{node.lineno} asks for the system's {node.attr}"


def _other_names(source: Source) -> set[str]:
    """What a file calls `datetime` and `date`, where it gives them other names."""
    return {
        alias.asname
        for node in source.nodes
        if isinstance(node, ast.ImportFrom) and node.module == "datetime"
        for alias in node.names
        if alias.asname and alias.name in ("datetime", "date")
    }


def _last_name(node: ast.expr) -> str:
    return str(node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", ""))


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
    "by another name": "from datetime import datetime as moment\nat = moment.now(UTC)",
    "today by another name": "def f():\n    from datetime import date as day\n    day.today()",
    "timeit": "from timeit import default_timer",
    "a timer": "threading.Timer(3, f).start()",
    "a number that nobody saw before": "import uuid\nname = uuid.uuid4()",
    "the same, imported": "from uuid import uuid4",
    "bytes of chance": "seed = os.urandom(8)",
}


@pytest.mark.parametrize("text", BREACHES.values(), ids=BREACHES)
def test_a_planted_clock_is_seen(text: str) -> None:
    """The rule can fail."""
    assert len(list(clocks((Source("classic_rescue/hook/request.py", text),)))) == 1


def test_a_seed_is_no_clock() -> None:
    """Generated worlds take their chance from a seed."""
    assert not list(clocks((Source("mock_api/worlds/planted.py", "from random import Random"),)))
