"""The Flask app: the two doors of the API, and the control plane that the caller brings (http imports no control)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from waitress.channel import ClientDisconnected
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from mock_api.domain.errors import UnknownService
from mock_api.domain.faults import Effects
from mock_api.domain.stage import Stage
from mock_api.domain.steering import BODY_LIMIT, Control, ControlRequest
from mock_api.http import xmlrpc
from mock_api.http.exchange import Answer, Request
from mock_api.http.pipeline import Pipeline
from mock_api.http.rest import RestDoor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REST_PREFIXES = ("/rest/v3.1/", "/rest/v3/")
XMLRPC_PREFIXES = ("/xmlrpc/v3.1/", "/xmlrpc/v3/")
_VERBS = ["GET", "POST", "PUT", "DELETE"]
_CONTROL = "/_mock"
_DROP = "mock_api.drop"


def create_app(stage: Stage, control: Control, sleep: Callable[[float], None] = time.sleep) -> WSGIApplication:
    """The WSGI app of a stage. `sleep` serves the fault `delay` alone."""
    app = Flask("mock_api", static_folder=None)
    pipeline = Pipeline(stage, sleep)

    def rest(path: str) -> Response:
        return _send(pipeline.answer(RestDoor(_read_request(path))), _json_answer)

    def xml(path: str) -> Response:
        return _send(pipeline.answer(xmlrpc.XmlRpcDoor(_read_request(path))), _xml_answer)

    def no_door(error: HTTPException) -> Response:
        """What no door serves. Below /_mock the control plane answers, whatever the verb; else the API's own error."""
        if request.path == _CONTROL or request.path.startswith(f"{_CONTROL}/"):
            answer = control(stage, _read_control_request())
            return Response(answer.body, answer.status, dict(answer.headers))
        unknown = UnknownService()
        return _json(error.code or unknown.status, {"error": unknown.text, "code": unknown.code})

    def timed(view: Callable[[str], Response]) -> Callable[[str], Response]:
        def run(path: str) -> Response:
            if request.method == "HEAD":  # Flask takes it for a GET, and a GET may reboot a device here
                raise MethodNotAllowed
            response = view(path)
            # The service's own time: event times can be compared with no other clock.
            response.date = datetime.fromtimestamp(stage.world.clock.now_s(), UTC)
            return response

        return run

    for number, prefix in enumerate(REST_PREFIXES):
        app.add_url_rule(f"{prefix}<path:path>", f"rest{number}", timed(rest), methods=_VERBS)
    for number, prefix in enumerate(XMLRPC_PREFIXES):
        app.add_url_rule(f"{prefix}<path:path>", f"xmlrpc{number}", timed(xml), methods=["POST"])
    app.register_error_handler(HTTPException, no_door)
    return dropping(app)


def dropping(app: WSGIApplication) -> WSGIApplication:
    """The app, but a dropped answer closes the TCP connection.

    waitress sends nothing before the first piece of a body, and ends the connection without a word when it believes
    that the client went away. So the fault `drop` says that it did.
    """

    def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = app(environ, start_response)
        if environ.get(_DROP):
            raise ClientDisconnected
        return body

    return run


def _read_request(path: str) -> Request:
    args = request.args
    return Request(
        http_method=request.method,
        path=path,
        authorization=request.headers.get("Authorization"),
        mask=args.get("objectMask"),
        filter=args.get("objectFilter"),
        limit=args.get("resultLimit"),
        body=request.get_data(),
    )


def _read_control_request() -> ControlRequest:
    return ControlRequest(
        verb=request.method,
        path=request.path.removeprefix(_CONTROL).removeprefix("/"),
        query=request.query_string.decode("latin-1"),
        # What is too long is refused by its Content-Length, unread.
        body=request.get_data() if (request.content_length or 0) <= BODY_LIMIT else b"",
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _send(answer: Answer, encode: Callable[[Answer], Response]) -> Response:
    if answer.dropped:
        request.environ[_DROP] = True
        return Response(status=500)
    response = encode(answer)
    if answer.effects.spoils:
        _spoil(response, answer.effects)
    if answer.total is not None and answer.effects.foreign is None:
        response.headers["SoftLayer-Total-Items"] = str(answer.total)
    return response


def _spoil(response: Response, effects: Effects) -> None:
    """Play what faults do to the bytes. waitress ends the connection where Content-Length promised more of them."""
    wire = effects.spoil(response.status_code, response.content_type or "", response.get_data())
    response.status_code, response.content_type = wire.status, wire.content_type
    response.set_data(wire.body)
    response.headers["Content-Length"] = str(wire.length)


def _json_answer(answer: Answer) -> Response:
    return _json(answer.status, answer.body)


def _xml_answer(answer: Answer) -> Response:
    return Response(xmlrpc.encode(answer), mimetype="text/xml")


def _json(status: int, body: object) -> Response:
    return Response(json.dumps(body, separators=(",", ":")), status, mimetype="application/json")
