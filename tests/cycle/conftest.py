"""Full cycles: a fleet file, the app, real Terraform, the hooks and the mock,
in a folder of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from python_terraform import IsFlagged, Terraform

from tests.conftest import KEY, USER, Mock
from tests.timekeeper import keeping_time

ROOT = Path(__file__).resolve().parents[2]
# A change of state takes a dozen looks of a hook, as in reality, and not a hundred.
DURATIONS = {"guest_rescue_s": 90, "hardware_rescue_s": 120, "hardware_reboot_s": 90}


@dataclass
class Project:
    """A folder with a fleet file; the app's output and Terraform's state stay in it."""

    folder: Path
    mock: Mock
    said: list[str] = field(default_factory=list)

    def write(self, fleet: str) -> None:
        """Write the fleet file and synthesise it."""
        (self.folder / "fleet.yaml").write_text(fleet)
        environment = {
            **os.environ,
            "CLASSIC_RESCUE_FLEET": str(self.folder / "fleet.yaml"),
            "CDKTF_OUTDIR": str(self.folder / "cdktf.out"),
        }
        command = [sys.executable, str(ROOT / "main.py")]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def terraform(
        self, command: str, *arguments: object, stack: str = "fleet-0", **options: object
    ) -> int:
        """Run Terraform through python-terraform. Returns its exit code; what it printed goes to
        `said`.

        Every option is given here, since the library's own defaults do not work any more (its last
        release is of 2019).
        """
        terraform = Terraform(working_dir=str(self.folder / "cdktf.out/stacks" / stack))
        code, out, err = terraform.cmd(
            command, *arguments, input=False, no_color=IsFlagged, **options
        )
        self.said.append(" ".join((out + err).split()))  # Terraform wraps its errors
        return int(code)

    def apply(self, stack: str = "fleet-0") -> int:
        """Init and apply without a question."""
        assert self.terraform("init", stack=stack) == 0, self.said[-1]
        return self.terraform("apply", stack=stack, auto_approve=IsFlagged, lock_timeout="10s")

    def plan(self, stack: str = "fleet-0") -> int:
        """0 for no changes, 2 for changes, 1 for an error."""
        return self.terraform("plan", stack=stack, detailed_exitcode=IsFlagged)

    def destroy(self, stack: str = "fleet-0") -> int:
        """Destroy without a question."""
        return self.terraform("destroy", stack=stack, auto_approve=IsFlagged)

    def state(self, ref: int) -> str:
        """The true boot state of a device, which only the mock knows."""
        return next(
            str(device["boot"])
            for device in self.mock.control_call("devices")
            if device["id"] == ref
        )


@pytest.fixture
def mock(fresh_mock: Mock) -> Mock:
    """A mock in which only the waiting of hooks moves the time."""
    fresh_mock.control_call("settings", DURATIONS, method="PATCH")
    return fresh_mock


@pytest.fixture
def steering(mock: Mock, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which hooks wait in the mock's time."""
    with keeping_time(mock, tmp_path / "steering") as environ:
        yield environ


@pytest.fixture
def project(
    tmp_path: Path, mock: Mock, steering: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project that talks to the mock. python-terraform takes the environment of the process,
    so it is set there.
    """
    settings = {
        **steering,
        "SL_USERNAME": USER,
        "SL_API_KEY": KEY,
        "CLASSIC_RESCUE_ENDPOINT": mock.rest,
        "HOME": str(tmp_path),
        "CLASSIC_RESCUE_LOCKS": str(tmp_path / "locks"),
        "CHECKPOINT_DISABLE": "1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    if not Path(os.environ.get("TF_CLI_CONFIG_FILE", "/")).is_file():
        monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, mock)
