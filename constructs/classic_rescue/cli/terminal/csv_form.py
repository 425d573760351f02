"""Comma-separated values as RFC 4180 has them, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import click

from classic_rescue.cli.terminal.output import clean
from classic_rescue.rim.printing import no_command

_FORMULAS = ("=", "+", "-", "@")
_PLAIN = (int, float)


def say_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print a heading and a line a row: only these columns, nothing shortened, nothing for None."""
    out = io.StringIO()
    writer = csv.writer(out)  # quotes and ends lines as RFC 4180 has it
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    click.echo(no_command(out.getvalue()), nl=False)


def _cell(value: object) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before one that it would
    (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay numbers.
    """
    if value is None:
        return ""
    text = clean(str(value))
    is_formula = not isinstance(value, _PLAIN) and text.lstrip().startswith(_FORMULAS)
    return f"'{text}" if is_formula else text
