"""The journal and what was told in a real PostgreSQL: made by whoever is first, one connection, no
wait for one that hangs, and no password anywhere.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result

from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.cli.journal.file import read_journal
from classic_rescue.cli.session import connection
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.conductor.__main__ import Conductor
from classic_rescue.hook import database
from classic_rescue.hook.database import Database, DatabaseError, connection_options
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.journal import End, Start, keep, key_of, line_of, place, said
from classic_rescue.hook.journal_table import JournalTable
from classic_rescue.notify.memory import Memory, MemoryLostError, Row, TableStore
from tests.backends.conftest import Postgres
from tests.cli.conftest import FLEET, RealMock
from tests.cli.conftest import mock as mock
from tests.cli.conftest import mock_process as mock_process
from tests.cli.conftest import project as project
from tests.cli.conftest import run as run
from tests.patience import PATIENCE_S

Run = Callable[..., Result]
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
QUICKLY_S = 0.3


@pytest.fixture
def table(tmp_path: Path, postgres: Postgres) -> str:
    """The place of a journal that nobody has made."""
    return f"pg:{tmp_path.name.replace('-', '_')}"


@pytest.fixture
def ask(postgres: Postgres) -> Iterator[Callable[..., list[Any]]]:
    """Ask the database, as its owner."""
    with psycopg.connect(postgres.connection, autocommit=True) as connection:

        def execute(statement: str, *values: object) -> list[Any]:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

        yield execute


def line(name: str = "web-1", at: datetime = AT, **more: object) -> dict[str, Any]:
    """A line of the journal, as the schema has it."""
    return {
        "schema_version": 1,
        "time": clock_time(at),
        "started": clock_time(at),
        "name": name,
        "key": f"virtual_guest/{name}",
        "device": None,
        "verb": "enter",
        "from": "os",
        "to": "rescue",
        "result": "changed",
        "exit": 0,
        "requests": ["executeRescueLayer"],
        "text": "😀 and \\u0000 and \udce9",
        **more,
    }


def test_lines_are_read_newest_first(table: str, postgres: Postgres) -> None:
    """Of some devices, since a time, and no more than wanted."""
    assert read_journal(table, postgres.connection).is_missing
    for number in range(5):
        at = AT + timedelta(hours=number)
        assert keep(table, line(f"web-{number % 2}", at), postgres.connection) == ""
    reading = read_journal(table, postgres.connection)
    assert [run.time.hour for run in reading.runs] == [16, 15, 14, 13, 12]
    assert reading.runs[0].line == line("web-0", AT + timedelta(hours=4))
    some = read_journal(table, postgres.connection, names=["virtual_guest/web-1"])
    assert [run.name for run in some.runs] == ["web-1", "web-1"]
    since = AT + timedelta(hours=2)
    late = read_journal(table, postgres.connection, since=since, most=2)
    assert [run.time.hour for run in late.runs] == [16, 15]


def test_a_row_of_somebody_else_is_skipped(
    table: str, postgres: Postgres, ask: Callable[..., list[Any]]
) -> None:
    """And told."""
    keep(table, line(), postgres.connection)
    values = "(entry, at, name, key, line) VALUES (gen_random_uuid(), now(), 'x', 'y', '[1]')"
    ask(" ".join(["INSERT INTO", f"{table[3:]}.journal", values]))
    reading = read_journal(table, postgres.connection)
    assert len(reading.runs) == 1
    assert reading.damaged == ["row 2 is not understood (not an object); it is skipped"]


APPEND = """
import sys, threading
from classic_rescue.hook.journal import keep
from tests.backends.test_journal_table import line
_, place, key = sys.argv
sys.stdin.readline()
problems = []
threads = [
    threading.Thread(target=lambda n=n: problems.append(keep(place, line(f"w-{n}"), key)))
    for n in range(8)
]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(set(problems))
"""


@pytest.mark.slow
def test_several_processes_make_it_at_the_same_moment(table: str, postgres: Postgres) -> None:
    """`IF NOT EXISTS` alone would fail for all but one."""
    words = [sys.executable, "-c", APPEND, table, postgres.connection]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(words, env=environ, **pipes) for _ in range(4)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert {process.communicate(timeout=PATIENCE_S)[0] for process in started} == {"{''}\n"}
    assert len(read_journal(table, postgres.connection).runs) == 32


@pytest.mark.slow
def test_500_hooks_of_a_conductor_use_one_connection(
    table: str, postgres: Postgres, tmp_path: Path, ask: Callable[..., list[Any]]
) -> None:
    """However many end at the same moment."""
    dsn = f"{postgres.connection}&application_name={table[3:]}"
    conductor = Conductor(str(tmp_path), {}, pace=45.0, tell=lambda text: None)
    gate = threading.Event()
    problems: list[str] = []

    def end(number: int) -> None:
        gate.wait(PATIENCE_S)
        problems.append(conductor.keep(table, line(f"web-{number}"), dsn))

    threads = [threading.Thread(target=end, args=(number,)) for number in range(500)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    ((connections,),) = ask(statement, table[3:])
    assert connections == 1
    assert set(problems) == {""}
    assert len(read_journal(table, postgres.connection).runs) == 500


def test_a_connection_that_was_ended_is_made_again(
    table: str, postgres: Postgres, ask: Callable[..., list[Any]]
) -> None:
    """A run takes hours, and a database is restarted meanwhile."""
    kept = JournalTable(table, f"{postgres.connection}&application_name={table[3:]}")
    assert kept.append(line()) == ""
    ask(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s",
        table[3:],
    )
    assert kept.append(line("web-2")) == ""
    kept.close()
    assert len(read_journal(table, postgres.connection).runs) == 2


def test_who_may_only_read_reads_the_history(
    table: str, postgres: Postgres, ask: Callable[..., list[Any]]
) -> None:
    """A line that cannot be written is said, and stops nothing; the history is there."""
    schema = table[3:]
    keep(table, line(), postgres.connection)
    ask(f"CREATE ROLE {schema}_reader LOGIN")
    ask(f"GRANT USAGE ON SCHEMA {schema} TO {schema}_reader")
    ask(f"GRANT SELECT ON {schema}.journal TO {schema}_reader")
    reader = postgres.connection.replace("//postgres:", f"//{schema}_reader:")
    assert len(read_journal(table, reader).runs) == 1
    problem = keep(table, line(), reader)
    assert problem == (
        f"the table {schema}.journal in PostgreSQL: permission denied for table journal"
    )
    store = TableStore(table, {"PG_CONN_STR": reader})
    with pytest.raises(MemoryLostError, match="permission denied for table told"):
        store.claim([Row("a", "b", "c")], AT)
    store.close()


def test_a_user_who_may_make_nothing_is_told(
    table: str, postgres: Postgres, ask: Callable[..., list[Any]]
) -> None:
    """Where nothing was made yet."""
    ask(f"CREATE ROLE {table[3:]}_nobody LOGIN")
    nobody = postgres.connection.replace("//postgres:", f"//{table[3:]}_nobody:")
    assert read_journal(table, nobody).is_missing
    assert "permission denied for database postgres" in keep(table, line(), nobody)


def test_a_server_that_says_nothing_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one hook nor the next."""
    monkeypatch.setattr(database, "LONGEST_S", QUICKLY_S)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        port = silent.getsockname()[1]
        asked = Database(f"host=127.0.0.1 port={port} user=a", {}, longest_s=QUICKLY_S)
        for _ in range(2):
            with pytest.raises(DatabaseError, match=r"no answer within 0\.3 s"):
                asked.ask(lambda connection: None)


def test_a_server_that_is_not_there_is_said() -> None:
    """In one line, without the password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgres://u:a-secret-of-mine@127.0.0.1:{taken.getsockname()[1]}/d?sslmode=disable"
        problem = keep("pg:classic_rescue", line(), url)
        assert "Connection refused" in problem
        assert "a-secret-of-mine" not in problem
        assert "\n" not in problem
        with pytest.raises(
            Failure, match=r"the table classic_rescue\.journal in PostgreSQL cannot"
        ):
            read_journal("pg:classic_rescue", url)


@pytest.mark.parametrize(
    ("text", "environ", "wanted"),
    [
        ("", {}, {"host": "localhost", "sslmode": "require"}),
        ("", {"PGHOST": "db"}, {"host": None, "sslmode": "require"}),
        ("", {"PGSSLMODE": "disable", "PGSERVICE": "s"}, {"host": None, "sslmode": None}),
        ("host=db binary_parameters=yes sslmode=verify-full", {}, {"sslmode": "verify-full"}),
        ("postgres://u:p%40@db/d?binary_parameters=yes", {}, {"password": "p@", "host": "db"}),
        ("postgresql://db:99/d?connect_timeout=900", {}, {"port": "99", "connect_timeout": 3}),
    ],
)
def test_a_connection_is_told_as_terraform_is(
    text: str, environ: dict[str, str], wanted: dict[str, object]
) -> None:
    """lib/pq's usual values count, and what only it knows is left out."""
    options = connection_options(text, environ)
    assert {key: options.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("text", ["postgres://[", "a-secret-of-mine", "host=x a-secret=y"])
def test_a_connection_string_that_is_none_is_not_shown(text: str) -> None:
    """It may hold a password."""
    with pytest.raises(DatabaseError, match="PG_CONN_STR is not understood") as caught:
        connection_options(text, {})
    assert text not in str(caught.value)


def test_without_the_driver_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way to get it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'classic-rescue[pg]'" in keep("pg:classic_rescue", line(), "")


def test_the_fleets_database_is_the_usual_place() -> None:
    """Also in CI; what a variable names counts more, and a rehearsal has its own file."""
    named = {"CLASSIC_RESCUE_JOURNAL": "https://journal.example"}
    table = "pg:classic_rescue"
    assert place({}, "/p", is_rehearsal=False, table=table) == table
    assert place({"CI": "true"}, "/p", is_rehearsal=False, table=table) == table
    assert place(named, "/p", is_rehearsal=False, table=table) == "https://journal.example"
    assert place({"CLASSIC_RESCUE_JOURNAL": "off"}, "/p", is_rehearsal=False, table=table) == ""
    mock = place({}, "/p", is_rehearsal=True, table=table)
    assert mock == "/p/.classic-rescue/rehearsals.jsonl"
    assert place({"CLASSIC_RESCUE_JOURNAL": "pg:other"}, "/p", is_rehearsal=True) == "pg:other"
    assert said(table) == "the table classic_rescue.journal in PostgreSQL"
    secrets = {"PG_CONN_STR": "postgres://", "CLASSIC_RESCUE_JOURNAL_TOKEN": "token"}
    assert key_of(table, secrets) == "postgres://"
    assert key_of("https://journal.example", secrets) == "token"


def test_history_reads_the_table_and_says_so(
    run: Run, project: Path, postgres: Postgres, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the fleet's backend, in CI as well, without any key of the service."""
    (project / "fleet.yaml").write_text(f"backend: {{type: pg, schema: {table[3:]}}}\n{FLEET}")
    monkeypatch.setenv("PG_CONN_STR", postgres.connection)
    monkeypatch.setenv("CI", "true")
    ended = run("history")
    assert "There is no journal yet" in ended.stdout
    order = Order("web-1", DeviceRef.from_key("virtual_guest/1"), Goal(BootState.RESCUE))
    told = {"step": "done", "result": "changed", "before": "os", "after": "rescue", "text": "done"}
    whole = line_of(Start("enter", order, AT), End(Exit.DONE, AT, told, took_s=1.0), {})
    keep(table, whole, postgres.connection)
    ended = run("history")
    assert f"journal: the table {table[3:]}.journal in PostgreSQL" in ended.stdout
    assert "web-1 changed: os → rescue" in ended.stdout
    assert len(json.loads(run("history", "--json").stdout)["runs"]) == 1
    assert postgres.password not in ended.output


@pytest.mark.slow
def test_a_hook_of_ours_writes_to_it(
    run: Run, mock: RealMock, postgres: Postgres, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`leave`, where the variable names the table; a mock is no reason against what is named."""
    monkeypatch.setenv("PG_CONN_STR", postgres.connection)
    monkeypatch.setenv("CLASSIC_RESCUE_JOURNAL", table)
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    ended = run("leave", "web-1", "--yes")
    assert ended.exit_code == 0, ended.output
    (only,) = read_journal(table, postgres.connection).runs
    assert (only.name, only.result, only.after) == ("web-1", "changed", "os")


def test_a_rehearsal_does_not_go_there_by_itself(
    run: Run, mock: RealMock, project: Path, postgres: Postgres, table: str
) -> None:
    """Its backend may be the real one."""
    (project / "fleet.yaml").write_text(f"backend: {{type: pg, schema: {table[3:]}}}\n{FLEET}")
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    ended = run("leave", "web-1", "--yes", env={"PG_CONN_STR": postgres.connection})
    assert ended.exit_code == 0, ended.output
    assert read_journal(table, postgres.connection).is_missing
    assert (project / ".classic-rescue" / "rehearsals.jsonl").exists()


def memory(table: str, postgres: Postgres) -> Memory:
    """What was told, beside the journal."""
    return Memory(TableStore(table, {"PG_CONN_STR": postgres.connection}), "a", AT)


def test_what_was_told_is_remembered_for_every_machine(table: str, postgres: Postgres) -> None:
    """As in a file: claimed once, released, forgotten, pruned."""
    found = memory(table, postgres)
    rows = [Row("ops down", f"virtual_guest/{n}", "then") for n in range(500)]
    assert found.claim(rows) == set(rows)
    assert memory(table, postgres).claim([*rows[:5], Row("ops down", "x", "y")]) == {
        Row("ops down", "x", "y")
    }
    found.release(rows[:1])
    assert found.claim(rows) == {rows[0]}
    assert found.newest("ops down", ["virtual_guest/1", "none"]) == {"virtual_guest/1": "then"}
    found.forget(["ops down"], ["virtual_guest/1"])
    assert found.newest("ops down", ["virtual_guest/1"]) == {}
    later = TableStore(table, {"PG_CONN_STR": postgres.connection})
    later.prune(AT + timedelta(days=1))
    assert found.newest("ops down", ["virtual_guest/2"]) == {}
    found.close()
    later.close()


def test_two_machines_tell_once(table: str, postgres: Postgres) -> None:
    """At the same moment, before there is any table."""
    gate = threading.Event()
    won: list[int] = []

    def claim() -> None:
        found = memory(table, postgres)
        gate.wait(PATIENCE_S)
        won.append(len(found.claim([Row("ops down", str(n), "then") for n in range(50)])))
        found.close()

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert sum(won) == 50


def test_a_command_says_once_that_the_driver_is_missing(
    run: Run, mock: RealMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes on without a journal: no hook says it again."""
    monkeypatch.setattr(connection, "find_spec", lambda name: None)
    monkeypatch.setenv("CLASSIC_RESCUE_JOURNAL", "pg:classic_rescue")
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    ended = run("leave", "web-1", "--yes")
    assert ended.exit_code == 0, ended.output
    assert ended.output.count("pip install 'classic-rescue[pg]'") == 1
