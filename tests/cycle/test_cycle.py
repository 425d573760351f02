"""What a deploy does to devices, proved by the mock's journal: which requests were accepted,
and how often.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.mock.stagehand import APP, DB, WEB, WIN

if TYPE_CHECKING:
    from tests.conftest import Mock
    from tests.cycle.conftest import Project

pytestmark = pytest.mark.slow

FOUR = f"""
devices:
  web-1: {{virtual_guest: {WEB}, boot: rescue, reason: CHG-1}}
  win-1: {{virtual_guest: {WIN}, boot: {{image: WindowsRescueStandalone.iso}}}}
  db-1: {{hardware: {DB}, boot: rescue}}
  app-1: {{virtual_guest: {APP}, boot: os}}
"""


def test_a_fleet_reaches_its_states_and_comes_back(project: Project) -> None:
    """Plan, apply, an empty second plan, destroy: each device gets exactly one request each way."""
    project.write(FOUR)
    assert project.apply() == 0, project.said
    assert sorted(project.mock.changes()) == [
        f"bootToRescueLayer {DB}",
        f"executeRescueLayer {WEB}",
        f"mountIsoImage {WIN}",
    ]
    assert [project.state(device) for device in (WEB, WIN, DB, APP)] == [
        "rescue",
        "image",
        "rescue",
        "os",
    ]
    assert project.plan() == 0, project.said
    assert project.apply() == 0
    assert project.mock.changes() == []
    assert project.destroy() == 0, project.said
    assert sorted(project.mock.changes()) == [
        f"rebootDefault {WEB}",
        f"rebootDefault {DB}",
        f"unmountIsoImage {WIN}",
    ]
    assert [project.state(device) for device in (WEB, WIN, DB, APP)] == ["os"] * 4


def test_rescue_to_image_is_one_reboot(project: Project) -> None:
    """Changing the desired state goes straight to the new one."""
    project.write(f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}")
    assert project.apply() == 0, project.said
    project.mock.changes()
    project.write(
        f"devices: {{web-1: {{virtual_guest: {WEB}, boot: {{image:"
        " WindowsRescueStandalone.iso}}}"
    )
    assert project.plan() == 2
    assert project.apply() == 0, project.said
    assert project.mock.changes() == [f"mountIsoImage {WEB}"]
    assert project.state(WEB) == "image"


def test_a_failed_enter_still_leaves_when_the_device_is_removed(project: Project) -> None:
    """Terraform runs no destroy hook of a tainted resource;
    the release resource is never tainted.
    """
    project.write(f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue, timeout: 90s}}}}")
    assert project.apply() == 1
    assert "still under way after 1 min 30 s" in project.said[-1]
    assert "exit status 5" in project.said[-1]
    assert project.mock.changes() == [f"executeRescueLayer {WEB}"]
    project.write("devices: {}")
    assert project.apply() == 0, project.said
    assert project.mock.changes() == [f"rebootDefault {WEB}"]
    assert project.state(WEB) == "os"


def test_an_interrupted_enter_goes_on_waiting_at_the_next_apply(project: Project) -> None:
    """What was requested is never requested again:
    the next run finds the transaction and waits for it.
    """
    line = f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue, timeout: %s}}}}"
    project.write(line % "1m")
    assert project.apply() == 1
    project.write(line % "1h")
    assert project.apply() == 0, project.said
    assert project.mock.changes() == [f"executeRescueLayer {WEB}"]
    assert project.plan() == 0


def test_a_lost_answer_is_looked_up_and_not_sent_again(project: Project) -> None:
    """The connection breaks after the service took the request:
    the transaction tells that it did.
    """
    project.mock.fault("SoftLayer_Virtual_Guest.executeRescueLayer", "drop", when="after")
    project.write(f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}")
    assert project.apply() == 0, project.said
    assert "it is not sent again: looking at the transactions" in project.said[-1]
    sent = [
        row for row in project.mock.control_call("journal") if row["method"] == "executeRescueLayer"
    ]
    assert len(sent) == 1
    assert project.state(WEB) == "rescue"


def test_removing_a_device_brings_it_back(project: Project) -> None:
    """A key that leaves the fleet runs its leave hook; the others are not touched.

    The last one out works too.
    """
    project.write(
        f"devices:\n  web-1: {{virtual_guest: {WEB}, boot: rescue}}\n"
        f"  db-1: {{hardware: {DB}, boot: rescue}}"
    )
    assert project.apply() == 0, project.said
    project.mock.changes()
    project.write(f"devices: {{db-1: {{hardware: {DB}, boot: rescue}}}}")
    assert project.apply() == 0, project.said
    assert project.mock.changes() == [f"rebootDefault {WEB}"]
    project.write("devices: {}")
    assert project.apply() == 0, project.said
    assert project.mock.changes() == [f"rebootDefault {DB}"]
    assert project.plan() == 0


def test_an_empty_fleet_is_a_fleet(project: Project) -> None:
    """Its stack is still there, so that a device removed last still leaves."""
    project.write("devices: {}")
    assert project.apply() == 0, project.said
    assert project.plan() == 0
    assert project.mock.changes() == []


def test_until_reached_means_the_operating_system(project: Project) -> None:
    """Past its time a rescue is no longer wanted, whatever `boot` says."""
    line = f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue, until: '%s'}}}}"
    project.write(line % "2999-01-01T00:00:00Z")
    assert project.apply() == 0, project.said
    assert project.state(WEB) == "rescue"
    project.mock.changes()
    project.write(line % "2020-01-01T00:00:00Z")
    assert project.plan() == 2
    assert project.apply() == 0, project.said
    assert project.mock.changes() == [f"rebootDefault {WEB}"]
    assert project.state(WEB) == "os"


def test_a_return_that_was_not_done_is_not_forgotten(project: Project) -> None:
    """The service says `true` and restarts nothing: the device stays on Terraform's record."""
    project.write(f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}")
    assert project.apply() == 0, project.said
    project.write("devices: {}")
    project.mock.fault("SoftLayer_Virtual_Guest.rebootDefault", "no_transaction")
    assert project.apply() == 1
    assert any("it answered pings all the time" in line for line in project.said), project.said
    assert project.state(WEB) == "rescue"
    assert project.plan() == 2
    assert project.apply() == 0, project.said
    assert project.state(WEB) == "os"
    assert project.plan() == 0


@pytest.mark.parametrize(
    ("after", "stacks"),
    [
        (f"devices: {{renamed: {{virtual_guest: {WEB}, boot: rescue}}}}", ["fleet-0"]),
        (  # of 2 or 3 stacks this device would still be in the first
            f"shards: 4\ndevices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}",
            ["fleet-0", "fleet-1", "fleet-2", "fleet-3"],
        ),
        ("devices: {web-1: {hostname: web-1.example.com, boot: rescue}}", ["fleet-0"]),
    ],
    ids=["renamed", "moved to another stack", "named by its hostname"],
)
def test_the_same_device_under_another_name_is_not_rebooted(
    project: Project, after: str, stacks: list[str]
) -> None:
    """Keys are identities; a removal here while another stack declares the device is a move."""
    project.write(f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}")
    assert project.apply() == 0, project.said
    project.mock.changes()
    project.write(after)
    for stack in stacks:
        assert project.apply(stack) == 0, project.said
    assert project.mock.changes() == []
    assert project.state(WEB) == "rescue"
    assert [project.destroy(stack) for stack in stacks] == [0] * len(stacks)
    assert project.mock.changes() == [f"rebootDefault {WEB}"]


def test_a_deleted_device_counts_as_left(project: Project) -> None:
    """A device that was cancelled while it was in rescue does not block its own removal."""
    project.write(f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}")
    assert project.apply() == 0, project.said
    world = project.mock.control_call("world")
    users = [
        {**user, "guest_ids": [number for number in user["guest_ids"] if number != WEB]}
        for user in world["users"]
    ]
    left = {"guests": [guest for guest in world["guests"] if guest["id"] != WEB], "users": users}
    project.mock.control_call("world", left, method="PATCH")
    project.write("devices: {}")
    assert project.apply() == 0, project.said
    assert "does not exist any more" in project.said[-1]


def test_no_secret_of_the_world_is_written_anywhere(project: Project, mock: Mock) -> None:
    """Configuration, plan, state and log hold no key and no password: after apply,
    failed apply and destroy.
    """
    world = mock.control_call("world")
    secrets = {
        value
        for key, value in _leaves(world)
        if re.search("key$|password|token", key) and len(value) > 7
    }
    assert len(secrets) >= 8
    project.write(FOUR)
    assert project.terraform("init") == 0
    assert project.terraform("plan", out="reviewed.plan") == 0
    project.mock.fault("SoftLayer_Virtual_Guest.mountIsoImage", "error")
    assert project.apply() == 1
    _assert_clean(project, secrets)
    assert project.apply() == 0, project.said
    _assert_clean(project, secrets)
    assert project.destroy() == 0, project.said
    _assert_clean(project, secrets)


def _leaves(value: object, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for key, part in value.items() for leaf in _leaves(part, str(key))]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part, name)]
    return [(name, value)] if isinstance(value, str) else []


def _assert_clean(project: Project, secrets: set[str]) -> None:
    files = [path for path in project.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.suffix == ".tfstate" for path in files)
    texts = [path.read_bytes() for path in files] + [said.encode() for said in project.said]
    for secret in secrets:
        assert not any(secret.encode() in text for text in texts), "a secret was written"
