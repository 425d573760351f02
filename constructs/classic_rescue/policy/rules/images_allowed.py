"""Devices boot only images that somebody has approved."""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.policy.case import Case, Finding
from classic_rescue.policy.rules.declared import WAY_OUT, declared_down

NAME = "images_allowed"


def check(case: Case) -> Iterator[Finding]:
    """One finding a device that is declared to boot an image that
    the list does not name as the device does.
    """
    allowed = case.policy.images_allowed
    if allowed is None:
        return
    listed = ", ".join(map(str, allowed)) or "none"
    for subject in declared_down(case):
        if subject.goal.image is not None and subject.goal.image not in allowed:
            text = (
                f"{subject.name} is declared to boot the image {subject.goal.image!r}; allowed:"
                f" {listed} (an id and a name are two things); choose one of these, {WAY_OUT}"
            )
            yield Finding(NAME, text, (subject.name,), subject.line)
