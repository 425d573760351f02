"""What a filter compares: the values of properties and what it gives itself, as texts,
numbers and instants.
"""

from __future__ import annotations

import re
from datetime import timezone
from functools import lru_cache

from mock_api.domain import dates
from mock_api.operations.types import Look

DAY_S = 86400
# Longer numbers than these are texts:
# Python reads only so many digits, and a float only so large a number.
_NUMBER = re.compile(r"[+-]?(\d{1,300}(\.\d{0,300})?|\.\d{1,300})", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/(\d{4}|\d\d))(?!\d)", re.ASCII)
_LONGEST_DATE = 40
_RELATIVE = re.compile(r"(sysdate|currentDate)(?:\s*([+-])\s*(\d{1,9}))?", re.ASCII | re.IGNORECASE)


def as_text(value: object) -> str:
    """A value as the database's text; the classic API's flags are 1 and 0."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def as_number(value: object) -> int | float | None:
    """A number, or a text that is one; None for anything else."""
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(text := value.strip()):
        return None
    return float(text) if "." in text else int(text)


def as_flag(text: str) -> int | None:
    """What `true` and `false` mean: the flags 1 and 0."""
    return {"true": 1, "false": 0}.get(text.lower())


def as_instant(value: object, tz: timezone) -> float | None:
    """The instant of a date text, in epoch seconds; None for anything else."""
    return _instant(value, tz) if isinstance(value, str) and len(value) <= _LONGEST_DATE else None


@lru_cache(maxsize=4096)  # the rows of a list share many dates, and each is read once a condition
def _instant(text: str, tz: timezone) -> float | None:
    if not _DATE.match(text.strip()):
        return None
    try:
        return dates.parse(text, tz)
    except (ValueError, OverflowError):
        return None


def wanted_instant(text: object, look: Look) -> float | None:
    """The instant that a filter's text names:
    a date, `sysdate - 30` or `currentDate + 1`; None for anything else.

    SLDN gives both words as ways to say "days ago". That sysdate is this very instant and
    currentDate the start of today is assumed, and so is that `+` works like `-`.
    """
    found = _RELATIVE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return as_instant(text, look.world.tz)
    days = int(f"{found[2] or '+'}{found[3] or 0}")
    start_s = (
        dates.midnight(look.now_s, look.world.tz)
        if found[1].lower() == "currentdate"
        else look.now_s
    )
    return start_s + days * DAY_S
