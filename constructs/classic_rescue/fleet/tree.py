"""What a YAML text holds, as plain Python values, and the line and column of each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from classic_rescue.fleet.errors import Problem
from classic_rescue.fleet.scalars import shorten

_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_.\-]{1,128}")


@dataclass(frozen=True, slots=True)
class Again:
    """A key that its mapping holds already: the same name on another line."""

    name: str
    line: int

    def __str__(self) -> str:
        """Say the name only."""
        return self.name


Part = str | int | Again
Trail = tuple[Part, ...]
"""The keys and indexes that lead from the top to a value."""


class Place(NamedTuple):
    """Where something begins, counted from 1."""

    line: int
    column: int


WHOLE_FILE = Place(0, 0)


def say_trail(trail: Iterable[object]) -> str:
    """Return `devices.web-1.until`, with keys that could disturb a terminal in quotes."""
    parts = []
    for part in trail:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            key = str(part)
            parts.append(key if _SIMPLE_KEY.fullmatch(key) else shorten(ascii(key)))
    return ".".join(parts)


@dataclass(slots=True)
class Tree:
    """What a text holds.
    When `is_whole` is false the reading stopped early and only `problems` is of use.

    `start` is the trail of the top: empty for a fleet file, `("backend",)` for a backend in the
    environment. `places` holds line and column of every key, by the trail of its mapping: plain
    tuples, as a fleet of 5,000 has 30,000.
    """

    source: str
    start: Trail = ()
    root: object = None
    top: Place = WHOLE_FILE
    places: dict[Trail, dict[Part, tuple[int, int]]] = field(default_factory=dict)
    repeated: list[tuple[Trail, object]] = field(default_factory=list)
    incomplete: set[Trail] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = True

    def place_of(self, trail: Trail) -> Place:
        """Return the place of a value, or of the nearest thing around it that has one."""
        for length in range(len(trail), 0, -1):
            place = self.places.get(trail[: length - 1], {}).get(trail[length - 1])
            if place:
                return Place(*place)
        return self.top

    def find(self, trail: Trail) -> object:
        """Return the value at a trail, or None when nothing is there."""
        value = self.root
        for part in trail[len(self.start) :]:
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value

    def problem(
        self, trail: Trail, message: str, allowed: str, given: str | None = None
    ) -> Problem:
        """Return a problem with the field at `trail`."""
        place = self.place_of(trail)
        return Problem(
            file=self.source,
            line=place.line,
            column=place.column,
            field=say_trail(trail),
            given=given,
            message=message,
            allowed=allowed,
        )
