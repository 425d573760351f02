"""A project of 0.1.0 goes on with this version: nothing restarts.

`from_0_1_0/` is what that version wrote, with the demo world of its mock: its fleet file,
Terraform's state, and the stacks in `cdktf.out`, where the path of its Python was taken out. It
had no journal and no notes of restarts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.cli.session.embedded_mock import state_folder

Run = Callable[..., Result]
BEFORE = Path(__file__).with_name("from_0_1_0")
ISO = 34291701


@pytest.fixture
def upgraded(project: Path, mock: Any) -> Path:
    """That project, with its devices as 0.1.0 has left them."""
    shutil.copy(BEFORE / "fleet.yaml", project)
    shutil.copy(BEFORE / "state.json", project / "terraform.fleet-0.tfstate")
    stack = project / "cdktf.out" / "stacks" / "fleet-0"
    stack.mkdir(parents=True)
    shutil.copy(BEFORE / "manifest.json", project / "cdktf.out")
    shutil.copy(BEFORE / "cdk.tf.json", stack)
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    mock.act("SoftLayer_Virtual_Guest/124929702/mountIsoImage", ISO)
    mock.act("SoftLayer_Hardware_Server/218027101/bootToRescueLayer")
    mock.changes()
    return project


@pytest.mark.slow
def test_nothing_restarts(upgraded: Path, run: Run, mock: Any) -> None:
    """Neither plan nor deploy has anything to do, no request that changes a device is sent, and no
    device has drifted.
    """
    seen = run("drift", "--json")
    assert not json.loads(seen.stdout)["has_drift"], seen.output
    planned = run("plan", "--out", "reviewed")
    assert (planned.exit_code, "4 devices not touched" in planned.stdout) == (0, True)
    ended = run("deploy", "--yes", "--json")
    assert ended.exit_code == 0, ended.output
    results = {one["name"]: one["result"] for one in json.loads(ended.stdout)["devices"]}
    assert results == dict.fromkeys(("web-1", "win-1", "db-1", "app-1"), "unchanged")
    assert mock.changes() == []


@pytest.mark.slow
def test_its_devices_still_come_back(upgraded: Path, run: Run, mock: Any) -> None:
    """One that is taken out of the file is found on the record of before, and restarted once."""
    (upgraded / "fleet.yaml").write_text(
        "devices:\n  db-1: {hardware: 218027101, boot: rescue}\n"
        "  win-1: {virtual_guest: 124929702, boot: {image: WindowsRescueStandalone.iso}}\n"
    )
    assert run("deploy", "--yes").exit_code == 0
    assert mock.changes() == ["rebootDefault 124929698"]


def test_its_stacks_are_read(upgraded: Path, run: Run) -> None:
    """Where an app has written `cdktf.out`, and there is no fleet file."""
    (upgraded / "fleet.yaml").unlink()
    names = {one["name"] for one in json.loads(run("status", "--json").stdout)["devices"]}
    assert names == {"web-1", "win-1", "db-1", "app-1"}


def test_its_rehearsal_starts_over(project: Path, run: Run) -> None:
    """The mock of today does not read the world that the mock of before has saved, and says so."""
    world = state_folder(project) / "world.json"
    world.write_text('{"format": 1,\n"starting": {"account": {"id": 307608}}}\n')
    ended = run("status")
    assert ended.exit_code == 1
    assert "delete that file to start afresh" in ended.stderr
