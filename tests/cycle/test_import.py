"""A device that is in rescue already is taken under management as it is: real slcli puts it there,
real Terraform takes it over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY, USER
from tests.mock.stagehand import APP, DB, WEB, WIN
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from tests.cycle.conftest import Project

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def slcli(project: Project, *arguments: str) -> None:
    """Run the real slcli against the project's mock."""
    config = project.folder.parent / "slcli.cfg"
    config.write_text(
        f"[softlayer]\nusername = {USER}\napi_key = {KEY}\nendpoint_url = {project.mock.rest}\n"
    )
    command = [str(Path(sys.executable).with_name("slcli")), "-C", str(config), "-y", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def classic_rescue(project: Project, *arguments: str, code: int = 0) -> str:
    """Run our own command in the project's folder. Returns its standard output."""
    command = [sys.executable, "-m", "classic_rescue.cli", *arguments]
    done = subprocess.run(
        command,
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "constructs")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def journal(project: Project) -> list[dict[str, object]]:
    """The lines that the hooks have written:
    a mock on this machine has the journal of rehearsals.
    """
    path = project.folder / ".classic-rescue" / "rehearsals.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def test_a_device_in_rescue_is_imported_without_a_reboot(project: Project) -> None:
    """Put there by slcli, written into the file, applied: no request, an empty second plan;
    removal brings it back.
    """
    (project.folder / "cdktf.json").write_text("{}")  # by this the command finds the project
    slcli(project, "vs", "rescue", str(WEB))
    project.mock.control_call("clock", {"run_until_stable": True}, method="POST")
    assert project.mock.changes() == [f"executeRescueLayer {WEB}"]
    project.write(f"devices:\n  app-1: {{virtual_guest: {APP}, boot: os}}  # stays\n")
    assert project.apply() == 0, project.said
    write = ("--write", "--reason", "CHG-7 found in rescue")
    classic_rescue(project, "import", "web-1", *write)
    text = (project.folder / "fleet.yaml").read_text()
    assert "# stays\n" in text
    project.write(text)
    assert project.plan() == 2
    assert project.apply() == 0, project.said
    assert project.mock.changes() == []
    assert project.plan() == 0, project.said
    line = journal(project)[-1]
    assert (line["name"], line["result"], line["from"], line["to"]) == (
        "web-1",
        "unchanged",
        "rescue",
        "rescue",
    )
    assert (line["requests"], line["reason"]) == ([], "CHG-7 found in rescue")
    project.write("devices: {}")
    assert project.apply() == 0, project.said
    assert project.mock.changes() == [f"rebootDefault {WEB}"]
    assert project.state(WEB) == "os"
    last = journal(project)[-1]
    assert {(row["verb"], row["to"]) for row in journal(project)[-2:]} == {("leave", "os")}
    assert last["exit"] == 0
    assert "web-1 changed: rescue → os" in " ".join(
        classic_rescue(project, "history", "web-1").split()
    )


def test_a_guest_on_an_image_and_bare_metal_are_imported_without_a_reboot(project: Project) -> None:
    """`--all` takes both as they are; applied, nothing is sent, and the next plan is empty."""
    (project.folder / "cdktf.json").write_text("{}")
    slcli(project, *f"call-api Virtual_Guest mountIsoImage 34291701 --id {WIN}".split())
    slcli(project, "hardware", "rescue", str(DB))
    project.mock.control_call("clock", {"run_until_stable": True}, method="POST")
    assert sorted(project.mock.changes()) == [f"bootToRescueLayer {DB}", f"mountIsoImage {WIN}"]
    project.write("devices: {}")
    write = ("--write", "--reason", "CHG-7")
    classic_rescue(project, "import", "--all", *write)
    project.write((project.folder / "fleet.yaml").read_text())
    assert project.apply() == 0, project.said
    assert project.mock.changes() == []
    assert project.plan() == 0, project.said
    assert (project.state(WIN), project.state(DB)) == ("image", "rescue")
    last = {row["name"]: (row["result"], row["requests"]) for row in journal(project)}
    assert last == {"win-1": ("unchanged", []), "db-1": ("unchanged", [])}


def test_a_preflight_of_a_plan_checks_what_it_changes_removals_included(project: Project) -> None:
    """From `terraform show -json`: one device comes, one leaves,
    one stays as it is and is not looked at.
    """
    project.write(
        f"devices:\n  web-1: {{virtual_guest: {WEB}, boot: rescue}}\n"
        f"  app-1: {{virtual_guest: {APP}, boot: os}}\n"
    )
    assert project.apply() == 0, project.said
    project.mock.changes()
    project.write(
        f"devices:\n  app-1: {{virtual_guest: {APP}, boot: os}}\n"
        "  gone: {virtual_guest: 7, boot: rescue}\n"
    )
    stack = project.folder / "cdktf.out" / "stacks" / "fleet-0"
    assert project.terraform("plan", out="p.plan") == 0, project.said
    shown = subprocess.run(
        ["terraform", "show", "-json", "p.plan"],
        cwd=stack,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (project.folder / "fleet-0.json").write_text(shown)
    rows = json.loads(
        classic_rescue(project, "preflight", "--plan=fleet-0.json", "--json", code=3)
    )["devices"]
    assert [(row["name"], row["verdict"], row["wanted"], row["requests"]) for row in rows] == [
        ("gone", "forbidden", "rescue", []),
        ("web-1", "ready", "os", ["rebootDefault"]),
    ]
    assert project.mock.changes() == []
    assert project.terraform("apply", "p.plan") == 1
    assert rows[0]["refusals"][0].replace(" ", "") in project.said[-1].replace(" ", "").replace(
        "│", ""
    )
    assert project.mock.changes() == [f"rebootDefault {WEB}"]
    assert project.state(WEB) == "os"
