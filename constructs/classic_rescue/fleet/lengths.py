"""Lengths of time in people's words, as the short form that the readers know: `5 min` is `5m`."""

from __future__ import annotations

import re

from classic_rescue.fleet.spelling import trim

_UNITS = {
    "d": ("d", "day", "days"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "s": ("s", "sec", "secs", "second", "seconds"),
}
_SHORT = {word: unit for unit, words in _UNITS.items() for word in words}
_PART = re.compile(r"([0-9]+)\s*([A-Za-z]+)", re.ASCII)


def short_length(text: str) -> str:
    """Return `1 hour 30 min` as `1h30m`; a text that is no length of time as it is."""
    parts = [(found[1], _SHORT.get(found[2].lower(), "")) for found in _PART.finditer(text)]
    rest = _PART.sub("", text).strip(" \t,")
    is_length = parts and not rest and all(unit for _, unit in parts) and text == text.strip("\n")
    return "".join(number + unit for number, unit in parts) if is_length else trim(text)


def two_lengths(text: str) -> str:
    """Return what a length with a colon can mean; empty for other texts."""
    found = re.fullmatch(r"([0-9]{1,4}):([0-5][0-9])", trim(text), re.ASCII)
    if not found:
        return ""
    first, second = (int(part) for part in found.groups())
    return f": it can mean {first}h{second}m or {first}m{second}s"
