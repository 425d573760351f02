"""Which devices a term of the policy means:
by a pattern of names as in a shell, by a tag, or all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from classic_rescue.boot.states import without_dot
from classic_rescue.policy.case import Subject
from classic_rescue.policy.terms import Limit

SHOWN = 5
"""How many devices a sentence names."""


def first_match(patterns: Iterable[str], name: str) -> str | None:
    """The first pattern that the name matches, if any. Capital letters count."""
    return next((pattern for pattern in patterns if _matches(name, pattern)), None)


def _matches(name: str, pattern: str) -> bool:
    """Whether they match; a final dot counts in neither, since it says nothing of a name."""
    return fnmatchcase(without_dot(name), without_dot(pattern))


def is_in_group(limit: Limit, name: str, tags: frozenset[str]) -> bool:
    """Whether a device belongs to the group of a limit."""
    if limit.names:
        return _matches(name, limit.names)
    return not limit.tag or limit.tag in tags


def group_words(limit: Limit) -> str:
    """The group in an operator's words."""
    if limit.names:
        return f"of the devices named {limit.names!r}"
    return f"of the devices with the tag {limit.tag!r}" if limit.tag else "of the fleet"


def name_some(subjects: Sequence[Subject]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(subjects) - SHOWN} more" if len(subjects) > SHOWN else ""
    return ", ".join(subject.name for subject in subjects[:SHOWN]) + more
