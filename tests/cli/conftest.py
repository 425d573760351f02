"""A project in a folder of its own, a real mock process, and the command run in this process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import urllib3
from click.testing import CliRunner, Result

from classic_rescue.cli.app import app, wants_json
from classic_rescue.cli.commands import leave
from classic_rescue.cli.pages.output_schema import json_schema
from classic_rescue.cli.rollout.one_hook import run_one_hook
from classic_rescue.hook import __main__ as hook_rim
from tests.conftest import Mock
from tests.patience import PATIENCE_S
from tests.steered_hook import Steered
from tests.timekeeper import keeping_time

ROOT = Path(__file__).parents[2]
USER = "tester"
KEY = "a-key-for-tests-only-0123456789"
FLEET = """\
devices:
  web-1: {virtual_guest: 124929698, boot: rescue, reason: "CHG-1"}
  app-1: {virtual_guest: 124929706, boot: os}
"""

Run = Callable[..., Result]


@dataclass(frozen=True)
class RealMock:
    """A mock of the classic API in a process of its own."""

    rest: str
    control: str

    def control_call(self, verb: str, path: str, body: object = None) -> Any:
        """Answer of a control route."""
        reply = urllib3.request(verb, f"{self.control}{path}", json=body, timeout=PATIENCE_S)
        assert reply.status == 200, reply.data
        return reply.json()

    def changes(self) -> list[str]:
        """The requests that changed a device since the last look, as METHOD ID."""
        rows = self.control_call("GET", "journal")
        self.control_call("DELETE", "journal")
        return [
            f"{row['method']} {row['id']}"
            for row in rows
            if row["kind"] == "changing" and row["status"] == 200
        ]

    def act(self, path: str, *arguments: object) -> None:
        """Send a request to the API, and let its work end."""
        self.start(path, *arguments)
        self.control_call("POST", "clock", {"run_until_stable": True})

    def start(self, path: str, *arguments: object) -> None:
        """Send a request to the API."""
        login = urllib3.make_headers(basic_auth=f"{USER}:{KEY}")
        verb, body = ("POST", {"parameters": list(arguments)}) if arguments else ("GET", None)
        reply = urllib3.request(
            verb, f"{self.rest}{path}.json", json=body, headers=login, timeout=PATIENCE_S
        )
        assert reply.status == 200, reply.data


@pytest.fixture(scope="session")
def mock_process() -> Iterator[RealMock]:
    """One mock for all tests of a worker; only hooks that wait move its time."""
    command = [sys.executable, "-m", "mock_api", "--speed", "0", "--master-user", f"{USER}:{KEY}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        with process.stdout as pipe:
            urls = json.loads(pipe.readline())
            yield RealMock(urls["rest"], urls["control"])
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture
def mock(
    mock_process: RealMock, monkeypatch: pytest.MonkeyPatch, project: Path, tmp_path: Path
) -> Iterator[RealMock]:
    """The mock with a fresh world, configured as an operator configures the real service.

    Hooks wait in its time, so that none is late on a slow machine.
    """
    mock_process.control_call("POST", "reset")
    mock_process.control_call("DELETE", "journal")
    monkeypatch.setenv("SL_USERNAME", USER)
    monkeypatch.setenv("SL_API_KEY", KEY)
    monkeypatch.setenv("CLASSIC_RESCUE_ENDPOINT", mock_process.rest)
    served = Mock(mock_process.rest, mock_process.control)
    with keeping_time(served, tmp_path / "steering") as steering:
        for name, value in steering.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(leave, "run_one_hook", partial(_run_steered, steering, monkeypatch))
        monkeypatch.setenv("CLASSIC_RESCUE_CLOCK_SPEED", "600")  # what commands wait for themselves
        yield mock_process


def _run_steered(
    steering: dict[str, str], monkeypatch: pytest.MonkeyPatch, *given: Any, **more: Any
) -> Any:
    """`leave` runs the hook in this process: it, too, waits in the mock's time."""
    speed = float(steering["CLASSIC_RESCUE_CLOCK_SPEED"])
    with (
        closing(Steered(int(steering["TIMEKEEPER_PORT"]), speed)) as steered,
        monkeypatch.context() as patch,
    ):
        time = SimpleNamespace(monotonic=steered.monotonic, sleep=steered.sleep)
        patch.setattr(hook_rim, "time", time)
        patch.setenv("CLASSIC_RESCUE_CLOCK_SPEED", str(speed))
        environ = {**given[0], "CLASSIC_RESCUE_CLOCK_SPEED": str(speed)}
        return run_one_hook(environ, *given[1:], **more)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder: a project with a fleet file, and nothing configured.

    An embedded mock ends with the test.
    """
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("cdktf.json", "main.py", "mock_api", "constructs", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "fleet.yaml").write_text(FLEET)
    for name in [
        name for name in os.environ if name.startswith(("SL_", "CLASSIC_RESCUE_", "IC_IAM_"))
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLASSIC_RESCUE_LOCKS", str(tmp_path / "locks"))
    monkeypatch.chdir(folder)
    yield folder
    stop_mock(folder)


def stop_mock(folder: Path) -> None:
    """End the embedded mock of a project, if it has one."""
    with suppress(OSError, ValueError):
        pid = json.loads((folder / ".classic-rescue" / "mock.json").read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.fixture
def run(project: Path) -> Run:
    """Run a command line in this process."""

    def invoke(*arguments: str, **more: Any) -> Result:
        ended = CliRunner().invoke(app, list(arguments), **more)
        if arguments and wants_json(arguments) and ended.stdout:
            keeps_to_schema(arguments[0], ended.stdout)
        return ended

    return invoke


SCHEMA = json_schema()


def keeps_to_schema(command: str, text: str) -> None:
    """What any test has a command print as JSON is as docs/output.schema.json says."""
    if command in SCHEMA["$defs"]:
        form = {"$ref": f"#/$defs/{command}", "$defs": SCHEMA["$defs"]}
        is_by_line = command == "leave" and not text.startswith("{\n")
        for told in text.splitlines() if is_by_line else [text]:
            jsonschema.validate(json.loads(told), form)
