"""Whether a fleet file keeps its own policy: the rules that need no plan and no device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from classic_rescue.boot import environment
from classic_rescue.boot.states import BootState
from classic_rescue.fleet.entries import DeviceEntry, Fleet
from classic_rescue.fleet.errors import Problem
from classic_rescue.policy.case import Finding, Subject
from classic_rescue.policy.groups import first_match, group_words, is_in_group
from classic_rescue.policy.judge import OF_THE_FILE, judge, set_aside
from classic_rescue.policy.openings import ZoneDataMissingError, zone_of
from classic_rescue.policy.rules import windows
from classic_rescue.policy.terms import (
    BreakGlass,
)

_PURPOSES = {environment.DESTROY: "a destroy", environment.ASIDE: "looks and returns"}
"""What no policy applies to, by the variable that says so."""


class FileVerdict(NamedTuple):
    """What in a fleet file breaks its policy.

    `glass` is the break-glass that sets it aside, if any;
    `purpose` is what it does not apply to, if anything.
    """

    problems: tuple[Problem, ...]
    glass: BreakGlass | None
    purpose: str = ""

    @property
    def refuses(self) -> bool:
        """Whether the file must not be used."""
        return bool(self.problems) and self.glass is None and not self.purpose

    def lines(self) -> list[str]:
        """What to show: that the policy is set aside first, then each problem."""
        if self.refuses:
            return [str(problem) for problem in self.problems]
        loud = [f"!!! {self.glass.loud()} !!!"] if self.glass else []
        why = "overridden by break glass" if self.glass else f"not held against {self.purpose}"
        return loud + [f"{why}: {problem}" for problem in self.problems]


def check_policy(fleet: Fleet, at: datetime, environ: Mapping[str, str]) -> FileVerdict:
    """Judge the devices that the file declares. `at` is a moment with its zone."""
    findings = [
        *_missing_zones(fleet),
        *judge(fleet.policy, map(subject_of, fleet.devices), at, OF_THE_FILE),
    ]
    return FileVerdict(
        tuple(_problem(fleet.source, finding) for finding in findings),
        set_aside(fleet.policy, at, environ.get(environment.BREAK_GLASS)),
        next((purpose for variable, purpose in _PURPOSES.items() if environ.get(variable)), ""),
    )


def _missing_zones(fleet: Fleet) -> Iterator[Finding]:
    """One finding a zone that this machine does not know,
    so that nothing is planned that its hooks would refuse.
    """
    for zone in dict.fromkeys(window.zone for window in fleet.policy.windows):
        try:
            zone_of(zone)
        except ZoneDataMissingError as problem:
            yield Finding(windows.NAME, str(problem))


def subject_of(entry: DeviceEntry) -> Subject:
    """A device of the file as the policy sees it, before anybody knows what a run does to it."""
    order = entry.order
    return Subject(
        order.device.key,
        order.name,
        order.goal,
        reason=order.reason,
        until=entry.until,
        tags=entry.tags,
        allow_reboot=entry.allow_reboot,
        is_down=order.goal.state is not BootState.OS,
        line=entry.line,
        script=entry.script,
    )


def _problem(source: str, finding: Finding) -> Problem:
    return Problem(
        file=source, line=finding.line, field=f"policy.{finding.rule}", message=finding.text
    )


def policy_notes(fleet: Fleet, at: datetime) -> Iterator[str]:
    """What is allowed but perhaps not meant: terms that concern no device,
    and a break-glass that is over.
    """
    policy = fleet.policy
    devices = fleet.devices
    for pattern in policy.protected:
        if devices and not any(first_match([pattern], entry.order.name) for entry in devices):
            yield f"policy.protected: {pattern!r} protects no device of this file"
    for limit in policy.max_down:
        if devices and not any(
            is_in_group(limit, entry.order.name, entry.tags) for entry in devices
        ):
            yield f"policy.max_down: the limit {group_words(limit)} concerns no device of this file"
    glass = policy.break_glass
    if glass and glass.until and glass.until <= at:
        yield (
            f"policy.break_glass: ended at {glass.until.isoformat()},"
            " so the policy counts again; take it out"
        )
