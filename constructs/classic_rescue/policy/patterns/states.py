"""In how many states a pattern can be: the engine is fast as long as it can remember all of them.

`.*a.{20}` has a million, since any of the last twenty letters may have been the `a`: each letter of
a random text brings a new one, and costs a hundred times as much. Usual patterns have twenty. Only
who writes a policy is asked this; the engine's time is linear in the text all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import NamedTuple

from classic_rescue.policy.patterns.engine import compiled
from classic_rescue.policy.patterns.reading import (
    Chain,
    Edge,
    Either,
    Part,
    Pattern,
    PatternError,
    Repeat,
    Sign,
    read_pattern,
)

MAX_PLACES = 100
"""For how many characters a pattern may have a place, with its counted repeats written out.

Those for one of a kind, such as \\d and \\w, count as five: the engine takes them byte by byte,
in as many states as their bytes begin alike.
"""

MAX_MEMORY = 1000
"""What the engine may have to remember: the places of all states together."""

_KIND = re.compile(r"\\[pdDsS]")
_A_KIND = 5

_STRANGERS = " ~Az5_é½٣中𠀀\u0301"
"""Characters of every kind that a pattern can tell apart without naming one."""


def check_pattern(pattern: str) -> None:
    """Raise PatternError for a pattern that cannot serve a policy;
    EngineMissingError where that cannot be told.
    """
    read = read_pattern(pattern)
    if compiled(read)(""):
        raise PatternError("this pattern fits an empty text too, so it requires nothing")
    _check_states(read)


class _Reach(NamedTuple):
    """A part of a pattern: whether it can be empty, and its first and last places, as bits."""

    is_empty: bool
    first: int = 0
    last: int = 0


class _Places:
    """The places of a pattern, numbered, and which can follow which (Glushkov's automaton)."""

    def __init__(self) -> None:
        self.signs: list[str] = []
        self.follow: list[int] = []
        self._count = 0

    def enter(self, part: Part) -> _Reach:
        """Number the places of a part. Raises PatternError for too many."""
        match part:
            case Sign(written):
                return self._place(written)
            case Either(parts):
                return _either(map(self.enter, parts))
            case Chain(parts):
                return reduce(self._join, map(self.enter, parts), _NOTHING)
            case Repeat(repeated, least, most):
                return self._repeat(repeated, least, most)
            case Edge():
                return _NOTHING

    def _place(self, sign: str) -> _Reach:
        self._count += _A_KIND if _KIND.search(sign) else 1
        if self._count > MAX_PLACES:
            raise PatternError(
                f"it has more than {MAX_PLACES} places for characters, its repeats written out, and"
                f" each \\d, \\s or \\w counts as {_A_KIND}:"
                " write [0-9] for \\d, or .{10,} for .{10,400}"
            )
        self.signs.append(sign)
        self.follow.append(0)
        place = 1 << len(self.signs) - 1
        return _Reach(False, place, place)

    def _join(self, one: _Reach, other: _Reach) -> _Reach:
        self._link(one.last, other.first)
        return _Reach(
            one.is_empty and other.is_empty,
            one.first | (other.first if one.is_empty else 0),
            other.last | (one.last if other.is_empty else 0),
        )

    def _link(self, lasts: int, firsts: int) -> None:
        for place in _bits(lasts):
            self.follow[place] |= firsts

    def _repeat(self, part: Part, least: int, most: int | None) -> _Reach:
        """As the engine has it: x{1,3} is x(x(x)?)?,
        so that each copy is reached from the one before alone.
        """
        each = self.enter(part) if most != 0 else _NOTHING
        is_empty, first, last = each
        if not first:  # it takes no place, however often it is repeated
            return each
        before = last
        for copy in range(2, (least if most is None else most) + 1):
            each = self.enter(part)
            self._link(before, each.first)
            before = each.last | (before if is_empty else 0)
            first |= each.first if is_empty else 0
            last = each.last | (last if is_empty or copy > least else 0)
        if most is None:
            self._link(each.last, each.first)
        return _Reach(is_empty or least == 0, first, last)


_NOTHING = _Reach(True)


def _either(parts: Iterable[_Reach]) -> _Reach:
    return reduce(
        lambda one, other: _Reach(
            one.is_empty or other.is_empty, one.first | other.first, one.last | other.last
        ),
        parts,
    )


def _bits(places: int) -> Iterator[int]:
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


def _check_states(pattern: Pattern) -> None:
    """Raise PatternError for too many.

    A state: the places, any of which the last character may have taken.
    """
    automaton = _Places()
    start = automaton.enter(pattern.whole).first
    takers = _takers(pattern.flag, automaton.signs)
    known: set[int] = set()
    new = {start & each for each in takers}
    while new:
        known |= new
        if sum(map(int.bit_count, known)) > MAX_MEMORY:
            raise PatternError(
                "it leaves too much open at once, so that it would be slow: write [0-9]+ for"
                " [0-9]{7,20}, and say what stands between two repeats"
            )
        nexts = [reduce(or_, map(automaton.follow.__getitem__, _bits(state)), 0) for state in new]
        new = {places & each for places in nexts for each in takers} - known


def _takers(flag: str, signs: list[str]) -> set[int]:
    """For each character that the pattern can tell from others: the places that take it."""
    tests = {sign: compiled(Pattern(flag, Sign(sign))) for sign in set(signs)}
    named = {int(code, 16) for sign in tests for code in re.findall(r"\\x\{([0-9A-Fa-f]+)\}", sign)}
    near = {
        chr(code + step) for code in named for step in (-1, 0, 1) if 0 <= code + step < 0x110000
    }
    characters = {*near, *map(str.swapcase, near), *_STRANGERS}
    places: dict[str, int] = {}
    for number, sign in enumerate(signs):
        places[sign] = places.get(sign, 0) | 1 << number
    return {
        sum(places[sign] for sign, takes in tests.items() if takes(character))
        for character in characters
    }
