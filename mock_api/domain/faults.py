"""The faults that the mock can play. One class a kind; a rule says where and when.

A new kind is one class and its line in KINDS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal

from mock_api.domain.errors import ApiError, Injected, RateLimited
from mock_api.domain.facts import Record
from mock_api.domain.shapes import ByKind
from mock_api.domain.states import Outcome


class Drop(StrEnum):
    """When a dropped connection closes."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Effects:
    """What the faults of one request add up to."""

    delay_s: float = 0.0
    error: ApiError | None = None
    drop: Drop | None = None
    outcome: Outcome = Outcome.COMPLETE


@dataclass(frozen=True)
class ErrorFault(Record):
    """Answers an error; the operation does not run."""

    kind: Literal["error"]
    status: int = 500
    code: str = "SoftLayer_Exception_Public"
    text: str = "Internal Error"

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, error=Injected(self.status, self.code, self.text))


@dataclass(frozen=True)
class RateLimitFault(Record):
    """Answers that the rate limit is exceeded."""

    kind: Literal["rate_limit"]

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, error=RateLimited())


@dataclass(frozen=True)
class DelayFault(Record):
    """Waits before the operation runs; real seconds, since a client's timeout is real too."""

    kind: Literal["delay"]
    seconds: float

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, delay_s=effects.delay_s + self.seconds)


@dataclass(frozen=True)
class DropFault(Record):
    """Closes the connection without an answer, before or after the operation took effect."""

    kind: Literal["drop"]
    when: Drop = Drop.BEFORE

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, drop=self.when)


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
class NoTransactionFault(Record):
    """The call is accepted and nothing happens."""

    kind: Literal["no_transaction"]

    def applied(self, effects: Effects) -> Effects:
        """The effects with this one added."""
        return replace(effects, outcome=Outcome.NOTHING)


Fault = ErrorFault | RateLimitFault | DelayFault | DropFault | StuckFault | FailingFault | NoTransactionFault
KINDS: tuple[type[Fault], ...] = (
    ErrorFault, RateLimitFault, DelayFault, DropFault, StuckFault, FailingFault, NoTransactionFault,
)  # fmt: skip


@dataclass(frozen=True)
class FaultRule(Record):
    """Where and when a fault plays.

    `operation` is SERVICE.method or *; `device_id` narrows it to one object. It plays from the `nth` matching call on
    (1 is the next one), `times` times (null: for ever). `seen` counts the matching calls so far.
    """

    fault: Annotated[Fault, ByKind()]
    operation: str = "*"
    device_id: int | None = None
    nth: int = 1
    times: int | None = 1
    id: int = 0
    seen: int = 0

    def matches(self, operation: str, device_id: int | None) -> bool:
        """Whether a call is of the kind that this rule watches."""
        return self.operation in ("*", operation) and self.device_id in (None, device_id)

    @property
    def plays(self) -> bool:
        """Whether the call that was just counted is one that fails."""
        past = self.seen - self.nth
        return past >= 0 and (self.times is None or past < self.times)


def count_call(
    rules: tuple[FaultRule, ...], operation: str, device_id: int | None
) -> tuple[tuple[FaultRule, ...], Effects]:
    """The rules with this call counted, and what they do to it."""
    counted = tuple(replace(rule, seen=rule.seen + 1) if rule.matches(operation, device_id) else rule for rule in rules)
    effects = Effects()
    for before, after in zip(rules, counted, strict=True):
        if after is not before and after.plays:
            effects = after.fault.applied(effects)
    return counted, effects
