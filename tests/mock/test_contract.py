"""The contract table against the handlers and the types, and the house's arrows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from mock_api.contract import OPERATIONS, SERVICES, all_operations, find_operation
from mock_api.domain.facts import Kind
from mock_api.domain.labels import NAMES, Evidence
from mock_api.domain.states import CALLS, MOVES
from mock_api.operations.registry import FINDERS, HANDLERS
from mock_api.operations.types import TYPES, is_object
from tests.mock.stagehand import ROOT

HOUSE = ROOT / "mock_api"
ARROWS = {
    "domain": {"domain"},
    "operations": {"operations", "domain"},
    "http": {"http", "operations", "domain", "contract"},
    "control": {"control", "domain", "contract"},
    "console": {"console", "http", "operations", "domain", "contract"},
    "worlds": {"worlds", "domain"},
    "contract.py": {"operations", "domain"},
}
PLAIN = {"boolean", "int", "string", "value"}


def test_rows_and_handlers_are_the_same() -> None:
    """Every row has a handler and every handler a row."""
    assert {(row.service, row.method) for row in OPERATIONS} == set(HANDLERS)


def test_rows_name_known_things() -> None:
    """Services, types and finders exist; a permission carries its evidence;
    nothing is listed twice.
    """
    for row in all_operations():
        assert row.service in SERVICES
        assert row.returns in TYPES or row.returns in PLAIN, row.name
        assert (row.permission is None) is (row.permission_evidence is None), row.name
    assert {service.objects for service in SERVICES.values()} <= set(FINDERS)
    names = [row.name for row in OPERATIONS]
    assert len(names) == len(set(names))


def test_changing_rows_are_the_calls_of_the_states_table() -> None:
    """A call moves a device, or is one of the few that edit facts,
    if and only if its row says that it changes.
    """
    kinds = {"SoftLayer_Virtual_Guest": Kind.GUEST, "SoftLayer_Hardware_Server": Kind.HARDWARE}
    tags = {"setTags", "removeTags", "deleteTag"}
    edits = {"editObject", "deleteObject", "setUserMetadata", "setOperatingSystemPassword", *tags}
    changing = {
        (row.service, row.method) for row in OPERATIONS if row.changes and row.method not in edits
    }
    assert {(kinds[service], method) for service, method in changing if service in kinds} == set(
        CALLS
    )


def test_every_move_has_its_labels() -> None:
    """Transactions and events of the states table have names."""
    for move in MOVES:
        assert move.event is None or move.event in NAMES
        for part in ("group", "average", "status", "friendly", "status_average"):
            assert move.transaction is None or f"{move.transaction}.{part}" in NAMES


def test_related_types_exist() -> None:
    """Every property leads to a type of the table."""
    unknown = {
        f"{row.name}.{name} -> {related}"
        for row in TYPES.values()
        for name, prop in row.properties.items()
        for related in (prop.type, *prop.variants)
        if related is not None and not is_object(related)
    }
    assert unknown == set()


def test_the_rule_of_properties() -> None:
    """getX exists for a relational X, not for a local one or nonsense."""
    assert find_operation("SoftLayer_Virtual_Guest", "getDatacenter") is not None
    assert find_operation("SoftLayer_Virtual_Guest", "getHostname") is None
    assert find_operation("SoftLayer_Virtual_Guest", "getNonsense") is None


def test_isos_have_no_property() -> None:
    """getIsoBootImage is a method only (classic-api.md 2.1)."""
    assert "isoBootImage" not in TYPES["SoftLayer_Virtual_Guest"].properties


def test_assumptions_are_marked() -> None:
    """What classic-api.md 9 calls unknown is marked so."""
    for key in ("guest_rescue.group", "iso_mount.group", "event.rescue", "image_type.ISO"):
        assert NAMES[key].evidence is Evidence.ASSUMED


def imports_of(path: Path) -> set[str]:
    """The parts of mock_api that a file imports, by their first name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("mock_api"):
            parts = node.module.split(".")
            found.update([parts[1]] if len(parts) > 1 else [alias.name for alias in node.names])
    return found


@pytest.mark.parametrize("part", sorted(ARROWS))
def test_arrows_point_one_way(part: str) -> None:
    """console -> http -> operations -> domain, control -> domain, worlds -> domain;
    the contract above operations.
    """
    place = HOUSE / part
    for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
        assert imports_of(path) <= ARROWS[part], path


def test_the_domain_knows_no_http() -> None:
    """The domain imports neither Flask nor waitress, nor our own constructs."""
    for path in sorted((HOUSE / "domain").rglob("*.py")):
        text = path.read_text()
        assert not any(
            f"import {name}" in text or f"from {name}" in text
            for name in ("flask", "waitress", "werkzeug")
        )
    assert not [path for path in HOUSE.rglob("*.py") if "classic_rescue" in path.read_text()]


def test_time_comes_in_as_a_parameter() -> None:
    """Only the rims touch the real clock: the command line, the server, its listener,
    and the app's default sleep.
    """
    rims = {HOUSE / name for name in ("command_line.py", "server.py", "listener.py", "http/app.py")}
    assert [
        path
        for path in HOUSE.rglob("*.py")
        if path not in rims and "import time\n" in path.read_text()
    ] == []
