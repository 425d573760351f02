"""Devices that somebody changes behind Terraform's back, with the real slcli:
seen, told by whom, repaired.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from SoftLayer.CLI.core import cli as slcli

from classic_rescue.cli.app import app
from classic_rescue.cli.session.session import open_session
from classic_rescue.cli.terraform.terraform import open_terraform
from tests.conftest import KEY, USER, Mock
from tests.cycle.conftest import ROOT
from tests.mock.stagehand import APP, BIG, DB, WEB, WIN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.MultiCommand. is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The parameter --tag is used more than once:UserWarning"),
]

COLLEAGUE = "307608_manager@example.com"
FOUR = f"""
shards: 2
devices:
  web-1: {{virtual_guest: {WEB}, boot: rescue}}
  win-1: {{virtual_guest: {WIN}, boot: {{image: WindowsRescueStandalone.iso}}}}
  app-1: {{hostname: app-1.example.com, boot: os}}
  db-1: {{hardware: {DB}, boot: rescue}}
"""


@dataclass
class Scene:
    """A project that was deployed, and a colleague who has slcli."""

    folder: Path
    mock: Mock

    def run(self, *words: str) -> Result:
        """Our command, in this process."""
        return CliRunner().invoke(app, words)

    def drift(self, *words: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
        """Exit code, the lines by name, and what `reconcile` says."""
        ended = self.run("drift", "--json", *words)
        assert ended.exit_code in (0, 1, 4), ended.output
        told = json.loads(ended.stdout)
        return ended.exit_code, {line["name"]: line for line in told["devices"]}, told["reconcile"]

    def slcli(self, *words: str) -> None:
        """What the colleague does; then time passes until it is done."""
        nobody = {
            "SL_USERNAME": None,
            "SL_API_KEY": None,
        }  # they would win over the colleague's file
        done = CliRunner().invoke(
            slcli, ["-y", "-C", str(self.folder / "colleague.cfg"), *words], env=nobody
        )
        assert done.exit_code == 0, (done.output, done.exception)
        self.mock.control_call("clock", {"run_until_stable": True}, method="POST")

    def deploy(self, fleet: str, arguments: Sequence[str] = ()) -> bool:
        """Plan and apply with Terraform itself; whether that went well.

        What was requested before is forgotten.
        """
        (self.folder / "fleet.yaml").write_text(fleet)
        session = open_session(Path("fleet.yaml"), None, environ=os.environ, now=datetime.now(UTC))
        terraform = open_terraform(session)
        stacks = terraform.synthesise()
        terraform.init(stacks)
        files = terraform.plan(stacks, self.folder, {stack.name: arguments for stack in stacks})
        plans = [json.loads(text) for text in terraform.plan_texts(stacks, files).values()]
        self.is_empty = all(
            change["change"]["actions"] == ["no-op"] for plan in plans for change in _changes(plan)
        )
        self.mock.changes()
        logs = {stack.name: self.folder / f"{stack.name}.log" for stack in stacks}
        ends = terraform.apply(
            stacks, files, logs=logs, environ=terraform.environ, tick=lambda: None
        )
        return set(ends.codes.values()) == {0}


def _changes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return list(plan.get("resource_changes", []))


@pytest.fixture
def scene(
    tmp_path: Path, mock: Mock, steering: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Scene:
    """The current folder is a project that talks to the mock as its master user;
    the colleague is another one.
    """
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("cdktf.json", "main.py", "constructs", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    settings = {
        **steering,
        "SL_USERNAME": USER,
        "SL_API_KEY": KEY,
        "CLASSIC_RESCUE_ENDPOINT": mock.rest,
        "HOME": str(tmp_path),
    }
    key = next(
        user["api_key"]
        for user in mock.control_call("world")["users"]
        if user["username"] == COLLEAGUE
    )
    (folder / "colleague.cfg").write_text(
        f"[softlayer]\nusername={COLLEAGUE}\napi_key={key}\nendpoint_url={mock.rest}\n"
    )
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.chdir(folder)
    return Scene(folder, mock)


def change_all_four(scene: Scene) -> None:
    """A colleague in the console: each device leaves the state that is declared for it."""
    scene.slcli("vs", "reboot", str(WEB))
    scene.slcli("vs", "rescue", str(APP))
    scene.slcli(*f"call-api Virtual_Guest unmountIsoImage --id {WIN}".split())
    scene.slcli("hardware", "reboot", str(DB))


def test_what_somebody_changed_is_seen_told_by_whom_repaired_and_then_planned_empty(
    scene: Scene,
) -> None:
    """Both ways, an image, bare metal, two stacks: exactly one request repairs each device."""
    assert scene.deploy(FOUR)
    assert scene.drift()[0] == 0
    change_all_four(scene)
    code, lines, reconcile = scene.drift("--reconcile")
    assert code == 4
    assert {name: (line["verdict"], line["observed"]) for name, line in lines.items()} == {
        "web-1": ("drifted", "os"),
        "win-1": ("drifted", "os"),
        "app-1": ("drifted", "rescue"),
        "db-1": ("drifted", "os"),
    }
    assert {name: (line["who"]["user"], line["who"]["event"]) for name, line in lines.items()} == {
        "web-1": (COLLEAGUE, "Reboot"),
        "win-1": (COLLEAGUE, "Unload Image"),
        "app-1": (COLLEAGUE, "Rescue"),
        "db-1": (COLLEAGUE, "Reboot"),
    }
    assert scene.deploy(FOUR, reconcile["arguments"])
    assert sorted(scene.mock.changes()) == [
        f"bootToRescueLayer {DB}",
        f"executeRescueLayer {WEB}",
        f"mountIsoImage {WIN}",
        f"rebootDefault {APP}",
    ]
    assert scene.drift()[0] == 0
    assert scene.deploy(FOUR)
    assert scene.is_empty
    assert scene.mock.changes() == []


def test_what_is_no_drift_is_told_and_never_repaired(scene: Scene) -> None:
    """In motion for much too long, deleted, in rescue but in no fleet, changed in the file: a line
    each, and nothing to reconcile.
    """
    assert scene.deploy(FOUR)
    scene.mock.fault("*.executeRescueLayer", "stuck_transaction")
    scene.slcli("vs", "rescue", str(APP))
    scene.mock.control_call("clock", {"advance_s": 60}, method="POST")
    scene.slcli(*f"call-api Virtual_Guest mountIsoImage 34291701 --id {BIG}".split())
    scene.slcli("hardware", "reboot", str(DB))
    world = scene.mock.control_call("world")
    users = [
        {**user, "guest_ids": [number for number in user["guest_ids"] if number != WIN]}
        for user in world["users"]
    ]
    left = [guest for guest in world["guests"] if guest["id"] != WIN]
    scene.mock.control_call("world", {"guests": left, "users": users}, method="PATCH")
    (scene.folder / "fleet.yaml").write_text(
        FOUR.replace(f"hardware: {DB}, boot: rescue", f"hardware: {DB}, boot: os")
    )
    # However slow this machine is: after an hour the stuck one is far beyond its usual time.
    scene.mock.control_call("clock", {"advance_s": 3600}, method="POST")
    code, lines, reconcile = scene.drift("--reconcile")
    big = next(name for name in lines if name.startswith("big"))
    assert {name: line["verdict"] for name, line in lines.items()} == {
        "win-1": "not_found",
        big: "undeclared",
        "app-1": "overdue",
        "db-1": "due",
        "web-1": "as_declared",
    }
    assert (code, reconcile["keys"], reconcile["file"]) == (1, [], None)
    assert "either there is no such device, or user demo may not see it" in lines["win-1"]["text"]
    assert lines[big]["who"]["user"] == COLLEAGUE
    assert not (scene.folder / ".classic-rescue" / "reconcile.json").exists()


def test_a_failed_attempt_is_no_drift(scene: Scene) -> None:
    """Terraform has it on record and tries again;
    a device taken out of the file is due to come back.
    """
    scene.mock.fault("*.executeRescueLayer", "error")
    fleet = (
        f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}},"
        f" app-1: {{virtual_guest: {APP}, boot: os}}}}"
    )
    assert not scene.deploy(fleet)
    (scene.folder / "fleet.yaml").write_text(
        f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}}}}"
    )
    code, lines, _ = scene.drift()
    assert (code, lines["web-1"]["verdict"], lines["app-1"]["verdict"]) == (0, "failed", "due")
    assert lines["app-1"]["text"].startswith("it was taken out of the file")


def test_a_deploy_repairs_what_has_not_healed_by_itself(scene: Scene) -> None:
    """Every device is looked at again, and a wish that is done is forgotten."""
    assert scene.deploy(FOUR)
    change_all_four(scene)
    assert scene.run("drift", "--reconcile").exit_code == 4
    scene.slcli("vs", "rescue", str(WEB))
    scene.mock.changes()
    ended = scene.run("deploy", "--yes", "--no-progress")
    assert ended.exit_code == 0, ended.output
    said = " ".join(ended.stdout.split())
    assert "web-1 is not repaired: it is in rescue again" in said
    assert "; repair of drift, asked for with -replace; " in said
    assert sorted(scene.mock.changes()) == [
        f"bootToRescueLayer {DB}",
        f"mountIsoImage {WIN}",
        f"rebootDefault {APP}",
    ]
    assert not (scene.folder / ".classic-rescue" / "reconcile.json").exists()
    assert scene.run("drift").exit_code == 0


def test_deploy_looks_and_repairs_in_one_go(scene: Scene) -> None:
    """`deploy --reconcile`: what it found is said with who did it, before the question."""
    fleet = (
        f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}},"
        f" app-1: {{virtual_guest: {APP}, boot: os}}}}"
    )
    assert scene.deploy(fleet)
    scene.slcli("vs", "reboot", str(WEB))
    unsure = scene.run("deploy", "--reconcile")
    assert unsure.exit_code == 1
    assert f"Reboot by {COLLEAGUE}" in " ".join(unsure.stdout.split())
    assert scene.run("deploy", "--reconcile", "--yes", "--no-progress").exit_code == 0
    assert scene.mock.changes()[-1] == f"executeRescueLayer {WEB}"
    assert scene.drift()[0] == 0


def test_the_policy_counts_for_repairs_too(scene: Scene) -> None:
    """Taking a protected device down again is refused by the hook; bringing one back is not."""
    fleet = (
        f"devices: {{web-1: {{virtual_guest: {WEB}, boot: rescue}},"
        f" app-1: {{virtual_guest: {APP}, boot: os}}}}"
    )
    assert scene.deploy(fleet)
    scene.slcli("vs", "reboot", str(WEB))
    scene.slcli("vs", "rescue", str(APP))
    scene.mock.changes()
    strict = f"policy: {{protected: [web-1, app-1]}}\n{fleet}"
    (scene.folder / "fleet.yaml").write_text(strict)
    code, lines, reconcile = scene.drift("--reconcile")
    assert (code, sorted(line["verdict"] for line in lines.values())) == (4, ["drifted", "drifted"])
    assert not scene.deploy(strict, reconcile["arguments"])
    assert "rule `protected`" in " ".join((scene.folder / "fleet-0.log").read_text().split())
    assert scene.mock.changes() == [f"rebootDefault {APP}"]
    assert scene.drift()[1]["web-1"]["verdict"] == "failed"
