"""No device stays out of its operating system for long: its `until` must be near."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from classic_rescue.policy.case import Case, Finding, Subject
from classic_rescue.policy.rules.declared import WAY_OUT, declared_down

NAME = "max_until"


def check(case: Case) -> Iterator[Finding]:
    """One finding a device that is declared down without `until`,
    or until later than `max_until` from now.

    Time is on the operator's side: what is allowed now is allowed later.
    """
    longest_s = case.policy.max_until_s
    if longest_s is None:
        return
    try:
        latest = case.at + timedelta(seconds=longest_s)
    except OverflowError:  # beyond the year 9999: any `until` will do
        latest = datetime.max.replace(tzinfo=UTC)
    for subject in declared_down(case):
        if subject.until is None or subject.until > latest:
            yield Finding(NAME, _text(subject, longest_s, latest), (subject.name,), subject.line)


def _text(subject: Subject, longest_s: int, latest: datetime) -> str:
    given = "without an end" if subject.until is None else f"until {subject.until.isoformat()}"
    return (
        f"{subject.name} is declared {subject.goal} {given}; allowed: at most"
        f" {say_length(longest_s)} from now, that is `until:"
        f" {latest.replace(microsecond=0).isoformat()}`; bring `until:` nearer, {WAY_OUT}"
    )


def say_length(seconds: int) -> str:
    """A length as the fleet file writes it: `7d`, `72h`, `1d12h`, `90m`."""
    if seconds <= 72 * 3600 and seconds % 3600 == 0:
        return f"{seconds // 3600}h"
    parts = (
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "m"),
        (seconds % 60, "s"),
    )
    return "".join(f"{count}{unit}" for count, unit in parts if count)
