"""An app that has loaded cdktf once and synthesises one fleet after another for a worker's tests.

To start cdktf, in Python and in node, takes fifty times as long as what the app then does.
`timekeeper.py` has every app that it steers ask here first. What does not end well here is not
believed: the real app runs then, and says it in its own words. `tests/synth` starts the real app
each time, and holds the two against each other.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import Any

APP = Path(__file__).resolve().parents[1] / "main.py"
READ_ONCE = ("CDKTF_", "JSII_", "SYNTH_", "TERRAFORM_BINARY_NAME", "CLASSIC_RESCUE_CDK")
"""What node, or the choice of the library, reads of the environment that it was started in."""
CONTEXT = "CDKTF_CONTEXT_JSON"
NO_MATTER = {CONTEXT, "CDKTF_OUTDIR", "JSII_NODE", "JSII_RUNTIME_PACKAGE_CACHE_ROOT"}


@cache
def address() -> str:
    """Where the warm app of this process listens. It is started at the first call, and ends when
    this process does.
    """
    listening = Path(tempfile.mkdtemp(prefix="warm-"), "socket")
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, str(listening)],
        cwd=listening.parent,
        env={name: value for name, value in os.environ.items() if name != CONTEXT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline(), "the warm app does not start"
    _started.append(process)
    return str(listening)


_started: list[subprocess.Popen[bytes]] = []
"""Its stdin is open as long as this process lives."""


def ask(listening: str, app: Path) -> str | None:
    """Have the files written that the app of this process would write. What it would say; None
    where it must be started to know.
    """
    asked = {"environ": dict(os.environ), "cwd": os.getcwd(), "python": sys.executable}
    try:
        if app.read_bytes() != APP.read_bytes() or "CLASSIC_RESCUE_FLEET" not in os.environ:
            return None
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(listening)
            line.sendall(json.dumps(asked).encode() + b"\n")
            with line.makefile("rb") as answers:
                said: str | None = json.loads(answers.readline() or b"null")
    except OSError:
        return None
    return said


def answer(listening: str) -> None:
    """End this process as the app would, if the warm one can tell; else let the app run."""
    said = ask(listening, Path(sys.orig_argv[-1]))
    if said is None:
        return
    sys.stderr.write(said)
    sys.stderr.flush()
    os._exit(0)


def serve(listening: str) -> None:
    """Answer one after the other until the process that started this is gone."""
    with socket.socket(socket.AF_UNIX) as door, selectors.DefaultSelector() as waiting:
        door.bind(listening)
        door.listen(64)
        os.write(1, b"it listens\n")  # who connects now waits until cdktf is there
        warm = WarmApp()
        waiting.register(door, selectors.EVENT_READ)
        waiting.register(sys.stdin, selectors.EVENT_READ)
        while all(key.fileobj is door for key, _ in waiting.select()):
            line, _ = door.accept()
            with contextlib.suppress(OSError, ValueError), line, line.makefile("rb") as requests:
                said = warm.synthesise(**json.loads(requests.readline()))
                line.sendall(json.dumps(said).encode() + b"\n")
    shutil.rmtree(Path(listening).parent)


class WarmApp:
    """cdktf, loaded."""

    def __init__(self) -> None:
        os.umask(0o077)  # as the app does, before node starts
        sys.path.insert(0, str(APP.parent / "constructs"))
        from classic_rescue import stack

        self._here = os.getcwd()
        self._own = _read_once(dict(os.environ), sys.executable)
        self._stack = stack
        self._app = stack.App
        self._fleet_stack = stack.BootStateStack

    def synthesise(self, environ: dict[str, str], cwd: str, python: str) -> str | None:
        """What the app says there, once it has written its files; None where it did not."""
        if self._own != _read_once(dict(environ), python):
            return None
        os.environ.clear()
        os.environ.update(environ)
        sys.executable = python
        # Node's folder and environment are those of its start.
        output = Path(cwd, environ.get("CDKTF_OUTDIR") or "cdktf.out")
        context = json.loads(environ.get(CONTEXT) or "{}")
        changed: Any = self._stack
        changed.App = partial(self._app, outdir=str(output), context=context)
        changed.BootStateStack = partial(self._fleet_stack, python=python)
        said = io.StringIO()
        path = list(sys.path)
        try:
            os.chdir(cwd)
            with contextlib.redirect_stderr(said):
                runpy.run_path(str(APP), run_name="__main__")
        except SystemExit as end:
            return said.getvalue() if end.code == 0 else None
        finally:
            os.chdir(self._here)
            sys.path[:] = path
        raise AssertionError("the app always ends with an exit code")


def _read_once(environ: dict[str, str], python: str) -> dict[str, str]:
    """The variables that cannot be changed any more, and which node runs; nothing without one."""
    from classic_rescue.stack.node import choose_node

    try:
        choose_node(environ, python)
    except ImportError:
        return {}
    found = shutil.which(environ.get("JSII_NODE") or "node", path=environ.get("PATH")) or ""
    node = os.path.realpath(found)
    kept = {name for name in environ if name.startswith(READ_ONCE) and name not in NO_MATTER}
    return {
        "TERRAFORM_BINARY_NAME": "terraform",  # as cdktf has it
        "node": "ours" if node.startswith(f"{sys.prefix}/") else node,
        **{name: environ[name] for name in kept},
    }


if __name__ == "__main__":
    serve(sys.argv[1])
