"""Plan, review, apply exactly that plan: what the review said is what the mock's journal shows."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from classic_rescue.fleet import parse_fleet
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Effect, Restart, Why
from classic_rescue.review.plans import read_plan
from classic_rescue.review.review import Review
from tests.mock.stagehand import APP, DB, WEB, WIN

if TYPE_CHECKING:
    from tests.cycle.conftest import Project

pytestmark = pytest.mark.slow

NAMES = {WEB: "web-1", WIN: "win-1", APP: "app-1", DB: "db-1"}


def reviewed(project: Project, text: str) -> Review:
    """Write the fleet, plan each stack into a file, and review all of them."""
    project.write(text)
    fleet = parse_fleet(text, source="fleet.yaml", now=datetime.now(UTC))
    plans = []
    for number in range(fleet.shards):
        stack = fleet.stack_name(number)
        folder = project.folder / "cdktf.out/stacks" / stack
        assert project.terraform("init", stack=stack) == 0, project.said
        assert project.terraform("plan", stack=stack, out="reviewed.plan") == 0, project.said
        command = ["terraform", "show", "-json", "reviewed.plan"]
        shown = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        plans.append(read_plan(shown.stdout, f"{stack}.json"))
    found = review_of(plans, fleet, datetime.now(UTC))
    assert found.problems == ()
    return found


def applied(project: Project, found: Review) -> list[int]:
    """Apply the reviewed plan files; the ids of the devices
    that got a request which restarts them.
    """
    for stack in found.stacks:
        assert project.terraform("apply", "reviewed.plan", stack=stack) == 0, project.said
    return sorted({int(row.split()[1]) for row in project.mock.changes()})


def foreseen(found: Review) -> dict[str, tuple[Effect, Why]]:
    """What the review says of each device that it has something to say of."""
    return {change.name: (change.effect, change.why) for change in found.shown}


def restarting(found: Review, restart: Restart = Restart.YES) -> set[str]:
    """The devices that restart, or may."""
    return {change.name for change in found.changes if change.restart is restart}


def test_a_fleet_through_all_its_transitions(project: Project) -> None:
    """New, nothing, changed, back, out of time, removed, renamed: each as foreseen,
    and nobody else restarts.
    """
    phases: list[tuple[str, dict[str, tuple[Effect, Why]]]] = [
        (
            f"  web-1: {{virtual_guest: {WEB}, boot: rescue}}\n"
            f"  win-1: {{virtual_guest: {WIN}, boot: {{image: WindowsRescueStandalone.iso}}}}\n"
            f"  db-1: {{hardware: {DB}, boot: rescue}}\n"
            f"  app-1: {{virtual_guest: {APP}, boot: os}}\n",
            {
                "web-1": (Effect.ENTERS_RESCUE, Why.DECLARED),
                "win-1": (Effect.BOOTS_IMAGE, Why.DECLARED),
                "db-1": (Effect.ENTERS_RESCUE, Why.DECLARED),
                "app-1": (Effect.IS_LOOKED_AT, Why.DECLARED),
            },
        ),
        (
            f"  web-1: {{virtual_guest: {WEB}, boot: {{image: WindowsRescueStandalone.iso}}}}\n"
            f"  win-1: {{virtual_guest: {WIN}, boot: os}}\n"
            f"  db-1: {{hardware: {DB}, boot: rescue, until: '2020-01-01T00:00:00Z'}}\n"
            f"  other: {{virtual_guest: {APP}, boot: os}}\n",
            {
                "web-1": (Effect.BOOTS_IMAGE, Why.CHANGED),
                "win-1": (Effect.RETURNS_TO_OS, Why.CHANGED),
                "db-1": (Effect.RETURNS_TO_OS, Why.TIME_LIMIT),
                "other": (Effect.IS_RECORDED, Why.CHANGED),
            },
        ),
        (
            f"  web-1: {{virtual_guest: {WEB},"
            " boot: {image: WindowsRescueStandalone.iso}, reason: CHG-1}\n",
            {
                "web-1": (Effect.IS_RECORDED, Why.CHANGED),
                "win-1": (Effect.IS_FORGOTTEN, Why.REMOVED),
                "db-1": (Effect.IS_FORGOTTEN, Why.REMOVED),
                "other": (Effect.IS_FORGOTTEN, Why.REMOVED),
            },
        ),
        ("", {"web-1": (Effect.RETURNS_TO_OS, Why.REMOVED)}),
    ]
    for rows, expected in phases:
        found = reviewed(project, f"devices:\n{rows}" if rows else "devices: {}\n")
        assert foreseen(found) == expected
        assert {NAMES[device] for device in applied(project, found)} == restarting(found)
    assert [project.state(device) for device in (WEB, WIN, DB, APP)] == ["os"] * 4


def test_a_move_between_stacks_restarts_nothing(project: Project) -> None:
    """One line in the review, no request in the journal."""
    device = f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}\n"
    assert applied(project, reviewed(project, device)) == [WEB]
    found = reviewed(project, f"shards: 4\n{device}")
    assert foreseen(found) == {"web-1": (Effect.MOVES, Why.MOVED)}
    assert applied(project, found) == []
    assert project.state(WEB) == "rescue"


def test_a_first_deploy_of_a_device_in_rescue_as_os_may_restart_it(project: Project) -> None:
    """Nobody looked, so the review says `may`; here it does."""
    project.mock.call_as_somebody_else("SoftLayer_Virtual_Guest", WEB, "executeRescueLayer")
    project.mock.control_call("clock", {"run_until_stable": True}, method="POST")
    project.mock.changes()
    found = reviewed(project, f"devices: {{web-1: {{virtual_guest: {WEB}, boot: os}}}}\n")
    assert restarting(found, Restart.MAY) == {"web-1"}
    assert applied(project, found) == [WEB]
    assert project.state(WEB) == "os"
