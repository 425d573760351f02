"""The drift report in an operator's words."""

from __future__ import annotations

from enum import StrEnum

from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.cli.terminal.table import Mood


class Verdict(StrEnum):
    """What is to be said of a device, the most urgent first."""

    DRIFTED = "drifted"
    NOT_FOUND = "not found"
    FAILED = "last attempt failed"
    OVERDUE = "far beyond the usual"
    UNKNOWN = "unknown"
    UNDECLARED = "in no fleet"
    IN_MOTION = "in motion"
    DUE = "deploy due"
    AS_DECLARED = "as declared"


MOODS = {
    Verdict.DRIFTED: Mood.BAD,
    Verdict.NOT_FOUND: Mood.BAD,
    Verdict.FAILED: Mood.BAD,
    Verdict.OVERDUE: Mood.BAD,
    Verdict.UNKNOWN: Mood.DOUBTFUL,
    Verdict.UNDECLARED: Mood.NEUTRAL,
    Verdict.IN_MOTION: Mood.MOVING,
    Verdict.DUE: Mood.NEUTRAL,
    Verdict.AS_DECLARED: Mood.GOOD,
}
"""What each means to a reader."""


def text_of(
    verdict: Verdict, *, wanted: Goal, recorded: Goal | None, seen: Observation, who: str
) -> str:
    """The sentence on a device that the file names and the look found.

    `who` says who brought it there.
    """
    both = "the file and Terraform say" if recorded else "the file says"
    match verdict:
        case Verdict.DRIFTED:
            return f"{both} {wanted}, but {runs(seen)}; {seen.evidence}{who}"
        case Verdict.FAILED:
            return (
                f"the last attempt to reach {recorded} failed or was cut off,"
                f" the next deploy tries again; {runs(seen)}"
            )
        case Verdict.IN_MOTION:
            return f"{runs(seen)}; the file says {wanted}"
        case Verdict.DUE if recorded:
            return f"the file says {wanted}, Terraform's state {recorded}; {runs(seen)}"
        case Verdict.DUE:
            return f"the file says {wanted}, and that was not deployed yet; {runs(seen)}"
        case Verdict.UNKNOWN if seen.unproven:
            return f"{both} {wanted}; {runs(seen)}, which is not proven: {seen.unproven}"
        case Verdict.UNKNOWN:
            return f"{both} {wanted}; what it runs cannot be told: {seen.evidence}"
        case _:
            return runs(seen)


def runs(seen: Observation) -> str:
    """What a device runs, and since when, where that is known."""
    if seen.in_motion:
        return seen.evidence + (f" since {clock_time(seen.since)}" if seen.since else "")
    if seen.requested_at:
        return seen.evidence
    if seen.is_off:
        return "it is powered off" + (f", with image {seen.image} mounted" if seen.image else "")
    words = {
        BootState.OS: "it runs its operating system",
        BootState.RESCUE: "it is in rescue",
        BootState.IMAGE: f"it runs image {seen.image}",
        BootState.UNKNOWN: "what it runs cannot be told",
    }
    return words[seen.state] + (f" since {clock_time(seen.since)}" if seen.since else "")


def is_there(seen: Observation, wanted: Goal) -> bool:
    """Whether the device is where it must be.

    Powered off counts for the operating system: its next start boots it.
    """
    return seen.satisfies(wanted) or (
        wanted.state is BootState.OS and seen.is_off and not seen.image
    )
