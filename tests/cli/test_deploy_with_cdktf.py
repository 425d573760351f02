"""The whole way once, by our own command and by the command lines of cdktf and its successor cdktn:
the real Terraform, the real hook, a real mock.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.conftest import ROOT

Run = Callable[..., Result]
COMMAND_LINES = {
    "cdktf": ROOT / "node_modules" / ".bin" / "cdktf",
    "cdktn": ROOT / ".ci" / "cdktn" / "node_modules" / ".bin" / "cdktn",
}


@pytest.mark.slow
def test_deploy_then_destroy(run: Run, project: Path) -> None:
    """Two devices go where the fleet file says, without a question on the mock, and come back."""
    deployed = run("deploy", "--long")
    assert deployed.exit_code == 0, deployed.output
    assert (
        "web-1\n  result      changed\n  from        os\n  to          rescue\n" in deployed.stdout
    )
    assert "app-1\n  result      unchanged\n" in deployed.stdout
    assert run("status").exit_code == 0
    assert (project / ".classic-rescue" / "terraform.fleet-0.tfstate").is_file()

    destroyed = run("destroy", "--long")
    assert destroyed.exit_code == 0, destroyed.output
    assert (
        "web-1\n  result      changed\n  from        rescue\n  to          os\n" in destroyed.stdout
    )


@pytest.mark.slow
@pytest.mark.parametrize("library", ["cdktf", "cdktn"])
def test_plain_cdktf_deploys_and_destroys(
    project: Path, mock: Any, run: Run, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cdktf deploy '*'`, again, and `cdktf destroy '*'`: the same app and the same hooks, without
    our command. The same with cdktn, both its package and its command line.
    """
    monkeypatch.setenv("CLASSIC_RESCUE_CDK", library)
    cdktf = partial(plain, project, COMMAND_LINES[library])
    deployed = cdktf("deploy")
    assert deployed.returncode == 0, deployed.stdout
    assert "web-1: os → rescue" in deployed.stdout
    assert run("status").exit_code == 0
    again = cdktf("deploy")
    assert again.returncode == 0, again.stdout
    assert "No changes" in again.stdout
    destroyed = cdktf("destroy")
    assert destroyed.returncode == 0, destroyed.stdout
    assert "web-1: rescue → os" in destroyed.stdout


def plain(project: Path, program: Path, verb: str) -> subprocess.CompletedProcess[str]:
    """Run it as the README says, for every stack."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "CI": "1", "CHECKPOINT_DISABLE": "1"}
    environ.pop("TF_CLI_CONFIG_FILE", None)
    return subprocess.run(
        [program, verb, "*", "--auto-approve"],
        cwd=project,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
