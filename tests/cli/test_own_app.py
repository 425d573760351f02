"""Commands in the folder of one's own CDKTF app, where there is no fleet file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.cli.conftest import ROOT

Run = Callable[..., Result]


def example() -> str:
    """The app of the page about them."""
    page = (ROOT / "docs" / "own-app.md").read_text()
    return page.partition("```python app\n")[2].partition("```")[0]


@pytest.fixture
def app(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with it, away from this repository."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "main.py").write_text(example())
    (folder / "cdktf.json").write_text(json.dumps({"language": "python", "app": "python main.py"}))
    monkeypatch.chdir(folder)
    return folder


def synthesise(folder: Path) -> None:
    """As `cdktf synth` does."""
    subprocess.run([sys.executable, "-P", "main.py"], cwd=folder, check=True)


@pytest.mark.slow
def test_commands_that_look_know_its_devices(app: Path, run: Run, mock: Any) -> None:
    """By the names that they have there, also from a folder below; no fleet file is needed."""
    synthesise(app)
    ended = run("status", "--json")
    assert ended.exit_code == 2, ended.output
    assert "no fleet file: the 3 devices are those that the app wrote into cdktf.out" in " ".join(
        ended.stderr.split()
    )
    names = {device["name"] for device in json.loads(ended.stdout)["devices"]}
    assert names == {"web-1", "win-1", "db-1"}
    assert run("preflight").exit_code == 0
    assert "db-1" in run("access", "db-1").stdout
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    (below := app / "below").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        assert "rescue" in run("status", "web-1").stdout
    assert run("leave", "web-1", "--yes").exit_code == 0
    assert "web-1" in run("history").stdout


@pytest.mark.parametrize("words", [("validate",), ("deploy", "--yes"), ("plan", "--out", "x")])
def test_the_others_say_what_does_their_work(app: Path, run: Run, words: tuple[str, ...]) -> None:
    """Beside what is missing."""
    ended = run(*words)
    told = " ".join(ended.stderr.split())
    assert ended.exit_code == 1
    assert "fleet.yaml: there is no such file" in told
    if words != ("validate",):
        assert "deployed by `cdktf deploy`" in told


def test_an_app_that_has_written_nothing_is_told(app: Path, run: Run) -> None:
    """With what to do."""
    ended = run("status")
    assert ended.exit_code == 1
    assert "run `cdktf synth`, or write a fleet file" in " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    "tree", ["{", "[]", '{"stacks": {"a": {}}}', '{"stacks": {"a": {"workingDirectory": 7}}}']
)
def test_what_cannot_be_read_is_told(app: Path, run: Run, tree: str) -> None:
    """No traceback, whatever the folder holds."""
    (app / "cdktf.out" / "stacks" / "a").mkdir(parents=True)
    (app / "cdktf.out" / "manifest.json").write_text(tree)
    broken = {"locals": {"devices": {"virtual_guest/1": "${{}}"}}}
    (app / "cdktf.out" / "stacks" / "a" / "cdk.tf.json").write_text(json.dumps(broken))
    ended = run("status")
    assert ended.exit_code == 1
    assert "its stacks cannot be read" in " ".join(ended.stderr.split())
