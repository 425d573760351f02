"""What a command prints: lines, and records as a table on a wide terminal or as stacked lines
anywhere else.

Names and evidence come from other people's systems, so control characters never reach the terminal,
and nothing is read as markup or as a command of a CI system.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
from click.core import ParameterSource

from classic_rescue.boot import environment
from classic_rescue.cli.terminal.hidden import hidden
from classic_rescue.rim.printing import no_command, printable

COMMAND_NAME = "classic-rescue"

PLAIN_COLUMNS = 80
"""Width of lines, where no narrower terminal shows them."""

NARROWEST = {
    "evidence": 24,
    "what it takes": 20,
    "what to do": 20,
    "why": 20,
} | dict.fromkeys(("from", "to", "now", "wanted", "desired", "observed"), 14)
"""The columns of a table that may be folded, and to how narrow ones;
all others need their full width.
"""


UNBROKEN = ("to log in",)
"""The columns whose values are commands, to be copied."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: a value a column, the first is its title. `style` colours it: good, bad or empty."""

    values: tuple[str, ...]
    style: str = ""


def clean(text: str) -> str:
    """The text without secrets and control characters."""
    return printable(hidden(text))


def _echo(text: str, *, err: bool) -> None:
    click.echo(no_command(text), err=err)


def say(text: str = "", *, err: bool = False) -> None:
    """Print one line."""
    _echo(clean(text), err=err)


def say_line(text: str, *, is_loud: bool = False, err: bool = False) -> None:
    """Print one line, however long: of a list that people search. A loud one is red."""
    line = no_command(clean(text))
    click.echo(click.style(line, fg="red") if is_loud and has_colour() else line, err=err)


def say_wrapped(text: str, *, label: str = "", err: bool = False) -> None:
    """Print one paragraph, each line as far right as the label is long. No word is torn, and no
    command in backticks, so that it can be copied.
    """
    _echo(_wrapped(clean(text), clean(label), " " * len(label)), err=err)


def say_json(value: object) -> None:
    """Print a result for programs."""
    _echo(json.dumps(value, indent=2, ensure_ascii=False), err=False)


def stdin_is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def stdout_is_terminal() -> bool:
    """Whether a person looks at the output."""
    return sys.stdout.isatty()


def has_colour() -> bool:
    """Whether colours are wanted: only on a terminal,
    and never with NO_COLOR (no-color.org) set.
    """
    return (
        stdout_is_terminal()
        and not os.environ.get(environment.NO_COLOR)
        and os.environ.get(environment.TERM) != "dumb"
    )


def plain_columns() -> int:
    """The width of lines: a narrow terminal would break longer ones anywhere."""
    if not stdout_is_terminal():
        return PLAIN_COLUMNS
    return min(PLAIN_COLUMNS, shutil.get_terminal_size().columns)


def show_records(columns: Sequence[str], records: Sequence[Record], *, err: bool = False) -> None:
    """Print records: a table on a terminal with room for it, stacked lines otherwise.

    Nothing is cut off.
    """
    may_be_table = not err and stdout_is_terminal()
    if may_be_table and shutil.get_terminal_size().columns >= _table_columns(columns, records):
        return _show_table(columns, records)
    return _echo("\n".join(stacked(columns, record) for record in records), err=err)


def _table_columns(columns: Sequence[str], records: Sequence[Record]) -> int:
    """How wide a terminal a table needs."""
    widths = [
        max(map(len, cells))
        for cells in zip(columns, *(record.values for record in records), strict=True)
    ]
    folded = [
        min(width, NARROWEST.get(name, width)) for name, width in zip(columns, widths, strict=True)
    ]
    return sum(folded) + 3 * len(columns)


def stacked(columns: Sequence[str], record: Record) -> str:
    """A record as lines: its title, then a line a value; empty values are left out."""
    title, *values = map(clean, record.values)
    if record.style and has_colour():
        title = click.style(title, fg={"good": "green", "bad": "red"}[record.style])
    labels = _labels(tuple(columns[1:]))
    lines = [
        label + value if name in UNBROKEN else _wrapped(value, label, " " * len(label))
        for name, label, value in zip(columns[1:], labels, values, strict=True)
        if value
    ]
    return "\n".join([title, *lines])


@cache
def _labels(columns: tuple[str, ...]) -> tuple[str, ...]:
    """What stands before each value, equally long."""
    width = max(map(len, columns))
    return tuple(f"  {column:<{width}}  " for column in columns)


def _wrapped(text: str, first: str, rest: str) -> str:
    columns = plain_columns()
    if text and len(first) + len(text) <= columns and text == text.strip():
        return first + text
    wrapped = textwrap.fill(
        _COMMAND.sub(_unbroken, text),
        columns,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped.replace(_NO_BREAK, " ") or first.rstrip()


_COMMAND = re.compile(r"`[^`]*\bclassic-rescue [^`]*`")
_NO_BREAK = "\N{NO-BREAK SPACE}"
"""No text has one: it is not printable."""


def _unbroken(command: re.Match[str]) -> str:
    return command[0].replace(" ", _NO_BREAK)


def _show_table(columns: Sequence[str], records: Sequence[Record]) -> None:
    from rich import box  # costs 0.1 s, and only a wide terminal needs it
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column not in NARROWEST)
    colours = {"good": "green", "bad": "red"}
    for record in records:
        cells = [Text(clean(value)) for value in record.values]
        cells[0].stylize(colours.get(record.style, "none"))
        table.add_row(*cells)
    Console(highlight=False, markup=False, no_color=not has_colour()).print(table)


def own_command() -> str:
    """How to call this command again from where the user stands: by its name where PATH finds it,
    else by its path.

    CLASSIC_RESCUE_COMMAND says it where the caller knows better: `make` puts `.venv/bin` into PATH,
    the user may not.
    """
    called = Path(sys.argv[0])
    by_path = called.name == COMMAND_NAME and shutil.which(COMMAND_NAME) != str(called)
    return os.environ.get(environment.COMMAND) or (str(called) if by_path else COMMAND_NAME)


def command_line(*words: str) -> str:
    """A command of ours as the user can type it now: with the fleet file and the endpoint that this
    one was given.
    """
    options = [word for name, value in _given().items() for word in (_OPTIONS[name], value)]
    return f"{own_command()} {shlex.join([*words, *options])}"


def command_of_hooks() -> str:
    """The same, for hooks, which write their own words behind it."""
    variables = [f"{_VARIABLES[name]}={shlex.quote(value)}" for name, value in _given().items()]
    return " ".join([*variables, own_command()])


def _given() -> dict[str, str]:
    """What this command was told, and another one must be told, too."""
    context = click.get_current_context(silent=True)
    if context is None:
        return {}
    told = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return {
        name: str(context.params[name])
        for name in _OPTIONS
        if context.get_parameter_source(name) in told
    }


_OPTIONS = {"fleet_path": "--fleet", "endpoint": "--endpoint"}
_VARIABLES = {"fleet_path": environment.FLEET, "endpoint": environment.ENDPOINT}
