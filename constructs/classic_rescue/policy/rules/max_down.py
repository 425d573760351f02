"""Not too many devices of a group are down at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classic_rescue.policy.case import Case, Finding, Subject
from classic_rescue.policy.groups import group_words, is_in_group, name_some
from classic_rescue.policy.terms import Limit

NAME = "max_down"


def check(case: Case) -> Iterator[Finding]:
    """One finding a limit that this run exceeds. What only brings devices back exceeds none."""
    for limit in case.policy.max_down:
        group = [
            subject for subject in case.subjects if is_in_group(limit, subject.name, subject.tags)
        ]
        taken = [subject for subject in group if subject.takes_down]
        down = [subject for subject in group if subject.is_down or subject.takes_down]
        most = allowed_down(limit, sum(subject.is_declared for subject in group))
        if taken and len(down) > most:
            others = [subject for subject in down if not subject.takes_down]
            first = min(taken, key=lambda subject: subject.line or len(case.subjects))
            names = tuple(subject.name for subject in taken)
            yield Finding(NAME, _text(limit, most, taken, others), names, first.line)


def allowed_down(limit: Limit, size: int) -> int:
    """How many devices of a group of this size may be down at once."""
    if limit.percent is None:
        return limit.devices or 0
    return max(1, size * limit.percent // 100)


def _text(limit: Limit, most: int, taken: Sequence[Subject], others: Sequence[Subject]) -> str:
    share = f" ({limit.percent}%, rounded down, at least one)" if limit.percent is not None else ""
    are = "is" if len(others) == 1 else "are"
    beside = (
        f", while {name_some(others)} {are} down, coming back or not to be seen" if others else ""
    )
    return (
        f"{len(taken) + len(others)} {group_words(limit)} would be down at once: this run takes"
        f" down {name_some(taken)}{beside}; allowed: {most}{share}; take down fewer in one run, and"
        " bring others back first, in a run of their own"
    )
