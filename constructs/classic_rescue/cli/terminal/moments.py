"""Moments and durations as a cell of a table has them."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S


def moment_in_short(at: datetime, now: datetime) -> str:
    """A moment in UTC: `11-23 01:02`; the day alone where it is of another year than now."""
    at = at.astimezone(UTC)
    return at.strftime("%m-%d %H:%M" if at.year == now.astimezone(UTC).year else "%Y-%m-%d")


def age(seconds: float) -> str:
    """A duration in two parts at most: `45s`, `12m`, `3h 5m`, `2d 7h`."""
    whole = max(0, int(seconds))
    if whole < MINUTE_S:
        return f"{whole}s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S}m"
    if whole < DAY_S:
        return _two(whole, HOUR_S, MINUTE_S, "hm")
    return _two(whole, DAY_S, HOUR_S, "dh")


def _two(whole: int, large_s: int, small_s: int, units: str) -> str:
    rest = whole % large_s // small_s
    return f"{whole // large_s}{units[0]}" + (f" {rest}{units[1]}" if rest else "")
