"""The fleet file in the project's root: the runnable example."""

from __future__ import annotations

import json
from pathlib import Path

import classic_rescue
from classic_rescue.boot.states import BootState
from classic_rescue.fleet import read_fleet
from tests.unit.fleet.asking import NOW

PROJECT = Path(classic_rescue.__file__).parents[2]


def test_the_example_shows_every_boot_state_and_never_ends() -> None:
    """It works as it stands, today and in ten years: no `until` in it that passes."""
    fleet = read_fleet(PROJECT / "fleet.yaml", now=NOW, environ={})
    later = read_fleet(PROJECT / "fleet.yaml", now=NOW.replace(year=2036), environ={})
    goals = {entry.order.name: str(entry.order.goal) for entry in fleet.devices}
    assert goals == {
        "web-1": "rescue",
        "win-1": "image WindowsRescueStandalone.iso",
        "db-1": "rescue",
        "app-1": "os",
    }
    assert fleet == later
    assert {entry.order.goal.state for entry in fleet.devices} == {
        BootState.OS,
        BootState.RESCUE,
        BootState.IMAGE,
    }


def test_the_example_names_devices_of_the_demo_world() -> None:
    """The offline mock answers for every device in it,
    and each name is the device's host name there.
    """
    world = json.loads((PROJECT / "mock_api" / "worlds" / "demo.json").read_text(encoding="utf-8"))
    hosts = {f"virtual_guest/{guest['id']}": guest["hostname"] for guest in world["guests"]}
    hosts |= {f"hardware/{server['id']}": server["hostname"] for server in world["hardware"]}
    fleet = read_fleet(PROJECT / "fleet.yaml", now=NOW, environ={})
    assert {
        entry.order.device.key: entry.order.name for entry in fleet.devices
    }.items() <= hosts.items()


def test_the_example_points_editors_at_the_schema() -> None:
    """The first line tells yaml-language-server where the schema is."""
    first = (PROJECT / "fleet.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=docs/fleet.schema.json"
    assert (PROJECT / "docs" / "fleet.schema.json").is_file()
