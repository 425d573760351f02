"""The policy at apply time: the plan was allowed, and then the world or the file changed."""

from __future__ import annotations

import json
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mock.stagehand import APP, DB, SPARE, WEB

if TYPE_CHECKING:
    from tests.cycle.conftest import Project

pytestmark = pytest.mark.slow

GUEST = "SoftLayer_Virtual_Guest"
DONE = 0
ERROR = 1
CHANGES = 2
ALWAYS = "{days: daily, from: '00:00', to: '24:00', zone: UTC}"


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
    """Terraform failed with the hook's code and words,
    and no request that changes anything was sent.
    """
    assert apply_plan(project) == ERROR
    assert "exit status 7" in project.said[-1]
    for word in (*words, "nothing was changed", "CLASSIC_RESCUE_BREAK_GLASS=REASON"):
        assert word in project.said[-1]
    assert [row for row in project.mock.control_call("journal") if row["kind"] == "changing"] == []
    assert project.state(WEB) == "os"


def assert_works_afterwards(project: Project) -> None:
    """The same is still planned, and the next apply does it, once."""
    assert project.plan() == CHANGES
    assert project.apply() == DONE, project.said
    assert project.mock.changes() == [f"executeRescueLayer {WEB}"]
    assert project.plan() == DONE


def test_a_device_that_went_down_behind_the_plan_counts(project: Project) -> None:
    """Somebody rescues app-1 in the console after the plan was made:
    web-1 would be the second of one allowed.
    """
    planned(project, "max_down: 1")
    project.mock.call_as_somebody_else(GUEST, APP, "executeRescueLayer")
    project.mock.control_call("journal", method="DELETE")
    assert_refused(project, "rule `max_down`", "while app-1 is down", "allowed: 1")
    project.mock.control_call("clock", {"advance_s": 1200}, method="POST")
    project.mock.call_as_somebody_else(GUEST, APP, "rebootDefault")
    project.mock.control_call("clock", {"advance_s": 1200}, method="POST")
    project.mock.changes()
    assert_works_afterwards(project)


def set_clock(folder: Path, hour: int) -> None:
    """Write the data of a zone whose clock shows this hour now,
    in the format of RFC 8536, version 1.
    """
    now = datetime.now(UTC)
    offset_s = hour * 3600 - (now.hour * 3600 + now.minute * 60 + now.second)
    counts = (0, 0, 0, 0, 1, 4)  # one type of local time, with a name of four bytes
    header = b"TZif" + bytes(16) + struct.pack(">6l", *counts)
    (folder / "Test").mkdir(parents=True, exist_ok=True)
    (folder / "Test" / "Clock").write_bytes(header + struct.pack(">lbb", offset_s, 0, 0) + b"TST\0")


def test_a_window_that_closed_after_the_plan_was_made_is_closed(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planned at noon, applied in the evening: refused; the next noon it works."""
    monkeypatch.setenv("PYTHONTZPATH", str(tmp_path / "zones"))
    set_clock(tmp_path / "zones", 12)
    planned(project, "windows: [{days: daily, from: '06:00', to: '18:00', zone: Test/Clock}]")
    set_clock(tmp_path / "zones", 20)
    assert_refused(project, "rule `windows`", "daily from 06:00 to 18:00 (Test/Clock)", "T06:00")
    set_clock(tmp_path / "zones", 12)
    assert_works_afterwards(project)


def test_a_policy_that_came_after_the_plan_counts(project: Project) -> None:
    """Somebody protects web-1 in the file: the older plan, made without any policy, is refused;
    break glass passes.
    """
    planned(project, "")
    project.write(fleet("protected: ['web-*']"))
    assert_refused(project, "rule `protected`", "web-1 is protected (by 'web-*')")
    project.write(fleet("protected: ['web-*']", "boot: rescue, allow_reboot: true"))
    assert_works_afterwards(project)


def test_break_glass_passes_loudly(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason in the environment of the run: the request is sent,
    and Terraform's output shows what was overridden.
    """
    planned(project, "protected: ['*'], max_down: 1")
    monkeypatch.setenv("CLASSIC_RESCUE_BREAK_GLASS", "CHG-9 outage")
    assert apply_plan(project) == DONE, project.said
    assert (
        "BREAK GLASS: the policy is set aside for this run; reason: CHG-9 outage"
        in project.said[-1]
    )
    assert "OVERRIDDEN, rule `protected`" in project.said[-1]
    assert project.mock.changes() == [f"executeRescueLayer {WEB}"]


def test_a_damaged_policy_refuses(project: Project) -> None:
    """What cannot be read is never taken for no policy."""
    planned(project, "max_down: 5")
    path = project.folder / "cdktf.out/stacks/fleet-0/cdk.tf.json"
    tree = json.loads(path.read_text())
    tree["locals"]["policy"] = tree["locals"]["policy"][:-9]
    path.write_text(json.dumps(tree))
    assert_refused(project, "the policy cannot be read", "synthesise the app again")


def test_a_policy_is_no_change_to_terraform(project: Project) -> None:
    """Its coming, changing and going plans nothing, and its text is in no plan and no state."""
    project.write(fleet("", "boot: os"))
    assert project.apply() == DONE, project.said
    for policy in (
        "protected: [secret-*], max_down: 1",
        f"protected: [other-*], windows: [{ALWAYS}]",
        "",
    ):
        project.write(fleet(policy, "boot: os, tags: [a], allow_reboot: true"))
        assert project.plan() == DONE, project.said[-1]
    project.write(fleet("protected: [secret-*]"))
    assert project.terraform("plan", out="reviewed.plan") == DONE
    command = ["terraform", "show", "-json", "reviewed.plan"]
    folder = project.folder / "cdktf.out/stacks/fleet-0"
    shown = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert "planned_values" in shown
    assert "secret-" not in shown
    assert "secret-" not in (project.folder / "terraform.fleet-0.tfstate").read_text()


def test_of_four_at_once_two_are_let_through(project: Project) -> None:
    """Hooks run side by side: exactly as many go down as are allowed,
    and the others are refused.
    """
    kinds = {WEB: "virtual_guest", APP: "virtual_guest", DB: "hardware", SPARE: "hardware"}
    devices = ", ".join(
        f"d-{number}: {{{kind}: {number}, boot: rescue}}" for number, kind in kinds.items()
    )
    project.write(f"policy: {{max_down: 2}}\ndevices: {{{devices}}}")
    assert project.apply() == ERROR
    assert len(project.mock.changes()) == 2
    assert project.said[-1].count("exit status 7") == 2
    states = [project.state(number) for number in (WEB, APP, DB, SPARE)]
    assert sorted(states) == ["os", "os", "rescue", "rescue"]


def test_bringing_back_needs_nobody_s_permission(project: Project) -> None:
    """A device in rescue leaves, by removal and by `boot: os`,
    while the policy forbids everything.
    """
    devices = f"a: {{virtual_guest: {WEB}, %s}}, b: {{virtual_guest: {APP}, boot: rescue}}"
    project.write(f"devices: {{{devices % 'boot: rescue'}}}")
    assert project.apply() == DONE, project.said
    project.mock.changes()
    forbidden = (
        "protected: ['*'], max_down: 1,"
        " windows: [{days: mon, from: '00:00', to: '00:01', zone: UTC}]"
    )
    project.write(
        f"policy: {{{forbidden}}}\ndevices: {{{devices.partition(', b')[0] % 'boot: os'}}}"
    )
    assert project.apply() == DONE, project.said
    assert sorted(project.mock.changes()) == [f"rebootDefault {WEB}", f"rebootDefault {APP}"]


@pytest.mark.parametrize("option", ["target", "replace"])
def test_no_option_of_terraform_goes_around_it(project: Project, option: str) -> None:
    """One device alone, or its block again: the hook asks, whatever made Terraform run it."""
    project.write(fleet("protected: ['web-*']", "boot: os"))
    assert project.apply() == DONE, project.said
    project.write(fleet("protected: ['web-*']"))
    chosen = f'terraform_data.boot["virtual_guest/{WEB}"]'
    assert project.terraform("plan", out="reviewed.plan", **{option: chosen}) == DONE, project.said
    assert_refused(project, "rule `protected`")
