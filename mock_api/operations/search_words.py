"""The words of a search: `_objectType:A,B`, `_sort:[field:asc]`, `field:value`, words, quotes,
a minus for not, `[A TO B]` for dates, `&&` and `||` (classic-api.md 4.10).

Terms beside each other must all fit, and `&&` binds closer than `||` (assumed). What is none of
these is refused: an empty list would say that nothing fits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

_TOKEN = re.compile(
    r"""\s*(?:(?P<join>&&|\|\|)
    |(?:(?P<field>-?[A-Za-z_][\w.]*):\s*)?(?P<minus>-?)
     (?:"(?P<quoted>[^"]*)"|\[(?P<list>[^\[\]"]*)\]|(?P<word>[^\s"()\[\]{}&|^~\\]+)))""",
    re.VERBOSE,
)
_RANGE = re.compile(r"(\S+)\s+TO\s+(\S+)")
_RELATIVE = re.compile(r"now(?:([+-]\d{1,6})([Mwdhms]))?")
_SORT = re.compile(r"([A-Za-z_][\w.]*)(?::(asc|desc))?")
_SECONDS = {"M": 2_592_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


class BadSearch(ValueError):
    """A search that cannot be understood: the part in question."""


@dataclass(frozen=True)
class Term:
    """A term; without `field` it is a word. `between` are a range of dates in epoch seconds."""

    field: str | None
    text: str
    is_not: bool = False
    between: tuple[float, float] | None = None

    def fits(self, value: str) -> bool:
        """Whether a value is what the term asks for, its minus left out. `*` is any text."""
        if self.between is not None:
            return self._is_between(value, *self.between)
        return fnmatchcase(value.lower(), self.text.lower().replace("[", "[[]").replace("?", "[?]"))

    @staticmethod
    def _is_between(value: str, begin_s: float, end_s: float) -> bool:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return False
        return at.tzinfo is not None and begin_s <= at.timestamp() <= end_s


@dataclass(frozen=True)
class Search:
    """The types to look through, all if there are none; the terms, of which all of one group must
    fit; and what to sort by, with whether it descends.
    """

    types: tuple[str, ...]
    groups: tuple[tuple[Term, ...], ...]
    order: tuple[tuple[str, bool], ...] = ()


def read_search(text: str, now_s: float) -> Search:
    """The search of a text. A term of nothing but stars asks for nothing. Raises BadSearch."""
    types: list[str] = []
    order: list[tuple[str, bool]] = []
    groups: list[list[Term]] = [[]]
    is_joined = False
    at = 0
    while rest := text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:
            raise BadSearch(rest)
        at = token.end()
        if token["join"]:
            if is_joined or not groups[-1]:
                raise BadSearch(rest)
            is_joined = True
            if token["join"] == "||":
                groups.append([])
            continue
        is_joined = False
        if token["field"] == "_objectType":
            types += [name for name in _plain(token, rest).split(",") if name]
        elif token["field"] == "_sort":
            order += _order(token, rest)
        else:
            groups[-1].append(_term(token, rest, now_s))
    if is_joined:
        raise BadSearch(text.strip())
    terms = (tuple(term for term in group if term.text.strip("*")) for group in groups)
    return Search(tuple(types), tuple(terms), tuple(order))


def _plain(token: re.Match[str], rest: str) -> str:
    if token["word"] is None or token["minus"]:
        raise BadSearch(rest)
    return token["word"]


def _order(token: re.Match[str], rest: str) -> list[tuple[str, bool]]:
    parts = [part.strip() for part in (token["list"] or token["word"] or "").split(",")]
    found = [_SORT.fullmatch(part) for part in parts]
    if not all(found) or token["minus"]:
        raise BadSearch(rest)
    return [(match[1], match[2] == "desc") for match in found if match]


def _term(token: re.Match[str], rest: str, now_s: float) -> Term:
    field = token["field"]
    if field and field.startswith(("-", "_")):
        raise BadSearch(rest)
    is_not = bool(token["minus"])
    if token["list"] is not None:
        if not field:
            raise BadSearch(rest)
        return Term(field, token["list"], is_not, _between(token["list"], rest, now_s))
    return Term(field, token["quoted"] if token["word"] is None else token["word"], is_not)


def _between(text: str, rest: str, now_s: float) -> tuple[float, float]:
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise BadSearch(rest)
    try:
        begin_s, end_s = (_moment(part, now_s) for part in found.groups())
    except (ValueError, OverflowError):
        raise BadSearch(rest) from None
    is_day = len(found[2]) == len("2021-06-16") and found[2][:1].isdigit()
    return begin_s, end_s + (86_399.999 if is_day else 0)


def _moment(text: str, now_s: float) -> float:
    """A date, or one beside now. Raises ValueError, OverflowError."""
    if relative := _RELATIVE.fullmatch(text):
        return now_s + int(relative[1] or 0) * _SECONDS[relative[2] or "s"]
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
