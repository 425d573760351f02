"""Runs a script in a rescue system, through a process of its own (`witness/runner.py`)."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from classic_rescue.boot.ssh import AGENT, Login
from classic_rescue.witness.keys import Key
from classic_rescue.witness.prober import HOW_TO_INSTALL, kept_environ
from classic_rescue.witness.process import NOT_INSTALLED
from classic_rescue.witness.script import Script

MOST_OUTPUT_BYTES = 64 * 1024


class Target(NamedTuple):
    """Where a script is to run: the one host key that may answer there, and how to log in. `name`
    is what the run is called in the device. `password` is the service's, where `login` wants it.
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


class Step(NamedTuple):
    """What happens: `started`, `known` (it had been started before), `output`, `away`, or `end`."""

    what: str
    said: Mapping[str, Any]

    @property
    def output(self) -> str:
        """What the script has printed, as text."""
        return base64.b64decode(self.said["text"]).decode(errors="replace")


def run_script(
    target: Target, script: Script, timeout_s: int, environ: Mapping[str, str]
) -> Iterator[Step]:
    """Run it, and tell what happens; the last step is its end. Where this is given up, the script
    goes on in the device.
    """
    command = [sys.executable, "-P", "-m", "classic_rescue.witness.runner"]
    process = subprocess.Popen(  # noqa: S603 this very Python
        command,
        env=kept_environ(environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 it was started with pipes
    assert process.stdout is not None  # noqa: S101 it was started with pipes
    has_ended = False
    try:
        with process.stdin as stream:
            stream.write(json.dumps(_task(target, script, timeout_s)).encode() + b"\n")
        for line in process.stdout:
            said = json.loads(line)
            step = Step(said.pop("step"), said)
            has_ended = step.what == "end"
            yield step
    except BrokenPipeError:
        pass  # it ended at once; why is told below
    finally:
        process.kill()
        process.stdout.close()
        code = process.wait()
    if not has_ended:
        why = HOW_TO_INSTALL if code == NOT_INSTALLED else "the process that runs it has ended"
        yield Step("end", {"end": "not_started", "why": why})


def _task(target: Target, script: Script, timeout_s: int) -> dict[str, object]:
    words: Sequence[str] = script.interpreter
    return {
        "host": target.host,
        "port": target.port,
        "jump": target.jump,
        "user": target.user,
        "kind": target.key.kind,
        "blob": target.key.blob,
        "id": target.name,
        "script": base64.b64encode(script.content).decode(),
        "interpreter": words,
        "timeout_s": timeout_s,
        "most_bytes": MOST_OUTPUT_BYTES,
        "password": target.password,
        "key": "" if target.login.key == AGENT else target.login.key,
        "is_resumed": target.is_resumed,
    }
