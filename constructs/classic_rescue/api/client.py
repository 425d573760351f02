"""One REST client of the classic API: authentication, retries of read-only calls,
errors told apart.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

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
from classic_rescue.api.reading import NotUnderstood
from classic_rescue.api.settings import Settings
from classic_rescue.api.sign_in import explain_sign_in
from classic_rescue.api.transport import HttpReply, Transport
from classic_rescue.api.words import Meant, meant_by

Value = TypeVar("Value")
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
        ("SoftLayer_Hardware_Server", "getServerPowerState"),
        ("SoftLayer_Hardware_Server", "getTransactionHistory"),
        ("SoftLayer_Hardware_Server", "isBackendPingable"),
        ("SoftLayer_Hardware_Server", "isPingable"),
        ("SoftLayer_Virtual_Disk_Image", "getObject"),
        ("SoftLayer_Virtual_Disk_Image", "getPublicIsoImages"),
        ("SoftLayer_Virtual_Guest", "getIsoBootImage"),
        ("SoftLayer_Virtual_Guest", "getObject"),
        ("SoftLayer_Virtual_Guest", "isBackendPingable"),
        ("SoftLayer_Virtual_Guest", "isPingable"),
    }
)
"""The calls that may be sent again.

GET is no sign of it: executeRescueLayer is a GET (`classic-api.md` 1.2).
"""


class Patience(Protocol):
    """How long a read-only call is repeated, and how long one exchange may take."""

    def goes_on(self, attempt: int, problem: ApiError, pause_s: float) -> bool:
        """Whether to wait so many seconds after this attempt, and to ask again."""

    def exchange_s(self) -> float | None:
        """How many real seconds the next exchange may take; None: what the settings say."""


class Retry(NamedTuple):
    """Patience by a number of attempts."""

    attempts: int = 8

    def goes_on(self, attempt: int, problem: ApiError, pause_s: float) -> bool:
        """As often as given, whatever the problem."""
        return attempt < self.attempts

    def exchange_s(self) -> float | None:
        """What the settings say."""
        return None


PAUSE_S = 1.0
LONGEST_PAUSE_S = 20.0
"""Pauses between attempts are doubled up to this, each times a random 0.5 to 1.5."""


class PatientApi:
    """Calls as one user, repeated where that can help and can do no harm. How one is sent, a
    subclass knows. Not for several threads at once.

    `server_time` and `total_items` are what the last reply said: its moment, and how long the whole
    of a list is.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        patience: Patience | None = None,
    ) -> None:
        self._sleep = sleep
        self._chance = chance
        self.patience = patience or Retry()
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
        read: Callable[[Json], Json] | None = None,
    ) -> Json:
        """The service's reply, from JSON, as `read` turns it into values: a reply that it raises
        NotUnderstood for is as good as none.

        A read-only call is repeated after a failure that can pass; without `is_patient` only where
        it did not arrive, or came too often. Another call is sent once, whatever happens: its
        caller must look before it sends again. Raises the errors of `api.errors`.
        """
        request = Request(
            service, method, arguments, id=id, mask=mask, filter=filter, limit=limit, offset=offset
        )
        if not request.is_read_only:
            return self.send(request, read)
        return self.persist(lambda: self.send(request, read), is_patient=is_patient)

    def persist(self, ask: Callable[[], Value], *, is_patient: bool = True) -> Value:
        """What a question that changes nothing gives, asked again after failures that can pass."""
        attempt = 0
        while True:
            attempt += 1
            pause_s = self._pause_s(attempt)
            try:
                return ask()
            except ApiError as problem:
                if not _may_pass(problem, is_patient):
                    raise
                if not self.patience.goes_on(attempt, problem, pause_s):
                    raise
            self._sleep(pause_s)

    def send(self, request: Request, read: Callable[[Json], Json] | None) -> Json:
        """Send it once. Raises the errors of `api.errors`."""
        raise NotImplementedError

    def _pause_s(self, attempt: int) -> float:
        doubled_s = PAUSE_S * 2 ** min(attempt - 1, 10)
        return float(min(LONGEST_PAUSE_S, doubled_s) * (0.5 + self._chance()))


class ClassicApi(PatientApi):
    """The classic API over one connection, which is kept alive."""

    def __init__(
        self,
        settings: Settings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(sleep=sleep, chance=chance, patience=patience)
        self._transport = Transport(settings)
        self._credentials = settings.credentials
        self.calls = 0

    def send(self, request: Request, read: Callable[[Json], Json] | None) -> Json:
        """Send it once over the connection; what changes something, over a new one."""
        self.calls += 1
        body = (
            json.dumps({"parameters": list(request.arguments)}).encode()
            if request.arguments
            else None
        )
        reply = self._transport.send(
            str(request),
            request.path,
            body,
            on_new_connection=not request.is_read_only,
            within_s=self.patience.exchange_s(),
        )
        self.server_time = _http_date(reply.date) or self.server_time
        self.total_items = _total(reply.total)
        try:
            value = classify(str(request), reply)
            return read(value) if read else value
        except NotUnderstood as problem:
            raise Unreadable(f"{request}: the answer is not understood ({problem})") from None
        except SignInRefused as problem:
            problem.args = (explain_sign_in(problem, self._credentials),)
            raise

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


class Request(NamedTuple):
    """One call of a method, as it goes over the wire."""

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
        """Whether it may be sent again."""
        return (self.service, self.method) in READ_ONLY

    def __str__(self) -> str:
        """Say it as people know it."""
        number = "" if self.id is None else f"/{self.id}"
        return f"{self.service}{number}::{self.method}"

    @property
    def path(self) -> str:
        """What follows the endpoint."""
        number = "" if self.id is None else f"/{self.id}"
        query = {
            "objectMask": self.mask,
            "objectFilter": json.dumps(self.filter) if self.filter else "",
            "resultLimit": f"{self.offset},{self.limit}" if self.limit else "",
        }
        text = urlencode({key: value for key, value in query.items() if value})
        return f"{self.service}{number}/{self.method}.json" + (f"?{text}" if text else "")


def _may_pass(problem: ApiError, is_patient: bool) -> bool:
    """Whether to ask again can help."""
    if isinstance(problem, RateLimited | Unreachable):
        return True
    if not is_patient:
        return False
    if isinstance(problem, Unanswered):
        return problem.may_pass
    return type(problem) is Refused and not problem.is_certain and problem.status >= 500


def classify(call: str, reply: HttpReply) -> Json:
    """The value that the service answered; otherwise raises what its answer means.

    Refused for sure is only what the table of the service's words knows as a refusal, in the
    service's own form. Every other answer leaves open whether the request was done: Unanswered, or
    Refused that is not certain.
    """
    try:
        value = json.loads(reply.body, parse_constant=_refuse_constant)
    except NotUnderstood as problem:
        raise Unreadable(f"{call}: the answer is not understood ({problem})") from None
    except (ValueError, RecursionError):
        raise _foreign(call, reply, "an answer that is not JSON") from None
    # An error can come with HTTP 200 (softlayer-go session/rest.go).
    is_error = isinstance(value, dict) and {"error", "code"} <= value.keys()
    if not is_error and not 200 <= reply.status < 300:
        raise _foreign(call, reply, "an answer that is not in the service's form")
    if is_error:
        raise _error(call, reply.status, str(value["code"] or ""), str(value["error"] or ""))
    return value


def _foreign(call: str, reply: HttpReply, what: str) -> ApiError:
    """An answer of something else than the service, such as a proxy or a load balancer."""
    if reply.status == 429:
        return RateLimited(call, 429, "", "too many requests")
    may_pass = reply.status < 300 or reply.status >= 500
    hint = "" if may_pass else "; does something else answer there? Check endpoint and proxy"
    text = f"{call}: HTTP {reply.status} with {what}{hint}"
    return Unanswered(text, status=reply.status, may_pass=may_pass)


def _error(call: str, status: int, code: str, text: str) -> ApiError:
    row = meant_by(status, code, text)
    if row is None:
        return Refused(call, status, code, text, is_certain=False)
    if row.meant is Meant.INTERNAL:
        return Unanswered(
            f"{call}: the service failed: {text.strip()} ({code or 'no code'}, HTTP {status})",
            status=status,
            said=text.strip(),
        )
    if row.meant in (Meant.LOCKOUT, Meant.OUTSTANDING):
        return Busy(call, status, code, text, is_lockout=row.meant is Meant.LOCKOUT)
    return _REFUSALS[row.meant](call, status, code, text)


_REFUSALS: dict[Meant, type[Refused]] = {
    Meant.RATE_LIMIT: RateLimited,
    Meant.NOT_FOUND: NotFound,
    Meant.SIGN_IN: SignInRefused,
    Meant.PERMISSION: Denied,
    Meant.NOT_POSSIBLE: Refused,
}


def _refuse_constant(name: str) -> Json:
    """NaN and Infinity are no JSON, though Python reads them."""
    raise NotUnderstood(f"{name} is no JSON")


def _total(text: str) -> int | None:
    """The header SoftLayer-Total-Items; None for a missing or unreadable one."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _http_date(text: str) -> datetime | None:
    """The moment of a Date header, `Mon, 23 Nov 2026 01:02:03 GMT`;
    None for a missing or unreadable one.
    """
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
