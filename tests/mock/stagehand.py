"""What the mock's tests share: a stage whose time stands in the test's hand,
and a short way to call the API on it.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_api import worlds
from mock_api.command_line import main
from mock_api.control.plane import ControlPlane
from mock_api.domain.document import check
from mock_api.domain.settings import Settings
from mock_api.domain.stage import Stage
from mock_api.domain.steering import ControlAnswer, ControlRequest
from mock_api.domain.world import WorldDocument
from mock_api.http.exchange import Answer, Request
from mock_api.http.pipeline import Pipeline
from mock_api.http.rest import RestDoor
from mock_api.http.xmlrpc import XmlRpcDoor, encode
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
START_S = 1_700_000_000.0
WEB = 124929698
WIN = 124929702
APP = 124929706
BIG = 124929710
OFF = 124929714
DB = 218027101
WINBM = 218027105
SPARE = 218027109
ISO_DAL = 34291701
ISO_FRA = 34291702
GOLDEN = 51830046
GUEST = "SoftLayer_Virtual_Guest"
HARDWARE = "SoftLayer_Hardware_Server"
MASTER = "SL307608"
VIEWER = "307608_viewer@example.com"
NEWCOMER = "307608_newcomer@example.com"
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
    """A stage, and calls on it as a user, over one of the two doors."""

    def __init__(
        self, document: WorldDocument | None = None, *, door: str = "rest", **settings: Any
    ) -> None:
        self.door = door
        document = document or worlds.demo()
        document = check(
            replace(document, settings=Settings(**settings)) if settings else document, "test"
        )
        self.real = RealClock()
        self.slept: list[float] = []
        self.stage = Stage(document, self.real, START_S)
        self.pipeline = Pipeline(self.stage, self.slept.append)

    @property
    def nothing(self) -> object:
        """What null is in the answers of this door: XML-RPC makes it an empty text (SP #962)."""
        return "" if self.door == "xmlrpc" else None

    def advance(self, seconds_s: float) -> None:
        """Let real time pass; the world runs at speed 1."""
        self.real.now_s += seconds_s

    def ask(
        self,
        verb: str,
        path: str,
        body: bytes = b"",
        query: str = "",
        headers: dict[str, str] | None = None,
    ) -> ControlAnswer:
        """A request to the control plane."""
        return ControlPlane()(
            self.stage, ControlRequest(verb, path, query=query, body=body, headers=headers or {})
        )

    def steer(self, verb: str, path: str, body: object = None, query: str = "") -> Any:
        """The value of a request to the control plane that must work."""
        answer = self.ask(verb, path, b"" if body is None else json.dumps(body).encode(), query)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def send(
        self, verb: str, path: str, *, user: str | None = MASTER, body: bytes = b"", **query: str
    ) -> Answer:
        """A request as a door would make it."""
        header = None if user is None else self.login(user)
        return self.pipeline.answer(RestDoor(Request(verb, path, header, body=body, **query)))

    def login(self, username: str) -> str:
        """The Basic header of a user."""
        return "Basic " + base64.b64encode(f"{username}:{self.key(username)}".encode()).decode()

    def key(self, username: str) -> str:
        """The classic key of a user."""
        return next(
            user.api_key for user in self.stage.world.users.values() if user.username == username
        )

    def call(
        self,
        service: str,
        method: str,
        number: int | str | None = None,
        *args: object,
        **query: Any,
    ) -> Answer:
        """A call as the SDK makes it over the play's transport.

        A fault's body has the shape of a REST error.
        """
        call = self._call_xmlrpc if self.door == "xmlrpc" else self._call_rest
        return call(service, method, number, args=args, query=query)

    def _call_rest(
        self,
        service: str,
        method: str,
        number: int | str | None,
        *,
        args: tuple[object, ...],
        query: dict[str, Any],
    ) -> Answer:
        path = (
            "/".join(str(part) for part in (service, number, method) if part is not None) + ".json"
        )
        body = json.dumps({"parameters": args}).encode() if args else b""
        return self.send("POST" if args else "GET", path, body=body, **query)

    def _call_xmlrpc(
        self,
        service: str,
        method: str,
        number: int | str | None,
        *,
        args: tuple[Any, ...],
        query: dict[str, Any],
    ) -> Answer:
        headers: dict[str, object] = {}
        user = query.get("user", MASTER)
        if user is not None:
            headers["authenticate"] = {"username": user, "apiKey": self.key(user)}
        if number is not None:
            headers[f"{service}InitParameters"] = {"id": number}
        if "mask" in query:
            headers["SoftLayer_ObjectMask"] = {"mask": query["mask"]}
        if "filter" in query:
            headers[f"{service}ObjectFilter"] = json.loads(query["filter"])
        if "limit" in query:
            offset, _, count = query["limit"].rpartition(",")
            headers["resultLimit"] = {"limit": int(count), "offset": int(offset or 0)}
        body = xmlrpc.client.dumps(
            ({"headers": headers}, *args), methodname=method, allow_none=True
        ).encode()
        answer = self.pipeline.answer(XmlRpcDoor(Request("POST", service, body=body)))
        return answer if answer.dropped else replace(answer, body=read_xml(encode(answer)))

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


def read_xml(text: bytes) -> object:
    """The value of an XML-RPC answer; a fault as REST shows it."""
    try:
        return xmlrpc.client.loads(text)[0][0]
    except xmlrpc.client.Fault as fault:
        return {"error": fault.faultString, "code": fault.faultCode}


def refusal(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """The one sentence of a mock that cannot start."""
    try:
        code = main(options)
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else -1
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("mock_api: ")
    return err


class MockProcess:
    """A mock in a process of its own, on a free port; `environ` in place of that of the tests."""

    def __init__(
        self,
        *options: str,
        program: Sequence[str] = ("-m", "mock_api"),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *program, "--master-user", "tester:mock-key", *options],
            cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.communicate()[1])
        self.urls: dict[str, str] = json.loads(line)
        self.port = urlsplit(self.urls["rest"]).port or 0

    def stop(self) -> tuple[int, str, str]:
        """Stop it politely; answers exit code, stdout after the first line, and stderr."""
        self.process.terminate()
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err
