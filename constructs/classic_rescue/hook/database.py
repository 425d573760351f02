"""The PostgreSQL of a `pg` backend, for what we keep there ourselves: one connection, made when it
is needed, and every call within seconds.

Where it is, who asks and how it is encrypted is told as Terraform is told it: a connection string,
or the PG variables. Terraform's driver is lib/pq (https://pkg.go.dev/github.com/lib/pq); where its
usual values are others than libpq's, they count here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from classic_rescue.boot import environment

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

Value = TypeVar("Value")
LONGEST_S = 3.0
"""A device's hook must not wait for a database: what takes longer counts as not done."""

NO_DRIVER = "the driver psycopg is not installed here; pip install 'classic-rescue[pg]' brings it"
LOCK = (1129467985, 1)
"""Who makes our tables. Two numbers: Terraform's own locks there are of one (`states.go`)."""

_OF_LIB_PQ = ("binary_parameters", "disable_prepared_binary_result", "sslinline")
"""What lib/pq knows and libpq refuses; none decides where to or how safely."""


class DatabaseError(Exception):
    """It cannot be asked. The text says why, in one line and without what opens it."""


def connection_options(text: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """What psycopg is told for a connection string of Terraform's. Raises DatabaseError."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        options = dict(conninfo_to_dict(_for_libpq(text)))
    except (psycopg.ProgrammingError, ValueError):
        raise DatabaseError(
            f"{environment.PG_CONNECTION} is not understood; allowed: postgres://… or"
            " `host=… user=…`, as Terraform takes it"
        ) from None
    places = (environment.PG_HOST, environment.PG_HOST_ADDRESS, environment.PG_SERVICE)
    if not {"host", "hostaddr", "service"} & options.keys() and not any(map(environ.get, places)):
        options["host"] = "localhost"
    if "sslmode" not in options and not environ.get(environment.PG_SSL_MODE):
        options["sslmode"] = "require"
    return {
        "application_name": "classic-rescue",
        "keepalives_idle": 30,
        **options,
        "connect_timeout": int(LONGEST_S),
        "tcp_user_timeout": int(LONGEST_S * 1000),
        "client_encoding": "utf8",
    }


def _for_libpq(text: str) -> str:
    if "://" not in text:
        names = "|".join(_OF_LIB_PQ)
        return re.sub(rf"\b({names})\s*=\s*('(\\.|[^'])*'|\S*)", "", text)
    parts = urlsplit(text)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key not in _OF_LIB_PQ]
    return parts._replace(query=urlencode(kept)).geturl()


class Database:
    """One connection, which threads share. `text` is a connection string, or empty."""

    def __init__(
        self, text: str, environ: Mapping[str, str], *, longest_s: float = LONGEST_S
    ) -> None:
        self._text = text.strip()
        self._environ = environ
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def ask(self, work: Callable[[Connection], Value], *, longest_s: float | None = None) -> Value:
        """What `work` gives, within seconds: in a thread of its own, since nothing else covers
        every way in which a network is silent. It may run twice, where the connection had ended
        meanwhile.

        Raises DatabaseError, and the errors of the driver that are about what was asked.
        """
        longest_s = longest_s or self._longest_s
        if not self._lock.acquire(timeout=longest_s):
            raise DatabaseError(f"no answer within {longest_s:g} s")
        try:
            ended: list[Callable[[], Value]] = []
            worker = threading.Thread(
                target=lambda: ended.append(self._tried(work)), name="database", daemon=True
            )
            worker.start()
            worker.join(longest_s)
            if not ended:
                self._connection = None  # that thread has it
                raise DatabaseError(f"no answer within {longest_s:g} s")
        finally:
            self._lock.release()
        return ended[0]()

    def _tried(self, work: Callable[[Connection], Value]) -> Callable[[], Value]:
        try:
            value = self._with_connection(work)
        except Exception as problem:  # noqa: BLE001 the other thread raises it
            raised = problem
            return lambda: _raise(raised)
        return lambda: value

    def _with_connection(self, work: Callable[[Connection], Value]) -> Value:
        try:
            import psycopg
        except ImportError:
            raise DatabaseError(NO_DRIVER) from None
        kept = self._connection
        try:
            if kept is not None:
                try:
                    return work(kept)
                except psycopg.OperationalError:
                    if not kept.broken:
                        raise
            return work(self._connect())
        except psycopg.OperationalError as problem:
            self.close()
            raise DatabaseError(one_line(problem)) from None

    def _connect(self) -> Connection:
        import psycopg

        self.close()
        options = connection_options(self._text, self._environ)
        # Some poolers keep no prepared statements.
        connection = psycopg.connect(**options, autocommit=True, prepare_threshold=None)
        self._connection = connection
        return connection

    def close(self) -> None:
        """End the connection; the next call makes another."""
        connection = self._connection
        self._connection = None
        if connection is not None:
            with suppress(Exception):
                connection.close()


def _raise(problem: Exception) -> Any:  # noqa: ANN401 it gives nothing
    raise problem


def one_line(problem: Exception) -> str:
    """What the database says, for a sentence."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(problem).__name__
