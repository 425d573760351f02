"""Systems that run are taken down only in the agreed hours."""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.policy.case import Case, Finding
from classic_rescue.policy.groups import name_some
from classic_rescue.policy.openings import (
    ZoneDataMissingError,
    is_open,
    next_opening,
    say_windows,
    zone_of,
)

NAME = "windows"


def check(case: Case) -> Iterator[Finding]:
    """One finding for all devices that this run takes down outside of every window,
    or at a time nobody can tell.
    """
    taken = [subject for subject in case.subjects if subject.takes_down]
    windows = case.policy.windows
    if not windows or not taken:
        return
    try:
        if is_open(windows, case.at):
            return
        text = _text(case, name_some(taken))
    except ZoneDataMissingError as problem:
        text = (
            f"{name_some(taken)} would be taken down,"
            f" and whether a window is open cannot be told: {problem}"
        )
    yield Finding(
        NAME, text, tuple(subject.name for subject in taken), min(subject.line for subject in taken)
    )


def _text(case: Case, names: str) -> str:
    windows = case.policy.windows
    now = case.at.astimezone(zone_of(windows[0].zone))
    opening = next_opening(windows, case.at)
    wait = (
        f"wait for the next one, at {opening.isoformat(timespec='minutes')}"
        if opening
        else "no window ever opens"
    )
    return (
        f"{names} would be taken down at {now.isoformat(timespec='minutes')}, outside of every"
        f" window; allowed: {say_windows(windows)}; {wait}, or change `windows:`"
    )
