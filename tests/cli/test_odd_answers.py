"""Answers in shapes that nobody documents: one device's line, and everything else goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

GUESTS = "SoftLayer_Virtual_Guest"
USER = "SoftLayer_Account.getCurrentUser"
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
@pytest.mark.parametrize(
    ("operation", "times", "command"),
    [
        (f"{GUESTS}.getObject", 4, "status --json"),
        (f"{GUESTS}.getObject", 4, "preflight"),
        (f"{GUESTS}.getObject", 4, "drift --json"),
        (USER, None, "status --json"),
        (USER, None, "preflight"),
        (USER, None, "import"),
    ],
)
@pytest.mark.usefixtures("two")
def test_an_odd_answer_stops_nothing_else(
    run: Run,
    mock: Any,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    times: int | None,
    command: str,
    body: str,
) -> None:
    """Of one device: it is that device's line, and the other is told as ever. About the user, who
    is only needed for words, it matters to nobody. Nothing is called a defect.
    """
    monkeypatch.setattr("classic_rescue.api.client.PAUSE_S", 0.001)
    answer(mock, operation, body, times=times)
    done = run(*command.split())
    said = done.stdout + done.stderr
    assert "defect" not in said
    assert "Traceback" not in said
    if command.startswith("status"):
        assert len(json.loads(done.stdout)["devices"]) == 2
        assert operation != USER or done.exit_code == 0, done.stderr
