"""`classic-rescue review --live`: the plan beside what the devices really run."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from classic_rescue.cli.app import app

if TYPE_CHECKING:
    from tests.cycle.conftest import Project

pytestmark = pytest.mark.slow

WEB = 124929698
DB = 218027101


def planned(project: Project, fleet: str) -> str:
    """Write the fleet and plan it; the path of the plan's JSON."""
    project.write(fleet)
    assert project.terraform("init") == 0, project.said
    assert project.terraform("plan", out="reviewed.plan") == 0, project.said
    folder = project.folder / "cdktf.out/stacks/fleet-0"
    command = ["terraform", "show", "-json", "reviewed.plan"]
    shown = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    path = project.folder / "fleet-0.json"
    path.write_text(shown)
    return str(path)


def behind(project: Project, service: str, device: int, method: str) -> None:
    """Somebody acts past Terraform, and that has ended."""
    project.mock.call_as_somebody_else(service, device, method)
    project.mock.control_call("clock", {"run_until_stable": True}, method="POST")


def review(project: Project, plan: str, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and the JSON report."""
    fleet = str(project.folder / "fleet.yaml")
    ended = CliRunner().invoke(app, ["review", plan, "--fleet", fleet, "--json", "-", *options])
    return ended.exit_code, json.loads(ended.stdout)


def test_a_device_that_is_there_already_restarts_nothing(project: Project) -> None:
    """The plan alone says that it restarts; who looks sees that it is in rescue already. One that
    leaves was rebooted by somebody: nothing proves that this was done, so it is looked at.
    """
    project.write(f"devices: {{db-1: {{hardware: {DB}, boot: rescue}}}}")
    assert project.apply() == 0, project.said
    behind(project, "SoftLayer_Virtual_Guest", WEB, "executeRescueLayer")
    plan = planned(project, f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}")
    code, blind = review(project, plan)
    assert code == 2
    assert {row["name"]: row["effect"] for row in blind["devices"]} == {
        "web-1": "enters_rescue",
        "db-1": "returns_to_os",
    }
    behind(project, "SoftLayer_Hardware_Server", DB, "rebootDefault")
    project.mock.changes()
    code, seen = review(project, plan, "--live")
    assert code == 2, seen
    assert {row["name"]: row["effect"] for row in seen["devices"]} == {
        "web-1": "is_there_already",
        "db-1": "is_looked_at",
    }
    assert project.mock.changes() == []


def test_drift_is_seen_by_a_plan_that_changes_nothing(project: Project) -> None:
    """Terraform's plan is empty, and the device left its rescue kernel behind its back:
    exit code 4.
    """
    fleet = f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}"
    project.write(fleet)
    assert project.apply() == 0, project.said
    plan = planned(project, fleet)
    assert review(project, plan)[0] == 0
    behind(project, "SoftLayer_Virtual_Guest", WEB, "rebootDefault")
    code, seen = review(project, plan, "--live")
    assert code == 4
    assert seen["devices"][0]["name"] == "web-1"


def test_an_endpoint_without_live_is_refused(project: Project) -> None:
    """Nobody would be asked, and the user would believe otherwise."""
    plan = planned(project, "devices: {}")
    ended = CliRunner().invoke(app, ["review", plan, "--endpoint", project.mock.rest])
    assert ended.exit_code == 1
    assert "nobody is asked without --live" in ended.stderr
