"""What the rules about the file share: they look at devices that
are declared out of their operating system now.
"""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.boot.states import BootState
from classic_rescue.policy.case import Case, Subject

WAY_OUT = "or take the device out of rescue: `boot: os`, or remove it from the file"
"""What works whatever the rule is: a device that goes back to its operating system breaks none."""


def declared_down(case: Case) -> Iterator[Subject]:
    """The devices with rescue or an image as their goal.

    Those past their `until` are not among them.
    """
    return (subject for subject in case.subjects if subject.goal.state is not BootState.OS)
