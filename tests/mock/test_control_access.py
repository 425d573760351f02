"""Who may use the control plane: this machine, and no web page that its browser shows."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from mock_api.control.access import access_of, is_loopback
from mock_api.control.errors import Forbidden
from mock_api.control.plane import ControlPlane
from mock_api.control.routes import ROUTES
from mock_api.domain.document import to_json
from mock_api.domain.steering import ControlAnswer, ControlRequest
from tests.mock.stagehand import MockProcess, Play
from tests.patience import PATIENCE_S

OUTSIDE = "192.0.2.7"


@pytest.fixture
def play() -> Play:
    """One world: no request here goes through a door of the API."""
    return Play()


def ask(
    play: Play, listens: str, wanted: bool | None, verb: str = "GET", **headers: str
) -> ControlAnswer:
    """What a mock that listens there answers."""
    request = ControlRequest(verb, "health" if verb == "GET" else "reset", headers=headers)
    return ControlPlane(access_of(listens, wanted))(play.stage, request)


@pytest.mark.parametrize(
    ("host", "wanted", "status", "word"),
    [
        ("127.0.0.1", None, 200, ""),
        ("127.8.8.8", None, 200, ""),
        ("::1", None, 200, ""),
        ("127.0.0.1", True, 200, ""),
        ("127.0.0.1", False, 403, "--no-control"),
        ("0.0.0.0", None, 403, "start it with --control"),  # noqa: S104 (nothing listens)
        ("::", None, 403, "start it with --control"),
        (OUTSIDE, None, 403, OUTSIDE),
        (OUTSIDE, False, 403, "--no-control"),
        (OUTSIDE, True, 200, ""),
    ],
)
def test_off_unless_loopback_or_enabled(
    play: Play, host: str, wanted: bool | None, status: int, word: str
) -> None:
    """On for loopback, off elsewhere; a flag decides otherwise, and the refusal says which."""
    answer = ask(play, host, wanted)
    assert (answer.status, word in answer.body.decode()) == (status, True), answer.body


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row.verb}-{row.path}")
def test_off_is_off_for_every_route(play: Play, row: object) -> None:
    """No route, known or not, tells anything or changes anything."""
    before = to_json(play.stage.document())
    plane = ControlPlane(access_of(OUTSIDE, None))
    for verb in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
        for path in (row.path.replace("{number}", "1"), "nonsense"):  # type: ignore[attr-defined] # a Route
            assert plane(play.stage, ControlRequest(verb, path)).status == 403
    assert to_json(play.stage.document()) == before


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:80", "localhost:8080", "LOCALHOST", "mock.localhost", "[::1]:80", "127.1.2.3", ""],
)
def test_names_of_this_machine_are_served(play: Play, host: str) -> None:
    """Loopback under each of its names; HTTP/1.0 needs none, and no browser speaks it."""
    assert ask(play, "127.0.0.1", None, host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "192.0.2.1",
        "[2001:db8::1]:80",
        "127.0.0.1.evil",
        "[",
        ":",
    ],
)
def test_other_names_are_refused_on_loopback(play: Play, host: str) -> None:
    """A page that rebinds its own name to this machine (DNS rebinding) reads nothing."""
    answer = ask(play, "127.0.0.1", None, host=host)
    assert (answer.status, b"127.0.0.1 or localhost" in answer.body) == (403, True)


def test_a_mock_for_the_network_has_any_name(play: Play) -> None:
    """Its own names are not known, so --control trusts the network."""
    assert ask(play, OUTSIDE, True, host="mock.test:8080").status == 200


@pytest.mark.parametrize("listens", ["127.0.0.1", OUTSIDE])
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
        "http://[",
        "",
        "https://x@127.0.0.1:80",
    ],
)
def test_web_pages_of_others_change_nothing(play: Play, listens: str, origin: str) -> None:
    """A change that another page's script or form sends (CSRF) is refused;
    it could not read a look anyway.
    """
    answer = ask(play, listens, True, "POST", host="127.0.0.1:80", origin=origin)
    assert (answer.status, b"takes no changes from web pages" in answer.body) == (403, True)
    assert ask(play, listens, True, "GET", host="127.0.0.1:80", origin=origin).status == 200


def test_its_own_page_may_change(play: Play) -> None:
    """A page that the mock itself serves."""
    assert (
        ask(
            play, "127.0.0.1", None, "POST", host="127.0.0.1:8080", origin="http://127.0.0.1:8080"
        ).status
        == 200
    )


def test_what_loopback_is() -> None:
    """Addresses and names, and nothing that only looks alike."""
    assert all(
        map(
            is_loopback,
            ("127.0.0.1", "127.255.0.1", "::1", "[::1]", "localhost", "a.localhost", "localhost."),
        )
    )
    everywhere = "0.0.0.0"  # noqa: S104 (nothing listens)
    others = ("", everywhere, "::", "notlocalhost", "localhost.evil", "1.127.0.0", "*")
    assert not any(map(is_loopback, others))
    with pytest.raises(Forbidden):
        access_of("", None).check(ControlRequest("GET", "health"))


@pytest.fixture(scope="module")
def open_mock() -> Iterator[MockProcess]:
    """A mock on every address of this machine, without flags."""
    running = MockProcess("--host", "0.0.0.0")  # noqa: S104 (what is tested)
    yield running
    running.stop()


def test_a_real_mock_for_the_network_is_closed(open_mock: MockProcess) -> None:
    """The API is served there, the control plane is not, also when it is called by loopback."""
    connection = http.client.HTTPConnection("127.0.0.1", open_mock.port, timeout=PATIENCE_S)
    connection.request("GET", "/_mock/world")
    answer = connection.getresponse()
    assert (answer.status, "--control" in json.loads(answer.read())["error"]) == (403, True)
    connection.request("GET", "/rest/v3.1/SoftLayer_Account.json")
    assert connection.getresponse().status == 401
    connection.close()


def test_a_real_mock_checks_names_and_pages(mock_process: MockProcess) -> None:
    """The headers come through the real server."""
    connection = http.client.HTTPConnection("127.0.0.1", mock_process.port, timeout=PATIENCE_S)
    for verb, headers, status in (
        ("GET", {"Host": "evil.example"}, 403),
        ("POST", {"Origin": "http://evil.example"}, 403),
        ("POST", {"Origin": f"http://127.0.0.1:{mock_process.port}"}, 200),
        ("GET", {"Origin": "http://evil.example"}, 200),
    ):
        connection.request(verb, "/_mock/clock", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status, headers
        assert answer.getheader("Access-Control-Allow-Origin") is None
    connection.close()


def test_a_real_mock_answers_odd_requests(mock_process: MockProcess) -> None:
    """HEAD has a length and no body, a chunked body is read, and the connection lives on."""
    connection = http.client.HTTPConnection("127.0.0.1", mock_process.port, timeout=PATIENCE_S)
    connection.request("HEAD", "/_mock/world")
    headed = connection.getresponse()
    assert (headed.status, headed.read(), int(headed.getheader("Content-Length", "0")) > 100) == (
        200,
        b"",
        True,
    )
    connection.request(
        "POST",
        "/_mock/clock",
        iter([b'{"adv', b'ance_s": 1}']),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert connection.getresponse().status == 200
    connection.close()


def test_a_body_over_the_limit_on_a_real_socket(mock_process: MockProcess) -> None:
    """The server takes the body in before it asks the mock, which answers 413 and goes on."""
    with socket.create_connection(
        ("127.0.0.1", mock_process.port), timeout=PATIENCE_S
    ) as connection:
        size = 64 * 1024 * 1024 + 1
        connection.sendall(
            b"PUT /_mock/world HTTP/1.1\r\nHost: localhost\r\n"
            + f"Content-Length: {size}\r\n\r\n".encode()
        )
        piece = b" " * 1_048_576
        for _ in range(64):
            connection.sendall(piece)
        connection.sendall(b" ")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
