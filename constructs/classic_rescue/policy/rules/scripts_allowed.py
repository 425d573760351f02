"""In rescue systems run only scripts that somebody has approved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from classic_rescue.policy.case import Case, Finding

NAME = "scripts_allowed"


def check(case: Case) -> Iterator[Finding]:
    """One finding a device with a script that no pattern of the list matches."""
    allowed = case.policy.scripts_allowed
    if allowed is None:
        return
    for subject in case.subjects:
        if subject.script and not is_allowed(subject.script, allowed):
            text = (
                f"{subject.name} is to run the script {subject.script}; allowed:"
                f" {say_patterns(allowed)}; choose one of these, or take `repair:` out"
            )
            yield Finding(NAME, text, (subject.name,), subject.line)


def is_allowed(script: str, patterns: Sequence[str]) -> bool:
    """Whether a script, by its path or name, matches one of these."""
    return any(fnmatchcase(script, pattern) for pattern in patterns)


def say_patterns(patterns: Sequence[str]) -> str:
    """The patterns for a sentence."""
    return ", ".join(patterns) or "none"
