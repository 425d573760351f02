"""How long devices are and were down: journal, observation and time limit together."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.states import BootState
from classic_rescue.cli.journal.downtimes import (
    BAR_WIDTH,
    Downtime,
    show_downtimes,
    with_observed,
)
from classic_rescue.cli.session.clocks import Clocks
from classic_rescue.cli.terminal import output
from classic_rescue.review.timeline import Span

Run = Callable[..., Result]
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAST = Span(NOW - 9 * HOUR, NOW - 8 * HOUR)
OPEN = Span(NOW - 3 * HOUR, None)


@pytest.mark.parametrize(
    ("spans", "state", "since", "expected"),
    [
        ((), BootState.RESCUE, NOW - HOUR, (Span(NOW - HOUR, None),)),
        ((), BootState.RESCUE, None, (Span(NOW, None),)),
        ((PAST,), BootState.IMAGE, NOW - HOUR, (PAST, Span(NOW - HOUR, None))),
        ((PAST, OPEN), BootState.RESCUE, NOW - HOUR, (PAST, OPEN)),
        ((PAST, OPEN), BootState.OS, NOW - HOUR, (PAST, Span(OPEN.start, NOW - HOUR))),
        ((PAST, OPEN), BootState.OS, NOW - 4 * HOUR, (PAST,)),
        ((OPEN,), BootState.UNKNOWN, NOW - HOUR, (OPEN,)),
        ((), BootState.UNKNOWN, NOW - HOUR, ()),
        ((PAST,), BootState.OS, None, (PAST,)),
        ((), BootState.RESCUE, NOW + HOUR, (Span(NOW, None),)),
    ],
)
def test_the_device_knows_better_than_the_journal(
    spans: tuple[Span, ...], state: BootState, since: datetime | None, expected: tuple[Span, ...]
) -> None:
    """Somebody may have acted past the hook: what is observed now begins,
    keeps open or ends the last downtime.
    """
    assert with_observed(spans, Observation(state, "", since), NOW) == expected


@pytest.mark.parametrize(
    ("spans", "until", "words"),
    [
        ((OPEN,), None, "down since 2026-11-24T07:00:00Z, 3 h, no end given"),
        ((OPEN,), NOW + HOUR, "down since 2026-11-24T07:00:00Z, 3 h, until 2026-11-24T11:00:00Z"),
        (
            (OPEN,),
            NOW - HOUR,
            (
                "down since 2026-11-24T07:00:00Z, 3 h;"
                " its time limit, 2026-11-24T09:00:00Z, is over: deploy"
            ),
        ),
        ((PAST, Span(NOW - HOUR, NOW)), None, "was down for 2 h"),
    ],
)
def test_words(spans: tuple[Span, ...], until: datetime | None, words: str) -> None:
    """Since when, how long, until when; a time limit that is over asks for a deploy."""
    assert Downtime("web-1", spans, until).words(NOW) == words


def test_the_longest_stand_first_and_the_rest_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Those that are down before those that were; every line fits 80 columns."""
    found = [
        Downtime(f"web-{number}", (Span(NOW - number * HOUR, NOW),)) for number in range(1, 41)
    ]
    show_downtimes([*found, Downtime("db-1", (OPEN,), NOW + HOUR)], NOW)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    bars = [line for line in lines if line.startswith(("  db-", "  web-"))]
    assert [bar.split()[0] for bar in bars[:2]] == ["db-1", "web-40"]
    assert "is planned to be" in lines[1] + lines[2]
    assert lines[-1] == "  and 21 devices more"


LONG = "db-1.payments.frankfurt.example.com"


@pytest.mark.parametrize(
    ("name", "columns"), [(LONG, 120), (LONG, 44), ("web-1", 60), ("web-1", 44)]
)
def test_the_words_keep_room_beside_long_names_and_on_narrow_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, columns: int
) -> None:
    """Then the bar stands below, whole, and nothing goes past
    the edge or stands there one word a line.
    """
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(output, "stdout_is_terminal", lambda: True)
    show_downtimes([Downtime(name, (OPEN,), NOW + HOUR)], NOW)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= min(columns, 80)
    begin = next(number for number, line in enumerate(lines) if line.startswith(f"  {name}: "))
    assert 2 <= len(lines) - begin <= 4
    assert lines[-1].startswith("    █")
    assert len(lines[-1].strip()) == BAR_WIDTH


def test_nothing_is_shown_of_a_fleet_that_was_never_down(
    run: Run, mock: Any, project: Path
) -> None:
    """No empty heading, and no key of JSON that a program must guess at."""
    (project / "fleet.yaml").write_text("devices: {app-1: {virtual_guest: 124929706, boot: os}}")
    assert "Out of the operating system" not in run("status", "--long").stdout
    assert json.loads(run("status", "--json").stdout)["devices"][0]["downtime"] is None


def test_status_shows_a_bar_for_a_device_that_is_down(run: Run, mock: Any, project: Path) -> None:
    """With the time limit of the fleet file; in ASCII where the terminal has no blocks."""
    (project / "fleet.yaml").write_text(
        "devices:\n"
        "  web-1: {virtual_guest: 124929698, boot: rescue, until: 2999-01-01T00:00:00Z}\n"
        "  app-1: {virtual_guest: 124929706, boot: os}\n"
    )
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    text = " ".join(run("status", "--long").stdout.split())
    assert "Out of the operating system (█ was, ▒ is planned to be, │ now)" in text
    assert "until 2999-01-01T00:00:00Z" in text
    assert text.count("▒▒▒▒") > 0
    row = json.loads(run("status", "--json").stdout)["devices"][0]
    assert row["downtime"]["until"] == "2999-01-01T00:00:00Z"
    assert row["downtime"]["down_since"] is not None


def test_a_journal_that_cannot_be_read_does_not_stop_status(run: Run, mock: Any) -> None:
    """The past is missing then, and that is said; the present is shown."""
    ended = run("status", "--long", env={"CLASSIC_RESCUE_JOURNAL": "/"})
    assert ended.exit_code == 2
    assert "note: the journal / cannot be read" in ended.stderr
    assert "DIFFERS" in ended.stdout


def test_status_tells_of_the_past(run: Run, mock: Any, project: Path) -> None:
    """A device that was brought back by `leave` was down; the journal remembers it."""
    mock.act("SoftLayer_Virtual_Guest/124929706/executeRescueLayer")
    assert run("leave", "app-1", "--yes").exit_code == 0
    text = " ".join(run("status", "--long").stdout.split())
    assert "app-1 " in text
    assert "was down for" in text


def test_the_journal_alone_says_nothing_of_an_end() -> None:
    """`history` asks no fleet file, so it must not claim that no end was given."""
    assert (
        Downtime("web-1", (OPEN,), until_is_known=False).words(NOW)
        == "down since 2026-11-24T07:00:00Z, 3 h"
    )


def test_a_rehearsal_is_told_by_one_clock() -> None:
    """The mock's clock is ahead and runs faster: what the journal noted by this machine's clock
    is put on the mock's, and a limit that is only over there is not called over.
    """
    clocks = Clocks(here=NOW, service=NOW + 9 * HOUR, speed=60)
    minute = timedelta(minutes=1)
    assert clocks.span(Span(NOW - minute, NOW)) == Span(NOW + 8 * HOUR, NOW + 9 * HOUR)
    assert clocks.span(Span(NOW - minute, None)) == Span(NOW + 8 * HOUR, None)
    assert clocks.limit(NOW + HOUR) is None
    assert clocks.limit(NOW + 10 * HOUR) == NOW + 10 * HOUR
    assert clocks.limit(NOW - HOUR) == NOW - HOUR


def test_status_of_a_rehearsal_counts_by_the_mocks_clock(run: Run, mock: Any) -> None:
    """A rescue that began three mock hours ago is three hours old, whatever time it is here."""
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    mock.control_call("POST", "clock", {"pause": True})
    mock.control_call("POST", "clock", {"advance_s": 3 * 3600})
    row = json.loads(run("status", "web-1", "--json").stdout)["devices"][0]
    mock.control_call("POST", "clock", {"resume": True})
    assert 3 * 3600 <= row["downtime"]["down_s"] < 4 * 3600
    assert row["downtime"]["down_since"] == row["since"]


def test_what_a_device_was_down_before_is_in_the_total_alone() -> None:
    """It is down since its last span began; one that is up is not down for any while."""
    now = Downtime("web-1", (PAST, OPEN))
    assert (now.down_s(NOW), now.seconds(NOW)) == (3 * 3600, 4 * 3600)
    assert Downtime("web-1", (PAST,)).down_s(NOW) is None


def test_down_s_is_the_time_since_down_since(run: Run, mock: Any) -> None:
    """Both by the clock that the answer names."""
    mock.act("SoftLayer_Virtual_Guest/124929706/executeRescueLayer")
    mock.control_call("POST", "clock", {"advance_s": 3600})
    told = json.loads(run("status", "app-1", "--json").stdout)
    downtime = told["devices"][0]["downtime"]
    since = datetime.fromisoformat(downtime["down_since"])
    now = datetime.fromisoformat(told["clock"]["now"])
    assert abs(downtime["down_s"] - (now - since).total_seconds()) <= 1
    assert downtime["down_total_s"] >= downtime["down_s"]


def test_the_mocks_time_is_marked(run: Run, mock: Any) -> None:
    """Wherever it stands: in the table's heading, above the blocks, and in JSON. Programs get the
    one beside the other.
    """
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    mock.control_call("POST", "clock", {"advance_s": 40 * 86400})
    lines = run("status").stdout.splitlines()
    assert any("since (mock)" in line for line in lines)
    for shown in (run("status"), run("status", "web-1")):
        assert "times are by the mock's clock, where it is 2" in shown.stdout
    assert json.loads(run("status", "--json").stdout)["clock"]["is_mock"] is True
