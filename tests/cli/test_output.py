"""Lines and records."""

from __future__ import annotations

import pytest

from classic_rescue.cli.terminal import output
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import (
    Record,
    clean,
    say,
    say_json,
    say_wrapped,
    show_records,
    stacked,
)

COLUMNS = ("name", "evidence", "address")
LONG = "event log: " + "a long story of what happened, " * 5 + "END"


def test_control_characters_never_reach_the_terminal() -> None:
    """An escape sequence in a name from elsewhere loses its escape."""
    assert clean("a\x1b[31mb\r\n") == "a?[31mb??"


def test_nothing_that_is_printed_is_a_command_of_a_forge(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whichever way a device's text goes out, and wherever its lines break."""
    hostile = "a story " * 9 + "::error file=x::y ##[error]z"
    say(f"::group::{hostile}")
    say_wrapped(f"::warning::{hostile}", err=True)
    show_records(("name", "why"), [Record(("::stop-commands::x", hostile))])
    say_json({"##[group]": hostile})
    Failure(hostile).show()
    printed = capsys.readouterr()
    lines = (printed.out + printed.err).splitlines()
    assert sum("error file=x" in line for line in lines) == 5
    assert not [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def test_stacked_lines_cut_nothing() -> None:
    """Long evidence is wrapped at 80 columns with an indent; empty values are left out."""
    lines = stacked(COLUMNS, Record(("web-1", LONG, ""))).splitlines()
    assert lines[0] == "web-1"
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(lines[1:]).split()) == f"evidence {LONG}"


@pytest.mark.parametrize(
    ("is_terminal", "columns", "widest"), [(True, 50, 50), (True, 200, 80), (False, 50, 80)]
)
def test_lines_are_as_wide_as_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, columns: int, widest: int
) -> None:
    """The terminal would break them anywhere; into a pipe they go as always."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(output, "stdout_is_terminal", lambda: is_terminal)
    lines = stacked(COLUMNS, Record(("web-1", LONG * 3, ""))).splitlines()
    assert widest - 12 < max(map(len, lines)) <= widest


def test_long_words_stay_whole() -> None:
    """What people copy, such as a path, is never torn."""
    path = "/a" * 60
    assert path in stacked(COLUMNS, Record(("web-1", f"see {path}", "")))


@pytest.mark.parametrize("name", ["[bold]web[/bold]", "[/]", "web-1"])
def test_markup_is_printed_as_it_is(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brackets in names are text, in a table too."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(output, "stdout_is_terminal", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    show_records(COLUMNS, [Record((name, LONG, "198.51.100.1"), "bad")])
    shown = capsys.readouterr().out
    assert name in shown
    assert "END" in shown
    assert "\x1b[31m" not in shown


def test_narrow_terminal_gets_stacked_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the table does not fit, lines are stacked, in colour on a terminal."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(output, "stdout_is_terminal", lambda: True)
    title = stacked(COLUMNS, Record(("web-1", LONG, "198.51.100.1"), "bad")).splitlines()[0]
    assert title == "\x1b[31mweb-1\x1b[0m"
    show_records(COLUMNS, [Record(("web-1", LONG, "198.51.100.1"))])
    assert capsys.readouterr().out.startswith("web-1\n  evidence  ")
