"""What a review finds, as one value: every report is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from classic_rescue.policy.case import Finding
from classic_rescue.policy.terms import BreakGlass
from classic_rescue.review.changes import Change, Effect, Restart


class Verdict(StrEnum):
    """How a review ends. The heaviest counts: not understood, refused, unseen, restarts, drift,
    clean. Unseen: a device was to be looked at, and could not be.
    """

    CLEAN = "clean"
    RESTARTS = "restarts"
    REFUSED = "refused"
    UNSEEN = "unseen"
    DRIFT = "drift"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True)
class Review:
    """The changes by weight, and what in them breaks the policy.

    `at`: the moment that is judged. `stacks`: those with a plan that was read; `missing`: those
    without a plan. `break_glass`: set when the policy does not count; its findings are listed all
    the same. `problems`: why nothing was judged; then there are no changes. `is_live`: whether the
    devices were looked at. `place`: where that was and would be: endpoint, user and backend; empty
    where nobody looked. `rules`: those of the policy in force. `against_base`: which guards are
    others than in the commit `base`. `scripts` are the texts of what runs in rescue systems, by
    their SHA-256, where they are at hand.
    """

    fleet_source: str
    at: datetime
    stacks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    break_glass: BreakGlass | None = None
    problems: tuple[str, ...] = ()
    is_live: bool = False
    place: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    base: str = ""
    against_base: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def verdict(self) -> Verdict:
        """How it ends."""
        if self.problems:
            return Verdict.NOT_UNDERSTOOD
        if self.findings and not self.break_glass:
            return Verdict.REFUSED
        if self.unseen:
            return Verdict.UNSEEN
        if self.scripted or any(change.restart is not Restart.NO for change in self.changes):
            return Verdict.RESTARTS
        return Verdict.DRIFT if self.drifted else Verdict.CLEAN

    @cached_property
    def going_down(self) -> tuple[Change, ...]:
        """The devices that are taken away from a system that may be running."""
        return tuple(change for change in self.changes if change.takes_down)

    @cached_property
    def returning(self) -> tuple[Change, ...]:
        """The devices that restart into their operating system."""
        return tuple(change for change in self.changes if change.effect is Effect.RETURNS_TO_OS)

    @cached_property
    def maybe(self) -> tuple[Change, ...]:
        """The devices that restart only if they are not in their desired state."""
        return tuple(change for change in self.changes if change.restart is Restart.MAY)

    @cached_property
    def scripted(self) -> tuple[Change, ...]:
        """The devices in which a script runs."""
        return tuple(change for change in self.changes if change.repair)

    @cached_property
    def drifted(self) -> tuple[Change, ...]:
        """The devices that somebody brought elsewhere and that this plan leaves there."""
        return tuple(change for change in self.changes if change.has_drifted)

    @cached_property
    def unseen(self) -> tuple[Change, ...]:
        """The devices that could not be looked at."""
        return tuple(change for change in self.changes if change.unseen)

    @cached_property
    def shown(self) -> tuple[Change, ...]:
        """The devices of which there is something to say."""
        return tuple(
            change
            for change in self.changes
            if change.effect is not Effect.NOTHING
            or change.has_drifted
            or change.is_in_motion
            or change.unseen
        )


def not_understood(fleet_source: str, at: datetime, problems: Iterable[str]) -> Review:
    """The review of plans, or of a fleet file, that cannot be judged."""
    return Review(fleet_source, at, problems=tuple(problems))
