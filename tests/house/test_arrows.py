"""Who may import whom: layers between rooms, no circles between files,
two wings that never meet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import pytest

from tests.house.rooms import ROOMS, Room, room_of
from tests.house.sources import ROOT, WINGS, Source, modules_of, product

LOADERS = {
    "classic_rescue/cli/app.py": "the command that is called, alone",
    "classic_rescue/cli/plans/showing.py": "the report that is wanted, alone",
}
"""The files that import modules by names from a table of theirs, each with what."""


def arrows(sources: tuple[Source, ...]) -> Iterator[str]:
    """What breaks the table, a line each."""
    modules = modules_of(sources)
    places = {source.module: source.place for source in sources}
    for source in sources:
        here = room_of(source.place)
        for found in source.imports(modules):
            top = found.module.partition(".")[0]
            if found.module.startswith("."):
                problem = "a relative import"
            elif top in WINGS:
                place = places.get(found.module, found.module.replace(".", "/"))
                problem = _wrong_room(here, room_of(place))
            else:
                problem = _wrong_package(ROOMS[here], top)
            if problem:
                yield f"{source.place}:{found.line} imports {found.module}: {problem}"


def _wrong_room(here: str, there: str) -> str:
    if there == here or there in ROOMS[here].ours:
        return ""
    return f"{here} may not import {there}"


def _wrong_package(room: Room, name: str) -> str:
    if name in sys.stdlib_module_names or name in room.foreign:
        return ""
    return f"the room may not import the package {name}"


def circles(sources: tuple[Source, ...]) -> list[str]:
    """Modules that import one another in a circle, each circle once."""
    modules = modules_of(sources)
    targets = {
        source.module: sorted({found.module for found in source.imports(modules)} & modules)
        for source in sources
    }
    found: dict[frozenset[str], str] = {}
    done: set[str] = set()
    for module in sorted(targets):
        _follow(module, [], targets, found=found, done=done)
    return sorted(found.values())


def _follow(
    module: str,
    trail: list[str],
    targets: Mapping[str, list[str]],
    found: dict[frozenset[str], str],
    done: set[str],
) -> None:
    if module in trail:
        circle = trail[trail.index(module) :]
        found.setdefault(frozenset(circle), " → ".join([*circle, module]))
        return
    if module in done:
        return
    for target in targets[module]:
        if target != module:
            _follow(target, [*trail, module], targets, found=found, done=done)
    done.add(module)


def test_arrows_point_one_way() -> None:
    """Each room imports only what the table allows, of the project and of others."""
    assert list(arrows(product())) == []


def test_no_circle_between_files() -> None:
    """Neither inside a folder nor across: imports for the type checker and late ones count, too."""
    assert circles(product()) == []


def test_few_files_import_what_only_a_run_can_tell() -> None:
    """No rule sees such an import, so each file that has one is known."""
    blind = {source.place for source in product() if any(source.blind_imports)}
    assert blind == set(LOADERS)


def test_the_table_knows_no_room_that_is_gone() -> None:
    """A row without files misleads whoever reads it."""
    assert {room_of(source.place) for source in product()} == set(ROOMS)


def test_architecture_names_every_room() -> None:
    """Whoever looks for a room finds it in the tables of ARCHITECTURE.md."""
    page = (ROOT / "ARCHITECTURE.md").read_text()
    shown = {
        name for line in page.splitlines() if line[:1] == "|" for name in line.split("`")[1::2]
    }
    for name in set(ROOMS) - set(WINGS) - {"main.py"}:
        assert name.partition("/")[2].removeprefix("cli/") in shown, name


def test_client_and_mock_meet_only_over_http() -> None:
    """Neither may import the other, so neither can know what the other means."""
    for name, room in ROOMS.items():
        wing = name.partition("/")[0]
        if wing in WINGS:
            assert {target.partition("/")[0] for target in room.ours} <= {wing}


def test_cdktf_comes_through_one_module() -> None:
    """So that its successor is one environment variable away."""
    modules = modules_of(product())
    users = {
        source.place
        for source in product()
        for found in source.imports(modules)
        if found.module.partition(".")[0] in ("cdktf", "cdktn")
    }
    assert users == {"classic_rescue/stack/_cdk.py"}


def test_the_source_root_hides_no_package() -> None:
    """An __init__.py in constructs/ would hide PyPI's constructs,
    and cdktf could not be imported.
    """
    assert not (ROOT / "constructs" / "__init__.py").exists()


BREACHES = {
    "a room to its left": "from classic_rescue.cli.rollout import rollout",
    "late": "def f():\n    from classic_rescue.stack import App",
    "by its name": 'stack = importlib.import_module("classic_rescue.stack.app")',
    "by its name, the old way": '__import__("requests")',
    "for the type checker": "if TYPE_CHECKING:\n    from classic_rescue.review.plans import Plan",
    "the other wing": "import mock_api.domain.world",
    "a package": "import requests",
    "a relative import": "from . import labels",
    "a room that is not there": "from classic_rescue.attic import junk",
}


@pytest.mark.parametrize("text", BREACHES.values(), ids=BREACHES)
def test_a_planted_import_is_seen(text: str) -> None:
    """The rule can fail: in the domain none of these is allowed."""
    planted = Source("classic_rescue/boot/planted.py", text)
    try:
        seen = list(arrows((*product(), planted)))
    except LookupError as problem:
        seen = [str(problem)]
    assert len(seen) == 1


def test_a_planted_circle_is_seen() -> None:
    """Of three files, one of which imports late, and one by name."""
    planted = (
        Source("classic_rescue/boot/a.py", "from classic_rescue.boot import b"),
        Source("classic_rescue/boot/b.py", 'import_module("classic_rescue.boot.c")'),
        Source("classic_rescue/boot/c.py", "def f():\n    from classic_rescue.boot.a import x"),
    )
    assert len(circles((*product(), *planted))) == 1 + len(circles(product()))
