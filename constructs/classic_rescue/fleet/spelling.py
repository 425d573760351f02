"""What a value can only mean, however it is spelled; and what is odd about one that means nothing.

White space around a word, a number in quotes or with `.0`, a host name's final dot and capital
letters change nothing, so they are taken. Whatever could mean two things stays as it is, and its
reader refuses it.
"""

from __future__ import annotations

import re
from unicodedata import category, name

from classic_rescue.boot.blank import INVISIBLE

_DIGITS = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_ZERO_FRACTION = re.compile(r"([-+]?(?:0|[1-9][0-9]{0,14}))\.0+", re.ASCII)
_EXACT = 2.0**53
"""Up to this a float is the whole number that was written."""

_OTHER_BASE = re.compile(r"0[xXoObB][0-9a-fA-F]+")
_GROUPED = re.compile(r"[0-9]+(_[0-9]+)+")
_SEXAGESIMAL = re.compile(r"[0-9]+(:[0-5]?[0-9])+")


def trim(text: str) -> str:
    """Return the text without blanks, tabs and what cannot be seen around it; line breaks stay."""
    return text.strip(" \t") if text.isascii() else text.strip(_around(text[:1] + text[-1:]))


def _around(ends: str) -> str:
    """The signs to strip: those of both ends may hide more of their kind behind them."""
    odd = "".join(sign for sign in ends if not sign.isascii() and category(sign) in ("Zs", "Cf"))
    return f" \t\u00a0\u200b\ufeff{odd}"


def word(value: object) -> object:
    """Return a text trimmed, and all else as it is."""
    return trim(value) if isinstance(value, str) else value


def small(value: object) -> object:
    """Return a text trimmed and in small letters, and all else as it is."""
    return trim(value).lower() if isinstance(value, str) else value


def whole(value: object) -> object:
    """Return the whole number that a value can only mean: `7`, `7.0`, `"7"`; all else as it is.

    Leading zeros are none: `012` is 10 for some readers of YAML and 12 for others.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, str):
        text = trim(value)
        if found := _ZERO_FRACTION.fullmatch(text):
            return int(found[1])
        if _DIGITS.fullmatch(text):
            return int(text)
    return value


def odd_number(text: str) -> str:
    """Return what makes a text no number that is certain; empty for other texts."""
    if _OTHER_BASE.fullmatch(text):
        return "a number in another base"
    if _GROUPED.fullmatch(text):
        return "a number with `_`, which some readers take for a text,"
    if _SEXAGESIMAL.fullmatch(text):
        return "a number with `:`, sixties for some readers and a text for others,"
    return ""


def odd_sign(text: str, *, is_free: bool = False) -> str:
    """Return `; "“" is U+201C (LEFT DOUBLE QUOTATION MARK)` for the first sign that no field has.

    In free text that is one that cannot be seen, elsewhere one outside of ASCII, too.
    """
    for sign in text:
        is_unseen = not sign.isprintable() or sign in INVISIBLE
        if is_unseen or not (is_free or sign.isascii()):
            shown = "" if is_unseen else f'"{sign}" is '
            return f"; {shown}U+{ord(sign):04X} ({_name(sign)}){' is in it' if is_unseen else ''}"
    return ""


_CONTROLS = {"\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\0": "NUL"}


def _name(sign: str) -> str:
    return _CONTROLS[sign] if sign in _CONTROLS else name(sign, "a character without a name")
