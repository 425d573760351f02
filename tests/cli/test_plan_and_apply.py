"""Plan and apply with the real Terraform and a mock:
what is applied is what was reviewed, or nothing.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.api.client import Retry
from classic_rescue.cli.rollout import planning
from tests.cli.conftest import KEY, USER
from tests.patience import PATIENCE_S

Run = Callable[..., Result]

pytestmark = pytest.mark.slow


def plain(text: str) -> str:
    """The text on one line: paragraphs are wrapped for people."""
    return " ".join(text.split())


def test_what_was_reviewed_is_applied_once(run: Run, mock: Any, project: Path) -> None:
    """Plan touches nothing and says what restarts; apply does it; after that it is not what was
    reviewed any more; a new plan is clean.
    """
    planned = run("plan", "--out", "reviewed")
    assert planned.exit_code == 2, planned.output
    assert "1 device goes down" in planned.stdout
    assert mock.changes() == []
    reviewed = json.loads((project / "reviewed" / "essence.json").read_text())
    assert reviewed["verdict"] == "restarts"
    assert reviewed["essence"]["place"]["endpoint"] == mock.rest

    applied = run("apply", "reviewed", "--long")
    assert applied.exit_code == 0, applied.output
    assert mock.changes() == ["executeRescueLayer 124929698"]
    assert (
        "web-1\n  result      changed\n  from        os\n  to          rescue\n" in applied.stdout
    )

    again = run("apply", "reviewed")
    assert again.exit_code == 1
    said = plain(again.stderr)
    assert "web-1: reviewed: goes down and enters rescue; now it stays as it is" in said
    assert "this very plan was applied at" in said
    assert mock.changes() == []
    (project / "reviewed" / "applied.json").unlink()
    elsewhere = plain(run("apply", "reviewed").stderr)
    assert "now it stays as it is" in elsewhere
    assert "was applied at" not in elsewhere
    assert run("plan", "--out", "reviewed").exit_code == 0


def test_a_plan_has_one_line_a_device(run: Run, mock: Any, project: Path) -> None:
    """What happens and why stands whole below the table, once for all devices that it is true of;
    programs get the review.
    """
    planned = run("plan", "--out", "reviewed")
    shown = planned.stdout.splitlines()
    begin = next(number for number, line in enumerate(shown) if line.startswith("  name "))
    assert max(map(len, shown[begin:])) <= 80
    assert shown[begin + 1].split()[:5] == ["!", "web-1", "os", "rescue", "yes"]
    assert shown[begin + 1].endswith("[1]")
    assert shown[begin + 2].split() == ["-", "app-1", "os", "os", "no", "[2]"]
    assert "[1]  goes down and enters rescue; declared for the first time; reason: CHG-1" in shown
    assert "\nweb-1: os → rescue: goes down" in run("plan", "--long", "--out", "reviewed").stdout
    told = run("plan", "-ojson", "--out", "reviewed")
    assert json.loads(told.stdout) == json.loads((project / "reviewed/review.json").read_text())
    assert "to apply exactly this" in told.stderr
    rows = run("plan", "-ocsv", "--out", "reviewed").stdout.splitlines()
    assert rows[0].startswith("name,restarts,from,to,")
    assert rows[1].startswith("web-1,yes,,rescue,")


def test_what_is_printed_works_as_it_is_printed(run: Run, mock: Any, project: Path) -> None:
    """From another fleet file, to a folder with a space, at an endpoint of the command line: each
    command that is shown can be typed as it stands.
    """
    (project / "fleet.yaml").rename(project / "our fleet.yaml")
    given = ["--fleet", "our fleet.yaml", "--endpoint", mock.rest]
    planned = run("plan", *given, "--out", "my plan")
    assert planned.exit_code == 2
    applied = run(*printed(planned.stdout, "apply"))
    assert applied.exit_code == 0, applied.output
    shown = run(*printed(applied.stdout, "access web-1 --"))
    assert shown.exit_code == 0, (shown.output, applied.stdout)
    assert "root@198.51.100.11" in shown.stdout
    told = f"`CLASSIC_RESCUE_FLEET='our fleet.yaml' CLASSIC_RESCUE_ENDPOINT={mock.rest}"
    assert f"{told} classic-rescue access web-1` shows how to log in" in applied.stdout
    mock.act("SoftLayer_Virtual_Guest/124929698/rebootDefault")
    drifted = run("drift", *given)
    assert drifted.exit_code == 4
    mended = run(*printed(drifted.stdout, "deploy"), "--yes")
    assert mended.exit_code == 0, mended.output
    assert mock.changes()[-1] == "executeRescueLayer 124929698"


def printed(text: str, command: str) -> list[str]:
    """The words of a command in what was printed, as a shell would read them."""
    line = re.search(rf"classic-rescue ({command}[^`\n]*)", text)
    assert line, text
    return shlex.split(line[1])


def test_the_folder_holds_nothing_that_is_executed(run: Run, mock: Any, project: Path) -> None:
    """What people read, and what is compared: no plan file, no command."""
    assert run("plan", "--out", "reviewed").exit_code == 2
    files = sorted(path.name for path in (project / "reviewed").iterdir())
    assert files == ["essence.json", "junit.xml", "review.json", "review.md", "review.sarif"]
    assert "classic_rescue.hook" not in (project / "reviewed" / "essence.json").read_text()


def test_a_plan_says_what_could_not_be_looked_at(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is made all the same, of what Terraform has on record; and it is no success."""
    monkeypatch.setattr("classic_rescue.cli.session.observed.PATIENCE", Retry(attempts=1))
    fault = {"kind": "error", "status": 503, "code": "", "text": "Service Unavailable"}
    rule = {"operation": "SoftLayer_Virtual_Guest.getObject", "times": 2, "fault": fault}
    mock.control_call("POST", "faults", rule)
    planned = run("plan", "--out", "reviewed")
    assert planned.exit_code == 1
    said = plain(planned.stdout)
    assert "2 devices could not be looked at: not all was seen" in said
    assert "could not be looked at; by Terraform's record it goes down and enters" in said
    assert "503" in said


@pytest.mark.parametrize("option", [[], ["--zero-if-allowed"]])
def test_nothing_seen_is_not_nothing_wrong(
    run: Run, mock: Any, project: Path, option: list[str]
) -> None:
    """The account of somebody else has none of these devices: `plan`, `status`, `drift` and
    `preflight` say so of each, and none of them ends as if it had looked.
    """
    (project / "fleet.yaml").write_text(
        "devices:\n  a: {virtual_guest: 7, boot: os}\n  b: {hardware: 8, boot: rescue}\n"
    )
    planned = run("plan", "--out", "reviewed", *option)
    assert planned.exit_code == 1
    assert "2 devices could not be looked at: not all was seen" in plain(planned.stdout)
    review = json.loads((project / "reviewed" / "review.json").read_text())
    assert (review["verdict"], review["counts"]["unseen"]) == ("unseen", 2)
    for device in review["devices"]:
        assert f"{device['key']} cannot be found: either there is no such" in device["unseen"]
    told = (project / "reviewed" / "review.md").read_text()
    assert "**Could not be looked at:**" in told
    assert "0 of 2 devices looked at" in told
    # What preflight cannot find, the hook will refuse: that is known, and heavier.
    for command, code in {"status": 1, "drift": 1, "preflight": 3}.items():
        ended = run(command, "--long")
        assert ended.exit_code == code, (command, ended.output)
        assert plain(ended.stdout).count("cannot be found") == 2, (command, ended.output)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_deleted_device_does_not_restart(
    run: Run, mock: Any, project: Path, is_known: bool
) -> None:
    """Taken out of the file after it was deleted: the plan says what the look tells, as its hook
    does; where nobody can tell whether our user would see it, that is said.
    """
    assert run("deploy", "--yes").exit_code == 0
    mock.changes()
    world = mock.control_call("GET", "world")
    left = [guest for guest in world["guests"] if guest["id"] != 124929698]
    users = [
        {**user, "guest_ids": [number for number in user["guest_ids"] if number != 124929698]}
        for user in world["users"]
    ]
    mock.control_call("PATCH", "world", {"guests": left, "users": users})
    (project / "fleet.yaml").write_text("devices: {app-1: {virtual_guest: 124929706, boot: os}}\n")
    if not is_known:
        closed = {"kind": "error", "status": 403, "code": "", "text": "No."}
        user = {"operation": "SoftLayer_Account.getCurrentUser", "fault": closed, "times": 50}
        mock.control_call("POST", "faults", user)
    planned = run("plan", "--out", "reviewed")
    said = plain(planned.stdout)
    if not is_known:
        assert planned.exit_code == 1, planned.output
        assert "could not be looked at; by Terraform's record it restarts into its" in said
        return
    assert planned.exit_code == 0, planned.output
    assert "does not exist any more, which counts as left: nothing restarts" in said
    applied = run("apply", "reviewed")
    assert applied.exit_code == 0, applied.output
    assert mock.changes() == []


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
    content = b"".join(path.read_bytes() for path in project.glob("reviewed/*"))
    encoded = base64.b64encode(f"{USER}:{KEY}".encode())
    for secret in [encoded, *(value.encode() for value in secrets.values())]:
        assert secret not in content
    assert b"124929698" in content


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


def edit(path: Path, *trail: str, to: object) -> None:
    """Change one value of a JSON file."""
    document = json.loads(path.read_text())
    place = document
    for name in trail[:-1]:
        place = place[name]
    place[trail[-1]] = to
    path.write_text(json.dumps(document))


WEB = "virtual_guest/124929698"
ONE_DEVICE = ("essence", "devices", WEB)


@pytest.mark.parametrize(
    ("trail", "value", "said"),
    [
        (("place", "endpoint"), "https://api.softlayer.com/rest/v3.1/", "the endpoint: reviewed"),
        (("place", "endpoint"), "the offline mock", "reviewed with the offline mock, now http://"),
        (("place", "backend"), '{"type": "pg"}', "the backend: reviewed with"),
        (("place", "policy"), "0" * 16, "the policy: reviewed with 0000"),
        (("place", "hooks"), "0" * 16, "the code of the hooks: reviewed with 0000"),
        (("devices", WEB, "what"), "stays", "web-1: reviewed: stays; now: goes down and enters"),
        (("devices", WEB, "what"), "a\x1b[2Jb\nc" * 999, "reviewed: a?[2Jb?ca?[2J"),
        (("devices", WEB, "address"), "192.0.2.1", "web-1: its address: reviewed 192.0.2.1, now"),
        (
            ("devices", WEB, "device"),
            "hardware 7",
            "the device: reviewed hardware 7, now virtual_g",
        ),
        (("devices", WEB, "timeout"), "1 s", "its timeout: reviewed 1 s, now 3600 s"),
        (("devices", WEB, "reason"), "", "its reason: reviewed none, now CHG-1"),
        (("devices", WEB, "blocks"), "", "what Terraform does: reviewed none, now boot create"),
        (("devices",), {}, "web-1: reviewed to stay as it is, now goes down and enters rescue"),
    ],
)
def test_another_essence_is_refused(
    run: Run, mock: Any, reviewed: Path, trail: tuple[str, ...], value: object, said: str
) -> None:
    """Whoever wrote the folder: the difference is named, what to do, too, and nothing is sent."""
    edit(reviewed / "essence.json", "essence", *trail, to=value)
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1, ended.output
    assert said in plain(ended.stderr), ended.stderr
    assert "nothing was applied; plan again" in plain(ended.stderr)
    assert len(ended.stderr) < 3000
    assert mock.changes() == []


def test_a_device_more_than_was_planned_is_refused(run: Run, mock: Any, reviewed: Path) -> None:
    """Reviewed to restart, and nothing of ours would do that: not what people have agreed to."""
    devices = json.loads((reviewed / "essence.json").read_text())["essence"]["devices"]
    trail = ("essence", "devices", "virtual_guest/7")
    edit(reviewed / "essence.json", *trail, to=devices[WEB] | {"name": "db-7"})
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1
    assert "db-7: reviewed: goes down and enters rescue; now it stays" in plain(ended.stderr)
    assert mock.changes() == []


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link(path: Path) -> None:
    kept = path.rename(path.with_name("kept"))
    path.symlink_to(kept)


def _huge(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(70_000_000)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "no essence.json is there, so this is not the folder of a finished plan"),
        (lambda path: path.write_text("{"), "not readable"),
        (lambda path: path.write_text("[" * 100_000), "not readable"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "not readable"),
        (lambda path: path.write_text(path.read_text()[:-99]), "not readable"),
        (_pipe, "not readable (no plain file)"),
        (_link, "not readable"),
        (_huge, "not readable (more than 64 MB)"),
        (lambda path: path.write_text("[]"), "schema_version None"),
        (lambda path: edit(path, "schema_version", to=1), "schema_version 1"),
        (lambda path: edit(path, "essence", to=7), "not what `plan` writes"),
        (lambda path: edit(path, "essence", "devices", to=[]), "not what `plan` writes"),
        (lambda path: edit(path, *ONE_DEVICE, "what", to=7), "not what `plan`"),
        (lambda path: edit(path, "essence", "place", to={}), "not what `plan` writes"),
        (lambda path: edit(path, "returns", to="x"), "not what `plan` writes"),
        (lambda path: edit(path, "checkout", to=[]), "not what `plan` writes"),
    ],
)
def test_a_damaged_folder_is_refused(
    run: Run, mock: Any, reviewed: Path, damage: Callable[[Path], object], said: str
) -> None:
    """Truncated, of another version, no file at all: a sentence, and nothing is sent."""
    damage(reviewed / "essence.json")
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1, ended.output
    assert said in plain(ended.stderr)
    assert "Traceback" not in ended.output
    assert mock.changes() == []


def test_a_reviewed_folder_starts_nothing_of_its_own(
    run: Run, mock: Any, reviewed: Path, project: Path
) -> None:
    """A plan file with hooks of another interpreter, configuration, and a link, laid beside it:
    nobody looks at them.
    """
    (reviewed / "fleet-0.tfplan").write_bytes(b"PK\x03\x04 not ours")
    (reviewed / "cdk.tf.json").write_text('{"resource": {"terraform_data": {"x": {}}}}')
    (reviewed / "applied.json").symlink_to(project / "precious")
    (project / "precious").write_text("keep me")
    ended = run("apply", "reviewed")
    assert ended.exit_code == 0, ended.output
    assert mock.changes() == ["executeRescueLayer 124929698"]
    assert (project / "precious").read_text() == "keep me"


def test_a_folder_that_is_swapped_meanwhile_does_not_count(
    run: Run, mock: Any, reviewed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read once."""
    original = planning.plan_whole

    def swap(*given: Any, **more: Any) -> Any:
        (reviewed / "essence.json").write_text("{}")
        return original(*given, **more)

    monkeypatch.setattr("classic_rescue.cli.commands.apply.plan_whole", swap)
    assert run("apply", "reviewed").exit_code == 0
    assert mock.changes() == ["executeRescueLayer 124929698"]


def test_what_somebody_did_since_is_told(run: Run, mock: Any, reviewed: Path) -> None:
    """Reviewed to go down, and it is there already: the effect is another one."""
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    mock.changes()
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1
    said = plain(ended.stderr)
    assert "web-1: reviewed: goes down and enters rescue; now: is in its rescue kernel" in said
    assert mock.changes() == []


def test_another_runner_may_apply(run: Run, mock: Any, project: Path) -> None:
    """Planned with a Python under another path, which is gone: what counts is what it does."""
    other = project.parent / "elsewhere"
    other.symlink_to(sys.executable)
    (project / "cdktf.json").unlink()
    (project / "cdktf.json").write_text(json.dumps({"app": f"{other} main.py"}))
    environ = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    assert run("plan", "--out", "reviewed", env=environ).exit_code == 2
    other.unlink()
    (project / "cdktf.json").write_text(json.dumps({"app": "python main.py"}))
    ended = run("apply", "reviewed")
    assert ended.exit_code == 0, ended.output
    assert mock.changes() == ["executeRescueLayer 124929698"]


def test_one_failed_stack_does_not_hide_the_others(run: Run, mock: Any, project: Path) -> None:
    """Two stacks, one device is refused: exit code 1, its error, and the result of both."""
    (project / "fleet.yaml").write_text(
        "shards: 2\ndevices:\n  web-1: {virtual_guest: 124929698, boot: rescue}\n"
        "  app-1: {virtual_guest: 124929706, boot: rescue}\n"
    )
    assert run("plan", "--out", "reviewed").exit_code == 2
    devices = json.loads((project / "reviewed" / "essence.json").read_text())["essence"]["devices"]
    assert {device["stack"] for device in devices.values()} == {"fleet-0", "fleet-1"}
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


def test_a_moved_main_counts_where_it_changes_the_effect(
    run: Run, mock: Any, project: Path
) -> None:
    """However it is merged, and whatever else has changed: that is said, and what counts is what
    happens to the devices.
    """
    (project / ".gitignore").write_text("*\n!fleet.yaml\n!.gitignore\n!notes\n")
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "the pull request")
    assert run("plan", "--out", "reviewed").exit_code == 2
    git(project, *AMEND, "squashed")
    fleet = project / "fleet.yaml"
    text = fleet.read_text()
    fleet.write_text(text.replace("app-1: {virtual_guest: 124929706, boot: os}", ""))
    git(project, "commit", "-qam", "somebody else's")
    fleet.write_text(text.replace("boot: os", "boot: rescue"))
    git(project, "commit", "-qam", "somebody else's, too")
    moved = run("apply", "reviewed")
    assert moved.exit_code == 1
    assert "the plan was made from commit" in plain(moved.output)
    assert "fleet.yaml has changed since it was planned" in plain(moved.output)
    assert "app-1: reviewed: is in its operating system" in plain(moved.stderr)
    assert "now: goes down and enters rescue" in plain(moved.stderr)
    assert mock.changes() == []
    git(project, *RESET, "HEAD~2")
    (project / "notes").write_text("somebody else's\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "nothing about devices")
    applied = run("apply", "reviewed")
    assert applied.exit_code == 0, applied.output
    assert "the plan was made from commit" in plain(applied.output)
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
        assert process.wait(PATIENCE_S) == 130, said
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
    assert mock.changes() == []
    (project / ".classic-rescue" / "reconcile.json").unlink()  # as on another runner
    refused = run("apply", "reviewed")
    assert refused.exit_code == 1
    assert "app-1: reviewed: restarts into its operating system; now" in plain(refused.stderr)
    applied = run("apply", "reviewed", "--reconcile")
    assert applied.exit_code == 0, applied.output
    assert mock.changes() == ["rebootDefault 124929706"]
    assert not (project / ".classic-rescue" / "reconcile.json").exists()
    assert run("plan", "--out", "reviewed").exit_code == 0


def test_a_stack_that_is_left_out_is_seen_by_apply(run: Run, mock: Any, project: Path) -> None:
    """Its devices are on record, and no plan of this checkout would say a word of them."""
    fleet = project / "fleet.yaml"
    fleet.write_text("devices: {}\n")
    assert run("plan", "--out", "reviewed").exit_code == 0
    state = {"resources": [{"name": "release", "instances": [{}]}]}
    (project / "terraform.fleet-1.tfstate").write_text(json.dumps(state))
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1, ended.output
    assert "still holds 1 devices, and `shards: 1` leaves its stack out" in plain(ended.stderr)
