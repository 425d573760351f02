"""Reading a pattern into a tree.

What means something else to another engine is refused in words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_CHARACTERS = 200
MAX_DEPTH = 20


class PatternError(ValueError):
    """A pattern that is not understood, or that is too large:
    the message says which part and what to write.
    """


class Sign(NamedTuple):
    """A place for one character of the text; `written` in the engine's language."""

    written: str


class Edge(NamedTuple):
    """The beginning or the end of the text, in the engine's language."""

    written: str


class Chain(NamedTuple):
    """One part behind the other."""

    parts: tuple[Part, ...]


class Either(NamedTuple):
    """One of the parts."""

    parts: tuple[Part, ...]


class Repeat(NamedTuple):
    """The part at least and at most so many times; None: without end."""

    part: Part
    least: int
    most: int | None


Part = Sign | Edge | Chain | Either | Repeat


class Pattern(NamedTuple):
    """A whole pattern. `flag` is the engine's for capital letters that do not count, or empty."""

    flag: str
    whole: Part


_CODE = r"\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ITEM = rf"{_CODE}|\\[dDsSwWafnrtv]|\\[^A-Za-z0-9]|[^\\]"
_RANGE = re.compile(rf"({_ITEM})(?:-({_ITEM}))?")
_TOKEN = re.compile(
    rf"""
      (?P<open>   \( (?: \?: | \?P<(?P<name>[A-Za-z_][A-Za-z0-9_]*)> | (?!\?) ) )
    | (?P<close>  \) )
    | (?P<bar>    \| )
    | (?P<repeat> (?: [*+?] | \{{(?P<exact>[0-9]+)\}} | \{{(?P<least>[0-9]*),(?P<most>[0-9]*)\}} )
                  (?<!\{{,\}}) \?? (?![*+?{{]) )
    | (?P<set>    \[ (?P<not>\^?) (?P<items> \]? (?: \\. | [^\]\\] )* ) \] )
    | (?P<edge>   [\^$] | \\[AZ] )
    | (?P<sign>   \. | {_CODE} | \\[dDsSwWafnrtv] | \\[^A-Za-z0-9] | [^\\\[({{*+?] )
    """,
    re.VERBOSE,
)
_REFUSED = (
    (r"\\[0-9]|\(\?P=|\(\?\(", "no reference back to a group is understood here"),
    (r"\(\?<?[=!]", "no look ahead or behind is understood here"),
    (r"\(\?[aiLmsux-]", "of the flags only (?i) is understood here, at the beginning"),
    (r"\(", "this kind of group is not understood here; write (...)"),
    (r"\\[bB]", "no edge of words is understood here; write the character that separates them"),
    (r"\\", r"this escape is not understood here; \d, \s, \w and those of signs, such as \., are"),
    (
        r"[*+?]|\{[0-9]+,?[0-9]*\}|\{,[0-9]+\}",
        "the second of two repeats is refused; put the first in (...)",
    ),
    (r"\{", r"a brace that is no repeat such as {2,4}; write \{"),
    (r"\[", "a bracket [ without its ]"),
)
_IN_SETS = re.compile(r"\[|&&|--|\|\||~~")
_KIND = re.compile(r"\\[dDsSwW]")
_WORDS = {r"\w": r"[\p{L}\p{N}_]", r"\W": r"[^\p{L}\p{N}_]"}
"""Python's \\w has numbers such as ½, and none of the marks that combine with letters."""


def read_pattern(pattern: str) -> Pattern:
    """The tree of a pattern as Python's `re` writes it. Raises PatternError."""
    if len(pattern) > MAX_CHARACTERS:
        raise PatternError(f"{len(pattern)} characters, and {MAX_CHARACTERS} are allowed")
    if not pattern.isprintable():
        raise PatternError("line breaks, control and invisible characters are not allowed here")
    flag = "(?i)" if pattern.startswith("(?i)") else ""
    return Pattern(flag, _Reader(pattern, len(flag)).whole())


class _Reader:
    """Reads from left to right, one token ahead."""

    def __init__(self, pattern: str, start: int) -> None:
        self._pattern = pattern
        self._at = start
        self._depth = 0
        self._names: set[str] = set()
        self._token = self._next()

    def whole(self) -> Part:
        """All of the pattern."""
        part = self._alternatives()
        if self._token:
            raise PatternError("a closing ) without its (")
        return part

    def _next(self) -> re.Match[str] | None:
        if self._at == len(self._pattern):
            return None
        token = _TOKEN.match(self._pattern, self._at)
        if token is None:
            rest = self._pattern[self._at :]
            said = next(said for start, said in _REFUSED if re.match(start, rest))
            raise PatternError(f"{said} (character {self._at + 1}: {rest[:10]})")
        self._at = token.end()
        return token

    def _alternatives(self) -> Part:
        parts = [self._chain()]
        while self._token and self._token["bar"]:
            self._token = self._next()
            parts.append(self._chain())
        return Either(tuple(parts)) if len(parts) > 1 else parts[0]

    def _chain(self) -> Part:
        parts: list[Part] = []
        while (token := self._token) and not token["bar"] and not token["close"]:
            if token["repeat"]:
                raise PatternError(f"nothing to repeat before {token['repeat']}")
            self._token = self._next()
            part = self._group(token["name"]) if token["open"] else _single(token)
            if self._token and self._token["repeat"]:
                if token["edge"]:
                    said = f"nothing to repeat before {self._token[0]}: {token[0]} is an edge"
                    raise PatternError(said)
                part = Repeat(part, *_counts(self._token))
                self._token = self._next()
            parts.append(part)
        return Chain(tuple(parts))

    def _group(self, name: str | None) -> Part:
        if name in self._names:
            raise PatternError(f"two groups are called {name}")
        if name is not None:
            self._names.add(name)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PatternError(f"groups within groups, more than {MAX_DEPTH} deep")
        part = self._alternatives()
        if not self._token:
            raise PatternError("an opening ( without its )")
        self._depth -= 1
        self._token = self._next()
        return part


def _counts(token: re.Match[str]) -> tuple[int, int | None]:
    if token["exact"]:
        return int(token["exact"]), int(token["exact"])
    if token["least"] is None:
        return int(token["repeat"][0] == "+"), (1 if token["repeat"][0] == "?" else None)
    return int(token["least"] or 0), (int(token["most"]) if token["most"] else None)


def _single(token: re.Match[str]) -> Part:
    if token["edge"]:
        return Edge(token["edge"].replace("Z", "z"))
    if token["set"]:
        return Sign(f"[{token['not']}{_items(token['items'])}]")
    return Sign("." if token["sign"] == "." else _item(token["sign"]))


def _items(items: str) -> str:
    """What stands between brackets: letters, kinds of them, and ranges."""
    if found := _IN_SETS.search(re.sub(r"\\.", "x", items)):
        raise PatternError(
            f"{found[0]} within brackets is read differently by different engines;"
            r" [:digit:] and the like are not known here: write [0-9], and \[ for a bracket"
        )
    written = ""
    at = 0
    while at < len(items):
        one = _RANGE.match(items, at)
        if one is None:
            raise PatternError(f"the escape {items[at : at + 2]} is not understood within brackets")
        ends = [end for end in one.groups() if end]
        if len(ends) > 1 and any(map(_KIND.fullmatch, ends)):
            raise PatternError(
                f"not a regular expression: invalid range boundary in {one[0]};"
                " write \\- for a hyphen"
            )
        written += "-".join(map(_item, ends))
        at = one.end()
    return written


def _item(given: str) -> str:
    """A letter, an escaped one, its code, or a kind of letters."""
    if re.fullmatch(_CODE, given):
        return f"\\x{{{given[2:]}}}"
    if re.fullmatch(r"\\[A-Za-z]", given):
        return _WORDS.get(given, given)
    return f"\\x{{{ord(given[-1]):x}}}"
