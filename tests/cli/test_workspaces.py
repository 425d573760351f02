"""Workspaces of HCP Terraform whose execution mode is Local keep the state, and nothing else is
different; one whose runs are made elsewhere is refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.cli.workspaces import ORGANIZATION, Workspaces, workspaces_served

Run = Callable[..., Result]

pytestmark = pytest.mark.slow

DEVICES = "devices:\n  web-1: {virtual_guest: 124929698, boot: rescue}\n"
KINDS = ("cloud", "remote")


@pytest.fixture
def workspaces(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspaces]:
    """The service, and a user who is signed in to it."""
    config = tmp_path / "terraformrc"
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(config))
    with workspaces_served(config) as known:
        yield known


def use(project: Path, kind: str) -> None:
    """Keep the state of this fleet there."""
    backend = f"backend: {{type: {kind}, organization: {ORGANIZATION}}}\n"
    (project / "fleet.yaml").write_text(backend + DEVICES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_workspace_keeps_the_state(
    run: Run, mock: Any, project: Path, workspaces: Workspaces, kind: str
) -> None:
    """Plan, apply, deploy and destroy, with the state there and nowhere else."""
    use(project, kind)
    planned = run("plan", "--out", "reviewed")
    assert planned.exit_code == 2, planned.output
    assert f'backend {{"organization": "{ORGANIZATION}", "type": "{kind}"' in " ".join(
        planned.stdout.split()
    )
    applied = run("apply", "reviewed")
    assert applied.exit_code == 0, applied.output
    assert mock.changes() == ["executeRescueLayer 124929698"]
    assert b"virtual_guest/124929698" in workspaces.newest("classic-rescue-fleet-0")
    assert not list(project.glob("*.tfstate"))
    again = run("deploy", "--yes")
    assert (again.exit_code, mock.changes()) == (0, []), again.output
    gone = run("destroy", "--yes")
    assert gone.exit_code == 0, gone.output
    assert mock.changes() == ["rebootDefault 124929698"]
    assert b"virtual_guest/124929698" not in workspaces.newest("classic-rescue-fleet-0")
    assert workspaces.locked == set()


@pytest.mark.parametrize("kind", KINDS)
def test_runs_elsewhere_are_refused_in_words(
    run: Run, mock: Any, project: Path, workspaces: Workspaces, kind: str
) -> None:
    """By each command that plans, and before the service is sent anything to run."""
    workspaces.mode = "remote"
    use(project, kind)
    for words in (("plan", "--out", "reviewed"), ("deploy", "--yes"), ("destroy", "--yes")):
        ended = run(*words)
        said = " ".join(ended.stderr.split())
        assert ended.exit_code == 1
        assert "the service runs Terraform of these workspaces on its own machines" in said
        assert "Set the execution mode of each workspace to Local" in said
        assert "Custom parallelism" not in said
    assert not any("configuration-versions" in asked for asked in workspaces.asked)
    assert mock.changes() == []
