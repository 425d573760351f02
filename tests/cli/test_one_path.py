"""What `deploy` and `destroy` ask is what they do: the review of their own plans, nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.cli.rollout import rollout
from classic_rescue.cli.rollout.agreed import AgreedPlans

Run = Callable[..., Result]

pytestmark = pytest.mark.slow

BOTH = """\
devices:
  a: {virtual_guest: 124929698, boot: rescue, reason: CHG-1}
  b: {virtual_guest: 124929706, boot: rescue, reason: CHG-2}
"""
ONLY_A = BOTH[: BOTH.index("  b:")]


def test_the_question_names_who_restarts_and_who_has_drifted(
    run: Run, mock: Any, project: Path
) -> None:
    """A device that leaves the file restarts and is in the question; one that somebody brought
    back has drifted, and is left alone; both exactly as it is said.
    """
    (project / "fleet.yaml").write_text(BOTH)
    assert run("deploy", "--yes").exit_code == 0
    assert run("leave", "a", "--yes").exit_code == 0
    (project / "fleet.yaml").write_text(ONLY_A)
    mock.changes()

    asked = run("deploy")
    said = " ".join(asked.stdout.split())
    assert asked.exit_code == 1
    told = [line for line in asked.stdout.splitlines() if line.startswith(("a: ", "b: "))]
    assert len(told) == 2
    assert "b: rescue → os: restarts into its operating system, usually about" in said
    assert "; removed from the file; reason: CHG-2; " in said
    assert "a: has drifted: runs os, must be in its rescue kernel" in said
    assert "1 device comes back to its operating system; 1 device has drifted: allowed" in said
    assert mock.changes() == []

    done = run("deploy", "--yes")
    assert done.exit_code == 2
    assert mock.changes() == ["rebootDefault 124929706"]


def test_what_the_review_refuses_is_refused(run: Run, mock: Any, project: Path) -> None:
    """A device whose release is tainted would leave the record without its hook, and stay in
    rescue.
    """
    (project / "fleet.yaml").write_text(BOTH)
    assert run("deploy", "--yes").exit_code == 0
    subprocess.run(
        ["terraform", "taint", 'terraform_data.release["virtual_guest/124929706"]'],
        cwd=project / "cdktf.out/stacks/fleet-0",
        check=True,
        capture_output=True,
    )
    (project / "fleet.yaml").write_text(ONLY_A)
    mock.changes()
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    assert "nothing was touched" in ended.stderr
    assert "terraform untaint" in " ".join(ended.stderr.split())
    assert mock.changes() == []


def test_nothing_to_do_starts_nothing(run: Run, mock: Any, project: Path) -> None:
    """Where no plan has a change nobody is asked, and nothing is applied."""
    assert run("deploy", "--yes").exit_code == 0
    again = run("deploy")
    assert again.exit_code == 0
    assert "terraform apply begins" not in again.output
    assert again.stdout.endswith("nothing was changed on any device\n")


def test_destroy_names_what_was_deployed_and_is_not_in_the_file(
    run: Run, mock: Any, project: Path
) -> None:
    """Destroy brings back what Terraform has on record, whatever the file says by now."""
    (project / "fleet.yaml").write_text(BOTH)
    assert run("deploy", "--yes").exit_code == 0
    (project / "fleet.yaml").write_text(ONLY_A)
    mock.changes()
    asked = run("destroy")
    said = " ".join(asked.stdout.split())
    assert asked.exit_code == 1
    assert "2 devices come back to their operating systems" in said
    assert "b: rescue → os: restarts into its operating system" in said
    done = run("destroy", "--yes")
    assert done.exit_code == 0, done.output
    assert sorted(mock.changes()) == ["rebootDefault 124929698", "rebootDefault 124929706"]


def test_a_state_that_moved_meanwhile_is_said(
    run: Run, mock: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deploys while the question stands: nothing of the old plan is applied."""
    asked: list[str] = []

    def deploy_meanwhile(*given: Any, **more: Any) -> None:
        asked.append("")
        subprocess.run(
            ["terraform", "apply", "-auto-approve"],
            cwd=project / "cdktf.out/stacks/fleet-0",
            check=True,
            capture_output=True,
        )

    monkeypatch.setattr(rollout, "_ask", deploy_meanwhile)
    ended = run("deploy")
    assert asked
    assert ended.exit_code == 1
    assert "fleet-0 moved after it was planned" in " ".join(ended.stderr.split())
    assert mock.changes() == ["executeRescueLayer 124929698"]


BY_NAME = """\
devices:
  web-1: {hostname: web-1.example.com, boot: rescue, reason: CHG-1}
  win-1: {virtual_guest: 124929702, boot: os}
"""


def move_the_name(mock: Any) -> None:
    """web-1's name leads to what was app-1."""
    guest = "SoftLayer_Virtual_Guest"
    mock.act(f"{guest}/124929698/editObject", {"hostname": "old-1"})
    mock.act(f"{guest}/124929706/editObject", {"hostname": "web-1"})
    mock.changes()


@pytest.mark.slow
def test_a_name_that_moved_after_the_review(run: Run, mock: Any, project: Path) -> None:
    """The plan of another device: the apply names both, and restarts neither."""
    (project / "fleet.yaml").write_text(BY_NAME)
    assert run("plan", "--out", "reviewed").exit_code == 2
    move_the_name(mock)
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1, ended.output
    said = " ".join(ended.stderr.split())
    assert (
        "web-1: the device: reviewed virtual_guest 124929698, now virtual_guest 124929706" in said
    )
    assert mock.changes() == []


@pytest.mark.slow
def test_a_name_that_moves_after_the_question(
    run: Run, mock: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the moment between the look and the hook: it is the hook that refuses."""
    (project / "fleet.yaml").write_text(BY_NAME)
    original = AgreedPlans.apply

    def moved(*given: Any, **more: Any) -> Any:
        move_the_name(mock)
        return original(*given, **more)

    monkeypatch.setattr(AgreedPlans, "apply", moved)
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1, ended.output
    said = " ".join(ended.output.split())
    assert "leads to virtual_guest 124929706 now, and was reviewed as virtual_guest 1249" in said
    assert mock.changes() == []
