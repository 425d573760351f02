"""What comes back in place of the service's answer: the one table of them.

An answer is made of the true one, which is None where the request was not passed on.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

LOCKOUT = (
    "Cannot issue command at this time.  A Remote management command has recently been issued for"
    " server db-1.example.com."
)
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n"


class Ending(StrEnum):
    """How the bytes of an answer come."""

    WHOLE = "whole"
    CUT = "cut"
    DRIP = "drip"
    RESET = "reset"
    CLOSED = "closed"
    SILENT = "silent"


@dataclass(frozen=True)
class Answer:
    """Status, headers and body; and how they come."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    ending: Ending = Ending.WHOLE


NOTHING = Answer(0, b"")


def error(status: int, text: str, code: str) -> Answer:
    """An error as the service words it."""
    return Answer(status, json.dumps({"error": text, "code": code}).encode())


PUBLIC = "SoftLayer_Exception_Public"
ERRORS: dict[str, Answer] = {
    "500 internal": error(500, "Internal Error", "SoftLayer_Exception"),
    "500 public": error(500, "An unexpected error occurred.", PUBLIC),
    "502 page": Answer(502, PAGE, (("Content-Type", "text/html"),)),
    "503 page": Answer(503, b"", (("Content-Type", "text/html"),)),
    "504 page": Answer(504, PAGE, (("Content-Type", "text/html"),)),
    "401": error(401, "Access Denied. ", PUBLIC),
    "401 key": error(401, "Invalid API token.", "SoftLayer_Exception_InvalidLegacyToken"),
    "403 gateway": Answer(403, b'{"message": "Forbidden"}'),
    "403": error(403, "Forbidden", "SoftLayer_Exception"),
    "permission": error(500, "You do not have permission to this service.", PUBLIC),
    "404 object": error(
        404,
        "Unable to find object with id of '124929698'.",
        "SoftLayer_Exception_ObjectNotFound",
    ),
    "404 service": error(404, "Service does not exist", PUBLIC),
    "404 page": Answer(404, b"404 page not found\n", (("Content-Type", "text/plain"),)),
    "429": error(429, "Too many requests", "SoftLayer_Exception"),
    "429 page": Answer(429, b"slow down", (("Content-Type", "text/plain"),)),
    "rate limit": error(
        500, "Rate limit exceeded.", "SoftLayer_Exception_WebService_RateLimitExceeded"
    ),
    "lockout": error(500, LOCKOUT, PUBLIC),
    "outstanding": error(
        500, "There is currently an outstanding transaction for this server.", PUBLIC
    ),
    "200 error": error(200, "Internal Error", "SoftLayer_Exception"),
}
"""What the service, or something before it, may say instead."""

FAILURES = (
    "500 internal",
    "500 public",
    "502 page",
    "503 page",
    "504 page",
    "403 gateway",
    "404 page",
    "200 error",
)
"""What may be said although the request was done: no service refuses what it has just done."""

BODIES = ("null", "[1,2]", "{}", '"text"', "true", "0", "[]", "", "[[[", "\x00\xff", "NaN", "1e400")
"""What no call, or not this one, answers."""


def odd(kind: str, truth: Answer) -> Answer:
    """The true answer with one kind of value in it replaced everywhere."""
    try:
        value = json.loads(truth.body)
    except ValueError:
        return truth
    return replace(truth, body=json.dumps(_replaced(value, ODD[kind])).encode())


ODD: dict[str, Callable[[str, object], object]] = {
    "ids NaN": lambda name, value: math.nan if name == "id" else value,
    "ids infinite": lambda name, value: math.inf if name == "id" else value,
    "ids text": lambda name, value: f"x{value}" if name == "id" else value,
    "ids null": lambda name, value: None if name == "id" else value,
    "ids huge": lambda name, value: 10**400 if name == "id" else value,
    "ids fraction": lambda name, value: 0.5 if name == "id" else value,
    "dates odd": lambda name, value: "yesterday" if name.endswith("Date") else value,
    "dates numbers": lambda name, value: 17 if name.endswith("Date") else value,
    "names numbers": lambda name, value: 7 if name.casefold().endswith("name") else value,
    "names null": lambda name, value: None if name.casefold().endswith("name") else value,
    "objects lists": lambda name, value: [1] if isinstance(value, dict) and name else value,
    "objects texts": lambda name, value: "x" if isinstance(value, dict) and name else value,
}
"""Odd values, by what they replace: the name of a field and its value come in."""


def _replaced(value: object, change: Callable[[str, object], object], name: str = "") -> object:
    changed = change(name, value)
    if changed is not value and changed != value:
        return changed
    if isinstance(value, dict):
        return {key: _replaced(row, change, key) for key, row in value.items()}
    if isinstance(value, list):
        return [_replaced(row, change) for row in value]
    return value


TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:\d\d|Z)")


class StepBack(NamedTuple):
    """The service's clock was set back at an instant of its own."""

    at: datetime
    by: timedelta


def set_back(answer: Answer, steps: Sequence[StepBack]) -> Answer:
    """The answer of a service with such a clock: what it dates after a step comes too early."""
    if not steps:
        return answer

    def told(moment: datetime) -> datetime:
        return moment - sum((step.by for step in steps if moment > step.at), timedelta())

    def in_body(found: re.Match[bytes]) -> bytes:
        return told(datetime.fromisoformat(found[0].decode())).isoformat().encode()

    headers = tuple(
        (name, format_datetime(told(parsedate_to_datetime(value)), usegmt=True))
        if name.casefold() == "date"
        else (name, value)
        for name, value in answer.headers
    )
    return replace(answer, headers=headers, body=TIME.sub(in_body, answer.body))


Make = Callable[[str, Answer, Answer | None], Answer]
"""From the meddling's value, the true answer, and an earlier answer to the same request."""

ANSWERS: dict[str, Make] = {
    "reset": lambda value, truth, earlier: Answer(0, b"", ending=Ending.RESET),
    "hang up": lambda value, truth, earlier: Answer(0, b"", ending=Ending.CLOSED),
    "silence": lambda value, truth, earlier: Answer(0, b"", ending=Ending.SILENT),
    "garbage": lambda value, truth, earlier: Answer(999, b"not http", ending=Ending.CLOSED),
    "error": lambda value, truth, earlier: ERRORS[value],
    "body": lambda value, truth, earlier: Answer(200, value.encode()),
    "odd": lambda value, truth, earlier: odd(value, truth),
    "cut off": lambda value, truth, earlier: replace(truth, ending=Ending.CUT),
    "drip": lambda value, truth, earlier: replace(truth, ending=Ending.DRIP),
    "stale": lambda value, truth, earlier: earlier or truth,
}
"""Every answer that a meddling can give. Those that need the true one come after it alone."""

NEED_THE_TRUTH = frozenset({"odd", "cut off", "drip", "stale"})
