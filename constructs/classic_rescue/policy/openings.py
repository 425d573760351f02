"""When windows are open, by the clock on the wall of their zone.

A window is open whenever that clock shows a time in it. So where clocks go back, the hour that
comes twice counts twice; where they go forward, the hour that is left out never comes. The night
belongs to the day on which it began: Friday 22:00 to 06:00 lasts into Saturday.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from classic_rescue.policy.terms import Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LOOK_AHEAD_DAYS = 16
"""A window opens every week; only one that lies within the
hour that is left out waits for the week after.
"""
_STEP = timedelta(hours=3)  # no zone changes its clock twice in three hours
_SECOND = timedelta(seconds=1)


class ZoneDataMissingError(Exception):
    """This machine does not know the zone."""

    def __init__(self, zone: str) -> None:
        super().__init__(
            f"this machine has no time zone data for {zone!r}; install the system's package"
            " `tzdata`, or set PYTHONTZPATH to a folder that holds such data"
        )


def zone_of(name: str) -> tzinfo:
    """The zone of a name such as Europe/Rome; UTC needs no data. Raises ZoneDataMissingError."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there; no such name; a folder, or not readable
        raise ZoneDataMissingError(name) from None


def is_open(windows: Iterable[Window], at: datetime) -> bool:
    """Whether one of the windows is open at a moment. Raises ZoneDataMissingError."""
    return any(_is_open(window, at.astimezone(zone_of(window.zone))) for window in windows)


def _is_open(window: Window, local: datetime) -> bool:
    clock = local.time()
    today = local.weekday()
    if window.start < window.end:
        return today in window.days and window.start <= clock < window.end
    yesterday = (today - 1) % 7
    return (today in window.days and clock >= window.start) or (
        yesterday in window.days and clock < window.end
    )


def next_opening(windows: Sequence[Window], at: datetime) -> datetime | None:
    """The first moment from `at` on at which a window is open, in that window's zone: `at` itself
    while one is.

    Without windows any moment will do; None where none ever opens. Raises ZoneDataMissingError.
    """
    if not windows:
        return at
    now = at.astimezone(
        UTC
    )  # moments are compared in UTC: within one zone Python compares what the clock shows
    found = [
        (moment, window) for window in windows for moment in _moments(window, now) if moment >= now
    ]
    openings = ((moment, window) for moment, window in found if is_open([window], moment))
    first = min(openings, key=lambda opening: opening[0], default=None)
    return first and first[0].astimezone(zone_of(first[1].zone))


def _moments(window: Window, now: datetime) -> Iterator[datetime]:
    """`now` and every moment, in UTC, at which this window may open: at its start,
    or where clocks are set.
    """
    zone = zone_of(window.zone)
    yield now
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(_LOOK_AHEAD_DAYS)):
        yield from _starts(window, day, zone)
    yield from _clock_changes(zone, now)


def _starts(window: Window, day: date, zone: tzinfo) -> Iterator[datetime]:
    """The moments of a day at which the clock shows the start: two where clocks go back then."""
    for fold in (0, 1):
        yield datetime.combine(day, window.start, zone).replace(fold=fold).astimezone(UTC)


def _clock_changes(zone: tzinfo, since: datetime) -> Iterator[datetime]:
    """The moments, to the second, from which on the zone's clock is another one."""
    before = since.replace(microsecond=0)
    end = before + timedelta(days=_LOOK_AHEAD_DAYS)
    while before < end:
        after = before + _STEP
        if _offset(before, zone) != _offset(after, zone):
            yield _first_with_offset(before, after, zone)
        before = after


def _first_with_offset(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first second with the offset that `after` has, by halving."""
    wanted = _offset(after, zone)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        before, after = (before, middle) if _offset(middle, zone) == wanted else (middle, after)
    return after


def _offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def say_windows(windows: Iterable[Window]) -> str:
    """The windows as people say them: `mon-fri from 22:00 to 06:00 (Europe/Rome)`."""
    return ", or ".join(
        f"{say_days(window.days)} from {window.start:%H:%M}"
        f" to {_say_end(window.end)} ({window.zone})"
        for window in windows
    )


def _say_end(end: time) -> str:
    return f"{end:%H:%M}" if end != time(0) else "24:00"


def say_days(days: Sequence[int]) -> str:
    """Days as the fleet file writes them: `daily`, `mon-fri` or `sat, sun`."""
    if len(days) == len(DAYS):
        return "daily"
    if len(days) > 2 and all(after - before == 1 for before, after in pairwise(days)):
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)
