"""Short ways for the tests of this folder to make devices and ask one rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from classic_rescue.boot.states import BootState, Goal
from classic_rescue.policy.case import Finding, Subject
from classic_rescue.policy.judge import judge
from classic_rescue.policy.terms import Policy

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
OS = Goal(BootState.OS)
RESCUE = Goal(BootState.RESCUE)
IMAGE = Goal(BootState.IMAGE, image="W.iso")


def device(name: str, goal: Goal = RESCUE, **more: Any) -> Subject:
    """A device that this run takes down, unless its goal is the operating system."""
    is_away = goal is not OS
    facts = {"takes_down": is_away, "is_down": is_away, **more}
    return Subject(f"hostname/{name}", name, goal, **facts)


def found(
    rule: str, terms: dict[str, Any], *subjects: Subject, at: datetime = NOW
) -> list[Finding]:
    """What one rule, under its terms, has against these devices."""
    return judge(Policy(**terms), subjects, at, {rule})


def only(findings: list[Finding]) -> Finding:
    """The one finding."""
    assert len(findings) == 1, findings
    return findings[0]
