"""Protected devices are taken down only when the fleet file says so at the device itself."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from classic_rescue.policy.case import Case, Finding

NAME = "protected"


def check(case: Case) -> Iterator[Finding]:
    """One finding a protected device that this run takes down without `allow_reboot: true`."""
    for subject in case.subjects:
        if not subject.takes_down or subject.allow_reboot:
            continue
        pattern = next((pattern for pattern in case.policy.protected if fnmatchcase(subject.name, pattern)), None)
        if pattern is not None:
            text = (
                f"{subject.name} is protected (by {pattern!r}) and would be taken down for {subject.goal};"
                " allowed only with `allow_reboot: true` at the device"
            )
            yield Finding(NAME, text, (subject.name,), subject.line)
