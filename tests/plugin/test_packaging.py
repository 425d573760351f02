"""The package as others install it: a wheel that is built,
installed and used away from this repository.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.plugin.project import ROOT, Project

pytestmark = pytest.mark.slow
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the sources, built offline with what is installed."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    for name in ("constructs", "mock_api"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [
        *PIP,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed to."""
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [*PIP, "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)],
        check=True,
    )
    return target


def run(installed: Path, *command: str) -> str:
    """What a command prints that finds the package only where it is installed."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        command,
        env=environment,
        cwd=installed.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_is_in_the_wheel(wheel: Path) -> None:
    """Every module and data file of both packages, and nothing else."""
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    needed = {
        name.removeprefix("constructs/")
        for name in tracked
        if name.startswith(("constructs/", "mock_api/"))
    }
    assert inside == needed


def test_the_metadata_names_what_it_needs(wheel: Path) -> None:
    """The extra `mock` asks for the server's libraries; command and plugin have their entry points.

    The license is named, and its text comes along.
    """
    archive = zipfile.ZipFile(wheel)
    texts = {
        Path(name).name: archive.read(name).decode()
        for name in archive.namelist()
        if ".dist-info/" in name
    }
    for library in ("flask", "waitress", "pydantic", "pyyaml"):
        assert f"Requires-Dist: {library}>=" in texts["METADATA"]
    assert "Provides-Extra: mock" in texts["METADATA"]
    assert "License-Expression: Apache-2.0" in texts["METADATA"]
    assert texts["LICENSE"] == (ROOT / "LICENSE").read_text()
    assert "classic-mock = mock_api.__main__:main" in texts["entry_points.txt"]
    assert (
        "[pytest11]\nmock_api.pytest_plugin = mock_api.pytest_plugin" in texts["entry_points.txt"]
    )


def test_the_mock_runs_from_there(installed: Path) -> None:
    """`python -m mock_api` and `classic-mock` find the package and its data files."""
    module = (sys.executable, "-m", "mock_api")
    assert "--generate" in run(installed, *module, "--help")
    said = run(installed, str(installed / "bin" / "classic-mock"), "--check")
    assert said.startswith("the world: fine (5 guests")
    place = run(installed, sys.executable, "-c", "import mock_api; print(mock_api.__file__)")
    assert place.startswith(str(installed))


def test_the_plugin_is_found_by_itself(installed: Path, tmp_path: Path) -> None:
    """Whoever installs the package has the fixtures without a line of settings."""
    project = Project(tmp_path, installed)
    project.write("pytest.ini", "[pytest]\n")
    project.write(
        "test_it.py",
        "def test_it(mock_api, mock_server):\n    assert mock_api.devices() =="
        " mock_server.devices()\n",
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))
    }
    environment["PYTHONPATH"] = str(installed)
    for more in ([], ["-p", "mock_api.pytest_plugin"]):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *more]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert "1 passed" in done.stdout, json.dumps(done.stdout + done.stderr)
