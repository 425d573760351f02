"""The offline mock that a project uses while nothing else is configured: found running, or started.

It lives in `.classic-rescue/` of the project folder: `world.json` is its world, `mock.json` tells
where it answers, `mock.lock` keeps two commands from starting two, `mock.log` is its standard
error. It goes away by itself when idle, and the world stays.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from classic_rescue.cli.session.children import safe_environ
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.rim.hiding import secrets_of

STATE_FOLDER = ".classic-rescue"
CLOCK_SPEED = 60
"""How many times as fast as real time the mock's clock runs:
a rescue boot of 4 minutes takes 4 seconds.
"""

IDLE_EXIT_S = 120
_NEEDED = ("flask", "waitress")
START_LIMIT_S = 10.0
ANSWER_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Mock:
    """A mock that answers: its URLs, its process, and the login of its master user."""

    rest: str
    control: str
    pid: int
    user: str
    key: str = field(repr=False)

    @property
    def console(self) -> str:
        """The page on which people see and steer the devices."""
        return self.control.removesuffix("_mock/") + "console/"


def ensure_mock(project: Path) -> Mock:
    """The project's mock, started if it does not run. Raises Failure when it cannot start."""
    folder = state_folder(project)
    with _locked(folder / "mock.lock"):
        return _running(folder) or _start(project, folder)


def state_folder(project: Path) -> Path:
    """The folder for what the command keeps in a project, made if needed. Raises Failure."""
    folder = project / STATE_FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise Failure(
            f"{folder}: cannot be made ({problem.strerror}); run in a folder that you may write to"
        ) from None
    with suppress(OSError):  # one that is there already, unless it is somebody else's
        folder.chmod(0o700)
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # Released when the descriptor closes, also by kill -9.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _running(folder: Path) -> Mock | None:
    """The mock that mock.json names, if it answers and is ours:
    only the one we started knows our random key.
    """
    mock = _last(folder)
    return mock if mock is not None and _answers(mock) else None


def _last(folder: Path) -> Mock | None:
    """The mock that mock.json names, whether or not it still runs."""
    try:
        return Mock(**json.loads((folder / "mock.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _answers(mock: Mock) -> bool:
    """Asked at the control plane, since a fault that somebody plays spoils any call of the API."""
    plane = urlsplit(mock.control)
    asked = http.client.HTTPConnection(plane.hostname or "", plane.port, timeout=ANSWER_LIMIT_S)
    try:
        asked.request("GET", f"{plane.path}world")
        users = json.loads(asked.getresponse().read())["users"]
        return any(user["api_key"] == mock.key for user in users)
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _free_port(folder: Path) -> int:
    """The port of the last mock, which browsers and the notes of restarts know; else 0, any."""
    last = _last(folder)
    try:
        port = urlsplit(last.rest).port or 0 if last is not None else 0
        with socket.create_server(("127.0.0.1", port)):
            return port
    except (OSError, ValueError):
        return 0


def _start(project: Path, folder: Path) -> Mock:
    is_here = (project / "mock_api" / "__main__.py").is_file() or find_spec("mock_api")
    if not is_here or not all(map(find_spec, _NEEDED)):
        raise Failure(
            "no endpoint and no credentials are configured, so the offline mock is needed, and it"
            " is not installed: pip install 'classic-rescue[mock]', or set SL_USERNAME and"
            " SL_API_KEY to use the real service"
        )
    user = "demo"
    key = secrets.token_hex(16)
    log = folder / "mock.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 this Python, and nothing that a user typed
            _command(project, folder, user, key),
            cwd=project,
            env=safe_environ(_without_secrets(os.environ)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C at this command must not stop it
        )
    urls = _read_urls(process)
    if urls is None:
        raise Failure(_why_not_started(process, log, folder))
    mock = Mock(urls["rest"], urls["control"], process.pid, user=user, key=key)
    write_private(folder / "mock.json", json.dumps(asdict(mock)))
    return mock


_RUN = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1));"
    " runpy.run_module('mock_api', run_name='__main__', alter_sys=True)"
)
"""Like `python -m mock_api` in the project's folder, which comes last where modules are looked for:
a `json.py` of the project's must not come before the standard library's.
"""


def _command(project: Path, folder: Path, user: str, key: str) -> list[str]:
    options = {
        "--port": str(_free_port(folder)),
        "--save": str(folder / "world.json"),
        "--idle-exit": str(IDLE_EXIT_S),
        "--speed": str(CLOCK_SPEED),
        "--master-user": f"{user}:{key}",
    }
    words = (word for option in options.items() for word in option)
    return [sys.executable, "-P", "-c", _RUN, str(project), *words]


def _without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The mock needs none, and outlives the command that starts it."""
    secrets = set(secrets_of(environ))
    return {name: value for name, value in environ.items() if value not in secrets}


def _read_urls(process: subprocess.Popen[bytes]) -> dict[str, str] | None:
    """The URLs in the one line that a mock prints when it is ready; None when none came in time."""
    assert process.stdout is not None  # noqa: S101 it was started with a pipe; this tells the type checker
    with process.stdout as pipe:
        is_there, _, _ = select.select([pipe], [], [], START_LIMIT_S)
        line = pipe.readline() if is_there else b""
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def _why_not_started(process: subprocess.Popen[bytes], log: Path, folder: Path) -> str:
    if process.poll() is None:
        process.terminate()
    process.wait(ANSWER_LIMIT_S)
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = lines[-1] if lines else f"it said nothing in {START_LIMIT_S:.0f} s"
    return (
        f"the offline mock did not start: {said}\n"
        f"its world is {folder / 'world.json'}: delete that file to start afresh; its log is {log}"
    )


def write_private(path: Path, text: str) -> None:
    """Replace the file at once, readable for this user only."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
