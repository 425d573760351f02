"""The REST door: SERVICE[/ID][/METHOD][/ARGUMENT or PROPERTY...][.json|.xml|.txt],
and the verb rule (classic-api.md 4.1).
"""

from __future__ import annotations

import json
from typing import NoReturn

from mock_api.contract import SERVICES, find_operation, not_served
from mock_api.domain.errors import BadRequest, UnknownService
from mock_api.http.credentials import Login, read_header
from mock_api.http.exchange import Invocation, Request
from mock_api.http.formats import without_suffix
from mock_api.http.identifiers import is_guid, read_identifier
from mock_api.http.limits import read_text

_METHOD_OF_VERB = {
    "GET": "getObject",
    "POST": "createObject",
    "PUT": "editObject",
    "DELETE": "deleteObject",
}


class RestDoor:
    """A request of the REST door."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def read_login(self) -> Login | None:
        """The credentials of the Authorization header. Raises AccessDenied."""
        return read_header(self.request.authorization)

    def read_invocation(self) -> Invocation:
        """What path, query and body say. Raises UnknownService, UnknownIdentifier, BadRequest."""
        request = self.request
        service, number, method, below = _read_path(request.http_method, request.path)
        identifier = None if number is None else read_identifier(number)
        row = find_operation(service, method)
        taken = len(row.parameters) if row else 0
        changes = row is not None and row.changes  # never runs with segments that it does not know
        arguments, further = (below, []) if changes else (below[:taken], below[taken:])
        return Invocation(
            service,
            identifier,
            method,
            arguments=(*arguments, *_read_body(request)),
            further=tuple(further),
            mask=request.mask,
            filter=request.filter,
            limit=read_text(request.limit),
        )


def _read_path(verb: str, path: str) -> tuple[str, str | None, str, list[str]]:
    parts = [part for part in without_suffix(path).split("/") if part]
    if not parts:
        raise UnknownService
    service = parts[0]
    rest = parts[1:]
    if service not in SERVICES:
        words = [word for word in rest[:2] if word[:1].isalpha() and not is_guid(word)]
        raise not_served(service, words[0] if words else _METHOD_OF_VERB[verb])
    number = None
    if rest and not _names_method(service, rest[0]) and _looks_like_id(rest):
        number = rest[0]
        rest = rest[1:]
    if not rest:
        return service, number, _METHOD_OF_VERB[verb], []
    if verb == "DELETE":
        raise UnknownService  # seen on the real API: DELETE with a method in the path (SP #962)
    return service, number, _method(service, rest[0]), rest[1:]


def _read_body(request: Request) -> list[object]:
    """The positional arguments of a body; that of a GET is ignored.

    Raises BadRequest, also for what no answer could carry: half a surrogate pair, as JSON may
    escape one, and numbers that are none.
    """
    if request.http_method not in ("POST", "PUT") or not request.body.strip():
        return []
    try:
        raw = json.loads(request.body, parse_constant=_no_number)
        json.dumps(raw, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadRequest from None
    parameters = raw.get("parameters", []) if isinstance(raw, dict) else None
    if not isinstance(parameters, list):
        raise BadRequest
    return parameters


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _names_method(service: str, word: str) -> bool:
    return (
        find_operation(service, word) is not None
        or find_operation(service, _getter(word)) is not None
    )


def _looks_like_id(rest: list[str]) -> bool:
    return len(rest) > 1 or not rest[0][:1].isalpha() or is_guid(rest[0])


def _method(service: str, word: str) -> str:
    if find_operation(service, word) is None and find_operation(service, _getter(word)) is not None:
        return _getter(word)
    return word


def _getter(word: str) -> str:
    return "get" + word[:1].upper() + word[1:]
