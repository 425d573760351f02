"""The mock in this process, and a transport that calls it without a port.

Tests of what a run decides make tens of thousands of calls, and two thirds of each were sockets.
What only a port can show (connections, deadlines, answers that drip or are cut) has its own tests
(tests/unit/api, tests/mock), and so have real hooks (tests/cycle, tests/campaign).
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

from waitress.channel import ClientDisconnected

from classic_rescue.api import client
from classic_rescue.api.errors import Unanswered
from classic_rescue.api.settings import Settings, basic
from classic_rescue.api.transport import HttpReply, Transport
from mock_api import worlds
from mock_api.control.plane import ControlPlane
from mock_api.domain.document import with_master
from mock_api.domain.stage import Stage
from mock_api.http.app import create_app
from mock_api.wsgi import open_wsgi
from tests.conftest import KEY, USER, Mock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "direct-mock.test"


class DirectMock(Mock):
    """The demo world, whose time stands still; it began when a server's would have begun."""

    def __init__(self) -> None:
        super().__init__(f"https://{HOST}/rest/v3.1/", f"https://{HOST}/_mock/")
        document = with_master(worlds.demo(), USER, KEY)
        self.stage = Stage(document, lambda: 0.0, time.time())
        self.app: WSGIApplication = create_app(self.stage, ControlPlane(), _never)

    def control_call(self, path: str, body: object = None, method: str | None = None) -> Any:
        """One call to `/_mock/`."""
        data = b"" if body is None else json.dumps(body).encode()
        verb = method or ("GET" if body is None else "POST")
        headers = {"Content-Type": "application/json"}
        answer = open_wsgi(self.app, verb, self.control + path, headers, body=data)
        assert answer, path
        assert answer.status < 400, answer.body
        return json.loads(answer.body or b"null")

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        with self.stage.lock:
            self.stage.world.clock.advance(seconds)
            self.stage.mark_changed()

    def call_as_somebody_else(self, service: str, device: int, method: str) -> None:
        """One call past Terraform, as a colleague in the console would make it."""
        settings = Settings(self.rest, "test", basic(USER, KEY, "test"))
        reply = exchange(self.app, settings, f"{service}/{device}/{method}.json", None)
        assert reply, method
        assert reply.status == 200, reply.body


def _never(seconds: float) -> None:
    raise AssertionError("a delay can only be seen through a port")


def exchange(
    app: WSGIApplication, settings: Settings, path: str, body: bytes | None
) -> HttpReply | None:
    """The app's answer as a transport tells it, or None where none came, or not the whole of it."""
    parts = urlsplit(settings.endpoint + path)
    environ = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_AUTHORIZATION": settings.credentials.authorization,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body or b"")),
        "wsgi.input": io.BytesIO(body or b""),
    }
    told: dict[str, str] = {}

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        told.update({name.lower(): value for name, value in headers}, status=status)

    try:
        answer = b"".join(app(environ, start_response))
    except ClientDisconnected:
        return None
    if len(answer) != int(told["content-length"]):
        return None
    status = int(told["status"].partition(" ")[0])
    return HttpReply(status, told.get("date", ""), answer, told.get("softlayer-total-items", ""))


class DirectTransport(Transport):
    """In place of a connection to this mock."""

    def __init__(self, settings: Settings, app: WSGIApplication) -> None:
        super().__init__(settings)
        self._app = app

    def send(self, call: str, path: str, body: bytes | None, **_: object) -> HttpReply:
        """One exchange."""
        reply = exchange(self._app, self._settings, path, body)
        if reply is None:
            raise Unanswered(f"{call}: sent, but no answer came")
        return reply


@contextmanager
def without_a_port(direct: Mock) -> Iterator[None]:
    """Have the clients that are made meanwhile call this mock directly; other endpoints, and a mock
    that is a server, are called as ever.
    """

    def transport(settings: Settings) -> Transport:
        if isinstance(direct, DirectMock) and settings.endpoint == direct.rest:
            return DirectTransport(settings, direct.app)
        return Transport(settings)

    with mock.patch.object(client, "Transport", transport):
        yield
