"""One REST client of the classic API: authentication, retries of read-only calls,
errors told apart.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from classic_rescue.api.errors import (
    ApiError,
    Busy,
    Denied,
    NotFound,
    RateLimited,
    Refused,
    Unanswered,
    Unreachable,
)
from classic_rescue.api.settings import Settings
from classic_rescue.api.sign_in import explain_sign_in, is_about_sign_in
from classic_rescue.api.transport import HttpReply, Transport
from classic_rescue.boot.labels import LOCKOUT_WORDS, OUTSTANDING_WORDS

Json = Any  # a reply of the service, checked where it is turned into facts

READ_ONLY = frozenset(
    {
        ("SoftLayer_Account", "getCurrentUser"),
        ("SoftLayer_Account", "getHardware"),
        ("SoftLayer_Account", "getPrivateBlockDeviceTemplateGroups"),
        ("SoftLayer_Account", "getVirtualGuests"),
        ("SoftLayer_Event_Log", "getAllObjects"),
        ("SoftLayer_Hardware_Server", "getObject"),
        ("SoftLayer_Hardware_Server", "getRecentRemoteManagementCommands"),
        ("SoftLayer_Hardware_Server", "getTransactionHistory"),
        ("SoftLayer_Virtual_Disk_Image", "getObject"),
        ("SoftLayer_Virtual_Disk_Image", "getPublicIsoImages"),
        ("SoftLayer_Virtual_Guest", "getIsoBootImage"),
        ("SoftLayer_Virtual_Guest", "getObject"),
    }
)
"""The calls that may be sent again.

GET is no sign of it: executeRescueLayer is a GET (`classic-api.md` 1.2).
"""


class Retry(NamedTuple):
    """How often a call is repeated: waits of `base_s`, doubled up to `cap_s`,
    each times a random 0.5 to 1.5.
    """

    attempts: int = 8
    base_s: float = 1.0
    cap_s: float = 20.0


class ClassicApi:
    """The classic API as one user. Not for several threads at once; connections are kept alive.

    `server_time` and `total_items` are what the last reply said: its moment, and how long the whole
    of a list is.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        retry: Retry | None = None,
    ) -> None:
        self._sleep = sleep
        self._chance = chance
        self._retry = retry or Retry()
        self._transport = Transport(settings)
        self._credentials = settings.credentials
        self.calls = 0
        self.server_time: datetime | None = None
        self.total_items: int | None = None

    def call(
        self,
        service: str,
        method: str,
        *arguments: object,
        id: int | None = None,
        mask: str = "",
        filter: Json = None,
        limit: int | None = None,
        offset: int = 0,
        is_patient: bool = True,
    ) -> Json:
        """The service's reply, from JSON. A read-only call is repeated after a failure, another one
        is sent once.

        A rate limit is waited out for every call: nothing was done. Without `is_patient` nothing
        else is repeated, but for a connection that could not be made. Raises the errors of
        `api.errors`.
        """
        request = _Request(
            service, method, arguments, id=id, mask=mask, filter=filter, limit=limit, offset=offset
        )
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._send(request)
            except ApiError as problem:
                if attempt >= self._retry.attempts or not _is_repeatable(
                    request, problem, is_patient
                ):
                    raise
            self._sleep(self._pause_s(attempt))

    def _pause_s(self, attempt: int) -> float:
        return float(
            min(self._retry.cap_s, self._retry.base_s * 2 ** (attempt - 1)) * (0.5 + self._chance())
        )

    def _send(self, request: _Request) -> Json:
        self.calls += 1
        body = (
            json.dumps({"parameters": list(request.arguments)}).encode()
            if request.arguments
            else None
        )
        reply = self._transport.send(
            str(request), request.path, body, on_new_connection=not request.is_read_only
        )
        self.server_time = _http_date(reply.date) or self.server_time
        self.total_items = int(reply.total) if reply.total.isdecimal() else None
        try:
            return _answer(request, reply)
        except Denied as problem:
            if is_about_sign_in(problem):
                problem.args = (explain_sign_in(problem, self._credentials),)
            raise


class _Request(NamedTuple):
    service: str
    method: str
    arguments: tuple[object, ...]
    id: int | None
    mask: str
    filter: Json
    limit: int | None
    offset: int

    @property
    def is_read_only(self) -> bool:
        return (self.service, self.method) in READ_ONLY

    def __str__(self) -> str:
        number = "" if self.id is None else f"/{self.id}"
        return f"{self.service}{number}::{self.method}"

    @property
    def path(self) -> str:
        number = "" if self.id is None else f"/{self.id}"
        query = {
            "objectMask": self.mask,
            "objectFilter": json.dumps(self.filter) if self.filter else "",
            "resultLimit": f"{self.offset},{self.limit}" if self.limit else "",
        }
        text = urlencode({key: value for key, value in query.items() if value})
        return f"{self.service}{number}/{self.method}.json" + (f"?{text}" if text else "")


def _is_repeatable(request: _Request, problem: ApiError, is_patient: bool) -> bool:
    if isinstance(problem, RateLimited | Unreachable):
        return True
    if not request.is_read_only or not is_patient:
        return False
    return isinstance(problem, Unanswered) or (type(problem) is Refused and problem.status >= 500)


def _answer(request: _Request, reply: HttpReply) -> Json:
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        if reply.status == 429:
            raise RateLimited(str(request), 429, "", "too many requests") from None
        raise Unanswered(
            f"{request}: HTTP {reply.status} with an answer that is not JSON"
        ) from None
    is_error = isinstance(value, dict) and {"error", "code"} <= value.keys()
    if (
        is_error or reply.status >= 400
    ):  # an error can come with HTTP 200 (softlayer-go session/rest.go)
        text, code = (
            (value.get("error"), value.get("code")) if isinstance(value, dict) else (value, "")
        )
        raise _refusal(str(request), reply.status, str(code or ""), str(text or ""))
    return value


def _refusal(call: str, status: int, code: str, text: str) -> Refused:
    words = text.casefold()
    if status == 429 or "RateLimitExceeded" in code:
        return RateLimited(call, status, code, text)
    is_lockout = any(all(word in words for word in row) for row in LOCKOUT_WORDS)
    if (
        is_lockout
        or any(word in words for word in OUTSTANDING_WORDS)
        or "ActiveTransactionExists" in code
    ):
        return Busy(call, status, code, text, is_lockout=is_lockout)
    if status == 404 or code.endswith("ObjectNotFound"):
        return NotFound(call, status, code, text)
    if (
        status in (401, 403)
        or "permission" in words
        or "access denied" in words
        or "Authentication" in code
    ):
        return Denied(call, status, code, text)
    return Refused(call, status, code, text)


def _http_date(text: str) -> datetime | None:
    """The moment of a Date header, `Mon, 23 Nov 2026 01:02:03 GMT`;
    None for a missing or unreadable one.
    """
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
