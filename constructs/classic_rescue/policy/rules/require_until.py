"""No device is taken down without a time at which it comes back by itself."""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.policy.case import Case, Finding
from classic_rescue.policy.rules.declared import WAY_OUT, declared_down

NAME = "require_until"


def check(case: Case) -> Iterator[Finding]:
    """One finding a device that is declared down without `until`."""
    if not case.policy.require_until:
        return
    for subject in declared_down(case):
        if subject.until is None:
            text = (
                f"{subject.name} is declared {subject.goal} without an end; allowed:"
                " only with `until:`, a time with its zone such as 2026-12-01T06:00:00+01:00;"
                f" write one, {WAY_OUT}"
            )
            yield Finding(NAME, text, (subject.name,), subject.line)
