"""The client against a server that answers anything: what is repeated, what is not,
and how errors are told apart.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from classic_rescue.api.client import READ_ONLY, ClassicApi, Retry
from classic_rescue.api.errors import (
    ApiError,
    Busy,
    Denied,
    NotFound,
    RateLimited,
    Refused,
    SignInRefused,
    Unanswered,
    Unreachable,
    Unreadable,
)
from classic_rescue.api.settings import Settings, basic, read_settings

LOOK = ("SoftLayer_Virtual_Guest", "getObject")
REBOOT = ("SoftLayer_Virtual_Guest", "rebootDefault")


def http(status: int, body: str, headers: str = "") -> bytes:
    """A whole HTTP answer."""
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body.encode())}\r\n{headers}\r\n"
    return f"{head}{body}".encode()


def error(status: int, code: str, text: str) -> bytes:
    """An error in the service's shape."""
    return http(status, json.dumps({"error": text, "code": code}))


TRUE = http(200, "true")
HANG_UP = b""


@dataclass
class Server:
    """Answers each request with the next of its scripted bytes, the last one for ever;
    then it may hang up.
    """

    answers: list[bytes]
    keep_alive: bool = True
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    _socket: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def serve(self) -> None:
        """Accept until the socket is closed."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while head := self._read(stream.readline, stream.read):
            self.requests.append(head)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            close = b"" if self.keep_alive else b"\r\nConnection: close"
            connection.sendall(answer.replace(b"\r\n", close + b"\r\n", 1))
            if not answer or not self.keep_alive:
                return

    @staticmethod
    def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> str:
        lines = list(iter(readline, b"\r\n"))[:100] if (first := readline()) else []
        length = next(
            (
                int(line.split(b":")[1])
                for line in lines
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        return (first + b"".join(lines) + read(length)).decode() if first else ""

    def close(self) -> None:
        """Stop accepting, at once and for good."""
        with contextlib.suppress(OSError):  # closed before
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def url(self) -> str:
        """Its REST endpoint."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/rest/v3.1/"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers that are gone after the test."""
    servers: list[Server] = []

    def start(*answers: bytes, keep_alive: bool = True) -> Server:
        server = Server(list(answers), keep_alive)
        servers.append(server)
        threading.Thread(target=server.serve, daemon=True).start()
        return server

    yield start
    for server in servers:
        server.close()


def client(url: str, slept: list[float] | None = None, timeout_s: float = 5.0) -> ClassicApi:
    """A client whose waits are only written down."""
    settings = Settings(url, "test", basic("me", "a-key-of-mine", "test"), timeout_s)
    return ClassicApi(
        settings,
        sleep=(slept if slept is not None else []).append,
        chance=lambda: 0.5,
        patience=Retry(4),
    )


def test_a_call_is_what_the_sdk_sends(serve: Callable[..., Server]) -> None:
    """GET without arguments, POST with them; id, mask,
    filter and limit where the documentation puts them.
    """
    server = serve(TRUE)
    api = client(server.url)
    assert api.call(*LOOK, id=7, mask="mask[id]", filter={"id": {"operation": 7}}, limit=5) is True
    assert api.call("SoftLayer_Virtual_Guest", "mountIsoImage", 34, id=7) is True
    get, post = server.requests
    assert get.startswith(
        "GET"
        " /rest/v3.1/SoftLayer_Virtual_Guest/7/getObject.json?objectMask=mask%5Bid%5D&objectFilter="
    )
    assert "resultLimit=0%2C5 HTTP/1.1" in get
    assert "Authorization: Basic bWU6YS1rZXktb2YtbWluZQ==" in get
    assert post.startswith("POST /rest/v3.1/SoftLayer_Virtual_Guest/7/mountIsoImage.json HTTP/1.1")
    assert post.endswith('{"parameters": [34]}')


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            error(
                404, "SoftLayer_Exception_ObjectNotFound", "Unable to find object with id of '1'."
            ),
            NotFound,
        ),
        (error(401, "SoftLayer_Exception_Public", "Access Denied. "), SignInRefused),
        (
            error(500, "SoftLayer_Exception_Public", "You do not have permission to this service."),
            Denied,
        ),
        (
            error(
                500, "SoftLayer_Exception_Account_Authentication_AccessTokenValidation", "Expired"
            ),
            SignInRefused,
        ),
        (
            error(
                500,
                "SoftLayer_Exception_Public",
                "There is currently an outstanding transaction for this server.",
            ),
            Busy,
        ),
        (
            error(
                500, "SoftLayer_Exception_WebService_RateLimitExceeded", "Rate limit of 50 requests"
            ),
            RateLimited,
        ),
        (http(429, "slow down"), RateLimited),
        (error(200, "SoftLayer_Exception_Public", "Internal Error"), Unanswered),
        (error(500, "SoftLayer_Exception", "Internal Error"), Unanswered),
        (error(500, "SoftLayer_Exception_Public", "words that nobody knows"), Refused),
        (error(404, "SoftLayer_Exception", "Service does not exist"), Refused),
        (http(404, "<html>no such page</html>"), Unanswered),
        (http(404, '{"message": "no route"}'), Unanswered),
        (http(401, "<html>sign in to the proxy</html>"), Unanswered),
        (http(302, ""), Unanswered),
        (http(200, "NaN"), Unreadable),
        (http(503, "true"), Unanswered),
        (error(400, "SoftLayer_Exception_InvalidValue", "no"), Refused),
        (http(502, "<html>Bad gateway</html>"), Unanswered),
        (http(200, ""), Unanswered),
        (http(200, "[" * 100_000), Unanswered),
        (b"HTTP/1.1 200 X\r\nContent-Length: 999\r\n\r\n{}", Unanswered),
        (b"nonsense\r\n\r\n", Unanswered),
        (HANG_UP, Unanswered),
    ],
)
def test_errors_are_told_apart(
    serve: Callable[..., Server], answer: bytes, kind: type[ApiError]
) -> None:
    """Every answer that is no answer has its class; a request that reboots went out once,
    whatever came back.
    """
    server = serve(answer, keep_alive=False)
    with pytest.raises(kind) as caught:
        client(server.url).call(*REBOOT, id=1)
    assert type(caught.value) is kind
    assert len(server.requests) == 1
    assert "a-key-of-mine" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "is_lockout"),
    [
        (
            "Cannot issue command at this time.  A Remote management command has recently been"
            " issued for server something.something.xyz.",
            True,
        ),
        ("Wait 20 minutes after the last reboot.", True),
        ("There is currently an outstanding transaction for this server.", False),
    ],
)
def test_a_lockout_is_told_from_an_outstanding_transaction(
    serve: Callable[..., Server], text: str, is_lockout: bool
) -> None:
    """The published text is a lock-out, which is waited out; so are texts that name the rule."""
    server = serve(error(500, "SoftLayer_Exception_Public", text))
    with pytest.raises(Busy) as caught:
        client(server.url).call(*REBOOT, id=1)
    assert caught.value.is_lockout is is_lockout


@pytest.mark.parametrize(
    "answer", [error(500, "SoftLayer_Exception_Public", "Internal Error"), http(502, "<"), HANG_UP]
)
def test_looking_is_repeated_with_longer_and_longer_waits(
    serve: Callable[..., Server], answer: bytes
) -> None:
    """A read-only call survives failures, and gives up after its attempts."""
    slept: list[float] = []
    server = serve(answer, answer, TRUE, keep_alive=False)
    assert client(server.url, slept).call(*LOOK, id=1) is True
    assert slept == [1.0, 2.0]
    with pytest.raises(ApiError):
        client(serve(answer, keep_alive=False).url).call(*LOOK, id=1)


def test_what_a_person_must_mend_is_not_repeated(serve: Callable[..., Server]) -> None:
    """A missing object or a wrong key does not get better by asking again."""
    for answer in (
        error(404, "SoftLayer_Exception_ObjectNotFound", "no"),
        error(401, "SoftLayer_Exception_Public", "no"),
    ):
        server = serve(answer, keep_alive=False)
        with pytest.raises(Refused):
            client(server.url).call(*LOOK, id=1)
        assert len(server.requests) == 1


def test_no_connection_means_nothing_was_sent(serve: Callable[..., Server]) -> None:
    """A look is repeated; a request that reboots is not: its caller looks at the device first."""
    server = serve(TRUE)
    url = server.url
    server.close()
    slept: list[float] = []
    with pytest.raises(Unreachable, match="check the network"):
        client(url, slept).call(*REBOOT, id=1)
    assert slept == []
    with pytest.raises(Unreachable, match="check the network"):
        client(url, slept).call(*LOOK, id=1)
    assert len(slept) == 3


def test_a_request_that_reboots_never_goes_out_on_a_used_connection(
    serve: Callable[..., Server],
) -> None:
    """The other side may be hanging up on it at that moment,
    and nobody could tell whether it was taken.
    """
    server = serve(TRUE)
    api = client(server.url)
    for call in (LOOK, LOOK, REBOOT, LOOK, REBOOT):
        assert api.call(*call, id=1) is True
    assert (server.connections, len(server.requests)) == (3, 5)


def test_a_server_that_never_answers_is_left() -> None:
    """The timeout of the settings ends it: whether it was done is not known."""
    silent = socket.create_server(("127.0.0.1", 0))
    try:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/rest/v3.1/"
        with pytest.raises(Unanswered, match="sent, but no answer came"):
            client(url, timeout_s=0.05).call(*REBOOT, id=1)
    finally:
        silent.close()


def test_the_services_time_is_kept(serve: Callable[..., Server]) -> None:
    """The Date header is the only clock that event times can be compared with."""
    server = serve(
        http(200, "1", "Date: Mon, 23 Nov 2026 01:02:03 GMT\r\n"),
        http(200, "1", "Date: nonsense\r\n"),
    )
    api = client(server.url)
    api.call(*LOOK, id=1)
    api.call(*LOOK, id=1)
    assert str(api.server_time) == "2026-11-23 01:02:03+00:00"


def test_nothing_that_changes_a_device_is_listed_as_read_only() -> None:
    """GET is no sign of it: every name in the list begins with get or is."""
    assert all(method.startswith(("get", "is")) for _, method in READ_ONLY)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (error(401, "SoftLayer_Exception_Public", "Access Denied. "), "Access Denied"),
        (error(401, "SoftLayer_Exception_InvalidLegacyToken", "Invalid API token."), "Invalid API"),
        (
            error(500, "SoftLayer_Exception_Account_Authentication_AccessTokenValidation", "old"),
            "old",
        ),
    ],
)
def test_a_wrong_key_says_where_it_came_from(
    serve: Callable[..., Server], answer: bytes, word: str
) -> None:
    """User and key by their variables or lines, and what to check; never the key itself."""
    settings = read_settings({"SL_USERNAME": "me", "SL_API_KEY": "a-key-of-mine"})
    assert settings
    api = ClassicApi(settings._replace(endpoint=serve(answer).url))
    with pytest.raises(Denied) as caught:
        api.call(*LOOK, id=1)
    said = str(caught.value)
    assert "the user or the key is wrong: user me of SL_USERNAME, key of SL_API_KEY" in said
    assert word in said
    assert "Check that the key is this user's classic API key" in said
    assert "a-key-of-mine" not in said


def test_a_wrong_token_says_how_to_get_another(serve: Callable[..., Server]) -> None:
    """It names no user, and lasts an hour."""
    settings = read_settings({"IC_IAM_TOKEN": "Bearer eyJ0123456789"})
    assert settings
    answer = error(401, "SoftLayer_Exception_Public", "Access Denied. ")
    with pytest.raises(Denied, match="the bearer token of IC_IAM_TOKEN is wrong or has expired"):
        ClassicApi(settings._replace(endpoint=serve(answer).url)).call(*LOOK, id=1)


def test_a_missing_permission_is_no_wrong_key(serve: Callable[..., Server]) -> None:
    """Somebody who may sign in is not told to look for another key."""
    text = "You do not have permission to this service."
    with pytest.raises(Denied, match="the service refused: You do not have permission"):
        client(serve(error(403, "SoftLayer_Exception_PermissionDenied", text)).url).call(*LOOK)
