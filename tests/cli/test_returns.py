"""Returns by time limit, with the real Terraform and a mock: whatever else waits, they come about,
and nothing else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.cli.plans.returns import MOST, Due, find_due
from classic_rescue.fleet import parse_fleet
from tests.cli.test_plan_and_apply import edit, plain

Run = Callable[..., Result]
slow = pytest.mark.slow

RESCUED = """\
devices:
  web-1: {virtual_guest: 124929698, boot: rescue, reason: "CHG-1"}
  app-1: {virtual_guest: 124929706, boot: os}
"""
OVER = "boot: rescue, until: 2026-01-01T00:00:00Z"
EXPIRED = RESCUED.replace("boot: rescue", OVER)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test of a worker that needs it leaves a deployed project for the others."""
    return tmp_path_factory.mktemp("deployed") / "project"


@pytest.fixture
def rescued(run: Run, mock: Any, project: Path, deployed: Path) -> Path:
    """The fleet file of a project whose web-1 was deployed into rescue.

    What was sent until then is forgotten.
    """
    fleet = project / "fleet.yaml"
    fleet.write_text(RESCUED)
    world = deployed.with_name("world.json")
    given = shutil.ignore_patterns(*(path.name for path in project.iterdir()))
    if deployed.exists():
        shutil.copytree(deployed, project, ignore=given, dirs_exist_ok=True)
        mock.control_call("PUT", "world", json.loads(world.read_text()))
    else:
        assert run("plan", "--out", "reviewed").exit_code == 2
        assert run("apply", "reviewed").exit_code == 0
        shutil.copytree(project, deployed, ignore=given)
        world.write_text(json.dumps(mock.control_call("GET", "world")))
    mock.changes()
    return fleet


def bring_back(run: Run) -> Result:
    """Plan the returns and apply them."""
    planned = run("plan", "--only-returns", "--out", "returns")
    assert planned.exit_code == 2, planned.output
    return run("apply", "returns")


@slow
def test_a_device_whose_time_is_over_comes_back(run: Run, mock: Any, rescued: Path) -> None:
    """One reboot, said with its reason before; afterwards everything is as declared."""
    rescued.write_text(EXPIRED)
    planned = run("plan", "--only-returns", "--out", "returns")
    assert planned.exit_code == 2, planned.output
    assert "1 device comes back to its operating system: allowed" in planned.stdout
    assert "its time limit, 2026-01-01 00:00:00+00:00, is over" in plain(planned.stdout)
    assert "NOT ALL STACKS" not in planned.stdout
    assert mock.changes() == []
    returned = run("apply", "returns")
    assert returned.exit_code == 0, returned.output
    assert mock.changes() == ["rebootDefault 124929698"]
    assert run("plan", "--out", "reviewed").exit_code == 0
    assert run("plan", "--only-returns", "--out", "returns").exit_code == 0


@slow
def test_nothing_else_stands_in_its_way_or_happens(run: Run, mock: Any, rescued: Path) -> None:
    """A failed attempt, a new rescue, a removal and a broken policy wait on:
    only the one device restarts.
    """
    fault = {
        "operation": "*.executeRescueLayer",
        "device_id": 124929706,
        "fault": {"kind": "error"},
    }
    mock.control_call("POST", "faults", fault)
    win = "  win-1: {virtual_guest: 124929702, boot: {image: WindowsRescueStandalone.iso}}\n"
    rescued.write_text(RESCUED.replace("124929706, boot: os", "124929706, boot: rescue") + win)
    assert run("plan", "--out", "reviewed").exit_code == 2
    assert run("apply", "reviewed").exit_code == 1
    mock.control_call("DELETE", "faults")
    mock.changes()
    rescued.write_text(
        EXPIRED.replace("124929706, boot: os", "124929706, boot: rescue")
        + "  db-1: {hardware: 218027101, boot: rescue}\npolicy: {require_until: true}\n"
    )
    refused = run("plan", "--out", "reviewed")
    assert refused.exit_code == 1
    assert "policy.require_until" in refused.stderr

    planned = run("plan", "--only-returns", "--out", "returns")
    assert planned.exit_code == 2, planned.output
    assert "fleet.yaml breaks its own policy, which is not held against returns" in plain(
        planned.stdout
    )
    returned = run("apply", "returns")
    assert returned.exit_code == 0, returned.output
    assert mock.changes() == ["rebootDefault 124929698"]

    rescued.write_text(rescued.read_text().partition("policy:")[0])
    waiting = run("plan", "--out", "reviewed")
    told = {
        change["name"]: change["effect"]
        for change in json.loads((rescued.parent / "reviewed" / "review.json").read_text())[
            "devices"
        ]
    }
    assert waiting.exit_code == 2, waiting.output
    assert told == {
        "web-1": "nothing",
        "app-1": "enters_rescue",
        "win-1": "returns_to_os",
        "db-1": "enters_rescue",
    }


@slow
def test_a_failed_return_is_tried_again(run: Run, mock: Any, rescued: Path) -> None:
    """The return is refused by the service once; the next run brings the device back."""
    rescued.write_text(EXPIRED)
    mock.control_call(
        "POST", "faults", {"operation": "*.rebootDefault", "fault": {"kind": "error"}, "times": 1}
    )
    assert bring_back(run).exit_code == 1
    mock.control_call("DELETE", "faults")
    mock.changes()
    again = bring_back(run)
    assert again.exit_code == 0, again.output
    assert mock.changes() == ["rebootDefault 124929698"]


@slow
def test_who_was_rescued_again_is_left_alone(run: Run, mock: Any, rescued: Path) -> None:
    """A device that came back and that somebody took into rescue since is drift, told by `drift`:
    no time limit's.
    """
    rescued.write_text(EXPIRED)
    assert bring_back(run).exit_code == 0
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    mock.changes()
    planned = run("plan", "--only-returns", "--out", "returns")
    assert planned.exit_code == 0, planned.output
    applied = run("apply", "returns")
    assert applied.exit_code == 0, applied.output
    assert "no device is to be brought back; nothing was touched" in applied.stdout
    assert mock.changes() == []
    assert run("drift").exit_code == 4


@slow
def test_only_the_stacks_that_have_any(run: Run, mock: Any, rescued: Path) -> None:
    """Of two stacks only the device's own is planned;
    a device that is between two waits for a deploy, and is said.
    """
    rescued.write_text("shards: 2\n" + RESCUED)
    assert run("plan", "--out", "reviewed").exit_code == 0
    assert run("apply", "reviewed").exit_code == 0
    rescued.write_text("shards: 2\n" + EXPIRED)
    own = (
        "fleet-1"
        if (rescued.parent / "terraform.fleet-1.tfstate").read_text().count("124929698")
        else "fleet-0"
    )
    assert bring_back(run).exit_code == 0
    reviewed = json.loads((rescued.parent / "returns" / "essence.json").read_text())
    devices = reviewed["essence"]["devices"]
    assert {key: device["stack"] for key, device in devices.items()} == {WEB: own}
    assert reviewed["returns"] == [WEB]
    assert mock.changes() == ["rebootDefault 124929698"]


@slow
def test_no_deploy_finds_what_no_policy_was_asked_about(run: Run, mock: Any, rescued: Path) -> None:
    """The stacks of a file that breaks its policy lie where
    `cdktf deploy --skip-synth` does not look.
    """
    before = (rescued.parent / "cdktf.out" / "stacks" / "fleet-0" / "cdk.tf.json").read_text()
    rescued.write_text(
        EXPIRED.replace("boot: os", "boot: rescue") + "policy: {require_until: true}\n"
    )
    assert bring_back(run).exit_code == 0
    assert run("drift").exit_code in (0, 4)
    assert (
        rescued.parent / "cdktf.out" / "stacks" / "fleet-0" / "cdk.tf.json"
    ).read_text() == before
    assert run("plan", "--out", "reviewed", env={"CLASSIC_RESCUE_ASIDE": "1"}).exit_code == 1


@slow
def test_a_folder_of_returns_is_for_nothing_else(run: Run, mock: Any, rescued: Path) -> None:
    """Taken for a whole plan of a file that has changed otherwise, it is refused, and nothing is
    sent.
    """
    rescued.write_text(EXPIRED)
    assert run("plan", "--only-returns", "--out", "returns").exit_code == 2
    rescued.write_text(EXPIRED.replace("boot: os}", "boot: rescue}"))
    edit(rescued.parent / "returns" / "essence.json", "returns", to=None)
    ended = run("apply", "returns")
    assert ended.exit_code == 1, ended.output
    assert "app-1: reviewed to stay as it is, now goes down" in plain(ended.stderr)
    assert mock.changes() == []


@slow
def test_a_rescue_is_never_taken_for_a_return(run: Run, mock: Any, project: Path) -> None:
    """A folder that calls a plan into rescue a return is refused:
    no policy would have been asked.
    """
    (project / "fleet.yaml").write_text(
        "devices: {web-1: {virtual_guest: 124929698, boot: rescue}}\n"
    )
    assert run("plan", "--out", "reviewed").exit_code == 2
    edit(project / "reviewed" / "essence.json", "returns", to=[WEB])
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1, ended.output
    assert "web-1: reviewed: goes down and enters rescue; now it stays" in plain(ended.stderr)
    assert mock.changes() == []


@pytest.mark.parametrize("more", [("--reconcile",), ("--at", "window")])
def test_returns_are_for_now_and_repair_nothing(
    run: Run, mock: Any, project: Path, more: tuple[str, ...]
) -> None:
    """Options that ask for something else are refused before anything is done."""
    ended = run("plan", "--only-returns", "--out=returns", *more)
    assert ended.exit_code == 1
    assert "--only-returns: goes neither with --reconcile nor with --at" in plain(ended.stderr)
    assert not (project / "returns").exists()


FLEET = parse_fleet(EXPIRED, source="fleet.yaml", now=datetime(2026, 11, 28, tzinfo=UTC))
WEB = "virtual_guest/124929698"
APP = "virtual_guest/124929706"


def state(key: str, boot: str | None, *, is_tainted: bool = False) -> str:
    """Terraform's JSON of a state that holds one device, with this on record;
    without `boot` it was cut off.
    """
    order = {
        "name": "x",
        "device": key,
        "image": None,
        "no_os_environment": None,
        "timeout_s": 60,
        "reason": None,
    }
    parts: dict[str, dict[str, bool]] = {"release": {}}
    if boot:
        parts["boot"] = {"tainted": True} if is_tainted else {}
    rows = [
        {
            "type": "terraform_data",
            "name": name,
            "index": key,
            "values": {"input": order | {"boot": boot or "rescue"}},
        }
        | more
        for name, more in parts.items()
    ]
    return json.dumps({"values": {"root_module": {"resources": rows}}})


@pytest.mark.parametrize(
    ("on_record", "keys"),
    [
        (state(WEB, "rescue"), {"fleet-0": [WEB]}),
        (state(WEB, "rescue", is_tainted=True), {"fleet-0": [WEB]}),
        (state(WEB, "os", is_tainted=True), {"fleet-0": [WEB]}),
        (state(WEB, None), {"fleet-0": [WEB]}),
        (state(WEB, "os"), {}),
        (state(APP, "rescue"), {}),
        ("{}", {}),
    ],
    ids=[
        "away",
        "failed on its way",
        "failed on its way back",
        "cut off",
        "back",
        "no time limit",
        "never deployed",
    ],
)
def test_who_is_due(on_record: str, keys: dict[str, list[str]]) -> None:
    """Whose time is over, and whom Terraform has on record as away, or not safely back."""
    assert find_due(FLEET, {"fleet-0": on_record}) == Due(keys, [])


def test_a_device_between_two_stacks_waits_for_a_deploy() -> None:
    """It is not planned in either, and it is said why."""
    due = find_due(FLEET, {"fleet-7": state(WEB, "rescue")})
    assert due.keys == {}
    assert list(due.said) == [
        (
            "web-1 is not brought back: it moves from stack fleet-7 to fleet-0,"
            " which a deploy has to do first"
        )
    ]


def test_no_more_than_one_command_can_carry() -> None:
    """The rest is named, for the next run."""
    lines = "".join(
        f"  d-{number}: {{virtual_guest: {number}, {OVER}}}\n" for number in range(1, MOST + 2)
    )
    fleet = parse_fleet(
        f"shard_size: 2000\ndevices:\n{lines}", source="fleet.yaml", now=datetime.now(UTC)
    )
    rows = [json.loads(state(f"virtual_guest/{number}", "rescue")) for number in range(1, MOST + 2)]
    resources = [row for tree in rows for row in tree["values"]["root_module"]["resources"]]
    text = json.dumps({"values": {"root_module": {"resources": resources}}})
    due = find_due(fleet, {"fleet-0": text})
    assert len(due.all_keys) == MOST
    assert len(due.targets["fleet-0"]) == 2 * MOST
    assert list(due.said) == [
        f"d-{MOST + 1} is not brought back: one run takes {MOST} of a stack; run again"
    ]
