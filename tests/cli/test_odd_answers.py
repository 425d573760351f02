"""Answers in shapes that nobody documents: one device's line, and everything else goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

GUESTS = "SoftLayer_Virtual_Guest"
ODD = ["null", "[1,2]", '{"id": NaN}', '{"id": 1e400}', "{}", "7", '"web-1"']


@pytest.fixture
def two(project: Path) -> None:
    """A fleet of two guests."""
    (project / "fleet.yaml").write_text(
        "devices:\n"
        "  web-1: {virtual_guest: 124929698, boot: os}\n"
        "  web-2: {virtual_guest: 124929706, boot: os}\n"
    )


def answer(mock: Any, operation: str, body: str, **rule: Any) -> None:
    """Something answers with this body, and HTTP 200."""
    fault = {
        "kind": "wrong_content_type",
        "status": 200,
        "content_type": "application/json",
        "body": body,
    }
    mock.control_call("POST", "faults", {"operation": operation, "fault": fault, **rule})


@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("command", ["status", "preflight", "drift"])
@pytest.mark.usefixtures("two")
def test_a_devices_odd_answer_is_its_line(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch, command: str, body: str
) -> None:
    """The other device is told as ever; nothing is called a defect."""
    monkeypatch.setattr("classic_rescue.api.client.PAUSE_S", 0.001)
    answer(mock, f"{GUESTS}.getObject", body, times=4)
    done = run(command, "--json") if command != "preflight" else run(command)
    said = done.stdout + done.stderr
    assert "defect" not in said
    assert "Traceback" not in said
    if command == "status":
        rows = {row["name"]: row for row in json.loads(done.stdout)["devices"]}
        assert len(rows) == 2


@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("command", ["status", "preflight", "import"])
@pytest.mark.usefixtures("two")
def test_an_odd_answer_about_the_user_stops_nothing(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch, command: str, body: str
) -> None:
    """Who is signed in is only needed for words."""
    monkeypatch.setattr("classic_rescue.api.client.PAUSE_S", 0.001)
    answer(mock, "SoftLayer_Account.getCurrentUser", body, times=None)
    done = run(command)
    assert "defect" not in done.stdout + done.stderr
    if command == "status":
        assert done.exit_code == 0, done.stderr
        assert "web-2" in done.stdout
