"""What is to be done to a device in its rescue system: a reviewed script, and what comes then."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple, Self

DEFAULT_TIMEOUT_S = 1800
"""How long a script may take where nobody says otherwise."""

SHOWN_DIGITS = 12
"""Of a SHA-256, for people."""

_DIGEST = re.compile("[0-9a-f]{64}")


class Then(StrEnum):
    """What comes after a script that has ended with 0."""

    STAY = "stay"
    LEAVE = "leave"


class Repair(NamedTuple):
    """One script in a rescue system.

    `script` is its path, relative to the project's folder, or the name of one that ships; `sha256`
    and `lines` tell which text was meant. `timeout_s`: how long it may take.
    """

    script: str
    sha256: str
    lines: int
    timeout_s: int = DEFAULT_TIMEOUT_S
    then: Then = Then.STAY

    def to_dict(self) -> dict[str, str | int]:
        """As JSON values."""
        return {**self._asdict(), "then": str(self.then)}

    @classmethod
    def from_dict(cls, given: object) -> Self:
        """Read back what `to_dict` wrote. Raises ValueError."""
        if not isinstance(given, dict) or given.keys() != set(cls._fields):
            raise ValueError(f"repair: {given!r}; allowed: a mapping of {', '.join(cls._fields)}")
        script, digest, lines, timeout_s, then = (given[field] for field in cls._fields)
        if not isinstance(script, str) or not script.strip() or not script.isprintable():
            raise ValueError(f"repair: script: {script!r}; allowed: a path of one line")
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise ValueError(f"repair: sha256: {digest!r}; allowed: 64 hexadecimal digits")
        for field, number in (("lines", lines), ("timeout_s", timeout_s)):
            if not isinstance(number, int) or isinstance(number, bool) or number < 1:
                raise ValueError(f"repair: {field}: {number!r}; allowed: a whole number from 1")
        if then not in tuple(Then):
            raise ValueError(f"repair: then: {then!r}; allowed: {', '.join(Then)}")
        return cls(script, digest, lines, timeout_s=timeout_s, then=Then(then))

    def __str__(self) -> str:
        """Say which text it is."""
        noun = "line" if self.lines == 1 else "lines"
        return f"{self.script} (sha256 {self.sha256[:SHOWN_DIGITS]}, {self.lines} {noun})"
