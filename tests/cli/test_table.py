"""One line a device: what stands in it, what is left out of it, and in which order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.api.devices import LookupFailedError
from classic_rescue.api.errors import ApiError, Denied, NotFound, Unanswered
from classic_rescue.boot.evidence import Observation, observe
from classic_rescue.boot.facts import Event, Facts, Image, Power, Transaction
from classic_rescue.boot.proof import weigh
from classic_rescue.boot.states import BootState, Kind
from classic_rescue.boot.testimony import Heard, Testimony
from classic_rescue.cli.session.short import (
    Forms,
    evidence_in_short,
    problem_in_short,
    runs_in_short,
)
from classic_rescue.cli.terminal import table as tables
from classic_rescue.cli.terminal.csv_form import say_csv
from classic_rescue.cli.terminal.moments import age, moment_in_short
from classic_rescue.cli.terminal.table import (
    Column,
    Line,
    Mood,
    columns_of,
    counted,
    show_table,
    table,
)

Run = Callable[..., Result]
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
COLUMNS = (
    Column("name", least=8, is_name=True),
    Column("runs", least=6, is_name=True, may_go=True),
    Column("since (UTC)", may_go=True),
    Column("evidence", least=8, has_forms=True, may_go=True),
)


def line(name: str, evidence: tuple[str, ...] = ("a long story", "short")) -> Line:
    """A line of the table above."""
    return Line((name, "rescue", "11-24 09:00", evidence), Mood.BAD)


@pytest.mark.parametrize("width", [8, 20, 40, 60, 80, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    """However narrow it is, and whatever stands in the cells: nothing wraps."""
    lines = [line(f"web-{number}.payments.example.com") for number in range(50)]
    lines.append(line("データベース" * 10, ("ein langer Satz " * 9, "kurz")))
    assert max(map(columns_of, table(COLUMNS, lines, width))) <= width


def test_what_may_not_become_narrower_does_before_a_line_wraps() -> None:
    """Thirty reasons of one device are more than a line holds."""
    columns = (Column("name", least=8, is_name=True), Column("why"))
    marks = " ".join(f"[{number}]" for number in range(30))
    shown = table(columns, [Line(("web-1.example.com", marks))], 80)
    assert max(map(columns_of, shown)) == 80
    assert shown[1].endswith("…")


def test_names_stay_told_apart() -> None:
    """Other columns go before a name is cut to what another one is cut to, too."""
    names = [f"{kind}-{place}.payments.example.com" for kind in ("web", "db") for place in range(9)]
    shown = table(COLUMNS, [line(name) for name in names], 30)
    assert len({row.split()[1] for row in shown[1:]}) == len(names)
    assert "evidence" not in shown[0]


def test_a_shorter_form_stands_where_the_longer_does_not_fit() -> None:
    """No sentence is cut where there are fewer words for it."""
    lines = [line("web-1", ("transaction 12 of web-1 is complete", "complete"))]
    assert table(COLUMNS, lines, 80)[1].endswith("  transaction 12 of web-1 is complete")
    assert table(COLUMNS, lines, 50)[1].endswith("  complete")


def test_the_mark_of_a_cut_is_one_that_the_output_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal without the ellipsis gets a tilde."""
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    shown = table(COLUMNS, [line("web-1.payments.example.com")], 22)
    assert "~" in shown[1]
    assert shown[1].isascii()


def test_names_of_others_are_only_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No control character and no command of a CI system gets out, and a pipe has no colours."""
    monkeypatch.setenv("COLUMNS", "120")
    show_table(COLUMNS, [line("\x1b[31mweb"), line("::error::x ##[group]y")])
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert not [row for row in printed.splitlines() if row.startswith("::") or "##[" in row]


def test_colours_are_by_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the name is red where somebody must look; nothing else is coloured."""
    monkeypatch.setattr(tables, "has_colour", lambda: True)
    assert table(COLUMNS, [line("web-1")], 80)[1].startswith("\x1b[31m! web-1\x1b[0m  rescue")


def test_counts_have_their_marks() -> None:
    """The last line is the legend, too; what there is none of is not said."""
    parts = [(3, "differ", Mood.BAD), (0, "unknown", Mood.DOUBTFUL), (97, "fine", Mood.GOOD)]
    assert counted(parts) == "3 differ (!), 97 fine"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0s"), (59, "59s"), (60, "1m"), (3600, "1h"), (11_100, "3h 5m"), (200_000, "2d 7h")],
)
def test_ages(seconds: float, words: str) -> None:
    """Two parts at most."""
    assert age(seconds) == words


def test_moments_of_another_year_have_it() -> None:
    """A month alone would be taken for this year's."""
    assert moment_in_short(NOW - timedelta(minutes=1), NOW) == "11-24 09:59"
    assert moment_in_short(NOW - timedelta(days=400), NOW) == "2025-10-20"


RESCUED = Transaction(7, "COMPLETE", group="Rescue Boot", modified=NOW)
MOVING = Transaction(8, friendly="Rescue Boot", created=NOW - timedelta(minutes=3), usual_s=300)
GUEST = Facts(Kind.VIRTUAL_GUEST, 1)
REBOOT = Event("Reboot", NOW - timedelta(hours=1), "tester")


@pytest.mark.parametrize(
    ("facts", "forms"),
    [
        (GUEST, ("no sign of rescue",)),
        (GUEST._replace(events=None), ("no sign of rescue, no event log", "no event log")),
        (GUEST._replace(last=RESCUED), ("Rescue Boot complete", "transaction ended")),
        (GUEST._replace(mounted=Image(5, "w.iso")), ("image mounted",)),
        (GUEST._replace(power=Power.HALTED), ("powered off",)),
        (GUEST._replace(events=(REBOOT,)), ("Reboot by tester", "Reboot", "event log")),
        (
            GUEST._replace(active=MOVING),
            (
                "Rescue Boot under way for 3m, usually 5 min",
                "Rescue Boot under way for 3m",
                "under way for 3m",
            ),
        ),
        (
            GUEST._replace(last=RESCUED, events=(REBOOT._replace(at=NOW + timedelta(hours=1)),)),
            ("not proven: restart not seen", "not proven"),
        ),
        (
            GUEST._replace(last=RESCUED, events=None),
            ("not proven: no event log", "not proven"),
        ),
    ],
)
def test_evidence_in_short(facts: Facts, forms: Forms) -> None:
    """It is made of the facts, not cut out of the sentence."""
    assert evidence_in_short(observe(facts), facts, NOW) == forms


@pytest.mark.parametrize(
    ("heard", "is_required", "forms"),
    [
        (Heard.OS_KEY, False, ("host key of the OS", "key of the OS")),
        (
            Heard.OTHER_KEY,
            False,
            (
                "Rescue Boot complete, another host key",
                "Rescue Boot complete",
                "transaction ended",
            ),
        ),
        (Heard.SILENCE, True, ("not proven: no key heard", "not proven")),
    ],
)
def test_what_the_device_says_in_short(heard: Heard, is_required: bool, forms: Forms) -> None:
    """The recorded key proves the operating system, whatever the service says."""
    facts = GUEST._replace(last=RESCUED)
    told = Testimony(heard, NOW, "192.0.2.1:22", key="SHA256:x")
    seen = weigh(observe(facts), told, is_required=is_required)
    assert evidence_in_short(seen, facts, NOW) == forms


@pytest.mark.parametrize(
    ("problem", "form"),
    [
        (NotFound("c", 404, "x", "no"), "not found, or no access"),
        (LookupFailedError("no", 0), "not found, or no access"),
        (LookupFailedError("two", 2), "2 devices match"),
        (Denied("c", 403, "x", "no"), "no permission"),
        (Unanswered("c: no"), "no usable answer of the API"),
        (None, "could not be read"),
    ],
)
def test_problems_in_short(problem: ApiError | None, form: str) -> None:
    """Why a device could not be read."""
    assert problem_in_short(problem)[0] == form


def test_what_a_device_runs_in_short() -> None:
    """Neither what is off nor what moves is called unknown."""
    assert runs_in_short(None) == "not read"
    assert runs_in_short(Observation(BootState.UNKNOWN, "", is_off=True)) == "off"
    assert runs_in_short(Observation(BootState.UNKNOWN, "", in_motion=MOVING)) == "in motion"


def test_csv_is_as_rfc_4180_has_it_and_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    """Quotes, commas and ends of lines; an apostrophe before what a spreadsheet would compute."""
    say_csv(
        ("name", "text", "number", "none"),
        [{"name": "=cmd|' /C calc'!A0", "text": 'a "b", c', "number": -5, "none": None}],
    )
    printed = capsys.readouterr().out
    assert printed == 'name,text,number,none\r\n\'=cmd|\' /C calc\'!A0,"a ""b"", c",-5,\r\n'
    assert list(csv.reader(io.StringIO(printed)))[1][1] == 'a "b", c'


RESCUE = "SoftLayer_Virtual_Guest/124929698/executeRescueLayer"


def test_status_has_one_line_a_device(run: Run, mock: Any) -> None:
    """What needs attention first, nothing wider than 80 columns, the counts at the end."""
    mock.act(RESCUE.replace("124929698", "124929706"))
    shown = run("status").stdout.splitlines()[1:]
    rows = [row for row in shown if row.startswith(("! ", "  "))]
    assert max(map(len, shown)) <= 80
    assert [row.split()[1] for row in rows[1:]] == ["web-1", "app-1"]
    assert rows[1].endswith("no sign of rescue")
    assert rows[2].split()[1:4] == ["app-1", "os", "rescue"]
    assert "2 differ (!)" in shown


def test_status_sorts_and_leaves_out_what_is_as_desired(run: Run, mock: Any) -> None:
    """As it is asked to; what is left out is counted, and the exit code stays."""
    mock.act(RESCUE)
    by_name = run("status", "--sort", "name").stdout
    assert by_name.index("app-1 ") < by_name.index("web-1 ")
    by_down = run("status", "--sort", "down").stdout
    assert by_down.index("web-1 ") < by_down.index("app-1 ")
    rest = run("status", "--only", "differs")
    assert rest.stdout.splitlines()[-1] == "2 as desired, not shown"
    assert rest.exit_code == 0


def test_status_for_programs(run: Run, mock: Any, project: Path) -> None:
    """CSV and JSON say the same; nothing else is on standard output."""
    table_of = list(csv.DictReader(io.StringIO(run("status", "-o", "csv").stdout)))
    devices = json.loads(run("status", "-o", "json").stdout)["devices"]
    assert json.loads(run("status", "--json").stdout)["devices"] == devices
    assert [row["name"] for row in table_of] == ["web-1", "app-1"]
    assert table_of[0]["evidence"] == devices[0]["evidence"]
    both = run("status", "-o", "csv", "--json")
    assert both.exit_code == 1
    assert "-o csv and --json do not go together" in both.stderr


def test_wide_shortens_nothing(run: Run, mock: Any, project: Path) -> None:
    """The whole evidence, and further columns, however long the line gets."""
    name = "web-1." + "long." * 12 + "example"
    (project / "fleet.yaml").write_text(
        f"devices: {{{name}: {{virtual_guest: 124929698, boot: os}}}}"
    )
    mock.act(RESCUE)
    shown = run("status", "-o", "wide").stdout
    assert name in shown
    assert "last transaction" in shown
    assert "198.51.100.11" in shown
