"""The history: one line a run, whatever happens to the run or to the journal."""

from __future__ import annotations

import base64
import http.server
import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.hook import __main__ as rim
from classic_rescue.hook import journal, orders
from classic_rescue.hook.exits import Exit, Interrupted
from classic_rescue.hook.journal import End, Start
from classic_rescue.hook.report import Report
from tests.conftest import KEY, USER, Mock
from tests.hook.test_rim import BARE, hook, signed_in
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from tests.hook.conftest import Bench

WEB = 124929698
GLASS = {"CLASSIC_RESCUE_BREAK_GLASS": " CHG-9\n"}


@pytest.fixture
def stopped_mock(served_mock: Mock) -> Mock:
    """Hooks that are processes of their own need a port."""
    return served_mock


def lines(path: Path) -> list[dict[str, Any]]:
    """Every line of a journal; an empty one is nothing (see `journal._append`)."""
    return [json.loads(line) for line in path.read_text().splitlines() if line]


@contextmanager
def receiver(
    status: int = 200, *, gate: threading.Event | None = None
) -> Iterator[tuple[str, list[Any]]]:
    """A server that keeps what is posted to it. With a gate it answers only when that opens."""
    received: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, dict(self.headers), body))
            if gate:
                gate.wait(PATIENCE_S)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/journal", received
    finally:
        if gate:
            gate.set()
        server.shutdown()
        server.server_close()


def test_a_run_is_one_line_that_says_who_why_from_and_to(
    bench: Bench, order_json: str, source_root: Path, tmp_path: Path
) -> None:
    """The line holds what an operator asks the morning after, and no secret,
    whatever the reason says.
    """
    path = tmp_path / "journal.jsonl"
    order = json.dumps({**json.loads(order_json), "reason": f"CHG-1 {KEY} tok-12345\n"})
    environment = {
        **signed_in(bench, order),
        "CLASSIC_RESCUE_JOURNAL": str(path),
        "CLASSIC_RESCUE_JOURNAL_TOKEN": "tok-12345",
        "CLASSIC_RESCUE_BREAK_GLASS": "CHG-9 outage",
        "CI": "true",
        "GITHUB_ACTOR": "mona",
        "GITHUB_SHA": "0123abc",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "7",
    }
    done = hook(["enter"], environment, source_root)
    assert done.returncode == Exit.DONE, done.stderr
    (line,) = lines(path)
    assert KEY not in path.read_text()
    assert "tok-12345" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    told = {
        key: line[key]
        for key in ("schema_version", "name", "key", "device", "verb", "wanted", "from", "to")
    }
    assert told == {
        "schema_version": 1,
        "name": "dev",
        "key": f"virtual_guest/{WEB}",
        "device": f"virtual_guest/{WEB}",
        "verb": "enter",
        "wanted": "os",
        "from": "os",
        "to": "os",
    }
    assert (line["result"], line["exit"], line["requests"]) == ("unchanged", 0, [])
    assert (line["user"], line["ci_actor"], line["commit"]) == ("demo", "mona", "0123abc")
    assert line["ci_url"] == "https://github.com/o/r/actions/runs/7"
    assert (line["reason"], line["break_glass"]) == ("CHG-1 *** ***?", "CHG-9 outage")
    assert line["endpoint"] == bench.mock.rest
    assert line["evidence"]
    assert line["took_s"] >= 0
    assert line["started"] <= line["time"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"CLASSIC_RESCUE_BREAK_GLASS": " \t"}, None),
        ({"CLASSIC_RESCUE_BREAK_GLASS": "\u3164\u200b"}, None),
        (GLASS, "CHG-9"),
    ],
)
def test_a_reason_of_blanks_is_no_break_glass(
    environ: dict[str, str], expected: str | None
) -> None:
    """It sets nothing aside, so no line says so."""
    order = Order("dev", DeviceRef.from_key(f"virtual_guest/{WEB}"), Goal(BootState.OS))
    start = Start("enter", order, datetime.now(UTC))
    end = End(Exit.POLICY, datetime.now(UTC), {})
    assert journal.line_of(start, end, environ)["break_glass"] == expected


def test_a_key_in_the_settings_file_is_a_secret_too(
    bench: Bench, order_json: str, source_root: Path, tmp_path: Path
) -> None:
    """Wherever the credentials come from, they never get into a line;
    nor does what is sent of them.
    """
    path = tmp_path / "j.jsonl"
    sent = base64.b64encode(f"{USER}:{KEY}".encode()).decode()
    (tmp_path / ".softlayer").write_text(f"[softlayer]\nusername = {USER}\napi_key = {KEY}\n")
    environment = {
        "HOME": str(tmp_path),
        "CLASSIC_RESCUE_ENDPOINT": bench.mock.rest,
        "CLASSIC_RESCUE_ORDER": json.dumps({**json.loads(order_json), "reason": f"{KEY} {sent}"}),
        "CLASSIC_RESCUE_JOURNAL": str(path),
    }
    done = hook(["enter"], environment, source_root)
    assert done.returncode == Exit.DONE, done.stderr
    (line,) = lines(path)
    assert line["reason"] == "*** ***"


def _report() -> Report:
    """One that nobody reads."""
    return Report(
        "dev",
        "virtual_guest/1",
        now=lambda: datetime.now(UTC),
        out=io.StringIO(),
        err=io.StringIO(),
    )


def test_the_first_signal_makes_the_next_ones_harmless() -> None:
    """Terraform and the terminal may both send one: the second must not cut off the last words,
    nor the journal.
    """
    before = [(number, signal.getsignal(number)) for number in rim.SIGNALS]
    report = _report()
    try:
        rim._listen(report)
        handler = signal.getsignal(signal.SIGTERM)
        assert callable(handler)
        with pytest.raises(Interrupted):
            handler(signal.SIGTERM, None)
        assert [signal.getsignal(number) for number in rim.SIGNALS] == [signal.SIG_IGN] * 3
        report.say("done", "it is there")
        assert handler(signal.SIGTERM, None) is None
    finally:
        for number, old in before:
            signal.signal(number, old)


def test_an_interrupt_that_python_drops_ends_the_next_wait() -> None:
    """A handler that runs while a stream is finalised raises in vain."""

    class Ending(io.RawIOBase):
        def close(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    before = [(number, signal.getsignal(number)) for number in rim.SIGNALS]
    report = _report()
    sleep = orders.sleeper(report, lambda seconds: None, 1.0)
    try:
        rim._listen(report)
        stream = Ending()
        sleep(0)
        del stream
        with pytest.raises(Interrupted):
            sleep(0)
    finally:
        for number, old in before:
            signal.signal(number, old)


def test_gitlab_names_its_run_too() -> None:
    """Actor, commit and run come from GitLab's predefined variables."""
    environ = {
        "GITLAB_USER_LOGIN": "jane",
        "CI_COMMIT_SHA": "abc",
        "CI_JOB_URL": "https://gitlab.example/j/1",
    }
    found = journal._first(environ, journal._ACTORS), journal.ci_url(environ)
    assert found == ("jane", "https://gitlab.example/j/1")


@pytest.mark.parametrize(
    ("environ", "project", "is_rehearsal", "expected"),
    [
        ({}, "/p", False, "/p/.classic-rescue/journal.jsonl"),
        ({}, "/p", True, "/p/.classic-rescue/rehearsals.jsonl"),
        ({}, None, False, ""),
        ({"CI": "true"}, "/p", False, ""),
        ({"CI": "false"}, "/p", False, "/p/.classic-rescue/journal.jsonl"),
        ({"CI": "true", "CLASSIC_RESCUE_JOURNAL": "j.jsonl"}, "/p", False, "/p/j.jsonl"),
        ({"CLASSIC_RESCUE_JOURNAL": "/x/j.jsonl"}, "/p", True, "/x/j.jsonl"),
        ({"CLASSIC_RESCUE_JOURNAL": "https://j.example/x"}, None, False, "https://j.example/x"),
        ({"CLASSIC_RESCUE_JOURNAL": "OFF"}, "/p", False, ""),
    ],
)
def test_where_the_journal_is(
    environ: dict[str, str], project: str | None, is_rehearsal: bool, expected: str
) -> None:
    """What is set counts, relative to the project; else a file of the project,
    but none in CI or outside a project.
    """
    assert journal.place(environ, project, is_rehearsal=is_rehearsal) == expected


@pytest.mark.parametrize("output", ["cdktf.out", ".classic-rescue/cdktf.out"])
def test_terraform_s_folder_leads_to_the_project(tmp_path: Path, output: str) -> None:
    """The hook runs in cdktf.out/stacks/STACK, also that of a rehearsal;
    anywhere else there is no project.
    """
    stack = tmp_path / output / "stacks" / "fleet-0"
    stack.mkdir(parents=True)
    assert journal.project_around(str(stack)) is None
    (tmp_path / output / "manifest.json").write_text("{}")
    assert journal.project_around(str(stack)) == str(tmp_path)


def test_lines_of_a_hundred_processes_never_mix(tmp_path: Path) -> None:
    """Also above 4 kB, where a pipe would tear them."""
    path = tmp_path / "journal.jsonl"
    code = (
        "import sys; from classic_rescue.hook import journal\n"
        "for n in range(25):"
        " assert not journal.keep(sys.argv[1], {'n': n, 'text': sys.argv[2] * 9000}, None)"
    )
    environment = {**BARE, "PYTHONPATH": os.pathsep.join(sys.path)}
    workers = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(number % 10)], env=environment)
        for number in range(8)
    ]
    assert [worker.wait(PATIENCE_S) for worker in workers] == [0] * 8
    found = lines(path)
    assert len(found) == 200
    assert all(len(set(line["text"])) == 1 and len(line["text"]) == 9000 for line in found)


def test_a_journal_may_be_moved_away(tmp_path: Path) -> None:
    """As logrotate does: the next line begins a new file, that only its owner may read."""
    path = tmp_path / "journal.jsonl"
    assert journal.keep(str(path), {"run": 1}, None) == ""
    path.rename(tmp_path / "journal.jsonl.1")
    assert journal.keep(str(path), {"run": 2}, None) == ""
    assert (tmp_path / "journal.jsonl.1").read_text() == '{"run": 1}\n'
    assert path.read_text() == '{"run": 2}\n'
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_unfinished_line_takes_the_next_one_not_along(tmp_path: Path) -> None:
    """A writer that was killed leaves half a line; what comes after stands on a line of its own."""
    path = tmp_path / "journal.jsonl"
    path.write_text('{"n": 1}\n{"n": 2, "te')
    assert journal.keep(str(path), {"n": 3}, None) == ""
    assert path.read_text() == '{"n": 1}\n{"n": 2, "te\n{"n": 3}\n'


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """A line that could be written only in part is no line, and the note says why."""
    path = tmp_path / "journal.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))  # Python ignores SIGXFSZ
    try:
        said = journal.keep(str(path), {"text": "longer than ten bytes"}, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert said == f"{path}: only a part of the line could be written: the disk is full"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/nonexistent/j.jsonl", "/nonexistent/j.jsonl: No such file or directory"),
        ("/dev/null", "/dev/null: not a regular file"),
        ("/", "/: Is a directory"),
        (
            "http://journal.example/x?key=hidden",
            "http://journal.example/x: not encrypted; allowed: a path, an https",
        ),
        (
            "https://me:hidden@journal.example/x",
            "the URL holds credentials; put a bearer token into",
        ),
        ("ftp://journal.example/x", "ftp://journal.example/x: not a usable URL"),
        ("http://[::", "not a usable URL"),
        ("http://127.0.0.1:1/x", "http://127.0.0.1:1/x: URLError"),
    ],
)
def test_a_journal_that_cannot_be_written_stops_no_transition(
    bench: Bench, order_json: str, source_root: Path, place: str, words: str
) -> None:
    """It is said once, without what may be secret, and the run ends as if there were none."""
    done = hook(
        ["enter"], {**signed_in(bench, order_json), "CLASSIC_RESCUE_JOURNAL": place}, source_root
    )
    assert done.returncode == Exit.DONE, done.stdout
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "the device is not touched by that" in done.stderr
    assert "hidden" not in done.stderr


def test_a_url_gets_the_line_with_the_token(
    bench: Bench, order_json: str, source_root: Path
) -> None:
    """One POST of one JSON line; the bearer token comes from the environment.

    A proxy is no way to this machine.
    """
    with receiver() as (url, received):
        environment = {
            **signed_in(bench, order_json),
            "CLASSIC_RESCUE_JOURNAL": url,
            "CLASSIC_RESCUE_JOURNAL_TOKEN": "tok-12345",
            "http_proxy": "http://127.0.0.1:1",
        }
        done = hook(["enter"], environment, source_root)
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    ((path, headers, body),) = received
    assert path == "/journal"
    assert headers["Authorization"] == "Bearer tok-12345"
    assert headers["Content-Type"] == "application/x-ndjson"
    assert body.endswith(b"}\n")
    assert json.loads(body)["result"] == "unchanged"


@pytest.mark.parametrize(
    ("status", "words"), [(500, "HTTP Error 500"), (302, "HTTP Error 302"), (401, "Error 401")]
)
def test_a_url_that_refuses_is_said(status: int, words: str) -> None:
    """An error of the journal's server is a note; a redirect is not followed,
    since it would get the token.
    """
    with receiver(status) as (url, received):
        said = journal.keep(url, {"n": 1}, "tok-12345")
    assert said.startswith(url)
    assert words in said
    assert len(received) == 1


def test_a_url_that_does_not_answer_costs_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the server does, the hook goes on after its time."""
    monkeypatch.setattr(journal, "LONGEST_POST_S", 0.05)
    with receiver(gate=threading.Event()) as (url, _):
        said = journal.keep(url, {"n": 1}, None)
    assert "no answer within 0.05 s" in said or "timed out" in said


@pytest.mark.slow
def test_a_failed_run_is_a_line(
    bench: Bench, order_json: str, source_root: Path, tmp_path: Path
) -> None:
    """A refusal is recorded with its exit code and its words."""
    path = tmp_path / "j.jsonl"
    order = json.dumps({**json.loads(order_json), "device": "virtual_guest/999"})
    done = hook(
        ["enter"], {**signed_in(bench, order), "CLASSIC_RESCUE_JOURNAL": str(path)}, source_root
    )
    assert done.returncode == Exit.REFUSED
    (line,) = lines(path)
    assert (line["result"], line["exit"], line["from"], line["to"]) == ("refused", 3, None, None)
    assert "cannot be found" in line["text"]


def test_missing_credentials_are_a_line(order_json: str, source_root: Path, tmp_path: Path) -> None:
    """A run that could not even begin is recorded, too:
    somebody wanted something of this device.
    """
    path = tmp_path / "j.jsonl"
    environment = {
        "CLASSIC_RESCUE_ORDER": order_json,
        "CLASSIC_RESCUE_JOURNAL": str(path),
        "SL_API_KEY": KEY,
    }
    assert hook(["leave"], environment, source_root).returncode == Exit.USAGE
    (line,) = lines(path)
    assert (line["result"], line["verb"], line["took_s"], line["endpoint"]) == (
        "usage",
        "leave",
        None,
        None,
    )
    assert KEY not in path.read_text()


def test_an_interrupted_run_is_a_line(
    bench: Bench, order_json: str, source_root: Path, tmp_path: Path
) -> None:
    """SIGTERM, even sent several times: one line, which says what is still under way."""
    path = tmp_path / "j.jsonl"
    bench.mock.call_as_somebody_else("SoftLayer_Virtual_Guest", WEB, "executeRescueLayer")
    bench.sleep(20)
    process = subprocess.Popen(
        [sys.executable, "-m", "classic_rescue.hook", "enter"],
        env={
            **BARE,
            "PYTHONPATH": str(source_root),
            **signed_in(bench, order_json),
            "CLASSIC_RESCUE_JOURNAL": str(path),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for text in process.stdout:
        if "so far" in text:
            break
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
    process.stdout.read()
    assert process.wait(PATIENCE_S) == Exit.INTERRUPTED
    (line,) = lines(path)
    assert (line["result"], line["exit"]) == ("interrupted", 130)
    assert "is still under way on virtual_guest" in line["text"]


def test_a_run_whose_reader_has_gone_is_a_line(
    bench: Bench, order_json: str, source_root: Path, tmp_path: Path
) -> None:
    """A closed standard output ends the hook; the journal still says so."""
    path = tmp_path / "j.jsonl"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "classic_rescue.hook", "enter"],
        env={
            **BARE,
            "PYTHONPATH": str(source_root),
            **signed_in(bench, order_json),
            "CLASSIC_RESCUE_JOURNAL": str(path),
        },
        stdout=writing,
        timeout=PATIENCE_S,
        check=False,
    )
    os.close(writing)
    assert done.returncode == Exit.FAILED
    (line,) = lines(path)
    assert line["result"] == "failed"
    assert "BrokenPipeError" in line["text"]
