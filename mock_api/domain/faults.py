"""The faults that the mock can play. One class a kind; a rule says where and when.

A new kind is one class and its place in `Fault`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal

from mock_api.domain.errors import ApiError, Injected, RateLimited
from mock_api.domain.facts import Record
from mock_api.domain.labels import PUBLIC
from mock_api.domain.shapes import Limits
from mock_api.domain.states import Outcome

Status = Annotated[int, Limits(ge=400, le=599)]
Count = Annotated[int, Limits(ge=1, le=2**53)]
Line = Annotated[str, Limits(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")]
_PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad"
    " Gateway</h1></body></html>\n"
)


class When(StrEnum):
    """Whether the fault comes before or after the operation took effect."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class WireAnswer:
    """An answer as bytes. `length` is what Content-Length promises; a truncated body is shorter."""

    status: int
    content_type: str
    body: bytes
    length: int


@dataclass(frozen=True)
class Effects:
    """What the faults of one request add up to. The last two are for the HTTP door, see `spoil`."""

    delay_s: float = 0.0
    error: ApiError | None = None
    drop: When | None = None
    outcome: Outcome = Outcome.COMPLETE
    foreign: ForeignFault | None = None
    kept_share: float = 1.0

    @property
    def spoils(self) -> bool:
        """Whether the bytes of the answer change."""
        return self.foreign is not None or self.kept_share < 1

    def spoil(self, status: int, content_type: str, body: bytes) -> WireAnswer:
        """The bytes that a door sends in place of these."""
        if self.foreign is not None:
            status = self.foreign.status
            content_type = self.foreign.content_type
            body = self.foreign.body.encode()
        return WireAnswer(status, content_type, body[: int(len(body) * self.kept_share)], len(body))


@dataclass(frozen=True)
class ErrorFault(Record):
    """Answers an error; the operation does not run."""

    kind: Literal["error"]
    status: Status = 500
    code: Line = PUBLIC
    text: Line = "Internal Error"

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, error=Injected(self.status, self.code, self.text))


@dataclass(frozen=True)
class RateLimitFault(Record):
    """Answers that the rate limit is exceeded, however few requests there were."""

    kind: Literal["rate_limit"]
    status: Status = 500

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, error=RateLimited(status=self.status))


@dataclass(frozen=True)
class RateLimiterFault(Record):
    """Allows `requests` matching calls in every `seconds` of virtual time, and refuses the others.

    A window begins with the first call after the last one ended.
    The rule stays until it is deleted.
    """

    kind: Literal["rate_limiter"]
    requests: Count = 50
    seconds: Annotated[float, Limits(gt=0, le=86400)] = 1.0
    status: Status = 500

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, error=RateLimited(self.requests, self.seconds, self.status))


@dataclass(frozen=True)
class DelayFault(Record):
    """Waits before the operation runs; real seconds, since a client's timeout is real too."""

    kind: Literal["delay"]
    seconds: Annotated[float, Limits(ge=0, le=3600)]

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, delay_s=effects.delay_s + self.seconds)


@dataclass(frozen=True)
class DropFault(Record):
    """Closes the connection without an answer, before or after the operation took effect."""

    kind: Literal["drop"]
    when: When = When.BEFORE

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, drop=self.when)


@dataclass(frozen=True)
class TruncatedFault(Record):
    """The operation runs; only a share of its answer's body is sent, then the connection ends."""

    kind: Literal["truncated_body"]
    kept_share: Annotated[float, Limits(ge=0, lt=1)] = 0.5

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, kept_share=effects.kept_share * self.kept_share)


@dataclass(frozen=True)
class ForeignFault(Record):
    """Something on the way answers in the API's place, as a proxy does: another status,
    content type and body.
    """

    kind: Literal["wrong_content_type"]
    when: When = When.BEFORE
    status: Annotated[int, Limits(ge=200, le=599)] = 502
    content_type: Annotated[
        str, Limits(pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+(; charset=[a-zA-Z0-9-]+)?$")
    ] = "text/html"
    body: Annotated[str, Limits(max_length=1_000_000)] = _PROXY_PAGE

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added; before the operation, an error keeps it from running."""
        error = (
            Injected(self.status, PUBLIC, "answered by a proxy")
            if self.when is When.BEFORE
            else effects.error
        )
        return replace(effects, foreign=self, error=error)


@dataclass(frozen=True)
class StuckFault(Record):
    """The transaction never clears."""

    kind: Literal["stuck_transaction"]

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, outcome=Outcome.STUCK)


@dataclass(frozen=True)
class FailingFault(Record):
    """The transaction clears, but the device stays where it was."""

    kind: Literal["failing_transaction"]

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, outcome=Outcome.FAIL)


@dataclass(frozen=True)
class UntrueFault(Record):
    """The transaction clears as a success, but the device never moved."""

    kind: Literal["untrue_transaction"]

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, outcome=Outcome.UNTRUE)


@dataclass(frozen=True)
class NoTransactionFault(Record):
    """The call is accepted and nothing happens."""

    kind: Literal["no_transaction"]

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, outcome=Outcome.NOTHING)


Fault = (
    ErrorFault | RateLimitFault | RateLimiterFault | DelayFault | DropFault | TruncatedFault
    | ForeignFault | StuckFault | FailingFault | UntrueFault
    | NoTransactionFault
)  # fmt: skip
