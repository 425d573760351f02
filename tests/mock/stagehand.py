"""What the mock's tests share: a stage whose time stands in the test's hand, and a short way to call the API on it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mock_api import worlds
from mock_api.domain.document import check
from mock_api.domain.settings import Settings
from mock_api.domain.stage import Stage
from mock_api.domain.world import WorldDocument
from mock_api.http.exchange import Answer, Request
from mock_api.http.pipeline import Pipeline

ROOT = Path(__file__).resolve().parents[2]
START_S = 1_700_000_000.0
WEB, WIN, APP, BIG, OFF = 124929698, 124929702, 124929706, 124929710, 124929714
DB, WINBM, SPARE = 218027101, 218027105, 218027109
ISO_DAL, ISO_FRA, GOLDEN = 34291701, 34291702, 51830046
GUEST, HARDWARE = "SoftLayer_Virtual_Guest", "SoftLayer_Hardware_Server"
MASTER, VIEWER, NEWCOMER = "SL307608", "307608_viewer@example.com", "307608_newcomer@example.com"
OUTSTANDING = {
    "error": "There is currently an outstanding transaction for this server.",
    "code": "SoftLayer_Exception_Public",
}


@dataclass
class RealClock:
    """The real clock of a test; it moves when the test says so."""

    now_s: float = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now_s


class Play:
    """A stage, and calls on it as a user."""

    def __init__(self, document: WorldDocument | None = None, **settings: Any) -> None:
        document = document or worlds.demo()
        document = check(replace(document, settings=Settings(**settings)) if settings else document, "test")
        self.real = RealClock()
        self.slept: list[float] = []
        self.stage = Stage(document, self.real, START_S)
        self.pipeline = Pipeline(self.stage, self.slept.append)

    def advance(self, seconds_s: float) -> None:
        """Let real time pass; the world runs at speed 1."""
        self.real.now_s += seconds_s

    def send(self, verb: str, path: str, *, user: str | None = MASTER, body: bytes = b"", **query: str) -> Answer:
        """A request as a door would make it."""
        header = None if user is None else self.login(user)
        return self.pipeline.answer(Request(verb, path, header, body=body, **query))

    def login(self, username: str) -> str:
        """The Basic header of a user."""
        key = next(user.api_key for user in self.stage.world.users.values() if user.username == username)
        return "Basic " + base64.b64encode(f"{username}:{key}".encode()).decode()

    def call(self, service: str, method: str, number: int | str | None = None, *args: object, **query: Any) -> Answer:
        """A call as the SDK makes it: GET without arguments, POST with them."""
        path = "/".join(str(part) for part in (service, number, method) if part is not None) + ".json"
        body = json.dumps({"parameters": args}).encode() if args else b""
        return self.send("POST" if args else "GET", path, body=body, **query)

    def guest(self, method: str, *args: object, number: int = WEB, **query: Any) -> Any:
        """The value of a call on a virtual guest."""
        return self.call(GUEST, method, number, *args, **query).body

    def server(self, method: str, *args: object, number: int = DB, **query: Any) -> Any:
        """The value of a call on bare metal."""
        return self.call(HARDWARE, method, number, *args, **query).body

    def boot(self, number: int) -> str:
        """What a device runs now."""
        world = self.stage.world
        device = next(row for row in world.all_devices() if row.facts.id == number)
        return world.view(device, world.clock.now_s()).state.boot.value


class MockProcess:
    """A mock in a process of its own, on a free port."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mock_api", "--master-user", "tester:mock-key", *options],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.communicate()[1])
        self.urls: dict[str, str] = json.loads(line)
        self.port = int(self.urls["rest"].split(":")[2].split("/")[0])

    def stop(self) -> tuple[int, str, str]:
        """Stop it politely; answers exit code, stdout after the first line, and stderr."""
        self.process.terminate()
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err
