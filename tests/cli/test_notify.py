"""Who is told of what commands do: once, by whom the file names, and never in a pull request."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result

from classic_rescue.cli.rollout.told import HookTeller
from classic_rescue.cli.session import telling
from classic_rescue.cli.session.session import open_session
from classic_rescue.cli.session.telling import Telling
from classic_rescue.cli.terminal.hidden import hide_from_now_on
from classic_rescue.cli.terraform.hook_events import event_in
from classic_rescue.notify.sending import Surroundings
from tests.cli.conftest import FLEET, RealMock
from tests.cli.test_against_base import base as base
from tests.cli.test_drift import Record
from tests.cli.test_drift import record as record
from tests.cli.test_rollout import WEB_1, Fake
from tests.cli.test_rollout import fake_apply as fake_apply
from tests.notify.conftest import Receiver, event
from tests.notify.conftest import receiver as receiver

Run = Callable[..., Result]
NOTIFY = """\
notify:
  - {name: ops, webhook: {form: json, url_from: CLASSIC_RESCUE_NOTIFY_OPS}}
  - {name: pager, command: [./page.sh], events: [failed, drift, overdue]}
"""
PLAN = ("plan", "--out", "reviewed")
RETURNS = ("plan", "--only-returns", "--out", "returns")
RESCUE = "SoftLayer_Virtual_Guest/124929698/executeRescueLayer"


@pytest.fixture
def told(project: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A project that tells somebody."""
    for name in ("GITHUB_EVENT_NAME", "CI_MERGE_REQUEST_IID", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLASSIC_RESCUE_NOTIFY_OPS", receiver.url)
    (project / "fleet.yaml").write_text(NOTIFY + FLEET)
    page = project / "page.sh"
    page.write_text('#!/bin/sh\ncat >> "$(dirname "$0")/paged"\n')
    page.chmod(0o755)
    return receiver


def step(step: str, **more: object) -> str:
    """Code by which the stand-in for Terraform tells a step of web-1's hook."""
    return f"tell(**{ {**WEB_1, 'step': step, 'text': step, **more}!r})\n"


REQUEST = step("request", text="executeRescueLayer: the device goes down", usual_s=300)
DOWN = step("start", goal="rescue", reason="CHG-1") + REQUEST + step("wait")
THERE = {"result": "changed", "before": "os", "after": "rescue", "address": "198.51.100.11"}


@pytest.mark.slow
def test_a_deploy_tells_what_happens(
    run: Run, mock: RealMock, fake_apply: Fake, told: Receiver
) -> None:
    """That a device goes down, why, and how to get in, without a password; a second run that finds
    the same tells nothing more.
    """
    fake_apply(DOWN + step("done", **THERE))
    run("deploy", "--yes")
    assert sorted(told.events) == [("down", "web-1"), ("rescue", "web-1")]
    text = json.dumps(told.bodies)
    assert "executeRescueLayer was accepted; reason: CHG-1" in text
    assert "`classic-rescue access web-1` shows how to log in" in text
    assert "198.51.100.11" in text
    fake_apply(step("start") + step("done", **{**THERE, "result": "unchanged"}))
    run("deploy", "--yes")
    assert len(told.events) == 2


@pytest.mark.slow
def test_a_run_that_was_killed_is_told_to_its_end_by_the_next(
    run: Run, mock: RealMock, fake_apply: Fake, told: Receiver
) -> None:
    """What the first one asked for is told as that, once."""
    fake_apply(DOWN + step("stopped", result="under_way", exit=5, text="under way: timeout"))
    run("deploy", "--yes")
    fake_apply(step("start") + step("done", **{**THERE, "result": "unchanged"}))
    run("deploy", "--yes")
    run("deploy", "--yes")
    assert sorted(told.events) == [("down", "web-1"), ("failed", "web-1"), ("rescue", "web-1")]


@pytest.mark.slow
def test_a_failure_runs_the_command_of_the_file(
    run: Run, mock: RealMock, fake_apply: Fake, told: Receiver, project: Path
) -> None:
    """In a deploy, which runs the code of this repository anyway."""
    fake_apply(
        REQUEST + step("busy") + step("stopped", result="refused", exit=3, text="refused: x")
    )
    run("deploy", "--yes")
    assert told.events == [("failed", "web-1")]
    assert json.loads((project / "paged").read_text())["events"][0]["text"] == "refused: x"


@pytest.mark.slow
def test_a_channel_that_hangs_is_a_note_and_changes_no_exit_code(
    run: Run, mock: RealMock, fake_apply: Fake, told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deploy ends as it would have."""
    monkeypatch.setattr(telling, "Surroundings", partial(Surroundings, longest_s=0.2))
    told.gate.clear()
    fake_apply(DOWN + step("done", **THERE))
    mock.act(RESCUE)
    ended = run("deploy", "--yes")
    assert ended.exit_code == 0, ended.output
    assert "note: notify: ops: no answer within 0.2 s; nobody was told there" in ended.stderr
    assert told.url not in ended.output


@pytest.mark.slow
def test_the_policy_set_aside_is_told(
    run: Run, mock: RealMock, fake_apply: Fake, told: Receiver, project: Path
) -> None:
    """Once a reason and day, however many runs."""
    with (project / "fleet.yaml").open("a") as file:
        file.write("policy: {require_reason: 'INC-[0-9]+'}\n")
    for _ in range(2):
        run("deploy", "--yes", "--break-glass=CHG-9 outage")
    assert [kind for kind, _ in told.events] == ["policy_set_aside"]
    assert "reason: CHG-9 outage" in json.dumps(told.bodies)


def test_drift_is_told_once(
    run: Run, mock: RealMock, told: Receiver, record: Record, project: Path
) -> None:
    """By a command that is run every 15 minutes, until the device is as declared again. No command
    of the file is run for that.
    """
    record(guest__124929698="rescue", guest__124929706="os")
    for _ in range(3):
        assert run("drift").exit_code == 4
    assert told.events == [("drift", "web-1")]
    mock.act(RESCUE)
    assert run("drift").exit_code == 0
    mock.act("SoftLayer_Virtual_Guest/124929698/rebootDefault")
    for _ in range(2):
        assert run("drift").exit_code == 4
    assert told.events == [("drift", "web-1")] * 2
    assert not (project / "paged").exists()


def test_a_device_nearly_over_its_time_is_told(
    run: Run, mock: RealMock, told: Receiver, project: Path
) -> None:
    """Half an hour before, and again where it is still down half an hour after."""
    mock.act(RESCUE)
    for minutes, count in ((45, 0), (29, 1), (28, 2), (-10, 2), (-31, 3)):
        until = datetime.now(UTC) + timedelta(minutes=minutes)
        text = FLEET.replace("boot: rescue", f"boot: rescue, until: '{until.isoformat()}'")
        (project / "fleet.yaml").write_text(NOTIFY + text)
        for _ in range(2):
            run("drift")
        assert told.events == [("overdue", "web-1")] * count, minutes
    assert "passed" in json.dumps(told.bodies[-1])


@pytest.mark.slow
def test_a_plan_tells_only_where_it_is_told_to(
    run: Run, mock: RealMock, told: Receiver, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And never in a pull request, whose author wrote the file."""
    until = datetime.now(UTC) + timedelta(minutes=20)
    text = FLEET.replace("boot: rescue", f"boot: rescue, until: '{until.isoformat()}'")
    (project / "fleet.yaml").write_text(NOTIFY + text)
    mock.act(RESCUE)
    run(*PLAN)
    assert told.bodies == []
    for name, value in (("GITHUB_EVENT_NAME", "pull_request"), ("CI_MERGE_REQUEST_IID", "7")):
        monkeypatch.setenv(name, value)
        run(*PLAN, "--tell")
        run(*RETURNS, "--tell")
        run("drift")
        assert "nobody is told" in run("notify", "--test").stderr
        assert told.bodies == []
        monkeypatch.delenv(name)
    run(*RETURNS, "--tell")
    run(*PLAN, "--tell")
    assert told.events == [("overdue", "web-1")]
    assert not (project / "paged").exists()


@pytest.mark.slow
def test_leave_tells_that_the_device_is_back(
    run: Run, mock: RealMock, told: Receiver, project: Path
) -> None:
    """Whoever calls it, and without a command of the file."""
    mock.act(RESCUE)
    ended = run("leave", "web-1", "--yes")
    assert ended.exit_code == 0, ended.output
    assert told.events == [("back", "web-1")]


def test_a_test_message_says_what_each_answered(
    run: Run, told: Receiver, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any credentials of the service. One that is not told is an error."""
    ended = run("notify", "--test")
    assert ended.exit_code == 0, ended.output
    assert "ops: told; HTTP 200 (json at CLASSIC_RESCUE_NOTIFY_OPS)" in ended.stdout
    assert "pager: told; exit code 0" in ended.stdout
    assert told.bodies[0]["title"] == "a test message"
    assert (project / "paged").exists()
    told.status = 500
    ended = run("notify", "--test", "ops", "--json")
    assert ended.exit_code == 1
    (row,) = json.loads(ended.stdout)["channels"]
    assert (row["told"], row["problem"]) == (False, "it answered HTTP 500")
    monkeypatch.delenv("CLASSIC_RESCUE_NOTIFY_OPS")
    shown = run("notify")
    assert shown.exit_code == 1
    assert "CLASSIC_RESCUE_NOTIFY_OPS is not set" in shown.stdout
    assert "no channel nobody; there are: ops, pager" in run("notify", "nobody").stderr


def test_no_channel_is_said(run: Run, project: Path) -> None:
    """Rather than a test of nothing."""
    ended = run("notify", "--test")
    assert ended.exit_code == 1
    assert "fleet.yaml: `notify:` names nobody; allowed: a list such as [{name" in ended.stderr


def test_a_rehearsal_on_the_offline_mock_tells_nobody(
    run: Run, told: Receiver, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tries it out does not wake people."""
    monkeypatch.setenv("CLASSIC_RESCUE_LOCKS", str(project / "locks"))
    until = datetime.now(UTC) + timedelta(minutes=20)
    text = FLEET.replace("boot: os", f"boot: rescue, until: '{until.isoformat()}'")
    (project / "fleet.yaml").write_text(NOTIFY + text)
    run("drift")
    assert told.bodies == []


def test_a_hostile_name_is_cleaned(
    run: Run, mock: RealMock, told: Receiver, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control characters and secrets go out nowhere."""
    monkeypatch.setenv("TF_HTTP_PASSWORD", "a-password-of-a-state")

    hide_from_now_on(["a-password-of-a-state"])
    session = open_session(Path("fleet.yaml"), None, environ=os.environ, now=datetime.now(UTC))
    told_on = Telling(session, "test")
    told_on.tell(event(name="web\r\nBcc: x\x1b[31m", text="is a-password-of-a-state\n::error::"))
    told_on.say_warnings(lambda: 0.0)
    (body,) = told.bodies
    assert body["events"][0]["name"] == "web??Bcc: x?[31m"
    assert "a-password" not in json.dumps(body)


@pytest.mark.slow
def test_a_base_names_who_is_told_now(run: Run, base: Path) -> None:
    """A channel that is new, changed or taken away."""
    fleet = base / "fleet.yaml"
    fleet.write_text(NOTIFY + fleet.read_text())
    said = " ".join(run(*PLAN, "--base", "HEAD").output.split())
    assert "notify: ops is new: json at CLASSIC_RESCUE_NOTIFY_OPS" in said
    assert "notify: pager is new: the command ['./page.sh']; drift, failed, overdue" in said


def test_many_at_once_are_a_few_messages(
    run: Run, mock: RealMock, told: Receiver, project: Path
) -> None:
    """500 devices: as many events, and one or two messages, from as many threads as channels."""
    before = set(threading.enumerate())
    session = open_session(Path("fleet.yaml"), None, environ=os.environ, now=datetime.now(UTC))
    told_on = Telling(session, "deploy")
    hooks = HookTeller(told_on)
    steps = (
        {"step": "request", "text": "executeRescueLayer: x"},
        {"step": "done", "text": "", **THERE},
    )
    for one in steps:
        rows = [
            {
                "time": "2026-11-23T00:00:00Z",
                "name": f"w-{n}",
                "device": f"virtual_guest/{n}",
                **one,
            }
            for n in range(1, 501)
        ]
        hooks.take([found for row in rows if (found := event_in(json.dumps(row).encode()))])
    threads = set(threading.enumerate()) - before
    told_on.say_warnings(lambda: 0.0)
    assert len(threads) <= 3, threads
    assert len(told.events) == 1000
    assert len(told.bodies) <= 3
