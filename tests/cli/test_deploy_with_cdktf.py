"""The whole way once: the real cdktf, the real Terraform, the real hook, the project's own mock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.mark.slow
def test_deploy_then_destroy(run: Run, project: Path) -> None:
    """Two devices go where the fleet file says, without a question on the mock, and come back."""
    deployed = run("deploy")
    assert deployed.exit_code == 0, deployed.output
    assert (
        "web-1\n  result      changed\n  from        os\n  to          rescue\n" in deployed.stdout
    )
    assert "app-1\n  result      unchanged\n" in deployed.stdout
    assert run("status").exit_code == 0
    assert (project / ".classic-rescue" / "terraform.fleet-0.tfstate").is_file()

    destroyed = run("destroy")
    assert destroyed.exit_code == 0, destroyed.output
    assert (
        "web-1\n  result      changed\n  from        rescue\n  to          os\n" in destroyed.stdout
    )
