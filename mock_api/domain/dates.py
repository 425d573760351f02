"""Instants as the API writes them, and the date texts that filters accept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_OFFSET = re.compile(r"^([+-])(\d\d):?(\d\d)$")
# SLDN (article object-filters) writes years with two digits, too: 01/01/01.
_ENGLISH_FORMATS = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%m/%d/%y %H:%M:%S", "%m/%d/%y")


def zone(offset: str) -> timezone:
    """The time zone of an offset such as `-06:00`. Raises ValueError."""
    found = _OFFSET.match(offset)
    if not found:
        raise ValueError(f"The UTC offset {offset!r} is not understood: write it as -06:00.")
    size = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-size if found[1] == "-" else size)


@lru_cache(maxsize=4096)  # a device shows the same few dates many times in one answer
def to_text(instant_s: float, tz: timezone) -> str:
    """An instant as `2022-08-30T07:07:37-06:00`."""
    return _second_to_text(int(instant_s), tz)


@lru_cache(maxsize=4096)  # an answer shows the same few instants again and again
def _second_to_text(instant_s: int, tz: timezone) -> str:
    return datetime.fromtimestamp(instant_s, tz).isoformat()


def to_precise_text(instant_s: float, tz: timezone) -> str:
    """An instant with microseconds, as Event_Log writes it: `2022-08-30T07:07:37.123456-06:00`."""
    return datetime.fromtimestamp(instant_s, tz).isoformat(timespec="microseconds")


def parse(text: str, tz: timezone) -> float:
    """The instant (epoch seconds) of an ISO 8601 or MM/DD/YYYY [HH:MM:SS] text. Raises ValueError.

    A text without an offset is in `tz`, the account's zone (classic-api.md 4.2, 4.6).
    """
    moment = _parse_moment(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).timestamp()


def _parse_moment(text: str) -> datetime:
    for english in _ENGLISH_FORMATS if "/" in text else ():
        try:
            return datetime.strptime(text, english)  # the caller adds the zone
        except ValueError:
            continue
    # slcli writes the zone of UTC as -00:00, which fromisoformat reads as UTC.
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"The date {text!r} is not understood: write 2022-08-30T07:07:37-06:00."
        ) from None


def midnight(instant_s: float, tz: timezone) -> float:
    """The start of the day that an instant lies in."""
    return (
        datetime.fromtimestamp(instant_s, tz)
        .replace(hour=0, minute=0, second=0, microsecond=0)
        .timestamp()
    )


def utc_text(instant_s: float) -> str:
    """An instant in UTC with microseconds, for the control plane."""
    return datetime.fromtimestamp(instant_s, UTC).isoformat(timespec="microseconds")
