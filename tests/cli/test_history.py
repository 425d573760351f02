"""`classic-rescue history`: journals of files and URLs, whole, empty, missing, damaged and long."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.cli.journal import file as journal_file
from classic_rescue.cli.pages.history_schema import FIELDS, json_schema, render
from tests.cli.conftest import ROOT

Run = Callable[..., Result]
WEB = "virtual_guest/124929698"


def line(day: int, **more: Any) -> dict[str, Any]:
    """A run of five minutes at 1 o'clock of a day in November 2026: web-1 goes into rescue."""
    return {
        "schema_version": 1,
        "time": f"2026-11-{day:02}T01:05:00Z",
        "started": f"2026-11-{day:02}T01:00:00Z",
        "name": "web-1",
        "key": WEB,
        "device": WEB,
        "verb": "enter",
        "wanted": "rescue",
        "from": "os",
        "to": "rescue",
        "result": "changed",
        "exit": 0,
        "requests": ["executeRescueLayer"],
        "took_s": 300.0,
        "evidence": "last transaction 1",
        "text": "os → rescue",
        "reason": "CHG-1",
        "break_glass": None,
        "user": "me",
        "os_user": "jane",
        "host": "laptop",
        "ci_actor": None,
        "ci_url": None,
        "commit": None,
        "endpoint": "https://api.softlayer.com/rest/v3.1/",
        **more,
    }


BACK: dict[str, Any] = {"from": "rescue", "to": "os", "wanted": "os", "requests": ["rebootDefault"]}
REFUSED: dict[str, Any] = {
    "to": None,
    "result": "refused",
    "exit": 3,
    "requests": [],
    "text": "user x lacks permission Y",
}


@pytest.fixture
def write(project: Path) -> Callable[..., Path]:
    """Write the journal of rehearsals, which is read where nothing is configured."""

    def write(*lines: dict[str, Any], tail: str = "") -> Path:
        path = project / ".classic-rescue" / "rehearsals.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in lines) + tail)
        return path

    return write


def flat(ended: Result) -> str:
    """What was printed, without line breaks."""
    return " ".join(ended.stdout.split())


def test_newest_first_with_who_why_from_to_and_how_long(
    run: Run, write: Callable[..., Path]
) -> None:
    """A sentence a run, and the time spent down."""
    write(
        line(1),
        line(3, **BACK, ci_actor="mona", ci_url="https://ci.example/7", break_glass="CHG-9 outage"),
    )
    ended = run("history")
    assert ended.exit_code == 0
    text = flat(ended)
    assert (
        "2026-11-03T01:05:00Z web-1 changed: rescue → os in 5 min; by mona (https://ci.example/7)"
        " as me; reason: CHG-1; BREAK GLASS: CHG-9 outage 2026-11-01T01:05:00Z web-1 changed: os →"
        " rescue in 5 min; by jane as me; reason: CHG-1" in text
    )
    assert "from 2026-11-01T01:00:00Z to" in text
    assert "48 h 5 min" in text


def test_a_device_that_is_still_down_is_said(run: Run, write: Callable[..., Path]) -> None:
    """An outage that nobody sees is the worst: no line shows that it came back."""
    write(line(1))
    assert "down since 2026-11-01T01:00:00Z" in flat(run("history"))


def test_failed_means_every_run_that_failed(run: Run, write: Callable[..., Path]) -> None:
    """`--result failed` is the operator's word; the exact results can be asked for, too."""
    write(line(1), line(2, **REFUSED), line(3, **{**REFUSED, "result": "busy", "exit": 4}))
    assert [
        row["result"]
        for row in json.loads(run("history", "--result", "failed", "--json").stdout)["runs"]
    ] == [
        "busy",
        "refused",
    ]
    text = flat(run("history", "--result", "refused"))
    assert "web-1 REFUSED (wanted: rescue): user x lacks permission Y; by jane as me" in text
    assert "BUSY" not in text
    assert "None of the 3 runs had that result." in flat(run("history", "--result", "moved"))


def test_devices_and_age_choose(run: Run, write: Callable[..., Path]) -> None:
    """By name, by key, by id; not older than; and no more than a number."""
    db = {"name": "db-1", "key": "hostname/db-1", "device": "hardware/7"}
    write(line(1), line(2, **db), line(3))

    def days(*options: str) -> list[str]:
        return [
            row["time"][8:10]
            for row in json.loads(run("history", "--json", *options).stdout)["runs"]
        ]

    assert days() == ["03", "02", "01"]
    assert days("db-1") == days("hostname/db-1") == days("hardware/7") == ["02"]
    assert days("db-1", WEB) == ["03", "02", "01"]
    assert days("--limit", "1") == ["03"]
    assert days("--since", "2026-11-02T02:05:00+01:00") == ["03", "02"]
    assert days("--since", "1m") == []
    assert days("--since", "0001-01-01T00:00:00+14:00") == ["03", "02", "01"]
    assert "No run of nobody is recorded." in flat(run("history", "nobody"))


def test_a_device_is_not_one_that_begins_like_it_or_speaks_of_it(
    run: Run, write: Callable[..., Path]
) -> None:
    """web-1 is neither web-10 nor the device whose line mentions it."""
    longer = {"name": "web-10", "key": f"{WEB}0", "device": f"{WEB}0"}
    write(line(1), line(2, **longer), line(3, **{**longer, "name": "db-1"}, text="after web-1"))
    for device in ("web-1", WEB):
        (row,) = json.loads(run("history", "--json", device).stdout)["runs"]
        assert row["time"][8:10] == "01"


@pytest.mark.parametrize(
    "since", ["soon", "7", "2026-11-02", "2026-11-02T01:00:00", "-1d", "", "9999999w", "999999w"]
)
def test_since_that_is_not_understood(run: Run, write: Callable[..., Path], since: str) -> None:
    """One sentence that says what is allowed."""
    ended = run("history", "--since", since) if since else run("history", "--since", " ")
    assert ended.exit_code == 1
    assert "allowed: an age such as 90m, 12h, 7d or 2w, or a time such as" in ended.stderr


def test_a_line_that_a_killed_writer_left_is_skipped_and_said(
    run: Run, write: Callable[..., Path]
) -> None:
    """The rest is shown; the note has the line's number, empty lines counted."""
    path = write(line(1), tail="\n" + json.dumps(line(2))[:100])
    ended = run("history")
    assert ended.exit_code == 0
    assert "2026-11-01T01:05:00Z  web-1 changed" in ended.stdout
    assert f"{path} (rehearsals on a mock): line 3 is not understood" in ended.stderr
    assert "it is skipped" in ended.stderr


def test_many_damaged_lines_are_counted(run: Run, write: Callable[..., Path]) -> None:
    """Five are told, the rest is a number."""
    write(line(1), tail="[]\n" * 100)
    ended = run("history")
    assert "line 101 is not understood (not an object)" in ended.stderr
    assert "95 more lines are not understood" in ended.stderr
    assert ended.stderr.count("\n") == 6


def test_no_journal_yet_and_an_empty_one(
    run: Run, write: Callable[..., Path], project: Path
) -> None:
    """Both are sentences, and no errors."""
    ended = run("history")
    assert (ended.exit_code, "There is no journal yet" in ended.stdout) == (0, True)
    assert not (project / ".classic-rescue").exists()
    write()
    ended = run("history")
    assert (ended.exit_code, "No run is recorded." in ended.stdout) == (0, True)


def test_real_runs_and_rehearsals_have_journals_of_their_own(
    run: Run, write: Callable[..., Path], project: Path
) -> None:
    """With credentials for the real service the journal of real runs is read,
    and it has nothing of the rehearsals.
    """
    write(line(1))
    settings = {"SL_USERNAME": "me", "SL_API_KEY": "a-key-for-tests"}
    ended = run("history", env=settings)
    assert f"journal: {project}/.classic-rescue/journal.jsonl" in ended.stdout
    assert "web-1" not in ended.stdout
    half = run("history", env={"SL_USERNAME": "me"})
    assert f"journal: {project}/.classic-rescue/journal.jsonl" in half.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CLASSIC_RESCUE_JOURNAL": "off"}, "CLASSIC_RESCUE_JOURNAL is off"),
        ({"CI": "true"}, "CI is set, where none is by default"),
        ({"CLASSIC_RESCUE_JOURNAL": "/"}, "the journal / cannot be read: "),
        ({"CLASSIC_RESCUE_JOURNAL": "/dev/null"}, "not a regular file"),
        ({"CLASSIC_RESCUE_JOURNAL": "http://journal.example/?key=hidden"}, "not encrypted"),
        (
            {"CLASSIC_RESCUE_JOURNAL": "http://127.0.0.1:1/"},
            "the journal http://127.0.0.1:1/ cannot be read",
        ),
    ],
)
def test_a_journal_that_cannot_be_read(run: Run, settings: dict[str, str], words: str) -> None:
    """One sentence, exit code 1, and nothing that may be secret."""
    ended = run("history", env=settings)
    assert ended.exit_code == 1
    assert words in ended.stderr
    assert "hidden" not in ended.output


def test_a_file_that_is_no_journal(run: Run, project: Path) -> None:
    """A huge file without lines ends with a sentence instead of an hour's search."""
    (project / "big").write_bytes(b"x" * 3_000_000)
    ended = run("history", "--journal", "big")
    assert ended.exit_code == 1
    assert "a line of more than 1 MB: this is no journal" in ended.stderr


@pytest.fixture
def served() -> Iterator[tuple[str, list[Any]]]:
    """A URL that gives two runs to whoever has the token."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            self.send_response(200 if asked[-1] == "Bearer tok" else 401)
            self.end_headers()
            self.wfile.write("".join(json.dumps(line(day)) + "\n" for day in (1, 2)).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/j", asked
    server.shutdown()
    server.server_close()


def test_a_url_is_read_with_its_token(run: Run, served: tuple[str, list[Any]]) -> None:
    """JSON lines by GET, newest first like any other."""
    url, _ = served
    settings = {"CLASSIC_RESCUE_JOURNAL": url, "CLASSIC_RESCUE_JOURNAL_TOKEN": "tok"}
    ended = run("history", env=settings)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.index("2026-11-02") < ended.stdout.index("2026-11-01")
    refused = run("history", "--journal", url)
    assert (refused.exit_code, "HTTP Error 401" in refused.stderr) == (1, True)


def test_only_the_end_of_a_long_journal_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it is, twenty runs cost a few blocks."""
    path = tmp_path / "j"
    read = 0
    row = json.dumps(line(1)) + "\n"
    path.write_text(row * 20_000)

    class Counting(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal read
            read += size or 0
            return super().read(size)

    monkeypatch.setattr(journal_file, "_opened", lambda name: Counting(io.FileIO(name)))
    assert len(journal_file.read_journal(str(path), None, most=20).runs) == 20
    assert read <= journal_file.BLOCK_BYTES


@given(
    st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")), max_size=30),
    st.integers(1, 50),
)
def test_backwards_is_forwards_reversed(rows: list[bytes], block: int) -> None:
    """Blocks of any size cut lines anywhere; positions lead to each line."""
    content = b"\n".join(rows)
    before = journal_file.BLOCK_BYTES
    journal_file.BLOCK_BYTES = block
    try:
        found = list(journal_file._backwards(io.BytesIO(content), len(content)))
    finally:
        journal_file.BLOCK_BYTES = before
    assert [row for _, row in found] == [row for row in reversed(rows) if row.strip()]
    assert all(content[position : position + len(row)] == row for position, row in found)


def test_the_published_schema_is_current_and_holds() -> None:
    """`make docs` writes it; a line of the tests, which is one of the hook's own form,
    keeps to it.
    """
    assert (ROOT / "docs" / "history.schema.json").read_text() == render()
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(line(1), json_schema())
    assert [*line(1), "script"] == list(FIELDS)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**line(1), "password": "x"}, json_schema())


@pytest.mark.parametrize(
    ("endpoint", "is_mock"),
    [("http://127.0.0.1:8080/rest/v3.1/", True), ("https://[", False), (None, False)],
)
def test_the_mocks_time_is_called_so(
    run: Run, project: Path, endpoint: str | None, is_mock: bool
) -> None:
    """What took five minutes there took seconds by the clock of the time beside it."""
    path = project / "journal.jsonl"
    path.write_text(json.dumps({**line(1), "endpoint": endpoint}) + "\n")
    shown = " ".join(run("history", "--journal", str(path)).stdout.split())
    assert ("in 5 min of the mock's time;" in shown) is is_mock
    assert "in 5 min" in shown


def test_what_a_deploy_s_hook_writes_is_what_history_shows(
    run: Run, mock: Any, project: Path
) -> None:
    """From the hook to the screen, on a mock: `leave` brings a device back,
    and its line keeps to the schema.
    """
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    assert run("leave", "web-1", "--yes").exit_code == 0
    path = project / ".classic-rescue" / "rehearsals.jsonl"
    (written,) = [json.loads(row) for row in path.read_text().splitlines()]
    jsonschema.validate(written, json_schema())
    assert (written["from"], written["to"], written["requests"]) == (
        "rescue",
        "os",
        ["rebootDefault"],
    )
    assert "web-1 changed: rescue → os" in flat(run("history"))
    assert "reason: classic-rescue leave" in flat(run("history", "web-1"))
