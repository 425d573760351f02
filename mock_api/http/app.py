"""The Flask app: the two doors of the API, and the control plane that the caller brings (http
imports no control).

The doors stand in front of Flask's routing and speak WSGI themselves: there is nothing to route but
four prefixes, Flask takes HEAD for a GET that may reboot a device, and its contexts make an answer
a quarter slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http.client import responses
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from flask import Flask, Response, request
from pydantic_core import to_json  # a third of what the standard library takes
from waitress.channel import ClientDisconnected
from werkzeug.exceptions import HTTPException

from mock_api.domain.errors import UnknownService
from mock_api.domain.stage import Stage
from mock_api.domain.steering import BODY_LIMIT, Control, ControlRequest
from mock_api.http import xmlrpc
from mock_api.http.exchange import Door, Request
from mock_api.http.formats import Format, format_of
from mock_api.http.pipeline import Pipeline
from mock_api.http.rest import RestDoor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_CONTROL = "/_mock"
_JSON = "application/json"
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Entrance:
    """A door: its verbs, how a request is read, and in which format a path is answered;
    XML-RPC tells no status, it is 200.
    """

    verbs: tuple[str, ...]
    opens: Callable[[Request], Door]
    format_of: Callable[[str], Format]
    tells_status: bool


@dataclass(frozen=True, slots=True)
class Wire:
    """What goes out: `length` is what Content-Length promises,
    more than there is when a fault truncates.
    """

    status: int
    content_type: str
    body: bytes
    length: int
    more: Headers


def _as_xmlrpc(path: str) -> Format:
    return Format("text/xml; charset=utf-8", xmlrpc.encode)


_REST = Entrance(("GET", "POST", "PUT", "DELETE"), RestDoor, format_of, tells_status=True)
_XMLRPC = Entrance(("POST",), xmlrpc.XmlRpcDoor, _as_xmlrpc, tells_status=False)
ENTRANCES = {
    "/rest/v3.1/": _REST,
    "/rest/v3/": _REST,
    "/xmlrpc/v3.1/": _XMLRPC,
    "/xmlrpc/v3/": _XMLRPC,
}


def create_app(
    stage: Stage, control: Control, sleep: Callable[[float], None] = time.sleep
) -> MockApp:
    """The app of a stage. `sleep` serves the fault `delay` alone."""
    return MockApp(stage, control, sleep)


class MockApp(Flask):
    """Flask, with the doors of one stage in front of its routing;
    `pipeline` answers for every door.
    """

    def __init__(self, stage: Stage, control: Control, sleep: Callable[[float], None]) -> None:
        super().__init__("mock_api", static_folder=None)
        self._stage = stage
        self._control = control
        self.pipeline = Pipeline(stage, sleep)
        # Before any route: the control plane itself says what it thinks of a path and a verb.
        self.before_request(self._steer)
        self.register_error_handler(HTTPException, _no_door)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        for prefix, entrance in ENTRANCES.items():
            if path.startswith(prefix) and len(path) > len(prefix):
                wire = self._enter(entrance, path[len(prefix) :], environ)
                status = f"{wire.status} {responses.get(wire.status, 'Unknown')}"
                headers = [
                    ("Content-Type", wire.content_type),
                    ("Content-Length", str(wire.length)),
                    *wire.more,
                ]
                start_response(status, headers)
                return [wire.body] if environ["REQUEST_METHOD"] != "HEAD" else []
        return super().wsgi_app(environ, start_response)

    def _enter(self, entrance: Entrance, path: str, environ: WSGIEnvironment) -> Wire:
        if environ["REQUEST_METHOD"] not in entrance.verbs:
            body = _unknown()
            allowed = [("Allow", ", ".join(entrance.verbs))]
            return Wire(405, _JSON, body, length=len(body), more=allowed)
        answer = self.pipeline.answer(entrance.opens(_read_request(path, environ)))
        if answer.dropped:
            # waitress sends nothing before the first piece of a body, and ends the connection
            # without a word when it believes that the client went away. So the fault `drop` says
            # that it did.
            raise ClientDisconnected
        # The service's own time: event times can be compared with no other clock.
        more = [("Date", _date(int(self._stage.world.clock.now_s())))]
        if answer.total is not None and answer.effects.foreign is None:
            more.append(("SoftLayer-Total-Items", str(answer.total)))
        if answer.unplayed:
            more.append(("X-Classic-Mock-Not-Played", ", ".join(answer.unplayed)))
        content_type, encode = entrance.format_of(path)
        body = encode(answer)
        status = answer.status if entrance.tells_status else 200
        if not answer.effects.spoils:
            return Wire(status, content_type, body, length=len(body), more=more)
        spoilt = answer.effects.spoil(status, content_type, body)
        return Wire(
            spoilt.status, spoilt.content_type, spoilt.body, length=spoilt.length, more=more
        )

    def _steer(self) -> Response | None:
        if request.path != _CONTROL and not request.path.startswith(f"{_CONTROL}/"):
            return None
        answer = self._control(self._stage, _read_control_request())
        return Response(answer.body, answer.status, dict(answer.headers))


def _read_request(path: str, environ: WSGIEnvironment) -> Request:
    mask, wanted, limit = _read_query(environ["QUERY_STRING"])
    return Request(
        http_method=environ["REQUEST_METHOD"],
        path=path,
        authorization=environ.get("HTTP_AUTHORIZATION"),
        mask=mask,
        filter=wanted,
        limit=limit,
        body=_read_body(environ),
    )


@lru_cache(
    maxsize=256
)  # clients ask the same again and again, and slcli's longest mask takes 60 microseconds to read
def _read_query(text: str) -> tuple[str | None, str | None, str | None]:
    """Mask, filter and limit; the first of each counts."""
    pairs = parse_qsl(text.encode("latin-1").decode(errors="replace"), keep_blank_values=True)
    query = dict(reversed(pairs))
    return query.get("objectMask"), query.get("objectFilter"), query.get("resultLimit")


def _read_body(environ: WSGIEnvironment) -> bytes:
    """The body; waitress gives one that came in chunks a length."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(length)) if length else b""


def _read_control_request() -> ControlRequest:
    return ControlRequest(
        verb=request.method,
        path=request.path.removeprefix(_CONTROL).removeprefix("/"),
        query=request.query_string.decode("latin-1"),
        # What is too long is refused by its Content-Length, unread.
        body=request.get_data() if (request.content_length or 0) <= BODY_LIMIT else b"",
        headers={name.lower(): value for name, value in request.headers.items()},
    )


@lru_cache(maxsize=4)
def _date(epoch_s: int) -> str:
    return formatdate(epoch_s, usegmt=True)


def _no_door(error: HTTPException) -> Response:
    """What is asked of a path or verb that nothing serves; the API's own error shape."""
    return Response(_unknown(), error.code or UnknownService.status, content_type=_JSON)


def _unknown() -> bytes:
    unknown = UnknownService()
    return to_json({"error": unknown.text, "code": unknown.code})
