"""The journal as a table of PostgreSQL, in the schema that the fleet's `pg` backend names.

Nobody has to make it: the first line does, whoever is first. A user who may only read it can read
the history.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from classic_rescue.hook.database import (
    LOCK,
    LONGEST_S,
    NO_DRIVER,
    Database,
    DatabaseError,
    one_line,
)

if TYPE_CHECKING:
    from classic_rescue.hook.database import Connection

__all__ = ["NO_DRIVER", "JournalTable", "TableError", "prepared"]

READ_S = 30.0
_MILLISECONDS = int(LONGEST_S * 1000)

TABLES = """
CREATE TABLE IF NOT EXISTS {schema}.journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    name text NOT NULL,
    key text NOT NULL,
    device text,
    line json NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_at ON {schema}.journal (at);
CREATE TABLE IF NOT EXISTS {schema}.told (
    scope text NOT NULL,
    device text NOT NULL,
    begin text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (scope, device, begin)
);
"""
"""`entry` is a line's own number: a line that is sent again after a lost answer stands there once.
`told` is what people were told of (`notify.memory`).
"""

Value = TypeVar("Value")


class TableError(Exception):
    """The table cannot be used; the text says why."""


@dataclass(slots=True, eq=False)
class _Entry:
    """A line on its way. `problem` is None as long as nobody knows, and empty when it is there."""

    values: tuple[object, ...]
    problem: str | None = None


class JournalTable:
    """The journal at a place such as `pg:classic_rescue`. `key` is the connection string."""

    def __init__(self, place: str, key: str | None) -> None:
        self._schema = place.partition(":")[2].strip()
        self._database = Database(key or "", os.environ)
        self._turn = threading.Lock()
        self._waiting: deque[_Entry] = deque()

    def close(self) -> None:
        """End its connection."""
        self._database.close()

    def append(self, line: Mapping[str, Any]) -> str:
        """Add a line. Returns why it cannot be written; empty when it is.

        Lines that many hooks end with at the same moment go in one statement: whoever has the turn
        writes all that wait.
        """
        # Not uuid4, which asks the system for chance: nobody plays a line again by its number.
        number = str(uuid.UUID(bytes=secrets.token_bytes(16)))
        columns = [line[name] for name in ("time", "name", "key", "device")]
        entry = _Entry((number, *columns, json.dumps(line)))
        self._waiting.append(entry)
        if self._turn.acquire(timeout=LONGEST_S):
            try:
                if entry.problem is None:
                    self._write_waiting()
            finally:
                self._turn.release()
        problem = f"no answer within {LONGEST_S:g} s" if entry.problem is None else entry.problem
        return problem and f"the table {self._schema}.journal in PostgreSQL: {problem}"

    def _write_waiting(self) -> None:
        entries = []
        with suppress(IndexError):
            while True:
                entries.append(self._waiting.popleft())
        values = [list(column) for column in zip(*(entry.values for entry in entries), strict=True)]
        problem = ""
        try:
            self._ask(lambda connection: self._insert(connection, values), makes=True)
        except TableError as error:
            problem = str(error)
        for entry in entries:
            entry.problem = problem

    def _insert(self, connection: Connection, values: Sequence[object]) -> None:
        from psycopg import sql

        statement = sql.SQL(
            "INSERT INTO {}.journal (entry, at, name, key, device, line)"
            " SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[],"
            " %s::text[], %s::json[]) ON CONFLICT (entry) DO NOTHING"
        ).format(sql.Identifier(self._schema))
        with connection.transaction():
            connection.execute(f"SET LOCAL statement_timeout = {_MILLISECONDS}")
            connection.execute(statement, values)

    def lines(
        self, names: Sequence[str], since: datetime | None, most: int
    ) -> list[tuple[int, str]] | None:
        """The newest lines with their numbers, newest first; None where there is no table yet.
        Raises TableError.
        """
        from psycopg import sql

        wanted: sql.Composable = sql.SQL("TRUE")
        given: list[object] = []
        if names:
            wanted = sql.SQL("(name = ANY(%s) OR key = ANY(%s) OR device = ANY(%s))")
            given += [list(names)] * 3
        if since:
            wanted = sql.SQL(" AND ").join([wanted, sql.SQL("at >= %s")])
            given.append(since)
        statement = sql.SQL(
            "SELECT seq, line::text FROM {}.journal WHERE {} ORDER BY at DESC, seq DESC LIMIT %s"
        ).format(sql.Identifier(self._schema), wanted)

        def read(connection: Connection) -> list[tuple[int, str]]:
            rows = connection.execute(statement, [*given, most]).fetchall()
            return [(int(number), str(line)) for number, line in rows]

        return self._ask(read, longest_s=READ_S)

    def _ask(
        self,
        work: Callable[[Connection], Value],
        *,
        makes: bool = False,
        longest_s: float = LONGEST_S,
    ) -> Value | None:
        """Ask, and make the tables first where they are missing and `makes` says so; else None."""
        try:
            return prepared(self._database, self._schema, work, makes=makes, longest_s=longest_s)
        except DatabaseError as problem:
            raise TableError(str(problem)) from None


def prepared(
    database: Database,
    schema: str,
    work: Callable[[Connection], Value],
    *,
    makes: bool,
    longest_s: float = LONGEST_S,
) -> Value | None:
    """What `work` gives. Where our tables are missing they are made before, if `makes`; else None
    is given. Raises DatabaseError.
    """

    def asked(connection: Connection) -> Value | None:
        from psycopg import Error, errors

        try:
            try:
                return work(connection)
            except (errors.UndefinedTable, errors.InvalidSchemaName):
                if not makes:
                    return None
                _make(connection, schema)
                return work(connection)
        except errors.OperationalError as problem:
            if connection.broken:
                raise
            raise DatabaseError(one_line(problem)) from None
        except Error as problem:
            raise DatabaseError(one_line(problem)) from None

    return database.ask(asked, longest_s=longest_s)


def _make(connection: Connection, schema: str) -> None:
    """Make what is missing, one maker at a time: `IF NOT EXISTS` alone fails where two are."""
    from psycopg import sql

    name = sql.Identifier(schema)
    with connection.transaction():
        connection.execute(f"SET LOCAL statement_timeout = {_MILLISECONDS}")
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
        if found.fetchone() is None:
            # Only where it is missing: asking for it needs a right that few users have.
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        connection.execute(sql.SQL(TABLES).format(schema=name))
