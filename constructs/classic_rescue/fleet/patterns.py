"""Whether a regular expression can run away: Python's engine tries every way to divide a text between its repeats.

The reasons of a pull request are texts of others, and a pattern such as `(a+)+b` needs longer than the sun will shine
for forty letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile
from math import prod
from re import _constants as ops  # type: ignore[attr-defined]  # since 3.11; the parser has no public name
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import Any

MAX_WAYS = 250_000_000
"""In how many ways a pattern may divide a text between its parts: trying them all takes some seconds."""

_OPEN_WAYS = 275
"""What an open-ended repeat counts: three of them in a row share the 500 characters of a reason in 275³ ways."""
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)


def find_danger(pattern: str) -> str:
    """What in the pattern can take very long, in words for a sentence; empty where nothing can."""
    whole = parser.parse(pattern)
    nodes = list(_nodes(whole, is_inside=False))
    if any(op in (ops.GROUPREF, ops.GROUPREF_EXISTS) for op, _, _ in nodes):
        return "it refers back to a group"
    if any(is_inside and _is_elastic(op, arguments) for op, arguments, is_inside in nodes):
        return "it repeats what itself repeats or has alternatives"
    if _ways(whole) > MAX_WAYS:
        return "its repeats and alternatives can divide a text in too many ways"
    return ""


def _nodes(node: object, *, is_inside: bool) -> Iterator[tuple[object, object, bool]]:
    """Every operation of a pattern with its arguments, and whether a repeat is around it."""
    if isinstance(node, parser.SubPattern):
        for op, arguments in node:
            yield op, arguments, is_inside
            yield from _nodes(
                arguments, is_inside=is_inside or (op in _REPEATS and arguments[1] > 1)
            )
    elif isinstance(node, tuple | list):
        for part in node:
            yield from _nodes(part, is_inside=is_inside)


def _is_elastic(op: object, arguments: object) -> bool:
    """Whether it can take more or less of a text."""
    return op is ops.BRANCH or (
        op in _REPEATS and isinstance(arguments, tuple) and arguments[0] != arguments[1]
    )


def _ways(node: object) -> int:
    """In how many ways a part of a pattern, which repeats nothing that is elastic, can take its share of a text."""
    if isinstance(node, parser.SubPattern):
        return prod(_ways_of(op, arguments) for op, arguments in node)
    return prod(map(_ways, node)) if isinstance(node, tuple | list) else 1


def _ways_of(op: object, arguments: Any) -> int:  # noqa: ANN401 each operation has its own form
    if op is ops.BRANCH:
        each = [_ways(alternative) for alternative in arguments[1]]
        return max(each) if _exclude_each_other(arguments[1]) else sum(each)
    if op in _REPEATS:
        least, most, repeated = arguments
        return (min(int(most) - int(least), _OPEN_WAYS - 1) + 1) * _ways(repeated)
    return _ways(arguments)


def _exclude_each_other(alternatives: Iterable[object]) -> bool:
    """Whether at most one can match at a place: each begins with letters, and none as another one goes on."""
    begins = sorted(_first_letters(alternative) for alternative in alternatives)
    return not any(longer.startswith(shorter) for shorter, longer in pairwise(begins))


def _first_letters(alternative: Any) -> str:  # noqa: ANN401 the parser's own class
    return "".join(
        chr(code).lower() for _, code in takewhile(lambda part: part[0] is ops.LITERAL, alternative)
    )
