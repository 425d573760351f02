"""What the words of a YAML file stand for, and how to show them to people.

PyYAML's own reading is not used: it turns `2026-12-01T06:00:00+01:00` into a time without a zone,
`no` into false without a trace of the word, `0123` into 83 and `1:30` into 90. Here only what is
certain becomes a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class BareBoolean:
    """A yes/no word without quotes, kept as it was written: `no`, `off`, `true`."""

    written: str

    @property
    def is_true(self) -> bool:
        """True for `true`, `yes` and `on`."""
        return self.written.lower() in ("true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a value that was refused already, so that it is not reported again."""


UNREADABLE = Unreadable()

Scalar = str | int | float | BareBoolean | Unreadable | None

_NOTHING = ("", "~", "null", "Null", "NULL")
_BOOLEANS = tuple(
    form
    for word in ("true", "false", "yes", "no", "on", "off")
    for form in (word, word.title(), word.upper())
)
_WORDS: dict[str, BareBoolean | None] = dict.fromkeys(_NOTHING) | {
    word: BareBoolean(word) for word in _BOOLEANS
}
_NUMERIC = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_REAL = re.compile(
    r"[-+]?(\.[0-9]{1,99}|[0-9]{1,99}(\.[0-9]{0,99})?)([eE][-+]?[0-9]{1,3})?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def resolve_plain(written: str) -> Scalar:
    """Return the value of a scalar without quotes.

    Times, sexagesimal and octal numbers stay text.
    """
    if written in _WORDS:
        return _WORDS[written]
    if written[0] not in _NUMERIC:
        return written
    if _INTEGER.fullmatch(written):
        return int(written)
    if (
        written.isdecimal()
    ):  # `0123` is 83 in YAML 1.1 and 123 in YAML 1.2; and numbers too long for an id
        return written
    if _REAL.fullmatch(written):
        return float(written.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return written


def show(value: object) -> str:
    """Return the value as people may see it: one line, shortened,
    without the credentials that a URL can carry.
    """
    match value:
        case None:
            return "nothing"
        case BareBoolean(written):
            return written
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return _show_text(value)
        case _:
            return shorten(repr(value))


def _show_text(value: str) -> str:
    """Hide what stands before an `@` with a colon, as passwords do in URLs,
    and what follows a URL's `?` or `#`.
    """
    before, at, after = value.rpartition("@")
    shown = f"***@{after}" if at and ":" in before else value
    rest = (
        min((place for place in map(shown.find, "?#") if place >= 0), default=-1)
        if "://" in value
        else -1
    )
    return shorten(repr(shown if rest < 0 else f"{shown[:rest]}?***"))


def shorten(text: str) -> str:
    """Cut a long text and say so with an ellipsis."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
