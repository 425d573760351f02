"""`classic-rescue leave`, against a real mock."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.states import Kind
from classic_rescue.cli.rollout.views import NoView
from classic_rescue.cli.terraform.hook_events import HookEvent, Progress
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.working_folders import WorkingFolders
from classic_rescue.hook.device_files import RestartNote, device_files
from tests.patience import PATIENCE_S

Run = Callable[..., Result]
RESCUE = "SoftLayer_Virtual_Guest/124929698/executeRescueLayer"


def test_brings_the_device_back(run: Run, mock: Any) -> None:
    """With --yes the device reboots into its operating system, and the file's claim is recalled."""
    mock.act(RESCUE)
    ended = run("leave", "web-1", "--yes")
    assert ended.exit_code == 0
    assert "rescue → os" in ended.stdout
    assert "fleet.yaml:2 still declares rescue for web-1" in ended.stdout
    assert run("status", "web-1").exit_code == 2


def test_refuses_without_terminal(run: Run, mock: Any) -> None:
    """Nobody to ask and no --yes: nothing is sent."""
    mock.act(RESCUE)
    ended = run("leave", "web-1")
    assert ended.exit_code == 1
    assert "add --yes" in ended.stderr
    assert run("status", "web-1").exit_code == 0


@pytest.mark.parametrize(("answer", "code"), [("web-1\n", 0), ("yes\n", 1), ("\n", 1)])
def test_asks_for_the_name(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """Only the device's name is a yes."""
    monkeypatch.setattr("classic_rescue.cli.commands.leave.stdin_is_terminal", lambda: True)
    mock.act(RESCUE)
    assert run("leave", "web-1", input=answer).exit_code == code


def test_nothing_to_do_asks_nothing(run: Run, mock: Any) -> None:
    """A device that runs its operating system is left alone."""
    ended = run("leave", "app-1")
    assert ended.exit_code == 0
    assert "nothing to do" in ended.stdout


def test_json_is_the_hooks_events(run: Run, mock: Any) -> None:
    """With --json stdout has one JSON object a line, the last one says how it ended; one that
    has nothing to do is one line.
    """
    mock.act(RESCUE)
    ended = run("leave", "web-1", "--yes", "--json")
    assert json.loads(ended.stdout.splitlines()[-1])["result"] == "changed"
    again = json.loads(run("leave", "web-1", "--json").stdout)
    assert (again["step"], again["result"], again["after"]) == ("done", "unchanged", "os")


def test_a_refusal_is_exit_code_1(run: Run, mock: Any) -> None:
    """What the service refuses is told by the hook, and the command ends with 1."""
    mock.act(RESCUE)
    fault = {"kind": "error", "status": 500, "code": "X", "text": "No."}
    mock.control_call(
        "POST", "faults", {"operation": "SoftLayer_Virtual_Guest.rebootDefault", "fault": fault}
    )
    ended = run("leave", "web-1", "--yes")
    assert ended.exit_code == 1
    assert "No." in ended.stdout
    assert "still declares" not in ended.stdout


def test_a_terminal_sees_a_table_and_then_one_line(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the hook does is drawn, as in a deploy; its lines are not printed beside it, and its
    last word is the last line but for what the file says.
    """
    drawn: list[int] = []

    class View(NoView):
        def show(self, progress: Progress, new: Sequence[HookEvent]) -> None:
            drawn.append(len(new))

    monkeypatch.setattr("classic_rescue.cli.rollout.one_hook.stdout_is_terminal", lambda: True)
    monkeypatch.setattr("classic_rescue.cli.rollout.one_hook.LiveView", View)
    mock.act(RESCUE)
    ended = run("leave", "web-1", "--yes")
    assert ended.exit_code == 0
    assert sum(drawn) > 0
    assert "now: rescue" not in ended.stdout
    assert " ".join(ended.stdout.split()).count("web-1: rescue → os;") == 1


def test_who_has_the_project_is_said_before_the_question(
    run: Run, mock: Any, project: Path
) -> None:
    """A deploy that runs may act on the device, too."""
    mock.act(RESCUE)
    with WorkingFolders(project, is_rehearsal=False).locked(Turn("deploy")):
        ended = run("leave", "web-1")
    assert "This project is taken by `deploy` of " in " ".join(ended.stdout.split())
    assert "is taken by" not in run("leave", "web-1").stdout


def test_a_restart_that_nothing_shows_is_exit_code_5(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was accepted, and that is all that is known: the reminder comes, too."""

    def hook(arguments: Sequence[str], environ: dict[str, str]) -> int:
        order = json.loads(environ["CLASSIC_RESCUE_ORDER"])
        told = {"time": "", "name": order["name"], "device": order["device"], "step": "done"}
        event = {**told, "text": "restart accepted", "result": "unproven"}
        Path(environ["CLASSIC_RESCUE_EVENTS"]).write_text(json.dumps(event) + "\n")
        return 0

    monkeypatch.setattr("classic_rescue.hook.__main__.main", hook)
    mock.act(RESCUE)
    ended = run("leave", "web-1", "--yes")
    assert ended.exit_code == 5
    assert "still declares rescue for web-1" in ended.stdout


@pytest.fixture
def standing(mock: Any) -> Iterator[Any]:
    """The mock, with a clock that may be paused: it is one of many tests."""
    yield mock
    mock.control_call("POST", "clock", {"resume": True})


def _restarted_elsewhere(
    mock: Any, device: str, *, seconds_ago: int, call: str = "rebootDefault"
) -> None:
    """A device in rescue that another machine restarted; the mock's clock stands from then on."""
    service, _, _ = device.partition("/")
    rescue = "executeRescueLayer" if service.endswith("Guest") else "bootToRescueLayer"
    mock.act(f"{device}/{rescue}")
    mock.control_call("POST", "clock", {"advance_s": 1300})
    mock.control_call("POST", "clock", {"pause": True})
    mock.start(f"{device}/{call}")
    mock.control_call("POST", "clock", {"advance_s": seconds_ago})


def _asked(run: Run, name: str) -> str:
    """What is said before the question; nobody answers it."""
    ended = run("leave", name)
    assert ended.exit_code == 1
    return " ".join(ended.stdout.split())


WEB = "SoftLayer_Virtual_Guest/124929698"
DB = "SoftLayer_Hardware_Server/218027101"


def test_a_restart_that_another_machine_may_have_seen_is_said_before_the_second(
    run: Run, standing: Any
) -> None:
    """Most likely it was done: look first, since what runs on the device stops again."""
    _restarted_elsewhere(standing, WEB, seconds_ago=600)
    said = _asked(run, "web-1")
    assert "web-1 (virtual_guest 124929698) is seen as os: event log: Reboot" in said
    assert (
        "most likely was done: another machine, or the log of that run, may have seen the device"
        " come back. Look at the device first. `leave` restarts it a second time, with"
        " rebootDefault: whatever runs on it then stops, and it boots its operating system."
    ) in said
    assert "A restart was asked for at 20" in said
    assert "first waits" not in said
    assert "is watched" not in said


def test_bare_metal_says_how_long_the_second_restart_waits(
    run: Run, standing: Any, project: Path
) -> None:
    """The same, and the rest of the 20 minutes after the last reboot; nothing once they are
    over.
    """
    (project / "fleet.yaml").write_text("devices: {db-1: {hardware: 218027101, boot: os}}\n")
    _restarted_elsewhere(standing, DB, seconds_ago=240)
    said = _asked(run, "db-1")
    assert "`leave` restarts it a second time" in said
    wait = "It first waits until 20 minutes after the last reboot are over: another 16 min 2 s."
    assert wait in said
    standing.control_call("POST", "clock", {"advance_s": 1000})
    said = _asked(run, "db-1")
    assert "`leave` restarts it a second time" in said
    assert "20 minutes" not in said


def test_a_restart_of_a_moment_ago_is_watched_first(run: Run, standing: Any) -> None:
    """It may still be seen to be done, and then there is no second one."""
    _restarted_elsewhere(standing, WEB, seconds_ago=20)
    assert (
        "A restart usually takes 1 min: until then the device is watched, and left alone if it is"
        " seen to go down and come up. Otherwise `leave` restarts it a second time"
    ) in _asked(run, "web-1")


def test_a_restart_that_was_watched_in_vain_is_said_as_that(run: Run, standing: Any) -> None:
    """This machine saw the device up all the time: nobody says that it most likely was done."""
    _restarted_elsewhere(standing, WEB, seconds_ago=600)
    clock = datetime.fromisoformat(standing.control_call("GET", "clock")["now"])
    note = RestartNote(clock - timedelta(hours=1), clock, False, "a restart was asked for")
    endpoint = os.environ["CLASSIC_RESCUE_ENDPOINT"]
    web_1 = DeviceId(Kind.VIRTUAL_GUEST, 124929698)
    device_files(os.environ, endpoint).remember(web_1, note)
    said = _asked(run, "web-1")
    assert "most likely was not done: a run on this machine watched the device" in said
    assert "most likely was done" not in said
    assert "`leave` restarts it a second time" not in said


def test_bare_metal_that_may_be_off_is_not_said_to_have_been_restarted(
    run: Run, standing: Any, project: Path
) -> None:
    """What was asked for was a power-off; no field tells whether bare metal is on."""
    (project / "fleet.yaml").write_text("devices: {db-1: {hardware: 218027101, boot: os}}\n")
    _restarted_elsewhere(standing, DB, seconds_ago=600, call="powerOff")
    said = _asked(run, "db-1")
    assert "It was asked to go off at 20" in said
    assert "A restart was asked for" not in said
    assert "`leave` restarts it, with rebootDefault" in said


def test_ctrl_c_leaves_one_last_true_line(mock: Any) -> None:
    """What is still under way, and that it can be run again; exit code 130."""
    stuck = {"operation": "*.executeRescueLayer", "fault": {"kind": "stuck_transaction"}}
    mock.control_call("POST", "faults", stuck)
    mock.start(RESCUE)
    mock.control_call("POST", "clock", {"advance_s": 60})
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "classic_rescue.cli", "leave", "web-1", "--yes"]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "waiting for transaction" in line:
                break
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().splitlines()
        assert process.wait(PATIENCE_S) == 130
    assert "interrupted: transaction" in said[-1]
    assert said[-1].endswith("run again to go on")
