"""`classic-rescue init`: a folder in which every command works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.boot.states import Kind
from classic_rescue.cli.commands.import_devices import as_yaml
from classic_rescue.cli.session.new_project import Device, files_of
from classic_rescue.fleet import parse_fleet
from tests.cli.conftest import ROOT
from tests.patience import PATIENCE_S
from tests.unit.fleet.asking import NOW

Run = Callable[..., Result]
FILES = {
    "fleet.yaml",
    "policy.yaml",
    "fleet.schema.json",
    "cdktf.json",
    "package.json",
    ".gitignore",
    ".pre-commit-config.yaml",
    "README.md",
}


@pytest.fixture
def empty(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def a_device(name: str, number: int, about: str = "", **more: Any) -> Device:
    """One of the account."""
    facts = {"kind": Kind.HARDWARE, "place": "dal13", **more}
    return Device(name=name, id=number, about=about, **facts)


def fleet(devices: list[Device] | None) -> str:
    """The fleet file of these devices."""
    return files_of(devices, project_id="p", schema="{}", yaml=as_yaml)["fleet.yaml"]


def test_what_it_writes_is_right(empty: Path, run: Run) -> None:
    """The file that it begins with keeps to its own policy; nothing is there beside it."""
    assert run("init").exit_code == 0
    assert {path.name for path in empty.iterdir()} == FILES
    assert {path.stat().st_mode & 0o777 for path in empty.iterdir()} == {0o644}
    assert run("validate").exit_code == 0
    ids = {json.loads((empty / "cdktf.json").read_text())["projectId"]}
    assert run("init", "other").exit_code == 0
    ids.add(json.loads((empty / "other" / "cdktf.json").read_text())["projectId"])
    assert len(ids) == 2


@pytest.mark.slow
def test_devices_of_the_account_are_declared_as_they_are(empty: Path, run: Run, mock: Any) -> None:
    """What `boot: os` would restart is left out, and told."""
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    ended = run("init", "--from-account")
    assert ended.exit_code == 0, ended.output
    assert "6 of 8 devices of the account are declared" in ended.stdout
    text = (empty / "fleet.yaml").read_text()
    assert "# web-1 (virtual_guest/124929698): rescue; last transaction" in text
    assert "# off-1 (virtual_guest/124929714): " in text
    assert "  app-1: {virtual_guest: 124929706, boot: os}  # app-1.example.com, 198" in text
    assert run("status").exit_code == 0
    mock.control_call("DELETE", "journal")
    assert run("deploy", "--yes").exit_code == 0
    assert mock.changes() == []


def test_nothing_is_overwritten(empty: Path, run: Run) -> None:
    """What is missing is written, and the rest named."""
    (empty / "fleet.yaml").write_text("devices: {}\n")
    (empty / "README.md").symlink_to(empty / "nowhere")
    ended = run("init")
    assert ended.exit_code == 0
    told = " ".join(ended.stdout.split())
    assert "left as they are: fleet.yaml, README.md" in told
    assert (empty / "fleet.yaml").read_text() == "devices: {}\n"
    assert not (empty / "nowhere").exists()
    assert not list(empty.glob("*.new"))


def test_an_upgrade_shows_and_writes_nothing(empty: Path, run: Run) -> None:
    """The user's own files and the project's id are no difference."""
    run("init")
    assert run("init", "--upgrade").exit_code == 0
    (empty / "fleet.yaml").write_text("devices: {}\n")
    (empty / "package.json").write_text("{}\n")
    (empty / ".gitignore").unlink()
    ended = run("init", "--upgrade")
    assert ended.exit_code == 2
    assert "-{}" in ended.stdout
    assert "+.classic-rescue/" in ended.stdout
    assert "fleet.yaml" not in ended.stdout
    assert not (empty / ".gitignore").exists()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_what_is_no_folder_is_refused(empty: Path, run: Run, name: str) -> None:
    """In words."""
    (empty / "file").write_text("")
    ended = run("init", name)
    assert ended.exit_code == 1
    assert f"{name}: cannot be made" in ended.stderr


def test_names_of_devices_can_be_anything() -> None:
    """YAML reads each as what it is; nothing in a comment ends it."""
    names = ["no", "1", "a", "null", "x-1.example"]
    devices = [
        a_device(name, number, "a\nb: {boot: rescue}", kind=Kind.VIRTUAL_GUEST)
        for number, name in enumerate(names, 1)
    ]
    devices.append(a_device("away", 9, why_not="x\nboot: rescue"))
    found = parse_fleet(
        fleet(devices), source="fleet.yaml", now=NOW, beside=lambda name: (name, "{}")
    )
    assert [entry.order.name for entry in found.devices] == names
    assert {str(entry.declared) for entry in found.devices} == {"os"}


def test_many_devices_have_stacks_enough() -> None:
    """And room for some more."""
    devices = [a_device(f"d-{number}", number) for number in range(1, 1001)]
    found = parse_fleet(
        fleet(devices), source="fleet.yaml", now=NOW, beside=lambda name: (name, "{}")
    )
    assert (len(found.devices), found.shards) == (1000, 13)


def test_nobody_to_declare_is_said() -> None:
    """An account without devices is another thing than one that nobody has looked at."""
    assert "shows no device to this user" in fleet([])
    assert "shows no device" not in fleet(None)
    for text in (fleet([]), fleet(None)):
        assert (
            parse_fleet(text, source="f", now=NOW, beside=lambda name: (name, "{}")).devices == ()
        )


@pytest.mark.slow
def test_the_command_line_of_cdktf_works_there(empty: Path, run: Run) -> None:
    """With the file that it has for it, and what npm would install."""
    run("init")
    (empty / "node_modules").symlink_to(ROOT / "node_modules")
    environ = {**os.environ, "HOME": str(empty), "CI": "1", "CHECKPOINT_DISABLE": "1"}
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    node = shutil.which("node", path=environ["PATH"])
    assert node
    done = subprocess.run(
        [str(empty / "node_modules" / ".bin" / "cdktf"), "synth"],
        cwd=empty,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (empty / "cdktf.out" / "stacks" / "fleet-0" / "cdk.tf.json").is_file()
