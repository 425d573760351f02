"""A real PostgreSQL server for the tests of the state backend, in a temporary folder,
on a free port.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

MISSING = (
    "PostgreSQL is missing: install the Debian package `postgresql` (apt-get install postgresql)"
)


@dataclass(frozen=True)
class Postgres:
    """Where the server listens. It takes any password."""

    port: int
    password: str = "pg-password-that-must-stay-out"

    @property
    def connection(self) -> str:
        """The connection string for PG_CONN_STR."""
        return f"postgres://postgres:{self.password}@127.0.0.1:{self.port}/postgres?sslmode=disable"


def find_program(name: str) -> str:
    """The path of a PostgreSQL program: Debian keeps them out of PATH.

    Fails with the package to install.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.fail(MISSING)
    return found


def as_postgres(*command: str) -> None:
    """Run a command, as the user `postgres` where we are root:
    the server refuses to run as root.
    """
    prefix = (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if os.geteuid() == 0
        else []
    )
    # The server inherits the output, so a pipe here would never end.
    with tempfile.TemporaryFile() as output:
        code = subprocess.call(
            [*prefix, *command], stdout=output, stderr=output, cwd="/", timeout=PATIENCE_S
        )
        output.seek(0)
        assert code == 0, output.read().decode(errors="replace")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


NEW_CLUSTER = ("-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server without fsync, gone at the end.

    Its path is short: a socket's path has a limit of 107 bytes.
    """
    initdb = find_program("initdb")
    pg_ctl = find_program("pg_ctl")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        cluster = str(Path(folder, "data"))
        port = free_port()
        as_postgres(initdb, "-D", cluster, *NEW_CLUSTER)
        options = f"-F -p {port} -k {folder} -c listen_addresses=127.0.0.1"
        start = ("-w", "-l", f"{folder}/log", "-o", options, "start")
        as_postgres(pg_ctl, "-D", cluster, *start)
        try:
            yield Postgres(port)
        finally:
            as_postgres(pg_ctl, f"--pgdata={cluster}", "--mode=immediate", "stop")
