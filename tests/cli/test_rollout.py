"""Deploy and destroy around Terraform: asking, telling, proving.

A script stands in for `terraform apply`; plans and mock are real.
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.api.client import Retry
from classic_rescue.cli.rollout import watching
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.hook_events import EventFile

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
UNAVAILABLE = {
    "operation": "*.get*",
    "times": 999,
    "fault": {"kind": "error", "status": 503, "code": "", "text": "Service Unavailable"},
}
RESCUE = "SoftLayer_Virtual_Guest/124929698/executeRescueLayer"
WEB_1 = {"time": "2026-11-23T00:00:00Z", "name": "web-1", "device": "virtual_guest/124929698"}
LEAVES_A_TRACE = """
import json, os, sys
from pathlib import Path
names = ["FLEET", "DESTROY", "ENDPOINT", "CONDUCTOR", "BACKEND", "BREAK_GLASS"]
names += ["REQUESTS_PER_SECOND"]
names = ["CLASSIC_RESCUE_" + name for name in names]
given = {name: os.environ.get(name) for name in names}
given["has_key"] = "SL_API_KEY" in os.environ
trace = {"argv": sys.argv[1:], "cwd": os.getcwd(), **given}
(Path(os.environ["FAKE"]) / "trace").write_text(json.dumps(trace))
def tell(**event):
    with open(Path(os.environ["CLASSIC_RESCUE_CONDUCTOR"], "events"), "a") as file:
        file.write(json.dumps(event) + "\\n")
"""

Fake = Callable[[str], None]


class FakeConductor:
    """Reads from a file what the stand-in for Terraform tells."""

    problem = ""
    counts: Mapping[str, int] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read_new = self.end = EventFile(folder / "events").read_new


@contextmanager
def fake_conducting(environ: Mapping[str, str]) -> Iterator[FakeConductor]:
    """In place of `conducting`."""
    with TemporaryDirectory() as folder:
        yield FakeConductor(Path(folder))


@pytest.fixture
def fake_apply(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fake:
    """The real Terraform, but for `apply`: for that Python code stands in, which can `tell` events
    as the conductor does.
    """
    script = project / "fake_apply.py"
    programs = tmp_path / "programs"
    programs.mkdir()
    fake = programs / "fake-terraform"
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = apply ] && exec {sys.executable} {script} "$@"\n'
        f'exec {shutil.which("terraform")} "$@"\n'
    )
    fake.chmod(0o755)

    def become(code: str) -> None:
        script.write_text(LEAVES_A_TRACE + code)

    become("")
    monkeypatch.setenv("FAKE", str(project))
    monkeypatch.setattr(watching, "conducting", fake_conducting)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "fake-terraform")
    return become


def trace(project: Path) -> dict[str, Any]:
    """What the script saw."""
    return dict(json.loads((project / "trace").read_text()))


REASONED = "policy: {require_reason: 'INC-[0-9]+'}\n"


def test_a_file_that_breaks_its_policy_starts_nothing(
    run: Run, mock: Any, fake_apply: Fake, project: Path
) -> None:
    """It is refused before anybody is asked; destroy, which brings devices back, is not."""
    (project / "fleet.yaml").write_text((project / "fleet.yaml").read_text() + REASONED)
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    assert (
        "policy.require_reason: web-1 is declared rescue, and the reason 'CHG-1' does not fit"
        in ended.stderr
    )
    assert not (project / "trace").exists()
    assert run("destroy", "--yes").exit_code == 0


def test_break_glass_reaches_the_hooks_and_is_loud(
    run: Run, mock: Any, fake_apply: Fake, project: Path
) -> None:
    """--break-glass sets the policy aside for this run; what it overrides is shown."""
    (project / "fleet.yaml").write_text((project / "fleet.yaml").read_text() + REASONED)
    ended = run("deploy", "--yes", "--break-glass", "CHG-9 outage")
    assert (
        "!!! BREAK GLASS: the policy is set aside for this run; reason: CHG-9 outage !!!"
        in ended.stderr
    )
    assert "overridden by break glass: fleet.yaml:2: policy.require_reason" in ended.stderr
    assert trace(project)["CLASSIC_RESCUE_BREAK_GLASS"] == "CHG-9 outage"


def test_refuses_without_terminal(run: Run, mock: Any, fake_apply: Fake, project: Path) -> None:
    """On a configured endpoint, nobody to ask and no --yes:
    it shows what would change and starts nothing.
    """
    ended = run("deploy")
    assert ended.exit_code == 1
    assert "\nweb-1: os → rescue: goes down and enters rescue, usually about" in ended.stdout
    assert "nothing was touched; add --yes" in ended.stderr
    assert not (project / "trace").exists()


@pytest.mark.parametrize(("answer", "is_started"), [("yes\n", True), ("y\n", False), ("\n", False)])
def test_only_yes_is_a_yes(
    run: Run,
    mock: Any,
    fake_apply: Fake,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    is_started: bool,
) -> None:
    """On a terminal the whole word is asked for."""
    monkeypatch.setattr("classic_rescue.cli.rollout.rollout.stdin_is_terminal", lambda: True)
    run("deploy", input=answer)
    assert (project / "trace").exists() is is_started


@pytest.mark.parametrize("options", [[], ["--break-glass", "CHG-9"]])
def test_the_question_says_that_the_policy_is_set_aside(
    run: Run,
    mock: Any,
    fake_apply: Fake,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
) -> None:
    """The loud line stands above a table of perhaps hundreds of devices:
    who answers may not see it any more.
    """
    monkeypatch.setattr("classic_rescue.cli.rollout.rollout.stdin_is_terminal", lambda: True)
    ended = run("deploy", *options, input="no\n")
    assert ("The policy is set aside. Type yes to deploy" in ended.stderr) is bool(options)
    assert "Type yes to deploy" in ended.stderr


def test_a_rehearsal_keeps_its_own_state(run: Run, fake_apply: Fake, project: Path) -> None:
    """On the offline mock nothing is written to the fleet's backend:
    a forgotten key must not empty the real record.
    """
    fleet = project / "fleet.yaml"
    fleet.write_text("backend: {type: cloud, organization: acme}\n" + fleet.read_text())
    run("deploy")
    seen = trace(project)
    assert seen["CLASSIC_RESCUE_BACKEND"] == "local"
    assert seen["cwd"] == str(project / ".classic-rescue/cdktf.out/stacks/fleet-0")


@pytest.mark.parametrize(
    ("line", "given", "pace"),
    [
        ("", None, None),
        ("requests_per_second: 20", None, "20"),
        ("requests_per_second: 20", " ", "20"),
        ("requests_per_second: 20", "7.5", "7.5"),
    ],
)
@pytest.mark.usefixtures("mock", "fake_apply")
def test_the_file_may_say_how_fast_requests_go_out(
    run: Run, project: Path, line: str, given: str | None, pace: str | None
) -> None:
    """The environment of the person or job wins."""
    fleet = project / "fleet.yaml"
    fleet.write_text(f"{line}\n{fleet.read_text()}")
    run("deploy", "--yes", env={"CLASSIC_RESCUE_REQUESTS_PER_SECOND": given})
    assert trace(project)["CLASSIC_RESCUE_REQUESTS_PER_SECOND"] == pace


def test_what_terraform_is_given(run: Run, mock: Any, fake_apply: Fake, project: Path) -> None:
    """A plan file of its own, the fleet file by its full path, the very endpoint of the first
    line; nothing of a destroy.
    """
    run("deploy", "--yes", "--parallelism", "3", env={"CLASSIC_RESCUE_DESTROY": "1"})
    given = trace(project)
    assert given["argv"][:-1] == ["apply", "-input=false", "-no-color", "-parallelism=3"]
    assert given["argv"][-1].endswith("/fleet-0.tfplan")
    assert not Path(given["argv"][-1]).parent.exists()
    assert given["CLASSIC_RESCUE_FLEET"] == str(project / "fleet.yaml")
    assert given["CLASSIC_RESCUE_ENDPOINT"] == mock.rest
    assert given["CLASSIC_RESCUE_DESTROY"] is None
    assert not Path(given["CLASSIC_RESCUE_CONDUCTOR"]).exists()
    assert not given["has_key"]  # the conductor has it


def test_nothing_changed_is_said(run: Run, mock: Any, fake_apply: Fake) -> None:
    """When no hook ran and all is as declared, that is said, with exit code 0."""
    mock.act(RESCUE)
    ended = run("deploy", "--yes", "--long")
    assert ended.exit_code == 0
    assert "no device restarts: clean" in ended.stdout
    assert ended.stdout.endswith("nothing was changed on any device\n")
    assert "web-1\n  result      unchanged\n" in ended.stdout


def test_device_that_is_not_there_is_named(run: Run, mock: Any, fake_apply: Fake) -> None:
    """Terraform succeeded and a device is not as declared: it is named, with what to do,
    and the exit code is 2.
    """
    ended = run("deploy", "--yes", "--long")
    assert ended.exit_code == 2
    said = " ".join(ended.stdout.split())
    assert "web-1 result NOT AS WANTED to os evidence wanted rescue, but it is seen as os" in said
    assert said.count("`classic-rescue deploy --reconcile` repairs it") == 1
    assert ended.stderr == "deploy: 1 not as wanted (web-1), 1 unchanged\n"


def test_events_are_told_as_they_come(run: Run, mock: Any, fake_apply: Fake) -> None:
    """Each event is a line; --no-progress leaves them out;
    the table at the end has the result either way.
    """
    mock.act(RESCUE)
    done = {
        "step": "done",
        "text": "os → rescue",
        "result": "changed",
        "before": "os",
        "after": "rescue",
        "took_s": 252.0,
    }
    fake_apply(f"tell(**{WEB_1 | done | {'evidence': 'proof', 'address': '198.51.100.11'}!r})")
    told = run("deploy", "--yes", "--long").stdout
    silent = run(*["deploy", "--yes", "--long", "--no-progress"]).stdout
    assert "2026-11-23T00:00:00Z web-1: os → rescue\n" in told
    assert "2026-11-23T00:00:00Z" not in silent
    table = (
        "web-1\n  result      changed\n  from        os\n  to          rescue\n"
        "  evidence    proof\n  took        4 min 12 s\n  address     198.51.100.11\n"
        "  to log in   classic-rescue access web-1\n"
    )
    assert table in told
    assert table in silent
    assert told.endswith("deploy: 1 changed, 1 unchanged\n")


def test_a_deploy_ends_with_one_line_a_device(run: Run, mock: Any, fake_apply: Fake) -> None:
    """Why a device is in trouble and what to do stands whole below the table, by its number."""
    stopped = {"step": "stopped", "text": "refused: no permission", "result": "refused", "exit": 3}
    fake_apply(f"tell(**{WEB_1 | stopped!r})\nsys.exit(1)")
    ended = run("deploy", "--yes", "--no-progress")
    shown = ended.stdout.splitlines()
    begin = next(number for number, line in enumerate(shown) if line.startswith("  name "))
    assert max(map(len, shown[begin:])) <= 80
    assert shown[begin + 1].split()[:5] == ["!", "web-1", "failed", "[1]", "[2]"]
    assert shown[begin + 2].split()[:3] == ["app-1", "unchanged", "os"]
    assert "no sign of rescue" in shown[begin + 2]
    assert shown[begin + 3 :] == [
        "[1]  refused: no permission",
        "[2]  mend the cause, then run deploy again",
        "`classic-rescue access web-1` shows how to log in",
    ]
    table = run("deploy", "--yes", "-ocsv").stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["name"], row["result"]) for row in rows] == [
        ("web-1", "failed"),
        ("app-1", "unchanged"),
    ]


FRAME = """
╷
│ Error: local-exec provisioner error
│
│   with terraform_data.boot["{key}"],
│
│ Error running command
│ 'PYTHONPATH=../constructs exec python -m classic_rescue.hook enter': exit
│ status 3. Output: {text}
╵
"""


def test_a_failure_is_told_once_whole_and_last(run: Run, mock: Any, fake_apply: Fake) -> None:
    """What a hook has told in its own words is not told again in Terraform's; exit code 1, what
    to do, and where the log is, in the last line.
    """
    stopped = {"step": "stopped", "text": "refused: no permission", "result": "refused", "exit": 3}
    frame = FRAME.format(key="virtual_guest/124929698", text="refused: no permission")
    fake_apply(f"tell(**{WEB_1 | stopped!r})\nprint({frame!r})\nsys.exit(1)")
    ended = run(*["deploy", "--yes", "--long", "--no-progress"])
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 1
    assert ended.output.count("no permission") == 1
    assert "PYTHONPATH" not in ended.output
    assert (
        "web-1 result failed evidence refused: no permission what to do mend the cause, then run"
        " deploy again to log in classic-rescue access web-1 app-1 result unchanged" in said
    )
    assert " ".join(ended.stderr.split()).startswith(
        "deploy: 1 failed (web-1), 1 unchanged. All that Terraform said:"
        " .classic-rescue/logs/deploy-"
    )


def test_what_no_hook_has_told_is_told_in_terraforms_words(
    run: Run, mock: Any, fake_apply: Fake
) -> None:
    """A state that cannot be locked, a hook that could not start: its errors without its chatter,
    and without the command of a hook; then the last line.
    """
    frame = FRAME.format(key="virtual_guest/124929706", text="sh: python: not found")
    fake_apply(f"print('chatter')\nprint({frame!r})\nprint('Error: backend gone')\nsys.exit(1)")
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    assert "  Error: backend gone\n" in ended.stderr
    assert "its hook ended with exit status 3 and told nothing more:" in ended.stderr
    assert "sh: python: not found" in ended.stderr
    assert "chatter" not in ended.stderr
    assert "PYTHONPATH" not in ended.stderr
    assert " ".join(ended.stderr.split()).rpartition(". ")[2].startswith("All that Terraform said")


def test_an_outage_at_the_end_is_one_line(
    run: Run, mock: Any, fake_apply: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The devices in trouble come first, then those that could not be looked at, in one line; no
    advice that does not fit.
    """
    stopped = {"step": "stopped", "text": "unreachable: HTTP 503", "result": "", "exit": 6}
    monkeypatch.setattr("classic_rescue.cli.session.observed.PATIENCE", Retry(attempts=1))
    fake_apply(
        f"tell(**{WEB_1 | stopped!r})\nimport urllib3\n"
        f"urllib3.request('POST', {mock.control + 'faults'!r}, json={UNAVAILABLE!r},"
        " timeout=None)\n"
        "sys.exit(1)"
    )
    ended = run(*["deploy", "--yes", "--long", "--no-progress"])
    mock.control_call("DELETE", "faults")
    said = " ".join(ended.stderr.split())
    assert ended.exit_code == 1
    assert "run deploy again when the API answers" in " ".join(ended.stdout.split())
    assert "app-1\n" not in ended.stdout.partition("terraform apply begins")[2]
    assert "reconcile" not in ended.output
    assert (
        "the API answers HTTP 503 (Service Unavailable), since 2026-11-23T00:00:00Z or longer: 1"
        " device could not be looked at (app-1); run `classic-rescue status` when it is back"
        " deploy: 1 failed (web-1), 1 not looked at (app-1)" in said
    )


def test_nobody_knows_is_exit_code_5(
    run: Run, mock: Any, fake_apply: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart of which nothing shows that it was done is no success: counted in the last line
    and in JSON.
    """
    done = {"step": "done", "text": "restart accepted", "result": "unproven", "after": "os"}
    app_1 = WEB_1 | {"name": "app-1", "device": "virtual_guest/124929706"}
    mock.act(RESCUE)
    fake_apply(f"tell(**{app_1 | done!r})")
    ended = run("deploy", "--yes")
    told = json.loads(run("deploy", "--yes", "--json").stdout)
    assert (ended.exit_code, told["exit_code"], told["result"]) == (5, 5, "done")
    assert ended.stderr == "deploy: 1 unproven (app-1), 1 unchanged\n"
    assert told["text"] == ended.stderr.strip()
    assert [device["result"] for device in told["devices"]] == ["unproven", "unchanged"]


def test_interrupted_run_says_what_is_under_way(run: Run, mock: Any, fake_apply: Fake) -> None:
    """Ctrl-C: exit code 130, and what each device told last."""
    waiting = {"step": "wait", "text": "waiting for transaction 5"}
    fake_apply(
        f"import signal\ntell(**{WEB_1 | waiting!r})\nsignal.signal(signal.SIGINT,"
        " signal.SIG_DFL)\n"
        "os.kill(os.getppid(), signal.SIGINT)\nsignal.pause()"
    )
    ended = run(*["deploy", "--yes", "--long", "--no-progress"])
    said = " ".join(ended.stderr.split())
    assert ended.exit_code == 130
    assert "web-1 result unfinished evidence waiting for transaction 5" in said
    assert "`classic-rescue status web-1` shows what it runs" in said
    assert "classic-rescue access web-1" in said
    assert "virtual_guest/124929698" not in said
    assert "deploy was interrupted: 1 unfinished (web-1); run deploy again to go on" in said


def test_json_is_one_object(run: Run, mock: Any, fake_apply: Fake) -> None:
    """With --json stdout has the result only; all that people read is on stderr."""
    ended = run("destroy", "--yes", "--json")
    result = json.loads(ended.stdout)
    assert (ended.exit_code, result["result"]) == (0, "done")
    assert [device["result"] for device in result["devices"]] == ["unchanged", "unchanged"]
    assert ended.stderr.startswith("endpoint: ")


def test_destroy_accepts_a_powered_off_device(
    run: Run, mock: Any, fake_apply: Fake, project: Path
) -> None:
    """A device that is off boots its operating system next: for destroy it has left."""
    (project / "fleet.yaml").write_text(
        "devices:\n  off-1: {virtual_guest: 124929714, boot: rescue}\n"
    )
    assert run("destroy", "--yes").exit_code == 0


def test_one_run_at_a_time(run: Run, mock: Any, fake_apply: Fake, project: Path) -> None:
    """While another run holds the project, a second one starts nothing."""
    (project / ".classic-rescue").mkdir()
    with (project / ".classic-rescue" / "deploy.lock").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_SH
        )  # weaker than what a run takes, so that two runs exclude each other
        ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    assert "another deploy or destroy" in ended.stderr
    assert not (project / "trace").exists()


def test_broken_fleet_stops_everything(
    run: Run, mock: Any, fake_apply: Fake, project: Path
) -> None:
    """A fleet file with a mistake ends the command before it connects."""
    (project / "fleet.yaml").write_text("devices:\n  a: {hardware: 7, boot: sleep}\n")
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    assert "fleet.yaml:2: devices.a.boot" in ended.stderr
    assert ended.stdout == ""


def test_the_question_says_what_the_service_probably_refuses(
    run: Run, mock: Any, fake_apply: Fake, project: Path
) -> None:
    """What preflight knows is told before anybody says yes, in the same words."""
    viewer = {
        "SL_USERNAME": "307608_viewer@example.com",
        "SL_API_KEY": "mock-viewer-classic-key-000000000000000000000000000000000000000b",
    }
    said = " ".join(run("deploy", env=viewer).stdout.split())
    assert "doubtful: user 307608_viewer@example.com lacks permission SERVER_RELOAD" in said
    assert "which executeRescueLayer probably needs" in said


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "deploy was interrupted: 1 changed; run deploy again to go on;"),
        (Failure("a and b are one device"), 5, "a and b are one device deploy: 1 changed"),
    ],
)
def test_the_end_is_told_even_where_the_last_look_fails(
    run: Run,
    mock: Any,
    fake_apply: Fake,
    monkeypatch: pytest.MonkeyPatch,
    problem: BaseException,
    code: int,
    said: str,
) -> None:
    """Ctrl-C while the devices are looked at again, or two names of one device: what the hooks
    have told is not lost, and what was not looked at is not called done.
    """
    looks: list[int] = []
    observe = Session.observe

    def once(session: Session, targets: list[Target]) -> list[Row]:
        looks.append(1)
        if len(looks) > 1:
            raise problem
        return observe(session, targets)

    monkeypatch.setattr(Session, "observe", once)
    done = {"step": "done", "text": "os → rescue", "result": "changed", "after": "rescue"}
    fake_apply(f"tell(**{WEB_1 | done!r})")
    ended = run("deploy", "--yes")
    assert ended.exit_code == code
    assert said in " ".join(ended.stderr.split())


def test_what_a_hook_saw_last_is_set_beside_the_last_look(
    run: Run, mock: Any, fake_apply: Fake
) -> None:
    """Its request is under way as far as it knows; the look after the run may see it ended."""
    text = "transaction 7 is still under way after 1 h"
    stopped = {"step": "stopped", "text": text, "result": "under_way", "exit": 5}
    mock.act(RESCUE)
    fake_apply(f"tell(**{WEB_1 | stopped!r})\nsys.exit(1)")
    ended = run(*["deploy", "--yes", "--long", "--no-progress"])
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 1
    assert f"web-1 result under way evidence {text}. Seen now: rescue; last transaction" in said
    assert ended.stderr.startswith("deploy: 1 under way (web-1), 1 unchanged.")
