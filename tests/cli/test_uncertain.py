"""What cannot be known is not as desired: its own verdict and exit code, in every command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.boot.evidence import Observation, observe
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.cli.drifts.words import Verdict, text_of
from classic_rescue.hook import device_files

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
WHY = "your user may not read the event log"
RESCUE = "SoftLayer_Virtual_Guest/124929698/executeRescueLayer"
STUCK = {"operation": "*.executeRescueLayer", "fault": {"kind": "stuck_transaction"}}


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """No device in rescue is known to be there still."""

    def seen(*given: Any, **more: Any) -> Observation:
        found = observe(*given, **more)
        is_open = found.state is not BootState.RESCUE
        return found if is_open else found._replace(unproven=WHY)

    monkeypatch.setattr(device_files, "observe", seen)


@pytest.mark.usefixtures("unproven")
def test_status_has_a_verdict_of_its_own(run: Run, mock: Any) -> None:
    """In the table and in JSON, with why it cannot be known; exit code 5."""
    mock.act(RESCUE)
    shown = run("status", "--long")
    web_1 = json.loads(run("status", "--json").stdout)["devices"][0]
    assert shown.exit_code == 5
    assert "web-1\n  verdict   NOT PROVEN\n  desired   rescue\n" in shown.stdout
    assert f"not proven: {WHY}" in " ".join(shown.stdout.split())
    assert (web_1["verdict"], web_1["agrees"], web_1["unproven"]) == ("not_proven", False, WHY)


@pytest.mark.usefixtures("unproven")
def test_what_differs_weighs_more(run: Run, mock: Any) -> None:
    """A device that is known to be elsewhere is not hidden behind one of which nobody knows."""
    mock.act(RESCUE)
    mock.act("SoftLayer_Virtual_Guest/124929706/powerOff")
    mock.act("SoftLayer_Virtual_Guest/124929706/executeRescueLayer")
    assert run("status").exit_code == 2


@pytest.mark.parametrize("wanted", ["os", "rescue"])
@pytest.mark.parametrize(
    "command", ["status --long", "preflight", "deploy --long", "destroy --long", "leave web-1"]
)
def test_the_evidence_of_a_doubt_is_said_once(
    run: Run, mock: Any, project: Path, command: str, wanted: str
) -> None:
    """In every table, whatever the file wants of a device that somebody restarted."""
    fleet = f"devices: {{web-1: {{virtual_guest: 124929698, boot: {wanted}, reason: CHG-1}}}}\n"
    (project / "fleet.yaml").write_text(fleet)
    mock.act(RESCUE)
    mock.start("SoftLayer_Virtual_Guest/124929698/rebootDefault")
    mock.control_call("POST", "clock", {"advance_s": 600})
    said = " ".join(run(*command.split()).stdout.split())
    assert said.count("event log: Reboot by tester at") == 1
    assert said.count("cannot be known") + said.count("is not known") <= 1


@pytest.mark.parametrize(
    ("wanted", "headline"),
    [
        ("os", "0 of 1 devices would change; of 1 nobody can tell\n"),
        ("rescue", "1 of 1 devices would change: 1 doubtful\n"),
    ],
)
def test_a_doubt_alone_is_no_change(
    run: Run, mock: Any, project: Path, wanted: str, headline: str
) -> None:
    """Preflight counts a device that may be where it must be apart from those that would change."""
    fleet = f"devices: {{web-1: {{virtual_guest: 124929698, boot: {wanted}, reason: CHG-1}}}}\n"
    (project / "fleet.yaml").write_text(fleet)
    mock.act(RESCUE)
    mock.start("SoftLayer_Virtual_Guest/124929698/rebootDefault")
    mock.control_call("POST", "clock", {"advance_s": 600})
    ended = run("preflight")
    assert ended.exit_code == 5
    assert headline in ended.stdout
    assert f"Preflight: {headline}" in run("preflight", "--markdown", "-").stdout


@pytest.mark.usefixtures("unproven")
def test_preflight_is_doubtful(run: Run, mock: Any) -> None:
    """Nothing would be sent, and nobody knows whether that is right."""
    mock.act(RESCUE)
    ended = run("preflight", "--json")
    web_1 = json.loads(ended.stdout)["devices"][0]
    assert (ended.exit_code, web_1["verdict"], web_1["requests"]) == (5, "doubtful", [])
    assert web_1["doubts"] == [f"whether it is where it must be cannot be known: {WHY}"]


def test_drift_says_that_it_is_not_proven() -> None:
    """The believed state, and why it is only believed."""
    seen = Observation(BootState.RESCUE, "transaction 7", unproven=WHY)
    goal = Goal(BootState.RESCUE)
    said = text_of(Verdict.UNKNOWN, wanted=goal, recorded=goal, seen=seen, who="")
    assert said == (
        f"the file and Terraform say rescue; it is in rescue, which is not proven: {WHY}"
    )


@pytest.mark.parametrize(
    ("after_s", "verdict", "code"), [(60, "in motion", 2), (14_400, "OVERDUE", 2)]
)
def test_status_of_work_that_does_not_end(
    run: Run, mock: Any, after_s: int, verdict: str, code: int
) -> None:
    """How long so far and usually; far beyond that what to do, with all that a case with IBM
    needs.
    """
    mock.control_call("POST", "clock", {"pause": True})
    mock.control_call("POST", "faults", STUCK)
    mock.start(RESCUE)
    mock.control_call("POST", "clock", {"advance_s": after_s})
    ended = run("status", "web-1")
    said = " ".join(ended.stdout.split())
    moving = json.loads(run("status", "web-1", "--json").stdout)["devices"][0]["in_motion"]
    mock.control_call("POST", "clock", {"resume": True})
    assert ended.exit_code == code
    assert f"verdict {verdict} " in said
    assert "so far, usually" in said
    assert bool(moving["overdue"]) is (verdict == "OVERDUE")
    assert ("open a case with IBM and put in it: virtual_guest 124929698" in said) is (
        verdict == "OVERDUE"
    )


def test_preflight_and_drift_of_work_that_does_not_end(run: Run, mock: Any) -> None:
    """Neither ends with 0: it is nothing that a deploy only waits for."""
    mock.control_call("POST", "clock", {"pause": True})
    mock.control_call("POST", "faults", STUCK)
    mock.start(RESCUE)
    mock.control_call("POST", "clock", {"advance_s": 14_400})
    checked = run("preflight")
    drift = run("drift", "--long")
    mock.control_call("POST", "clock", {"resume": True})
    assert checked.exit_code == 5
    assert "1 blocked by work that is far beyond its usual time" in checked.stdout
    assert drift.exit_code == 5
    for ended in (checked, drift):
        assert "open a case with IBM" in " ".join(ended.stdout.split())
