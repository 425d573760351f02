"""Runs scripts in rescue systems, through a process of its own (`witness/runner.py`)."""

from __future__ import annotations

import base64
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from classic_rescue.boot.script import Script
from classic_rescue.boot.ssh import AGENT, Login
from classic_rescue.witness.keys import Key
from classic_rescue.witness.prober import HOW_TO_INSTALL, kept_environ
from classic_rescue.witness.process import NOT_INSTALLED

MOST_OUTPUT_BYTES = 64 * 1024
TICK_S = 0.5
"""How often whoever waits for a script is told that nothing has happened."""


class Target(NamedTuple):
    """Where a script is to run: the one host key that may answer there, and how to log in. `name`
    is what the run is called in the device. `password` is the service's, where `login` wants it.
    `is_resumed`: it was started before. `is_again`: it runs once more where it has ended.
    """

    host: str
    port: int
    jump: str
    user: str
    key: Key
    login: Login
    name: str
    password: str | None = None
    is_resumed: bool = False
    is_again: bool = False


class Step(NamedTuple):
    """What happens: `started`, `known` (it had been started before), `output`, `away`, `files` (a
    part of the tar with what it left), `no_files` (why none), `tick` (nothing), or `end`.
    """

    what: str
    said: Mapping[str, Any]

    @property
    def content(self) -> bytes:
        """What it carries."""
        return base64.b64decode(self.said["text"])

    @property
    def output(self) -> str:
        """What the script has printed, as text."""
        return self.content.decode(errors="replace")


_TICK = Step("tick", {})
_Steps = queue.SimpleQueue[Step]


class Scripts:
    """The process that runs them, started with the first one in this folder. For any number of
    threads.
    """

    def __init__(self, environ: Mapping[str, str], folder: str) -> None:
        self._environ = kept_environ(environ)
        self._folder = folder
        self._lock = threading.Lock()  # of what is known here: held for moments only
        self._sending = threading.Lock()  # may wait for the process, which may wait for our reader
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[subprocess.Popen[bytes], _Steps]] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, target: Target, script: Script, timeout_s: int) -> Iterator[Step]:
        """Run it, and tell what happens; the last step is its end. Where this is given up, the
        script goes on in the device.
        """
        number = next(self._numbers)
        steps: _Steps = queue.SimpleQueue()
        task = {"run": number, **_task(target, script, timeout_s)}
        was_started = False
        try:
            if why := self._send(task, number, steps):
                yield Step("end", {"end": "not_started", "why": why})
                return
            while True:
                try:
                    step = steps.get(timeout=TICK_S)
                except queue.Empty:
                    yield _TICK
                    continue
                if step.what == "gone":
                    end = "lost" if was_started else "not_started"
                    step = Step("end", {"end": end, **step.said})
                was_started = was_started or step.what in ("started", "known")
                yield step
                if step.what == "end":
                    return
        finally:
            self._forget(number)

    def close(self) -> None:
        """End the process; the scripts go on in their devices."""
        with self._lock:
            process = self._process
            self._process = None
        if process is None:
            return
        process.kill()
        process.wait()

    def _send(self, task: Mapping[str, object], number: int, steps: _Steps) -> str:
        """Hand it to the process. Returns why that cannot be done."""
        try:
            with self._lock:
                process = self._started()
                self._waiting[number] = (process, steps)
            self._write(process, task)
        except BrokenPipeError:
            return ""  # it ended at once; why is told by its reader
        except OSError as problem:
            return f"no process can be started: {problem.strerror or problem}"
        return ""

    def _write(self, process: subprocess.Popen[bytes], said: Mapping[str, object]) -> None:
        """Raises OSError."""
        assert process.stdin is not None  # noqa: S101 it was started with pipes
        with self._sending:
            process.stdin.write(json.dumps(said).encode() + b"\n")
            process.stdin.flush()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "classic_rescue.witness.runner"],
                env=self._environ,
                cwd=self._folder or None,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            reader = threading.Thread(
                target=self._read, args=(self._process,), name="scripts", daemon=True
            )
            reader.start()
        return self._process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Hand each line to whoever waits for it; at the end, tell all that wait."""
        assert process.stdout is not None  # noqa: S101 it was started with pipes
        for line in process.stdout:
            if not line.endswith(b"\n"):
                break  # it was killed in the middle of it
            said = json.loads(line)
            number = said.pop("run")
            with self._lock:
                waiting = self._waiting.get(number)
            if waiting:
                waiting[1].put(Step(said.pop("step"), said))
        is_missing = process.wait() == NOT_INSTALLED
        why = HOW_TO_INSTALL if is_missing else "the process that runs it has ended"
        with self._lock:
            left = [steps for of, steps in self._waiting.values() if of is process]
        for steps in left:
            steps.put(Step("gone", {"why": why}))

    def _forget(self, number: int) -> None:
        """Whoever waited for it does so no more."""
        with self._lock:
            process, _ = self._waiting.pop(number, (None, None))
        if process is not None and process.poll() is None:
            with suppress(OSError):
                self._write(process, {"drop": number})


def _task(target: Target, script: Script, timeout_s: int) -> dict[str, object]:
    return {
        "host": target.host,
        "port": target.port,
        "jump": target.jump,
        "user": target.user,
        "kind": target.key.kind,
        "blob": target.key.blob,
        "id": target.name,
        "script": base64.b64encode(script.content).decode(),
        "interpreter": script.interpreter,
        "timeout_s": timeout_s,
        "most_bytes": MOST_OUTPUT_BYTES,
        "password": target.password,
        "key": "" if target.login.key == AGENT else os.path.expanduser(target.login.key),
        "is_resumed": target.is_resumed,
        "is_again": target.is_again,
    }
