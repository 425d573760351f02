"""Ids as clients write them: a number, a number as text, or a GUID."""

from __future__ import annotations

import re

from mock_api.domain.errors import UnknownIdentifier

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LONGEST = 18  # digits: no id is longer, and int() of a huge text is slow


def is_guid(text: str) -> bool:
    """Whether a text is a GUID."""
    return _GUID.fullmatch(text) is not None


def read_identifier(given: object) -> int | str:
    """A number, or a GUID as it is. Raises UnknownIdentifier."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    text = str(given)
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST:
        return int(text)
    if is_guid(text):
        return text
    raise UnknownIdentifier(text[:100])
