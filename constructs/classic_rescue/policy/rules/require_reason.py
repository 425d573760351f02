"""Nobody takes a device down without a reason that fits, such as a ticket number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classic_rescue.policy.case import Case, Finding
from classic_rescue.policy.rules.declared import WAY_OUT, declared_down

NAME = "require_reason"


def check(case: Case) -> Iterator[Finding]:
    """One finding a device that is declared down with no reason, or with one that does not fit from end to end."""
    if case.policy.require_reason is None:
        return
    pattern = re.compile(case.policy.require_reason)
    for subject in declared_down(case):
        if subject.reason is None or not pattern.fullmatch(subject.reason):
            given = (
                "no reason is given"
                if subject.reason is None
                else f"the reason {subject.reason!r} does not fit"
            )
            text = (
                f"{subject.name} is declared {subject.goal}, and {given}; allowed: a reason that matches"
                f" {case.policy.require_reason!r} from its first to its last character; write one, {WAY_OUT}"
            )
            yield Finding(NAME, text, (subject.name,), subject.line)
