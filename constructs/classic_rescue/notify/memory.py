"""What people were told of, so that they are told once: whoever of two processes writes a row down
first may tell it.

In the database of the journal where that is PostgreSQL, and otherwise in a file beside the locks of
this machine. Where neither can be written, events are told again with each look.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from classic_rescue.boot import environment
from classic_rescue.hook import journal
from classic_rescue.hook.database import Database, DatabaseError
from classic_rescue.hook.device_files import private_folder

if TYPE_CHECKING:
    from classic_rescue.hook.database import Connection

KEPT = timedelta(days=30)
FILE = "told.sqlite"
PATIENCE_S = 3.0
TABLE = """
CREATE TABLE IF NOT EXISTS told (
    scope TEXT NOT NULL, device TEXT NOT NULL, begin TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (scope, device, begin)
)
"""
Value = TypeVar("Value")


class Row(NamedTuple):
    """One thing that was told, or that is open: of what sort, of which device, and since when."""

    scope: str
    device: str
    begin: str


class MemoryLostError(Exception):
    """Nothing can be remembered; the text says why."""


class Store(Protocol):
    """Where rows are. Each call is one transaction, and raises MemoryLostError."""

    def claim(self, rows: Sequence[Row], at: datetime) -> set[Row]:
        """Write them down. Gives those that were not there."""

    def newest(self, scope: str, devices: Sequence[str]) -> dict[str, str]:
        """The newest `begin` of each of these devices that has any."""

    def release(self, rows: Sequence[Row]) -> None:
        """Take these out."""

    def forget(self, scopes: Sequence[str], devices: Sequence[str]) -> None:
        """Take all of these scopes and devices out."""

    def prune(self, before: datetime) -> None:
        """Take out what is older."""

    def close(self) -> None:
        """End it."""


class Memory:
    """Rows of one account: the devices of another are others. `now` is when this run began."""

    def __init__(self, store: Store, account: str, now: datetime) -> None:
        self._store = store
        self._account = account
        self._now = now

    def scope(self, *words: str) -> str:
        """The name of a sort of rows."""
        return " ".join([self._account, *words])

    def claim(self, rows: Iterable[Row]) -> set[Row]:
        """Write these down. Gives those that were not there: this run may tell them."""
        wanted = list(dict.fromkeys(rows))
        return self._store.claim(wanted, self._now) if wanted else set()

    def newest(self, scope: str, devices: Iterable[str]) -> dict[str, str]:
        """The newest `begin` of each of these devices that has any."""
        wanted = sorted(set(devices))
        return self._store.newest(scope, wanted) if wanted else {}

    def release(self, rows: Sequence[Row]) -> None:
        """Forget these: nobody was told."""
        self._store.release(rows)

    def forget(self, scopes: Sequence[str], devices: Iterable[str]) -> None:
        """Forget all of these."""
        wanted = sorted(set(devices))
        if wanted:
            self._store.forget(scopes, wanted)

    def prune(self) -> None:
        """Forget what is old."""
        self._store.prune(self._now - KEPT)

    def close(self) -> None:
        """End it."""
        self._store.close()


class FileStore:
    """A file of this machine; SQLite keeps two processes apart."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._path = ""

    def claim(self, rows: Sequence[Row], at: datetime) -> set[Row]:
        """As `Store` says."""
        statement = "INSERT OR IGNORE INTO told (scope, device, begin, at) VALUES (?, ?, ?, ?)"
        when = at.isoformat()
        return self._with(
            lambda told: {row for row in rows if told.execute(statement, (*row, when)).rowcount > 0}
        )

    def newest(self, scope: str, devices: Sequence[str]) -> dict[str, str]:
        """As `Store` says."""
        statement = "SELECT max(begin) FROM told WHERE scope = ? AND device = ?"

        def read(told: sqlite3.Connection) -> dict[str, str]:
            found = {name: told.execute(statement, (scope, name)).fetchone()[0] for name in devices}
            return {name: str(begin) for name, begin in found.items() if begin is not None}

        return self._with(read)

    def release(self, rows: Sequence[Row]) -> None:
        """As `Store` says."""
        statement = "DELETE FROM told WHERE scope = ? AND device = ? AND begin = ?"
        self._with(lambda told: told.executemany(statement, rows))

    def forget(self, scopes: Sequence[str], devices: Sequence[str]) -> None:
        """As `Store` says."""
        pairs = [(scope, device) for scope in scopes for device in devices]
        statement = "DELETE FROM told WHERE scope = ? AND device = ?"
        self._with(lambda told: told.executemany(statement, pairs))

    def prune(self, before: datetime) -> None:
        """As `Store` says."""
        self._with(lambda told: told.execute("DELETE FROM told WHERE at < ?", [before.isoformat()]))

    def close(self) -> None:
        """Each call is whole by itself."""

    def _with(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        try:
            with closing(self._connected()) as connection, connection:
                return work(connection)
        except (sqlite3.Error, OSError) as problem:
            why = getattr(problem, "strerror", None) or problem
            raise MemoryLostError(f"{self._path or 'the folder of the locks'}: {why}") from None

    def _connected(self) -> sqlite3.Connection:
        self._path = os.path.join(private_folder(self._environ), FILE)
        # Of the owner alone, whatever the umask is.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        connection = sqlite3.connect(self._path, timeout=PATIENCE_S)
        try:
            connection.execute(TABLE)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


class TableStore:
    """The table `told` beside the journal."""

    def __init__(self, place: str, environ: Mapping[str, str]) -> None:
        self._schema = place.removeprefix(journal.TABLE)
        self._database = Database(journal.key_of(place, environ) or "", environ)

    def claim(self, rows: Sequence[Row], at: datetime) -> set[Row]:
        """As `Store` says."""
        statement = (
            "INSERT INTO {} (scope, device, begin, at)"
            " SELECT scope, device, begin, %s::timestamptz"
            " FROM unnest(%s::text[], %s::text[], %s::text[]) AS new (scope, device, begin)"
            " ON CONFLICT DO NOTHING RETURNING scope, device, begin"
        )
        found = self._execute(statement, at, *_columns(rows))
        return {Row(*map(str, row)) for row in found}

    def newest(self, scope: str, devices: Sequence[str]) -> dict[str, str]:
        """As `Store` says."""
        statement = (
            "SELECT device, max(begin) FROM {} WHERE scope = %s AND device = ANY(%s)"
            " GROUP BY device"
        )
        return {str(row[0]): str(row[1]) for row in self._execute(statement, scope, list(devices))}

    def release(self, rows: Sequence[Row]) -> None:
        """As `Store` says."""
        statement = (
            "DELETE FROM {} WHERE (scope, device, begin) IN"
            " (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))"
        )
        self._execute(statement, *_columns(rows))

    def forget(self, scopes: Sequence[str], devices: Sequence[str]) -> None:
        """As `Store` says."""
        statement = "DELETE FROM {} WHERE scope = ANY(%s) AND device = ANY(%s)"
        self._execute(statement, list(scopes), list(devices))

    def prune(self, before: datetime) -> None:
        """As `Store` says."""
        self._execute("DELETE FROM {} WHERE at < %s", before)

    def close(self) -> None:
        """End its connection."""
        self._database.close()

    def _execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        from classic_rescue.hook.journal_table import prepared

        def work(connection: Connection) -> list[tuple[object, ...]]:
            from psycopg import sql

            table = sql.Identifier(self._schema, "told")
            cursor = connection.execute(sql.SQL(statement).format(table), values)
            return list(cursor.fetchall()) if cursor.description else []

        try:
            return prepared(self._database, self._schema, work, makes=True) or []
        except DatabaseError as problem:
            raise MemoryLostError(f"{self._schema}.told in PostgreSQL: {problem}") from None


def _columns(rows: Sequence[Row]) -> tuple[list[str], list[str], list[str]]:
    return [row.scope for row in rows], [row.device for row in rows], [row.begin for row in rows]


def store_of(environ: Mapping[str, str]) -> Store:
    """Where this run remembers, by the journal that its environment names."""
    place = environ.get(environment.JOURNAL, "")
    return TableStore(place, environ) if journal.is_table(place) else FileStore(environ)
