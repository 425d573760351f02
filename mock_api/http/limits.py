"""resultLimit: which page of a list comes back (classic-api.md 4.2, 4.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Row = TypeVar("Row", covariant=True)
_NUMBER = re.compile(r"\d{1,4000}", re.ASCII)  # Python reads no more digits


@dataclass(frozen=True, slots=True)
class Limit:
    """The rows from `offset` on, `count` of them; count 0 means all that follow,
    as softlayer-python sends it.
    """

    offset: int = 0
    count: int = 0

    def page(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows of the page."""
        end = self.offset + self.count if self.count else len(rows)
        return rows[self.offset : end] if self != ALL else rows


ALL = Limit()


def read_text(text: str | None) -> Limit:
    """The limit of `OFFSET,LIMIT` or `LIMIT`.

    Anything else is no limit (assumed: no source tells).
    """
    if not text:
        return ALL
    numbers = [_number(part) for part in text.split(",")]
    if len(numbers) > 2 or None in numbers:
        return ALL
    return Limit(*[number for number in (0, *numbers)[-2:] if number is not None])


def read_struct(struct: Mapping[str, object]) -> Limit:
    """The limit of `{limit, offset}`; either may be missing,
    and what is no number counts as missing (assumed).
    """
    return Limit(_number(struct.get("offset")) or 0, _number(struct.get("limit")) or 0)


def _number(given: object) -> int | None:
    """A whole number from 0 on, or a text that is one."""
    if isinstance(given, str) and _NUMBER.fullmatch(given.strip()):
        return int(given)
    return given if isinstance(given, int) and not isinstance(given, bool) and given >= 0 else None
