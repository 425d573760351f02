"""The faults, in process and on a real socket."""

from __future__ import annotations

import http.client
import json
import socket
import xmlrpc.client
from typing import Any

import pytest
from werkzeug.test import Client

from mock_api.control.plane import ControlPlane
from mock_api.http.app import create_app
from tests.mock.conftest import Control
from tests.mock.stagehand import (
    APP,
    DB,
    GUEST,
    HARDWARE,
    ISO_DAL,
    MASTER,
    OUTSTANDING,
    WEB,
    MockProcess,
    Play,
)
from tests.patience import PATIENCE_S

RESCUE = f"{GUEST}.executeRescueLayer"


def add(play: Play, fault: dict[str, object], **rule: object) -> Any:
    """Add a rule through the control plane."""
    return play.steer("POST", "faults", {"fault": fault, **rule})


def test_error_once(play: Play) -> None:
    """An error strikes the next matching call only, and that call does nothing."""
    code = "SoftLayer_Exception_Unavailable"
    fault = {"kind": "error", "status": 503, "code": code, "text": "Gone"}
    add(play, fault, operation=RESCUE)
    assert play.guest("getObject")["id"] == WEB
    answer = play.call(GUEST, "executeRescueLayer", WEB)
    assert (answer.status, answer.body) == (503, {"error": "Gone", "code": code})
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
    assert {body["error"] for body in bodies} == {
        "Rate limit of 50 requests for every 1 second(s) exceeded."
    }


def test_delay(play: Play) -> None:
    """A delay waits with the given sleep before the operation."""
    add(play, {"kind": "delay", "seconds": 2.5})
    assert play.guest("getObject")["id"] == WEB
    assert play.slept == [2.5]


@pytest.mark.parametrize(
    ("kind", "busy", "boot"),
    [
        ("stuck_transaction", True, "os"),
        ("failing_transaction", False, "os"),
        ("untrue_transaction", False, "os"),
        ("no_transaction", False, "os"),
    ],
)
def test_transactions_that_go_wrong(play: Play, kind: str, busy: bool, boot: str) -> None:
    """Stuck never clears, failing and untrue clear without effect, none never shows;
    the device stays in its system.
    """
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


def test_an_untrue_transaction_says_that_it_went_well(play: Play) -> None:
    """Its status is COMPLETE; only the device itself shows that it never restarted."""
    add(play, {"kind": "untrue_transaction"}, operation=RESCUE)
    play.guest("executeRescueLayer")
    play.advance(100000)
    last: Any = play.call(
        GUEST, "getLastTransaction", WEB, mask="mask[transactionStatus[name]]"
    ).body
    assert last["transactionStatus"] == {"name": "COMPLETE"}
    assert play.boot(WEB) == "os"


@pytest.mark.parametrize(("when", "status"), [("before", 200), ("after", 500)])
def test_drop_before_or_after(play: Play, when: str, status: int) -> None:
    """Dropped before: nothing happened. Dropped after: it did, and the client cannot know."""
    add(play, {"kind": "drop", "when": when}, operation=RESCUE)
    assert play.call(GUEST, "executeRescueLayer", WEB).dropped
    assert play.call(GUEST, "executeRescueLayer", WEB).status == status
    assert play.stage.journal.rows()[0]["dropped"] == when


def test_drop_closes_the_real_connection(mock_process: MockProcess, control: Control) -> None:
    """On a real socket not one byte comes back and the connection ends; the next one is served."""
    control(
        "POST",
        "faults",
        {"operation": f"{GUEST}.getObject", "fault": {"kind": "drop", "when": "after"}},
    )
    assert raw_get(mock_process.port) == b""
    assert raw_get(mock_process.port).startswith(b"HTTP/1.1 200 OK")


def raw_get(port: int) -> bytes:
    """All bytes of the answer to a GET with Connection: close."""
    text = (
        f"GET /rest/v3.1/{GUEST}/{WEB}.json HTTP/1.1\r\nHost: x\r\nConnection:"
        " close\r\nAuthorization: Basic "
    )
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(text.encode() + b"dGVzdGVyOm1vY2sta2V5\r\n\r\n")
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ({"fault": {"kind": "explode"}}, "explode"),
        ({"fault": {"kind": "delay"}}, "seconds"),
        ({"fault": {"kind": "delay", "seconds": 1e9}}, "less than or equal to 3600"),
        ({"fault": {"kind": "drop", "when": "later"}}, "'before' or 'after'"),
        ({"fault": {"kind": "error", "status": 200}}, "greater than or equal to 400"),
        ({"fault": {"kind": "error", "code": "a\u0000b"}}, "fault.error.code"),
        ({"fault": {"kind": "truncated_body", "kept_share": 1}}, "less than 1"),
        (
            {"fault": {"kind": "wrong_content_type", "content_type": "text/html\r\nX: y"}},
            "content_type",
        ),
        ({"fault": {"kind": "rate_limiter", "seconds": 0}}, "greater than 0"),
        ({"fault": {"kind": "rate_limiter"}, "times": 3}, "times must be left out"),
        (
            {"fault": {"kind": "rate_limit"}, "nth": 0},
            "nth: input should be greater than or equal to 1",
        ),
        ({"fault": {"kind": "rate_limit"}, "times": 0}, "times"),
        ({"fault": {"kind": "rate_limit"}, "probability": 0}, "greater than 0"),
        ({"fault": {"kind": "rate_limit"}, "probability": 1.5}, "less than or equal to 1"),
        ({"fault": {"kind": "rate_limit"}, "operaton": "*"}, "not known"),
        ({"fault": {"kind": "rate_limit"}, "id": 7}, "not known"),
        ({"fault": {"kind": "rate_limit"}, "operation": ""}, "operation"),
        (
            {"fault": {"kind": "rate_limit"}, "operation": f"{GUEST}.executeRescueLayr"},
            f"{GUEST}.executeRescueLayer",
        ),
        ({"fault": {"kind": "rate_limit"}, "operation": f"{GUEST}::getObject"}, "SERVICE.method"),
        ({"nth": 1}, "fault"),
    ],
)
def test_bad_rules_are_explained(rule: dict[str, object], word: str) -> None:
    """A rule that cannot be, or that no operation could ever meet, is refused with one sentence."""
    play = Play()
    answer = play.ask("POST", "faults", json.dumps(rule).encode())
    assert (answer.status, word in json.loads(answer.body)["error"]) == (400, True), answer.body
    assert play.stage.world.faults == ()


def test_rules_are_listed_read_and_deleted() -> None:
    """One by one by their number, or all at once."""
    play = Play()
    rules = [
        add(play, {"kind": "rate_limit"}, operation=name) for name in ("*", RESCUE, "*.reboot*")
    ]
    assert [rule["id"] for rule in rules] == [1, 2, 3]
    assert play.steer("GET", "faults") == rules
    assert play.steer("GET", "faults/2") == rules[1]
    assert play.steer("DELETE", "faults/2") == {"deleted": 1}
    assert (play.ask("GET", "faults/2").status, play.ask("DELETE", "faults/2").status) == (404, 404)
    assert play.steer("GET", "faults") == [rules[0], rules[2]]
    assert play.steer("DELETE", "faults") == {"deleted": 2}
    assert play.steer("GET", "faults") == []


def test_globs_choose_operations(play: Play) -> None:
    """* stands for any part of SERVICE.method."""
    add(play, {"kind": "rate_limit"}, operation="*_Guest.reboot*", times=None)
    statuses = {
        name: play.call(GUEST, name, WEB).status
        for name in ("rebootHard", "rebootSoft", "getObject")
    }
    assert statuses == {"rebootHard": 500, "rebootSoft": 500, "getObject": 200}
    assert play.call(HARDWARE, "rebootHard", DB).status == 200


def test_a_guid_names_the_same_device(play: Play) -> None:
    """device_id also watches calls that name the device by its GUID."""
    guid = play.guest("getObject")["globalIdentifier"]
    add(play, {"kind": "rate_limit"}, device_id=WEB)
    assert play.call(GUEST, "getObject", guid).status == 500


def test_probability_is_the_worlds(play: Play) -> None:
    """About that share of the calls, the same ones in every run;
    times counts the ones that it struck.
    """
    add(play, {"kind": "rate_limit"}, probability=0.3, times=50)
    statuses = [play.call(GUEST, "getObject", WEB).status for _ in range(400)]
    assert statuses.count(500) == 50
    first = statuses[:100].count(500)
    assert 15 <= first <= 45
    again = Play(door=play.door)
    add(again, {"kind": "rate_limit"}, probability=0.3, times=50)
    assert [again.call(GUEST, "getObject", WEB).status for _ in range(400)] == statuses


def test_the_rate_limiter_counts_virtual_seconds(play: Play) -> None:
    """N requests in each window pass, the others are refused in the API's words;
    other operations do not count.
    """
    rule = add(play, {"kind": "rate_limiter", "requests": 3, "seconds": 2}, operation=f"{GUEST}.*")
    assert rule["times"] is None
    play.steer("POST", "clock", {"speed": 10})

    def statuses(count: int) -> list[int]:
        return [play.call(GUEST, "getObject", WEB).status for _ in range(count)]

    assert statuses(5) == [200, 200, 200, 500, 500]
    assert play.call(HARDWARE, "getObject", DB).status == 200
    play.advance(0.19)  # 1.9 virtual seconds
    refused: Any = play.call(GUEST, "getObject", WEB).body
    assert refused["error"] == "Rate limit of 3 requests for every 2 second(s) exceeded."
    assert refused["code"] == "SoftLayer_Exception_WebService_RateLimitExceeded"
    play.advance(0.01)
    assert statuses(4) == [200, 200, 200, 500]
    play.steer("DELETE", "faults")
    assert statuses(4) == [200] * 4


def test_several_rules_add_up(play: Play) -> None:
    """Delays add, and an error still waits its turn:
    every rule counts every call that it matches.
    """
    add(play, {"kind": "delay", "seconds": 1}, times=None)
    add(play, {"kind": "delay", "seconds": 2}, nth=2)
    add(play, {"kind": "failing_transaction"}, operation=RESCUE)
    for _ in range(3):
        play.guest("getObject")
    assert play.slept == [1, 3, 1]
    play.guest("executeRescueLayer")
    play.advance(10_000)
    assert play.boot(WEB) == "os"


WEB_URL = f"/rest/v3.1/{GUEST}/{WEB}"


@pytest.fixture
def web(play: Play) -> Client:
    """The mock as a WSGI app."""
    return Client(create_app(play.stage, ControlPlane()))


def login(play: Play) -> dict[str, str]:
    """The header of the master user."""
    return {"Authorization": play.login(MASTER)}


@pytest.mark.parametrize(("when", "mounted"), [("before", False), ("after", True)])
def test_a_proxy_answers_in_the_apis_place(
    play: Play, web: Client, when: str, mounted: bool
) -> None:
    """HTML with the proxy's status and no header of the API; the call took effect or not,
    and nobody can tell.
    """
    add(play, {"kind": "wrong_content_type", "when": when}, operation=f"{GUEST}.mountIsoImage")
    answer = web.post(
        f"{WEB_URL}/mountIsoImage", json={"parameters": [ISO_DAL]}, headers=login(play)
    )
    assert (answer.status_code, answer.content_type) == (502, "text/html")
    assert b"<h1>502 Bad Gateway</h1>" in answer.data
    play.advance(10_000)
    assert (play.boot(WEB) == "image") is mounted
    assert web.get(WEB_URL, headers=login(play)).content_type == "application/json"


def test_a_proxys_page_is_free_to_choose(play: Play, web: Client) -> None:
    """Status, content type and body are the rule's, also for lists,
    and no total comes with them.
    """
    add(
        play,
        {
            "kind": "wrong_content_type",
            "status": 200,
            "content_type": "text/plain; charset=utf-8",
            "body": "né",
        },
    )
    answer = web.get("/rest/v3.1/SoftLayer_Account/getVirtualGuests", headers=login(play))
    assert (answer.status_code, answer.content_type, answer.text) == (
        200,
        "text/plain; charset=utf-8",
        "né",
    )
    assert "SoftLayer-Total-Items" not in answer.headers


def test_a_truncated_body_is_a_share_of_the_whole(play: Play, web: Client) -> None:
    """Content-Length promises the whole answer; the operation ran."""
    whole = web.get(WEB_URL, headers=login(play))
    add(play, {"kind": "truncated_body", "kept_share": 0.25})
    torn = web.get(WEB_URL, headers=login(play))
    assert torn.headers["Content-Length"] == whole.headers["Content-Length"]
    assert torn.data == whole.data[: len(whole.data) // 4]
    add(play, {"kind": "truncated_body"}, operation=RESCUE)
    web.get(f"{WEB_URL}/executeRescueLayer", headers=login(play))
    play.advance(10_000)
    assert play.boot(WEB) == "rescue"


XML_CALL = xmlrpc.client.dumps(
    ({"headers": {"authenticate": {"username": "tester", "apiKey": "mock-key"},
                  f"{GUEST}InitParameters": {"id": WEB}}},), "getObject"
)  # fmt: skip


@pytest.mark.parametrize("door", ["rest", "xmlrpc"])
def test_torn_and_foreign_answers_on_a_real_socket(
    mock_process: MockProcess, control: Control, door: str
) -> None:
    """A client sees the connection end in the middle of a body, and a proxy's page;
    then all is well again.
    """

    def fetch() -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", mock_process.port, timeout=PATIENCE_S)
        try:
            if door == "rest":
                connection.request(
                    "GET", WEB_URL, headers={"Authorization": "Basic dGVzdGVyOm1vY2sta2V5"}
                )
            else:
                connection.request(
                    "POST", f"/xmlrpc/v3.1/{GUEST}", XML_CALL, {"Content-Type": "text/xml"}
                )
            answer = connection.getresponse()
            return answer.status, answer.headers.get_content_type(), answer.read()
        finally:
            connection.close()

    status, kind, whole = fetch()
    assert status == 200
    control("POST", "faults", {"fault": {"kind": "truncated_body", "kept_share": 0.5}})
    with pytest.raises(http.client.IncompleteRead) as torn:
        fetch()
    assert torn.value.partial == whole[: len(whole) // 2]
    assert torn.value.expected == len(whole) - len(whole) // 2
    control("POST", "faults", {"fault": {"kind": "wrong_content_type"}})
    assert fetch()[:2] == (502, "text/html")
    assert fetch() == (200, kind, whole)
