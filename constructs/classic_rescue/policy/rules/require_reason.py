"""Nobody takes a device down without a reason that fits, such as a ticket number."""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.boot.blank import is_blank
from classic_rescue.policy.case import Case, Finding, Subject
from classic_rescue.policy.groups import name_some
from classic_rescue.policy.rules.declared import WAY_OUT, declared_down

NAME = "require_reason"


def check(case: Case) -> Iterator[Finding]:
    """One finding a device that is declared down with no reason, or with one that does not fit from
    end to end.

    One for all of them where nobody can tell what fits.
    """
    pattern = case.policy.require_reason
    down = list(declared_down(case))
    if pattern is None or not down:
        return
    # Reading patterns costs milliseconds, and a hook only where the policy has one.
    from classic_rescue.policy.patterns import EngineMissingError, PatternError, matcher

    try:
        fits = matcher(pattern)
    except (PatternError, EngineMissingError) as problem:
        names = tuple(subject.name for subject in down)
        text = f"whether the reason of {name_some(down)} fits {pattern!r} cannot be told: {problem}"
        yield Finding(NAME, text, names, min(subject.line for subject in down))
        return
    for subject in down:
        if _has_none(subject) or not fits(subject.reason or ""):
            yield Finding(NAME, _text(subject, pattern), (subject.name,), subject.line)


def _has_none(subject: Subject) -> bool:
    return subject.reason is None or is_blank(subject.reason)


def _text(subject: Subject, pattern: str) -> str:
    given = f"the reason {subject.reason!r} does not fit"
    if _has_none(subject):
        given = "no reason is given"
    return (
        f"{subject.name} is declared {subject.goal}, and {given}; allowed: a reason that matches"
        f" {pattern!r} from its first to its last character; write one, {WAY_OUT}"
    )
