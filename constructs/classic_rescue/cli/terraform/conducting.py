"""The conductor of a run, as its child: started before Terraform, told to end after it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.hook_events import HookEvent, event_in

ASK = "ask"
_CREDENTIALS = (
    environment.SL_API_KEY,
    environment.IAM_TOKEN,
    environment.JOURNAL_TOKEN,
)


class Conducting:
    """The conductor of this run. `folder` is where its hooks find it; `counts` are the requests
    that it has sent, known at its end.
    """

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        assert process.stdout is not None  # noqa: S101 it was started with a pipe
        self._process = process
        self._pipe = process.stdout.fileno()
        self.folder = folder
        self.counts: Mapping[str, int] = {}
        self._rest = b""

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Raises Failure where it cannot serve."""
        lines = self._read_lines(is_patient=True)
        told = json.loads(lines[0]) if lines else {}
        if told.get("ready") is not True:
            why = told.get("problem") or f"it ended with exit code {self._process.wait()}"
            raise Failure(f"the process that carries out the orders could not start: {why}")
        os.set_blocking(self._pipe, False)

    def read_new(self) -> list[HookEvent]:
        """What orders have told since the last look, oldest first. Where the conductor has ended,
        no hook waits for it any more then.
        """
        lines = self._read_lines()
        if self.problem:
            self._release_hooks()
        return [event for line in lines if (event := event_in(line))]

    @property
    def problem(self) -> str:
        """Why the conductor ended before its time; empty while it goes on."""
        code = self._process.poll()
        if code is None:
            return ""
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"the process that carries out the orders ended {how}"

    def end(self) -> list[HookEvent]:
        """Let it end, and wait for that. Returns the last words of orders whose hooks are gone."""
        assert self._process.stdin is not None  # noqa: S101 it was started with a pipe
        self._process.stdin.close()
        os.set_blocking(self._pipe, True)  # it may have more to tell than the pipe holds
        lines = self._read_lines()
        self._process.wait()
        for line in lines[-1:]:
            with suppress(ValueError, TypeError, AttributeError):
                self.counts = dict(json.loads(line).get("counts") or {})
        return [event for line in lines if (event := event_in(line))]

    def _read_lines(self, *, is_patient: bool = False) -> list[bytes]:
        read = b""
        while is_patient and b"\n" not in self._rest + read:
            more = os.read(self._pipe, 65536)
            if not more:
                return []
            read += more
        with suppress(BlockingIOError):
            while not is_patient and (more := os.read(self._pipe, 65536)):
                read += more
        *lines, self._rest = (self._rest + read).split(b"\n")
        return lines

    def _release_hooks(self) -> None:
        """A hook that had come, but was not greeted yet, would wait for ever."""
        with suppress(OSError):
            (self.folder / ASK).unlink()
        for path in self.folder.glob("*"):
            with suppress(OSError):  # nobody reads there, or it is no pipe
                descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
                os.write(descriptor, b"g\n")
                os.close(descriptor)


@contextmanager
def conducting(environ: Mapping[str, str]) -> Iterator[Conducting]:
    """A conductor with this environment, which holds the credentials. It ends with the block, and
    with this process however that ends. Raises Failure where it cannot start.
    """
    folder = Path(tempfile.mkdtemp(prefix="classic-rescue-"))
    try:
        process = subprocess.Popen(  # noqa: S603 this very Python, and a folder of ours
            [sys.executable, "-P", "-m", "classic_rescue.conductor", str(folder)],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        conductor = Conducting(process, folder)
        try:
            conductor.wait_until_ready()
            yield conductor
        finally:
            conductor.end()
    except OSError as problem:
        raise Failure(
            f"the process that carries out the orders could not start: {problem.strerror}"
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def for_clients(environ: Mapping[str, str], conductor: Conducting) -> dict[str, str]:
    """What Terraform and its hooks get: they need no credentials."""
    kept = {key: value for key, value in environ.items() if not _is_credential(key)}
    return {**kept, environment.CONDUCTOR: str(conductor.folder)}


def _is_credential(name: str) -> bool:
    return name in _CREDENTIALS or name.startswith(environment.NOTIFY_PREFIX)
