"""The policy at apply time: the plan was allowed, and then the world or the file changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cycle.conftest import Project

pytestmark = pytest.mark.slow

WEB, APP = 124929698, 124929706
GUEST = "SoftLayer_Virtual_Guest"
DONE, ERROR = 0, 1


def fleet(policy: str, web: str = "boot: rescue") -> str:
    """A fleet of web-1 and app-1, which runs its operating system."""
    devices = f"web-1: {{virtual_guest: {WEB}, {web}}}, app-1: {{virtual_guest: {APP}, boot: os}}"
    return f"policy: {{{policy}}}\ndevices: {{{devices}}}\n"


def planned(project: Project, policy: str) -> None:
    """A deployed fleet, and a plan file `reviewed.plan` that takes web-1 down."""
    project.write(fleet(policy, "boot: os"))
    assert project.apply() == DONE, project.said
    project.write(fleet(policy))
    assert project.terraform("plan", out="reviewed.plan") == DONE, project.said


def apply_plan(project: Project) -> int:
    """Apply the plan file."""
    return project.terraform("apply", "reviewed.plan")


def assert_refused(project: Project, *words: str) -> None:
    """Terraform failed with the hook's code and words, and no request that changes anything was sent."""
    assert apply_plan(project) == ERROR
    assert "exit status 7" in project.said[-1]
    for word in (*words, "nothing was changed", "CLASSIC_RESCUE_BREAK_GLASS=REASON"):
        assert word in project.said[-1]
    assert [row for row in project.mock.control_call("journal") if row["kind"] == "changing"] == []
    assert project.state(WEB) == "os"


def test_a_device_that_went_down_behind_the_plan_counts(project: Project) -> None:
    """Somebody rescues app-1 in the console after the plan was made: web-1 would be the second of one allowed."""
    planned(project, "max_down: 1")
    project.mock.call_as_somebody_else(GUEST, APP, "executeRescueLayer")
    project.mock.control_call("journal", method="DELETE")
    assert_refused(project, "rule `max_down`", "app-1", "allowed: 1")
