"""Whether a regular expression can run away: Python's engine tries every way to divide a text between its repeats.

The reasons of a pull request are texts of others, and a pattern such as `(a+)+b` needs longer than the sun will shine
for forty letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from re import _constants as ops  # type: ignore[attr-defined]  # since 3.11; the parser has no public name
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import NamedTuple

MAX_REPEATS = 3
"""Open-ended repeats in a row cost the length of the text to the power of their number: 500³ takes a second or two."""

_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
_FEW = 10
"""A repeat of at most this many rounds does not count as open-ended."""


class _Node(NamedTuple):
    """An operation of a pattern, how often it is repeated where it is a repeat, and whether one is around it."""

    op: object
    least: int
    most: int
    is_inside: bool

    @property
    def is_elastic(self) -> bool:
        """Whether it can take more or less of a text."""
        return self.op is ops.BRANCH or self.least != self.most


def find_danger(pattern: str) -> str:
    """What in the pattern can take very long, in words for a sentence; empty where nothing can."""
    nodes = list(_nodes(parser.parse(pattern), is_inside=False))
    if any(node.op in (ops.GROUPREF, ops.GROUPREF_EXISTS) for node in nodes):
        return "it refers back to a group"
    if any(node.is_inside and node.is_elastic for node in nodes):
        return "it repeats what itself repeats or has alternatives"
    if sum(node.most > _FEW and node.is_elastic for node in nodes) > MAX_REPEATS:
        return f"it has more than {MAX_REPEATS} open-ended repeats"
    return ""


def _nodes(node: object, *, is_inside: bool) -> Iterator[_Node]:
    if isinstance(node, parser.SubPattern):
        for op, arguments in node:
            least, most = arguments[:2] if op in _REPEATS else (1, 1)
            yield _Node(op, int(least), int(most), is_inside)
            yield from _nodes(arguments, is_inside=is_inside or most > 1)
    elif isinstance(node, tuple | list):
        for part in node:
            yield from _nodes(part, is_inside=is_inside)
