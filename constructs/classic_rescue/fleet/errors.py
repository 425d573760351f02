"""What is wrong with a fleet file.

Exception
└── FleetErrors     every mistake of one file at once, each a `Problem`
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: where it is, what was given, what is wrong with it and what is allowed.

    `line` and `column` count from 1; 0 says that the file as a whole is meant. `given` is
    shortened, never a secret, and None where there is nothing to show.
    """

    file: str
    line: int = 0
    column: int = 0
    field: str = ""
    given: str | None = None
    message: str
    allowed: str = ""

    def __str__(self) -> str:
        """Say it in one line, ready for a terminal."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        given = f" (given {self.given})" if self.given is not None else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        line = f"{place}: {field}{self.message}{given}{allowed}"
        return line if line.isprintable() else "".join(map(_escape, line))


def _escape(character: str) -> str:
    """Return what a terminal can take: a file's name, for one, can hold anything."""
    return character if character.isprintable() else ascii(character)[1:-1]


class FleetErrors(Exception):
    """A fleet file that cannot be used: all its problems, sorted by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take one problem or more."""
        self.problems = tuple(
            sorted(problems, key=lambda problem: (problem.line, problem.column, problem.field))
        )
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Say the problems, one a line."""
        return "\n".join(map(str, self.problems))
