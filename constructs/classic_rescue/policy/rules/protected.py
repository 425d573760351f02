"""Protected devices are taken down only when the fleet file says so at the device itself."""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.boot.states import BootState
from classic_rescue.policy.case import Case, Finding
from classic_rescue.policy.groups import first_match

NAME = "protected"


def check(case: Case) -> Iterator[Finding]:
    """One finding a protected device that this run takes down without `allow_reboot: true`."""
    for subject in case.subjects:
        if not subject.takes_down or subject.allow_reboot:
            continue
        pattern = first_match(case.policy.protected, subject.name)
        if pattern is not None:
            back = " (put it back into the file with `boot: os` where it was removed)"
            text = (
                f"{subject.name} is protected (by {pattern!r}) and would be taken down"
                f" for {subject.goal}; allowed: only with `allow_reboot: true` at the device;"
                f" write that{back if subject.goal.state is BootState.OS else ''},"
                " or leave the device alone"
            )
            yield Finding(NAME, text, (subject.name,), subject.line)
