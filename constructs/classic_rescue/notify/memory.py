"""What people were told of, so that they are told once: whoever of two processes writes a key down
first may tell it.

In the database of the journal where that is PostgreSQL, and otherwise in a file beside the locks of
this machine. Where neither can be written, events are told again with each look.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from classic_rescue.boot import environment
from classic_rescue.hook import journal
from classic_rescue.hook.database import Database, DatabaseError
from classic_rescue.hook.device_files import private_folder

if TYPE_CHECKING:
    from classic_rescue.hook.database import Connection

KEPT = timedelta(days=30)
FILE = "told.sqlite"
PATIENCE_S = 3.0


class MemoryLostError(Exception):
    """Nothing can be remembered; the text says why."""


class Store(Protocol):
    """Where rows of `told` (key, at) are. Each call raises MemoryLostError."""

    def execute(self, statement: str, values: Sequence[object]) -> tuple[list[str], int]:
        """The first column of the rows, and how many rows were changed. `?` is a place."""

    def close(self) -> None:
        """End it."""


class Memory:
    """Keys that were told. `account` keeps the devices of two services apart, `now` is
    when this run began.
    """

    def __init__(self, store: Store, account: str, now: datetime) -> None:
        self._store = store
        self._account = account
        self._now = now

    def claim(self, parts: Sequence[str]) -> bool:
        """Write a key down. False: it was there."""
        statement = "INSERT INTO told (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
        return self._execute(statement, self._key(parts), self._now.isoformat())[1] > 0

    def release(self, parts: Sequence[str]) -> None:
        """Forget a key: nobody was told."""
        self._execute("DELETE FROM told WHERE key = ?", self._key(parts))

    def newest(self, parts: Sequence[str]) -> str:
        """What follows these parts in the newest key that begins with them; empty for none."""
        prefix = f"{self._key(parts)}|"
        statement = "SELECT key FROM told WHERE substr(key, 1, ?) = ? ORDER BY at DESC, key DESC"
        found, _ = self._execute(statement, len(prefix), prefix)
        return found[0].removeprefix(prefix) if found else ""

    def forget(self, parts: Sequence[str]) -> None:
        """Forget every key that begins with these parts."""
        prefix = f"{self._key(parts)}|"
        self._execute("DELETE FROM told WHERE substr(key, 1, ?) = ?", len(prefix), prefix)

    def prune(self) -> None:
        """Forget what is old."""
        before = (self._now - KEPT).isoformat()
        self._execute("DELETE FROM told WHERE at < ?", before)

    def close(self) -> None:
        """End it."""
        self._store.close()

    def _key(self, parts: Sequence[str]) -> str:
        return "|".join([self._account, *(part.replace("|", "/") for part in parts)])

    def _execute(self, statement: str, *values: object) -> tuple[list[str], int]:
        return self._store.execute(statement, values)


class FileStore:
    """A file of this machine; SQLite keeps two processes apart."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._path = ""

    def execute(self, statement: str, values: Sequence[object]) -> tuple[list[str], int]:
        """As `Store` says."""
        try:
            with closing(self._connected()) as connection, connection:
                cursor = connection.execute(statement, tuple(values))
                return [str(row[0]) for row in cursor.fetchall()], cursor.rowcount
        except (sqlite3.Error, OSError) as problem:
            why = getattr(problem, "strerror", None) or problem
            raise MemoryLostError(f"{self._path or 'the folder of the locks'}: {why}") from None

    def _connected(self) -> sqlite3.Connection:
        self._path = os.path.join(private_folder(self._environ), FILE)
        before = os.umask(0o077)
        try:
            connection = sqlite3.connect(self._path, timeout=PATIENCE_S)
            connection.execute(
                "CREATE TABLE IF NOT EXISTS told (key TEXT PRIMARY KEY, at TEXT NOT NULL)"
            )
        finally:
            os.umask(before)
        return connection

    def close(self) -> None:
        """Each call is whole by itself."""


class TableStore:
    """The table `told` beside the journal."""

    def __init__(self, place: str, environ: Mapping[str, str]) -> None:
        self._schema = place.removeprefix(journal.TABLE)
        self._database = Database(journal.key_of(place, environ) or "", environ)

    def execute(self, statement: str, values: Sequence[object]) -> tuple[list[str], int]:
        """As `Store` says."""
        from psycopg import sql

        from classic_rescue.hook.journal_table import prepared

        table = sql.SQL("{}.told").format(sql.Identifier(self._schema))
        parts = statement.replace("?", "%s").split("told", 1)
        query = sql.SQL("").join([sql.SQL(parts[0]), table, sql.SQL(parts[1])])

        def work(connection: Connection) -> tuple[list[str], int]:
            cursor = connection.execute(query, values)
            rows = cursor.fetchall() if cursor.description else []
            return [str(row[0]) for row in rows], cursor.rowcount

        try:
            found = prepared(self._database, self._schema, work, makes=True)
        except DatabaseError as problem:
            raise MemoryLostError(f"{self._schema}.told in PostgreSQL: {problem}") from None
        assert found is not None  # noqa: S101 the table was made
        return found

    def close(self) -> None:
        """End its connection."""
        self._database.close()


def store_of(environ: Mapping[str, str]) -> Store:
    """Where this run remembers, by the journal that its environment names."""
    place = environ.get(environment.JOURNAL, "")
    return TableStore(place, environ) if journal.is_table(place) else FileStore(environ)
