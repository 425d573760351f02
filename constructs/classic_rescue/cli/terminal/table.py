"""One line a device: columns as wide as their content and the terminal let them be, and no line
that a terminal would wrap.

A cell has forms, each of them true by itself, the longest first: where the column is narrow, a
shorter one stands there. Only what has no form that fits is cut, with a mark that shows it.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import click

from classic_rescue.cli.terminal.output import clean, has_colour
from classic_rescue.rim.printing import no_command

WIDE = 10_000
"""The width of a table in which nothing is shortened."""

GAP = "  "
LEAST_NAME = 8


class Mood(StrEnum):
    """What a line means to its reader: the mark that stands before it, also without colours."""

    BAD = "!"
    DOUBTFUL = "?"
    MOVING = "~"
    NEUTRAL = "-"
    GOOD = " "


_COLOURS = {Mood.BAD: "red", Mood.DOUBTFUL: "yellow", Mood.MOVING: "cyan", Mood.GOOD: "green"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `least` is how narrow it may become, None: never narrower than its content.

    Where lines must become shorter, the last columns of the sequence give way first. `is_name`: its
    values stay told apart as long as there is room for that. `has_forms`: it becomes no narrower
    than the shortest form of each cell. `may_go`: it is left out where the table does not fit
    otherwise, an empty column and the last one first.
    """

    title: str
    least: int | None = None
    is_name: bool = False
    has_forms: bool = False
    may_go: bool = False


Cell = str | tuple[str, ...]
"""A text, or its forms, the longest first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One device: a cell a column."""

    cells: tuple[Cell, ...]
    mood: Mood = Mood.NEUTRAL


def show_table(
    columns: Sequence[Column], lines: Sequence[Line], *, is_wide: bool = False, err: bool = False
) -> None:
    """Print the table; with `is_wide` nothing is shortened, however long that makes the lines."""
    width = WIDE if is_wide else shutil.get_terminal_size().columns
    rows = table(columns, lines, width)
    click.echo("\n".join(map(no_command, rows)), err=err)


def table(columns: Sequence[Column], lines: Sequence[Line], width: int) -> list[str]:
    """The heading and a line a device, none of them longer than `width` columns."""
    cleaned = [[_forms(cell) for cell in line.cells] for line in lines]
    widths = _widths(columns, cleaned, width - 2)
    cut = _cut_mark()
    heads = [((column.title,), widths[number]) for number, column in enumerate(columns)]
    rows = ["  " + _joined(heads, cut)]
    for line, forms in zip(lines, cleaned, strict=True):
        name, *rest = [
            (_fitting(cell, widths[number], columns[number], cut), widths[number])
            for number, cell in enumerate(forms)
        ]
        first = f"{line.mood} {_padded(*name)}"
        after = "".join(GAP + _padded(text, size) for text, size in rest if size)
        rows.append(f"{_coloured(first, line.mood)}{after}".rstrip())
    return rows


def _coloured(text: str, mood: Mood) -> str:
    colour = _COLOURS.get(mood)
    return click.style(text, fg=colour) if colour and has_colour() else text


def _forms(cell: Cell) -> tuple[str, ...]:
    forms = (cell,) if isinstance(cell, str) else cell
    return tuple(clean(form) for form in forms) or ("",)


def counted(parts: Iterable[tuple[int, str, Mood]]) -> str:
    """How many lines there are of each sort, with their marks: `3 differ (!), 997 as desired`."""
    return ", ".join(
        f"{number} {word}" + (f" ({mood})" if mood is not Mood.GOOD else "")
        for number, word, mood in parts
        if number
    )


def _joined(cells: Iterable[tuple[tuple[str, ...], int]], cut: str) -> str:
    parts = [_padded(shortened(forms[-1], size, cut), size) for forms, size in cells if size]
    return GAP.join(parts).rstrip()


def _fitting(forms: tuple[str, ...], width: int, column: Column, cut: str) -> str:
    for form in forms:
        if columns_of(form) <= width:
            return form
    if column.is_name:
        return shortened_inside(forms[-1], width, cut)
    return shortened(forms[-1], width, cut)


def _widths(
    columns: Sequence[Column], lines: Sequence[Sequence[tuple[str, ...]]], width: int
) -> list[int]:
    """The width of each column; 0 for one that is left out."""
    natural = [
        max([columns_of(column.title), *(columns_of(line[number][0]) for line in lines)])
        for number, column in enumerate(columns)
    ]
    least = [
        _least(column, natural[number], [line[number][-1] for line in lines])
        for number, column in enumerate(columns)
    ]
    kept = set(range(len(columns)))
    while True:
        over = sum(natural[number] for number in kept) + len(GAP) * (len(kept) - 1) - width
        spare = sum(natural[number] - least[number] for number in kept)
        going = [number for number in kept if columns[number].may_go]
        if over <= spare or not going:
            break
        empty = [number for number in going if not any(line[number][0] for line in lines)]
        kept.remove(max(empty or going))
    widths = [natural[number] if number in kept else 0 for number in range(len(columns))]
    # Where even that is too much, the name is cut without regard to the others, then the rest.
    for number, narrowest in (
        *((number, least[number]) for number in sorted(kept, reverse=True)),
        *((number, 1) for number in sorted(kept)),
    ):
        gives = max(0, min(over, widths[number] - narrowest))
        widths[number] -= gives
        over -= gives
    return widths


def _least(column: Column, natural: int, values: Sequence[str]) -> int:
    """How narrow a column may become: a name no narrower than what tells it from the others."""
    if column.least is None:
        return natural
    least = max(column.least, columns_of(column.title))
    if column.has_forms:
        least = max(least, *map(columns_of, values), 0)
    if not column.is_name:
        return min(natural, least)
    names = set(values)
    for width in range(natural - 1, least - 1, -1):
        if len({shortened_inside(name, width, ".") for name in names}) < len(names):
            return width + 1
    return min(natural, least)


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns_of_character, text))


def _columns_of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns_of(text))


def shortened(text: str, width: int, cut: str) -> str:
    """The beginning of a text, with a mark where something is left out."""
    if columns_of(text) <= width:
        return text
    return _beginning(text, width - 1).rstrip() + cut if width else ""


def shortened_inside(text: str, width: int, cut: str) -> str:
    """Both ends of a name, since names are told apart by either."""
    if columns_of(text) <= width:
        return text
    if width < 3:
        return shortened(text, width, cut)
    end = (width - 1) // 2
    tail = _beginning(text[::-1], end)[::-1]
    return _beginning(text, width - 1 - columns_of(tail)) + cut + tail


def _beginning(text: str, width: int) -> str:
    if text.isascii():
        return text[:width]
    taken = 0
    for number, character in enumerate(text):
        taken += _columns_of_character(character)
        if taken > width:
            return text[:number]
    return text


def _cut_mark() -> str:
    """An ellipsis, where the output has one."""
    try:
        "…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "~"
    return "…"
