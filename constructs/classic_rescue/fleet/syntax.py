"""Why a text is not YAML, in words for people: the parser's own words seldom name the cause."""

from __future__ import annotations

import re
from typing import NamedTuple

from classic_rescue.fleet.spelling import odd_sign

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_TAB_FIRST = re.compile(r"[ -]*\t")
_ONLY_BLANKS = re.compile(r"(?m)^[ ]*\t[ \t]*(?=\r?$|#)")
_RUN_TOGETHER = re.compile(r"\s*(?:- +)?([A-Za-z_][A-Za-z0-9_.-]*)[:\uff1a](?!//)(?=[^\s:/{\[])")
_LOOK_ALIKE = re.compile(
    "[\u00a0\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff"  # blanks, and what cannot be seen
    "\u201c-\u201f\u2018-\u201b\u00ab\u00bb\uff02\uff07\uff0c\uff1a\uff3b\uff3d\uff5b\uff5d]"
)
"""Signs that stand for those of YAML in texts which a word processor or a web page has made."""

_RESERVED = "%@`"
LINES_BEFORE = 2
"""How far before the place that the parser names its cause may stand: it reads one key ahead."""


class Cause(NamedTuple):
    """What is wrong, what is allowed, and where: line and column from 1."""

    line: int
    column: int
    message: str
    allowed: str


def readable(text: str) -> str:
    """Return the text with blanks for tabs where nothing or only a comment follows on their line.

    YAML wants no tab there, and there it can mean nothing. Every other sign keeps its place.
    """
    if "\t" not in text:
        return text
    return _ONLY_BLANKS.sub(lambda found: found[0].replace("\t", " "), text)


def find_cause(text: str, line: int, column: int) -> Cause | None:
    """Return the cause of what the parser says of a place, from 1; None where it is not known."""
    lines = _LINE_BREAK.split(text)
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if tab := _TAB_FIRST.match(here):
        message = f"this is not YAML: a tab indents it in column {tab.end()}, where blanks belong"
        return Cause(line, tab.end(), message, "blanks before a key, such as two a level")
    sign = here[column - 1 : column]
    if sign and sign in _RESERVED and column > 1:  # in the first one `%` begins a directive
        message = f"this is not YAML: no word begins with `{sign}`, in column {column}"
        return Cause(line, column, message, "the text in quotes")
    for number in range(line, max(0, line - 1 - LINES_BEFORE), -1):
        if cause := _in_line(lines[number - 1] if number <= len(lines) else "", number):
            return cause
    return None


def _in_line(written: str, number: int) -> Cause | None:
    before = written.split(" #")[0]
    if found := _RUN_TOGETHER.match(before):
        missing = f"a blank is missing after the colon of `{found[1]}`"
        message = f"this is not YAML: {missing}{odd_sign(before)}"
        return Cause(number, found.end(), message, f"`{found[1]}: ` and its value")
    if look_alike := _LOOK_ALIKE.search(before):
        message = f"this is not YAML{odd_sign(look_alike[0])}"
        allowed = "blanks, quotes, colons and brackets of ASCII"
        return Cause(number, look_alike.start() + 1, message, allowed)
    return None
