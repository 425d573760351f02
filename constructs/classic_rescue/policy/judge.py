"""The judgement: every rule over one case. `RULES` is the one table of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from classic_rescue.policy.case import Case, Finding, Subject
from classic_rescue.policy.rules import protected
from classic_rescue.policy.terms import BreakGlass, Policy

Rule = Callable[[Case], Iterator[Finding]]

RULES: dict[str, Rule] = {
    protected.NAME: protected.check,
}
"""A rule's name, which is its key in the fleet file, and the rule."""


def judge(policy: Policy, subjects: Iterable[Subject], at: datetime) -> list[Finding]:
    """Everything that the rules have against it, in the order of the table. Empty: the run is allowed.

    `at` is the moment of the run, with its zone. Whether the policy is set aside is not asked here: see `set_aside`.
    """
    case = Case(policy, tuple(subjects), at)
    return [finding for rule in RULES.values() for finding in rule(case)]


def set_aside(policy: Policy, at: datetime, reason: str | None = None) -> BreakGlass | None:
    """The break-glass that counts at this moment: that of the run (`reason`), else the file's while it lasts."""
    if reason:
        return BreakGlass(reason)
    glass = policy.break_glass
    return glass if glass and (glass.until is None or at < glass.until) else None
