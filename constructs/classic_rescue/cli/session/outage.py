"""A service that answers nobody: told once, not once a device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from classic_rescue.api.errors import (
    ApiError,
    Denied,
    RateLimited,
    Refused,
    Unanswered,
    Unreachable,
    Unreadable,
)
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.terminal.output import command_line

MOST_NAMES = 20
FIRST_GATEWAY_STATUS = 501
"""HTTP 500 is how the service refuses anything (`classic-api.md` 5.2); above it speaks what stands
before it.
"""


def is_outage(problem: ApiError | None) -> bool:
    """Whether it may well go wrong with every device alike, and says nothing about this one."""
    if isinstance(problem, Unreadable):
        return False
    if isinstance(problem, Unreachable | Unanswered | RateLimited):
        return True
    if isinstance(problem, Denied):
        return problem.status == 401
    return isinstance(problem, Refused) and problem.status >= FIRST_GATEWAY_STATUS


def _advice_of(problem: ApiError) -> str:
    own = f"`{command_line('status')}`"
    if isinstance(problem, Denied):
        return f"check the credentials, then run {own}"
    if isinstance(problem, RateLimited):
        return f"run {own} in some minutes"
    return f"run {own} when it is back"


def words_of(problem: ApiError) -> str:
    """What the service does, without the call that met it."""
    if isinstance(problem, Denied):
        return f"the API refuses these credentials (HTTP {problem.status}: {problem.text})"
    if isinstance(problem, RateLimited):
        return "the API takes no more requests for now (rate limit)"
    if isinstance(problem, Refused):
        return f"the API answers HTTP {problem.status} ({problem.text or 'no text'})"
    call, _, said = str(problem).partition(": ")
    if isinstance(problem, Unanswered) and problem.status:
        return f"the API answers HTTP {problem.status} ({problem.said or said})"
    return f"the API gives no usable answer: {said if '::' in call else problem}"


@dataclass(frozen=True, slots=True)
class Outage:
    """The devices that could not be looked at for one cause, which is none of theirs.

    `since` is the earliest moment at which it is known to have been so; None where no time is.
    """

    words: str
    advice: str
    names: tuple[str, ...]
    since: datetime | None = None

    def __str__(self) -> str:
        """One line: what the service does, since when that is known, what was not seen, and what
        to do.
        """
        since = f", since {clock_time(self.since)} or longer" if self.since else ""
        shown = ", ".join(self.names[:MOST_NAMES])
        more = len(self.names) - MOST_NAMES
        named = f"{shown} and {more} more" if more > 0 else shown
        count = "1 device" if len(self.names) == 1 else f"{len(self.names)} devices"
        return f"{self.words}{since}: {count} could not be looked at ({named}); {self.advice}"


def outage_of(
    unread: Iterable[tuple[str, ApiError | None]],
    *,
    others: int,
    since: Sequence[datetime | None] = (),
) -> Outage | None:
    """The outage that keeps devices from being looked at, where there is one.

    `unread` are names, each with why it was not read; `others` is how many devices were read. One
    device of several that is not answered for may have a trouble of its own, and is no outage.
    """
    struck = [(name, problem) for name, problem in unread if is_outage(problem)]
    if not struck or (len(struck) == 1 and others):
        return None
    problem = struck[0][1]
    assert problem is not None  # noqa: S101 is_outage(None) is False; for the type checker
    known = [moment for moment in since if moment]
    return Outage(
        words=words_of(problem),
        advice=_advice_of(problem),
        names=tuple(name for name, _ in struck),
        since=min(known, default=None),
    )
