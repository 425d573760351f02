"""Asks devices for their keys, through a process of its own (`witness/__main__.py`)."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from classic_rescue.boot import environment
from classic_rescue.boot.ssh import Protocol
from classic_rescue.witness.process import NOT_INSTALLED

LONGEST_S = 60.0
"""How long nothing may come: longer than one device takes with everything that the process allows
it.
"""

HOW_TO_INSTALL = (
    "asyncssh is not installed: pip install 'classic-rescue[ssh]', or take `ssh:` and `rdp:` out"
    " of the fleet file"
)
AGENT_SOCKET = "SSH_AUTH_SOCK"
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", AGENT_SOCKET)
"""What the process gets of the environment: it needs no credentials of the service."""


def kept_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """What a process that talks to devices gets of the environment."""
    kept = {name: environ[name] for name in _KEPT if environ.get(name)}
    if path := environ.get(environment.PYTHONPATH):  # relative to where we are
        entries = map(os.path.abspath, path.split(os.pathsep))
        kept[environment.PYTHONPATH] = os.pathsep.join(entries)
    return kept


class Question(NamedTuple):
    """One device to be asked. `kinds` are the types of key to ask for first. `known_hosts` is a
    path, with the `names` that the device has there besides its host.
    """

    host: str
    port: int
    kinds: Sequence[str] = ()
    jump: str = ""
    known_hosts: str = ""
    names: Sequence[str] = ()
    protocol: Protocol = Protocol.SSH


class Heard(NamedTuple):
    """What came back: see `witness.__main__.ask`. `pins` are the keys by their types that a file of
    known hosts has for the device.
    """

    what: str
    kind: str = ""
    blob: str = ""
    pins: Mapping[str, Sequence[str]] = {}
    problem: str = ""


class Prober:
    """The asking process, started with the first question in this folder. Not for several threads
    at once.
    """

    def __init__(self, environ: Mapping[str, str], folder: str) -> None:
        self._environ = kept_environ(environ)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, questions: Sequence[Question]) -> list[Heard]:
        """What each device answered, in the order of the questions."""
        if not questions:
            return []
        found: dict[int, Heard] = {}
        try:
            self._exchange(self._started(), questions, found)
        except OSError as problem:
            self.close()
            return [Heard("failed", problem=problem.strerror or "")] * len(questions)
        if len(found) < len(questions):  # it has ended, or takes too long
            rest = self._why_not()
            return [found.get(number, rest) for number in range(len(questions))]
        return [found[number] for number in range(len(questions))]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "classic_rescue.witness"],
                env=self._environ,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._process

    def _exchange(
        self,
        process: subprocess.Popen[bytes],
        questions: Sequence[Question],
        found: dict[int, Heard],
    ) -> None:
        assert process.stdin is not None  # noqa: S101 it was started with pipes
        assert process.stdout is not None  # noqa: S101 it was started with pipes
        lines = [
            json.dumps({"id": number, **one._asdict()}).encode() + b"\n"
            for number, one in enumerate(questions)
        ]
        todo = b"".join(lines)
        into = process.stdin.fileno()
        out = process.stdout.fileno()
        os.set_blocking(into, False)
        rest = b""
        while len(found) < len(questions):
            writes = [into] if todo else []
            readable, writable, _ = select.select([out], writes, [], LONGEST_S)
            if not readable and not writable:
                return
            if writable:
                todo = todo[os.write(into, todo) :]
            if readable:
                more = os.read(out, 65536)
                if not more:
                    return
                *whole, rest = (rest + more).split(b"\n")
                found.update(map(_heard_in, whole))

    def _why_not(self) -> Heard:
        """Why an answer is missing; the process ends."""
        process = self._process
        self.close()
        is_missing = process is not None and process.returncode == NOT_INSTALLED
        return Heard("failed", problem=HOW_TO_INSTALL if is_missing else "")

    def close(self) -> None:
        """End the process."""
        process = self._process
        self._process = None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _heard_in(line: bytes) -> tuple[int, Heard]:
    """One answer with its number: our own process wrote it."""
    row: dict[str, Any] = json.loads(line)
    said = {name: row[name] for name in ("kind", "blob", "pins", "problem") if name in row}
    return int(row["id"]), Heard(row["heard"], **said)
