"""Two people deploy at once: what the second one is told, and that nothing restarts twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT

pytestmark = pytest.mark.slow

FLEET = """\
devices:
  a: {virtual_guest: 124929698, boot: rescue}
  b: {virtual_guest: 124929706, boot: rescue}
"""
DEPLOY = (sys.executable, "-m", "classic_rescue.cli", "deploy", "--yes", "--no-progress")
LONGEST_S = 600


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """A deploy in a terminal of its own."""
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'constructs'}:{os.environ['PYTHONPATH']}"}
    return subprocess.Popen(
        [*DEPLOY, *options],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ends(*started: subprocess.Popen[str]) -> list[tuple[int, str]]:
    """The exit code and all that was printed, of each."""
    said = [program.communicate(timeout=LONGEST_S)[0] for program in started]
    return [(program.returncode, text) for program, text in zip(started, said, strict=True)]


def test_in_one_project_one_goes_first(mock: Any, project: Path) -> None:
    """The other is told who has it, or waits and finds nothing to do."""
    (project / "fleet.yaml").write_text(FLEET)
    (first, said), (second, also_said) = sorted(ends(start(project), start(project)))
    assert (first, second) == (0, 1), (said, also_said)
    assert "this project is taken by `deploy` of" in also_said
    assert "nothing was touched: run again when that has ended, or wait for it" in also_said
    assert sorted(mock.changes()) == [
        "executeRescueLayer 124929698",
        "executeRescueLayer 124929706",
    ]


def test_who_waits_finds_nothing_to_do(mock: Any, project: Path) -> None:
    """Planned only when the other has ended, so that nothing is done on an old look."""
    (project / "fleet.yaml").write_text(FLEET)
    found = ends(start(project, "--wait"), start(project, "--wait"))
    assert [code for code, _ in found] == [0, 0], found
    assert sum("nothing was changed" in said for _, said in found) == 1, found
    assert len(mock.changes()) == 2


def test_two_checkouts_restart_nothing_twice(mock: Any, project: Path, tmp_path: Path) -> None:
    """Each with a state of its own, and neither knows of the other: the devices' locks, and a look
    right before each request, are enough.
    """
    (project / "fleet.yaml").write_text(FLEET)
    other = tmp_path / "other"
    shutil.copytree(project, other, symlinks=True)
    found = ends(start(project), start(other))
    assert [code for code, _ in found] == [0, 0], found
    assert sorted(mock.changes()) == [
        "executeRescueLayer 124929698",
        "executeRescueLayer 124929706",
    ]
