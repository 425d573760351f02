"""The faults, in process and on a real socket."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from mock_api.control.routes import answer_control
from tests.mock.conftest import Control
from tests.mock.stagehand import APP, GUEST, OUTSTANDING, WEB, MockProcess, Play

RESCUE = f"{GUEST}.executeRescueLayer"


def add(play: Play, fault: dict[str, object], **rule: object) -> None:
    """Add a rule through the control plane."""
    status, answer = answer_control(play.stage, "POST", "faults", json.dumps({"fault": fault, **rule}).encode())
    assert status == 200, answer


def test_error_once(play: Play) -> None:
    """An error strikes the next matching call only, and that call does nothing."""
    add(play, {"kind": "error", "status": 503, "code": "SoftLayer_Exception_Unavailable", "text": "Gone"},
        operation=RESCUE)  # fmt: skip
    assert play.guest("getObject")["id"] == WEB
    answer = play.call(GUEST, "executeRescueLayer", WEB)
    assert (answer.status, answer.body) == (503, {"error": "Gone", "code": "SoftLayer_Exception_Unavailable"})
    assert play.guest("executeRescueLayer") is True


def test_nth_times_and_device(play: Play) -> None:
    """nth and times choose the calls, device_id the object."""
    add(play, {"kind": "rate_limit"}, operation=f"{GUEST}.getObject", device_id=WEB, nth=2, times=2)
    statuses = [play.call(GUEST, "getObject", WEB).status for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    assert play.call(GUEST, "getObject", APP).status == 200


def test_for_ever_and_everywhere(play: Play) -> None:
    """times null never ends; * is every operation."""
    add(play, {"kind": "rate_limit"}, times=None)
    bodies: list[Any] = [play.call(GUEST, "getObject", number).body for number in (WEB, APP, WEB)]
    assert {body["error"] for body in bodies} == {"Rate limit of 50 requests for every 1 second(s) exceeded."}


def test_delay(play: Play) -> None:
    """A delay waits with the given sleep before the operation."""
    add(play, {"kind": "delay", "seconds": 2.5})
    assert play.guest("getObject")["id"] == WEB
    assert play.slept == [2.5]


@pytest.mark.parametrize(
    ("kind", "busy", "boot"),
    [("stuck_transaction", True, "os"), ("failing_transaction", False, "os"), ("no_transaction", False, "os")],
)
def test_transactions_that_go_wrong(play: Play, kind: str, busy: bool, boot: str) -> None:
    """Stuck never clears, failing clears without effect, none never shows; the device stays in its system."""
    add(play, {"kind": kind}, operation=RESCUE)
    assert play.guest("executeRescueLayer") is True
    play.advance(10)
    assert (play.guest("getActiveTransaction") == play.nothing) is (kind == "no_transaction")
    play.advance(100000)
    assert (play.guest("getActiveTransaction") != play.nothing) is busy
    assert play.boot(WEB) == boot
    assert (play.guest("rebootDefault") == OUTSTANDING) is busy


def test_a_failed_transaction_says_so(play: Play) -> None:
    """Its status is not COMPLETE; the name is a label, since nobody ever recorded one."""
    add(play, {"kind": "failing_transaction"}, operation=RESCUE)
    play.guest("executeRescueLayer")
    play.advance(100000)
    mask = "mask[transactionGroup[name],transactionStatus[name]]"
    last: Any = play.call(GUEST, "getLastTransaction", WEB, mask=mask).body
    assert last["transactionGroup"] == {"name": "Rescue Boot"}
    assert last["transactionStatus"] == {"name": "FAILED"}


@pytest.mark.parametrize(("when", "status"), [("before", 200), ("after", 500)])
def test_drop_before_or_after(play: Play, when: str, status: int) -> None:
    """Dropped before: nothing happened. Dropped after: it did, and the client cannot know."""
    add(play, {"kind": "drop", "when": when}, operation=RESCUE)
    assert play.call(GUEST, "executeRescueLayer", WEB).dropped
    assert play.call(GUEST, "executeRescueLayer", WEB).status == status
    assert play.stage.journal.rows()[0]["dropped"] == when


def test_drop_closes_the_real_connection(mock_process: MockProcess, control: Control) -> None:
    """On a real socket not one byte comes back and the connection ends; the next one is served."""
    control("POST", "faults", {"operation": f"{GUEST}.getObject", "fault": {"kind": "drop", "when": "after"}})
    assert raw_get(mock_process.port) == b""
    assert raw_get(mock_process.port).startswith(b"HTTP/1.1 200 OK")


def raw_get(port: int) -> bytes:
    """All bytes of the answer to a GET with Connection: close."""
    text = f"GET /rest/v3.1/{GUEST}/{WEB}.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic "
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text.encode() + b"dGVzdGVyOm1vY2sta2V5\r\n\r\n")
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"fault": {"kind": "explode"}}, "explode"),
        ({"fault": {"kind": "delay"}}, "seconds"),
        ({"fault": {"kind": "drop", "when": "later"}}, "input should be"),
        ({"fault": {"kind": "rate_limit"}, "nth": 0}, "from 1"),
        ({"fault": {"kind": "rate_limit"}, "operaton": "*"}, "not known"),
    ],
)
def test_bad_rules_are_explained(play: Play, body: dict[str, object], word: str) -> None:
    """A rule that cannot be is refused with one sentence."""
    status, answer = answer_control(play.stage, "POST", "faults", json.dumps(body).encode())
    assert (status, isinstance(answer, dict)) == (400, True)
    assert word in str(answer)
    assert play.stage.world.faults == ()
