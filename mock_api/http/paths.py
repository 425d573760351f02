"""REST paths: SERVICE[/ID][/METHOD][/ARGUMENT...][.json] and the verb rule (classic-api.md 4.1)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from mock_api.contract import SERVICES, find_operation
from mock_api.domain.errors import BadRequest, UnknownIdentifier, UnknownService

_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_METHOD_OF_VERB = {"GET": "getObject", "POST": "createObject", "PUT": "editObject", "DELETE": "deleteObject"}


@dataclass(frozen=True)
class Target:
    """What a path names."""

    service: str
    identifier: int | str | None
    method: str
    arguments: tuple[object, ...] = ()


def read_path(verb: str, path: str) -> Target:
    """What a path names. Raises UnknownService, UnknownIdentifier."""
    parts = [part for part in path.removesuffix(".json").split("/") if part]
    if not parts or parts[0] not in SERVICES:
        raise UnknownService
    service, rest = parts[0], parts[1:]
    identifier: int | str | None = None
    if rest and not _names_method(service, rest[0]) and _looks_like_id(rest):
        identifier, rest = read_identifier(rest[0]), rest[1:]
    if not rest:
        return Target(service, identifier, _METHOD_OF_VERB.get(verb, "getObject"))
    if verb == "DELETE":
        raise UnknownService  # seen on the real API: DELETE with a method in the path (SP #962)
    return Target(service, identifier, _method(service, rest[0]), tuple(rest[1:]))


def read_identifier(text: str) -> int | str:
    """A number, or a GUID as it is. Raises UnknownIdentifier."""
    if text.isdecimal():
        return int(text)
    if _GUID.match(text):
        return text
    raise UnknownIdentifier(text)


def read_arguments(verb: str, body: bytes) -> list[object]:
    """The positional arguments of a body; a GET's body is ignored. Raises BadRequest."""
    if verb not in ("POST", "PUT") or not body.strip():
        return []
    try:
        raw = json.loads(body)
    except ValueError:
        raise BadRequest from None
    parameters = raw.get("parameters", []) if isinstance(raw, dict) else None
    if not isinstance(parameters, list):
        raise BadRequest
    return parameters


def _names_method(service: str, word: str) -> bool:
    return find_operation(service, word) is not None or find_operation(service, _getter(word)) is not None


def _looks_like_id(rest: list[str]) -> bool:
    return len(rest) > 1 or not rest[0][:1].isalpha() or bool(_GUID.match(rest[0]))


def _method(service: str, word: str) -> str:
    if find_operation(service, word) is None and find_operation(service, _getter(word)) is not None:
        return _getter(word)
    return word


def _getter(word: str) -> str:
    return "get" + word[:1].upper() + word[1:]
