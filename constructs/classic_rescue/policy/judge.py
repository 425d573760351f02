"""The judgement: every rule over one case. `RULES` is the one table of rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime

from classic_rescue.boot.blank import is_blank
from classic_rescue.policy.case import Case, Finding, Subject
from classic_rescue.policy.rules import (
    images_allowed,
    max_down,
    max_until,
    protected,
    require_ids,
    require_reason,
    require_until,
    scripts_allowed,
    windows,
)
from classic_rescue.policy.terms import BreakGlass, Policy

Rule = Callable[[Case], Iterator[Finding]]

RULES: dict[str, Rule] = {
    require_ids.NAME: require_ids.check,
    require_reason.NAME: require_reason.check,
    require_until.NAME: require_until.check,
    max_until.NAME: max_until.check,
    images_allowed.NAME: images_allowed.check,
    scripts_allowed.NAME: scripts_allowed.check,
    max_down.NAME: max_down.check,
    protected.NAME: protected.check,
    windows.NAME: windows.check,
}
"""A rule's name, which is its key in the fleet file, and the rule."""

OF_THE_FILE = frozenset(
    {
        require_ids.NAME,
        require_reason.NAME,
        require_until.NAME,
        max_until.NAME,
        images_allowed.NAME,
        scripts_allowed.NAME,
    }
)
"""Rules that the fleet file alone can break.

The others are about a run: review and hook ask them.
"""


def judge(
    policy: Policy,
    subjects: Iterable[Subject],
    at: datetime,
    rules: Collection[str] = frozenset(RULES),
) -> list[Finding]:
    """Everything that breaks a rule, in the order of the table. Empty: the run is allowed.

    `at` is the moment of the run, with its zone; `rules` narrows the table down. Whether the policy
    is set aside is not asked here: see `set_aside`.
    """
    case = Case(policy, tuple(subjects), at.astimezone(UTC))
    return [finding for name, rule in RULES.items() if name in rules for finding in rule(case)]


def set_aside(policy: Policy, at: datetime, reason: str | None = None) -> BreakGlass | None:
    """The break-glass that counts at this moment: that of the run (`reason`),
    else the file's while it lasts. A reason in which nothing can be seen is none.
    """
    if reason and not is_blank(reason):
        return BreakGlass("".join(sign if sign.isprintable() else "?" for sign in reason.strip()))
    glass = policy.break_glass
    if glass is None or is_blank(glass.reason):
        return None
    return glass if glass.until is None or at < glass.until else None
