"""Plan and apply with the real Terraform and a mock:
what is applied is what was reviewed, or nothing.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.api.client import Retry
from tests.cli.conftest import KEY, USER

Run = Callable[..., Result]

pytestmark = pytest.mark.slow


def plain(text: str) -> str:
    """The text on one line: paragraphs are wrapped for people."""
    return " ".join(text.split())


def test_what_was_reviewed_is_applied_once(run: Run, mock: Any, project: Path) -> None:
    """Plan touches nothing and says what restarts; apply does it; the same plan again is stale;
    a new one is clean.
    """
    planned = run("plan", "--out", "reviewed")
    assert planned.exit_code == 2, planned.output
    assert "1 device goes down" in planned.stdout
    assert mock.changes() == []
    manifest = json.loads((project / "reviewed" / "manifest.json").read_text())
    assert (manifest["endpoint"], manifest["verdict"]) == (mock.rest, "restarts")

    applied = run("apply", "reviewed")
    assert applied.exit_code == 0, applied.output
    assert mock.changes() == ["executeRescueLayer 124929698"]
    assert (
        "web-1\n  result      changed\n  from        os\n  to          rescue\n" in applied.stdout
    )

    again = run("apply", "reviewed")
    assert again.exit_code == 1
    assert "stale: fleet-0 was applied already: it was this plan, applied at" in plain(again.stderr)
    assert "Saved plan is stale" not in again.output
    assert mock.changes() == []
    (project / "reviewed" / "applied.json").unlink()
    elsewhere = run("apply", "reviewed")
    assert "stale: fleet-0 has moved since it was planned" in plain(elsewhere.stderr)
    assert run("plan", "--out", "reviewed").exit_code == 0


def test_a_plan_says_what_could_not_be_looked_at(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line for an outage; the plan is made all the same, of what Terraform has on record."""
    monkeypatch.setattr("classic_rescue.cli.session.observed.PATIENCE", Retry(attempts=1))
    fault = {"kind": "error", "status": 503, "code": "", "text": "Service Unavailable"}
    rule = {"operation": "SoftLayer_Virtual_Guest.getObject", "times": 2, "fault": fault}
    mock.control_call("POST", "faults", rule)
    planned = run("plan", "--out", "reviewed")
    assert planned.exit_code == 2
    assert "2 devices could not be looked at (web-1, app-1)" in plain(planned.stderr)


def test_the_folder_holds_no_secret(run: Run, mock: Any, project: Path) -> None:
    """Neither the API key in any form, nor the state's password, is in a file of the folder,
    packed or not.
    """
    secrets = {
        "SL_API_KEY": KEY,
        "TF_HTTP_PASSWORD": "state-password-0123",
        "PG_CONN_STR": "postgres://u:pw-0123@h/d",
    }
    assert run("plan", "--out", "reviewed", env=secrets).exit_code == 2
    unpacked = project / "unpacked"
    shutil.unpack_archive(project / "reviewed" / "fleet-0.tfplan", unpacked, "zip")
    content = b"".join(
        path.read_bytes()
        for path in [*project.glob("reviewed/*"), *unpacked.rglob("*")]
        if path.is_file()
    )
    encoded = base64.b64encode(f"{USER}:{KEY}".encode())
    for secret in [encoded, *(value.encode() for value in secrets.values())]:
        assert secret not in content
    assert b"124929698" in content  # the plan was looked into


def test_the_policy_is_asked_again(run: Run, mock: Any, project: Path) -> None:
    """A plan that the policy refuses is refused by apply, too; break glass applies it,
    and the reason is shown.
    """
    fleet = project / "fleet.yaml"
    fleet.write_text(fleet.read_text() + "policy: {protected: [web-*]}\n")
    planned = run("plan", "--out", "reviewed")
    assert planned.exit_code == 3
    assert "as long as the policy refuses it" in plain(planned.stdout)
    refused = run("apply", "reviewed")
    assert refused.exit_code == 3
    assert "nothing was applied" in refused.stderr
    assert mock.changes() == []
    broken = run("apply", "reviewed", "--break-glass", "CHG-9 outage")
    assert broken.exit_code == 0, broken.output
    assert "CHG-9 outage" in broken.output
    assert mock.changes() == ["executeRescueLayer 124929698"]


@pytest.fixture
def reviewed(run: Run, mock: Any, project: Path) -> Path:
    """A folder with a reviewed plan of one rescue."""
    assert run("plan", "--out", "reviewed").exit_code == 2
    return project / "reviewed"


def edit(path: Path, **more: object) -> None:
    """Change a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


def test_nothing_else_than_what_was_reviewed(
    run: Run, mock: Any, reviewed: Path, project: Path
) -> None:
    """Another plan file, fleet file, endpoint, stack list or hook: each is refused with what to do;
    nothing is sent.
    """
    manifest = reviewed / "manifest.json"
    plan = reviewed / "fleet-0.tfplan"
    fleet = project / "fleet.yaml"
    other_python = project / "python"
    other_python.symlink_to(sys.executable)
    environ = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

    def other_hooks() -> None:
        """An app whose hooks another interpreter runs."""
        (project / "cdktf.json").unlink()
        (project / "cdktf.json").write_text(json.dumps({"app": f"{other_python} main.py"}))

    tamperings: list[tuple[Callable[[], object], str]] = [
        (lambda: plan.write_bytes(plan.read_bytes() + b"\n"), "not the file that was reviewed"),
        (plan.unlink, "fleet-0.tfplan is missing"),
        (
            lambda: fleet.write_text(fleet.read_text() + "# later\n"),
            "stale: fleet.yaml has changed since",
        ),
        (lambda: edit(manifest, endpoint="https://api.softlayer.com/rest/v3.1/"), "use the same"),
        (lambda: edit(manifest, endpoint=None), "the plan was made for the offline mock"),
        (lambda: edit(manifest, fleet_path="other.yaml"), "use the same with --fleet"),
        (lambda: edit(manifest, stacks={}), "no file for fleet-0"),
        (
            lambda: edit(manifest, checkout={"commit": "c" * 40, "tree": "d" * 40}),
            "stale: the plan was made from commit",
        ),
        (lambda: edit(manifest, schema_version=2), "schema_version 2"),
        (lambda: manifest.write_text("{"), "not readable"),
        (manifest.unlink, "not the folder of a finished plan"),
        (
            other_hooks,
            "plan and apply must run with the project and its Python under the same paths",
        ),
    ]
    kept = project.parent / "kept"
    shutil.copytree(reviewed, kept)
    text = fleet.read_text()
    for tamper, said in tamperings:
        tamper()
        ended = run("apply", "reviewed", env=environ)
        assert ended.exit_code == 1, (said, ended.output)
        assert said in plain(ended.stderr)
        assert "Traceback" not in ended.output
        shutil.copytree(kept, reviewed, dirs_exist_ok=True)
        fleet.write_text(text)
    assert mock.changes() == []


def test_a_plan_whose_interpreter_is_gone(run: Run, mock: Any, project: Path) -> None:
    """A plan made where Python was elsewhere is refused before its hooks fail one by one."""
    other = project.parent / "elsewhere"
    other.symlink_to(sys.executable)
    (project / "cdktf.json").unlink()
    (project / "cdktf.json").write_text(json.dumps({"app": f"{other} main.py"}))
    environ = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    assert run("plan", "--out", "reviewed", env=environ).exit_code == 2
    other.unlink()
    (project / "cdktf.json").write_text(json.dumps({"app": "python main.py"}))
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1
    assert f"its hooks run {other}, which is not there on this machine" in plain(ended.stderr)
    assert mock.changes() == []


def test_one_failed_stack_does_not_hide_the_others(run: Run, mock: Any, project: Path) -> None:
    """Two stacks, one device is refused: exit code 1, its error, and the result of both."""
    (project / "fleet.yaml").write_text(
        "shards: 2\ndevices:\n  web-1: {virtual_guest: 124929698, boot: rescue}\n"
        "  app-1: {virtual_guest: 124929706, boot: rescue}\n"
    )
    assert run("plan", "--out", "reviewed").exit_code == 2
    stacks = json.loads((project / "reviewed" / "manifest.json").read_text())["stacks"]
    assert sorted(stacks) == ["fleet-0", "fleet-1"]
    mock.control_call(
        "POST",
        "faults",
        {"operation": "*.executeRescueLayer", "device_id": 124929706, "fault": {"kind": "error"}},
    )
    ended = run("apply", "reviewed", "--json")
    result = json.loads(ended.stdout)
    assert ended.exit_code == 1, ended.output
    assert result["result"] == "failed"
    assert {device["name"]: device["result"] for device in result["devices"]} == {
        "web-1": "changed",
        "app-1": "failed",
    }
    assert sorted(result["logs"]) == ["fleet-0", "fleet-1"]


AMEND = ("commit", "-q", "--amend", "-m")
RESET = ("reset", "-q", "--hard")


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    who = [
        "-c",
        "user.name=Ann",
        "-c",
        "user.email=ann@example.com",
        "-c",
        "init.defaultBranch=main",
    ]
    return subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_merge_keeps_the_plan_and_a_moved_main_does_not(
    run: Run, mock: Any, project: Path
) -> None:
    """However it is merged, a pull request's files are the planned ones; with another file changed,
    it is stale.
    """
    (project / ".gitignore").write_text("*\n!fleet.yaml\n!.gitignore\n!notes\n")
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "the pull request")
    assert run("plan", "--out", "reviewed").exit_code == 2
    git(project, *AMEND, "squashed")
    (project / "notes").write_text("somebody else's\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "main has moved")
    stale = run("apply", "reviewed")
    assert stale.exit_code == 1
    assert "stale: the plan was made from commit" in plain(stale.stderr)
    assert "plan again, and have that reviewed" in stale.stderr
    assert mock.changes() == []
    git(project, *RESET, "HEAD~")
    assert run("apply", "reviewed").exit_code == 0
    assert mock.changes() == ["executeRescueLayer 124929698"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_job_ends_in_order(
    mock: Any, reviewed: Path, project: Path, number: signal.Signals
) -> None:
    """A signal in the middle of a rescue: exit code 130, what is under way is told,
    the state is saved, unlocked.
    """
    mock.control_call(
        "POST",
        "faults",
        {"operation": "*.executeRescueLayer", "fault": {"kind": "stuck_transaction"}},
    )
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], *filter(None, sys.path)]),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "classic_rescue.cli", "apply", "reviewed"]
    with subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        for line in process.stdout:
            if "waiting for transaction" in line:
                break
        process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(60) == 130, said
    assert "apply was interrupted: 1 unfinished (web-1)" in plain(said)
    assert "plan again, and have that reviewed to go on" in plain(said)
    # Terraform may kill the hook before its last word
    assert "transaction" in plain(said).partition("web-1 ")[2]
    state = json.loads((project / "terraform.fleet-0.tfstate").read_text())
    boots = [
        row for block in state["resources"] if block["name"] == "boot" for row in block["instances"]
    ]
    assert [
        row.get("status") for row in boots if row["index_key"] == "virtual_guest/124929698"
    ] == ["tainted"]
    assert not list(project.glob(".terraform*lock.info"))


def test_drift_is_repaired_through_a_plan(run: Run, mock: Any, project: Path) -> None:
    """--reconcile plans the repair of a device that somebody rescued; the apply does it,
    and asks for nothing more.
    """
    (project / "fleet.yaml").write_text("devices:\n  app-1: {virtual_guest: 124929706, boot: os}\n")
    assert run("plan", "--out", "reviewed").exit_code == 0
    assert run("apply", "reviewed").exit_code == 0
    mock.act("SoftLayer_Virtual_Guest/124929706/executeRescueLayer")
    mock.changes()
    assert run("plan", "--out", "reviewed").exit_code == 4
    assert run("plan", "--out", "reviewed", "--zero-if-allowed").exit_code == 0
    planned = run("plan", "--out", "reviewed", "--reconcile")
    assert planned.exit_code == 2, planned.output
    manifest = json.loads((project / "reviewed" / "manifest.json").read_text())
    assert manifest["repaired"] == ["virtual_guest/124929706"]
    assert mock.changes() == []
    applied = run("apply", "reviewed")
    assert applied.exit_code == 0, applied.output
    assert mock.changes() == ["rebootDefault 124929706"]
    assert not (project / ".classic-rescue" / "reconcile.json").exists()
    assert run("plan", "--out", "reviewed").exit_code == 0
