"""A service that answers nobody is told once, whatever the command; a device's own trouble is its
own line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.api.client import Retry
from classic_rescue.api.errors import ApiError, Denied, NotFound, RateLimited, Refused, Unanswered
from classic_rescue.cli.session import observed, outage, readiness

Run = Callable[..., Result]
UNAVAILABLE = {"kind": "error", "status": 503, "code": "", "text": "Service Unavailable"}
LOCKED_OUT = {"kind": "error", "status": 401, "code": "", "text": "Access Denied. "}
LIMITED = {"kind": "rate_limit"}
NO_JSON = {"kind": "wrong_content_type", "status": 503, "body": "<html>"}
CALL = "SoftLayer_Virtual_Guest/1::getObject"


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats would only take their time."""
    for module in (observed, readiness):
        monkeypatch.setattr(module, "PATIENCE", Retry(attempts=1))


def strike(mock: Any, operation: str, fault: dict[str, Any], times: int = 99) -> None:
    """Let the service answer like this."""
    rule = {"operation": operation, "times": times, "fault": fault}
    mock.control_call("POST", "faults", rule)


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (UNAVAILABLE, "run `classic-rescue status` when it is back"),
        (LOCKED_OUT, "check the credentials, then run `classic-rescue status`"),
        (LIMITED, "run `classic-rescue status` in some minutes"),
        ({"kind": "drop"}, "run `classic-rescue status` when it is back"),
    ],
)
@pytest.mark.parametrize("operation", ["SoftLayer_Virtual_Guest.getObject", "*"])
@pytest.mark.parametrize("command", ["status", "preflight"])
def test_an_outage_is_one_line(
    run: Run,
    mock: Any,
    project: Path,
    command: str,
    operation: str,
    fault: dict[str, Any],
    advice: str,
) -> None:
    """However many devices it strikes, and from the first call on: what the service does, which
    devices, and what to do.
    """
    lines = [f"  v{number}: {{virtual_guest: {124929698 + number}, boot: os}}" for number in (0, 8)]
    (project / "fleet.yaml").write_text("\n".join(["devices:", *lines, ""]))
    strike(mock, operation, fault)
    ended = run(command)
    said = " ".join(ended.stderr.split())
    assert ended.exit_code == 1
    assert said.startswith("classic-rescue: the API ")
    assert "2 devices could not be looked at (v0, v8); " in said
    assert said.endswith(advice)
    assert "could not be looked at" not in ended.stdout
    assert "verdict" not in ended.stdout


def test_what_was_read_is_still_shown(run: Run, mock: Any) -> None:
    """One device of two that is not answered for has a row of its own, and the other its verdict;
    programs get every device.
    """
    strike(mock, "SoftLayer_Virtual_Guest.getObject", UNAVAILABLE, times=1)
    shown = run("status", "--long")
    assert shown.exit_code == 1
    assert shown.stdout.count("verdict   error") == 1
    strike(mock, "SoftLayer_Virtual_Guest.getObject", UNAVAILABLE, times=1)
    assert "1 not read (!), 1 " in run("status").stdout
    strike(mock, "SoftLayer_Virtual_Guest.getObject", UNAVAILABLE)
    devices = json.loads(run("status", "--json").stdout)["devices"]
    assert [device["verdict"] for device in devices] == ["error", "error"]
    assert all(device["error"] for device in devices)


def test_a_pull_request_gets_one_line(run: Run, mock: Any) -> None:
    """The section of its comment has the outage once, too."""
    strike(mock, "SoftLayer_Virtual_Guest.getObject", UNAVAILABLE)
    section = run("preflight", "--markdown", "-").stdout
    assert section.count("could not be looked at") == 1
    assert "| device |" not in section


@pytest.mark.parametrize(
    ("problem", "is_outage"),
    [
        (Unanswered(f"{CALL}: HTTP 503 with an answer that is not JSON"), True),
        (RateLimited(CALL, 429, "", "too many requests"), True),
        (Denied(CALL, 401, "", "Access Denied. "), True),
        (Denied(CALL, 403, "", "no permission"), False),
        (Refused(CALL, 503, "", "Service Unavailable"), True),
        (Refused(CALL, 500, "SoftLayer_Exception_Public", "Invalid status"), False),
        (NotFound(CALL, 404, "SoftLayer_Exception_ObjectNotFound", "Unable to find"), False),
        (None, False),
    ],
)
def test_what_is_an_outage(problem: ApiError | None, is_outage: bool) -> None:
    """What strikes all devices alike, never what the service says about one."""
    assert outage.is_outage(problem) is is_outage


def test_many_names_are_counted_and_the_earliest_time_is_told() -> None:
    """A fleet's names would fill the screen; the time is a lower bound, and said as one."""
    unread: list[tuple[str, ApiError | None]] = [
        (f"v{number}", Refused(CALL, 503, "", "Service Unavailable")) for number in range(22)
    ]
    times = [None, datetime(2026, 11, 28, 3, tzinfo=UTC), datetime(2026, 11, 28, 2, tzinfo=UTC)]
    said = str(outage.outage_of(unread, others=5, since=times))
    assert said.startswith(
        "the API answers HTTP 503 (Service Unavailable), since 2026-11-28T02:00:00Z or longer: 22"
        " devices could not be looked at (v0, "
    )
    assert "v19 and 2 more); run" in said
