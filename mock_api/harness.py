"""The mock in a test's hand: in this process without a port, or as a server of its own;
both are steered alike.

The pytest plugin hands these out as fixtures; without pytest they can be used as they are.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    import SoftLayer
    from _typeshed.wsgi import WSGIApplication

    from mock_api.domain.world import WorldDocument
    from mock_api.wsgi_adapter import WsgiAdapter

HOST = "mock-api.test"
START_S = 1767225600.0  # 2026-01-01T00:00:00Z: tests do not depend on the day they run
ORPHAN_S = 7200  # a server ends by itself when its tests were killed
Json = Any
"""A JSON value, as shaped as the API says."""
World = str | Path | Mapping[str, object] | None
"""A world: a file's path, or its values, or None for the demo world."""


class MockFailure(Exception):
    """An answer that is no success: of the API, or of the control plane to a wrong request."""

    def __init__(self, status: int, text: str, code: str = "") -> None:
        super().__init__(f"{status} {code}: {text}" if code else f"{status}: {text}")
        self.status = status
        self.text = text
        self.code = code


class Mock:
    """What both kinds can do. `rest`, `xmlrpc` and `control` are their URLs."""

    rest: str
    xmlrpc: str
    control: str
    _users: dict[str, dict[str, Any]] | None = None

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Status and body of the answer to one HTTP request."""
        raise NotImplementedError

    @property
    def username(self) -> str:
        """The master user's name."""
        return str(self._master()["username"])

    @property
    def api_key(self) -> str:
        """The master user's classic key."""
        return str(self._master()["api_key"])

    def key_of(self, username: str) -> str:
        """The classic key of any user of the world."""
        users = self._known_users()
        if username not in users:
            raise LookupError(
                f"The world has no user {username!r}; there are {', '.join(sorted(users))}."
            )
        return str(users[username]["api_key"])

    def call(
        self, service: str, method: str, number: int | str | None = None, *arguments: object,
        user: str | None = None, mask: str | None = None,
        filter: Mapping[str, object] | None = None, limit: int | None = None, offset: int = 0,
    ) -> Json:  # fmt: skip
        """The value of an API call, as the master user or another one. Raises MockFailure."""
        name = user or self.username
        asked = {
            "objectMask": mask,
            "objectFilter": json.dumps(filter) if filter else None,
            "resultLimit": None if limit is None else f"{offset},{limit}",
        }
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        path = "/".join(str(part) for part in (service, number, method) if part is not None)
        body = json.dumps({"parameters": arguments}).encode() if arguments else b""
        headers = {
            "Authorization": basic(name, self.key_of(name)),
            "Content-Type": "application/json",
        }
        url = f"{self.rest}{path}.json" + (f"?{query}" if query else "")
        return _read(*self.request("POST" if arguments else "GET", url, headers, body))

    def steer(self, verb: str, path: str, body: object = None) -> Json:
        """One call to the control plane, such as steer("POST", "clock", {"speed": 60}).

        Raises MockFailure.
        """
        data = b"" if body is None else json.dumps(body).encode()
        return _read(
            *self.request(verb, self.control + path, {"Content-Type": "application/json"}, data)
        )

    def reset(self) -> None:
        """The starting world, its clock, and an empty journal."""
        self._users = None
        self.steer("POST", "reset")

    def advance(self, seconds_s: float) -> None:
        """Let virtual time pass; it stands still otherwise."""
        self.steer("POST", "clock", {"advance_s": seconds_s})

    def run_until_stable(self) -> None:
        """Let time pass until no move is under way that ends."""
        self.steer("POST", "clock", {"run_until_stable": True})

    def restart_inside(self, number: int) -> None:
        """Restart a device as its user does, in its own system: the API never learns of it."""
        self.steer("POST", f"os_restarts/{number}")

    def fault(
        self, kind: str, operation: str = "*", *, device: int | None = None, nth: int = 1,
        times: int | None = 1, **details: object,
    ) -> int:  # fmt: skip
        """Make calls go wrong, such as fault("drop", "SoftLayer_Virtual_Guest.getObject");
        answers the rule's id.
        """
        rule = {"operation": operation, "device_id": device, "nth": nth, "times": times}
        return int(self.steer("POST", "faults", {**rule, "fault": {"kind": kind, **details}})["id"])

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self.steer("DELETE", "faults")

    def journal(self) -> list[dict[str, Any]]:
        """The API requests seen since the last reset, oldest first."""
        rows: list[dict[str, Any]] = self.steer("GET", "journal")
        return rows

    def devices(self) -> dict[int, dict[str, Any]]:
        """Every device by id, with what the API never shows:
        what it runs now and what is under way.
        """
        return {row["id"]: row for row in self.steer("GET", "devices")}

    def settings(self, **changes: object) -> dict[str, Any]:
        """The world's settings, after these changes."""
        changed: dict[str, Any] = self.steer(
            "PATCH" if changes else "GET", "settings", changes or None
        )
        return changed

    def world(self) -> dict[str, Any]:
        """The world as it is now, keys included."""
        values: dict[str, Any] = self.steer("GET", "world")
        return values

    def load_world(self, world: World) -> None:
        """Another world; `reset` goes back to the starting one."""
        from mock_api.domain.document import to_json

        self._users = None
        self.steer("PUT", "world", json.loads(to_json(read_world(world))))

    def _master(self) -> dict[str, Any]:
        return next(user for user in self._known_users().values() if user["master"])

    def _known_users(self) -> dict[str, dict[str, Any]]:
        # Names and keys stay while a world does, and a large one is long to read.
        if self._users is None:
            self._users = {user["username"]: user for user in self.world()["users"]}
        return self._users


class MockApi(Mock):
    """The mock in this process: no port, no thread, no waiting.

    Time stands still until it is moved.
    """

    def __init__(self, world: World = None, **settings: object) -> None:
        from mock_api.control.plane import ControlPlane
        from mock_api.domain.document import SETTINGS, read_value
        from mock_api.domain.stage import Stage
        from mock_api.http.app import create_app

        document = read_world(world)
        given = {**vars(document.settings), **settings}
        document = replace(document, settings=read_value(SETTINGS, given, "settings"))
        self.stage = Stage(document, _standing, START_S)
        self.wsgi: WSGIApplication = create_app(self.stage, ControlPlane(), self._note_delay)
        base = f"http://{HOST}"
        self.rest = f"{base}/rest/v3.1/"
        self.xmlrpc = f"{base}/xmlrpc/v3.1/"
        self.control = f"{base}/_mock/"
        self._delays = threading.local()

    @property
    def adapter(self) -> WsgiAdapter:
        """An adapter for `requests`: session.mount("http://mock-api.test/", mock.adapter)."""
        from mock_api.wsgi_adapter import WsgiAdapter

        return WsgiAdapter(self.wsgi, self.take_delay_s)

    def client(self, user: str | None = None, xmlrpc: bool = False) -> SoftLayer.BaseClient:
        """A client of the SoftLayer SDK that is joined to this mock."""
        import SoftLayer

        name = user or self.username
        endpoint = self.xmlrpc if xmlrpc else self.rest
        client = SoftLayer.create_client_from_env(
            username=name, api_key=self.key_of(name), endpoint_url=endpoint, config_file=os.devnull
        )
        client.transport.client.mount(f"http://{HOST}/", self.adapter)
        return client

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Status and body of the answer to one HTTP request."""
        from mock_api.wsgi import open_wsgi

        answer = open_wsgi(self.wsgi, method, url, headers=headers, body=body)
        if answer is None:
            raise ConnectionError("the mock dropped the connection, as a fault rule asked for")
        return answer.status, answer.body

    def take_delay_s(self) -> float:
        """How long faults have delayed this thread's calls since this was last asked;
        nobody waited for it.
        """
        delay_s: float = getattr(self._delays, "seconds_s", 0.0)
        self._delays.seconds_s = 0.0
        return delay_s

    def _note_delay(self, seconds_s: float) -> None:
        self._delays.seconds_s = getattr(self._delays, "seconds_s", 0.0) + seconds_s


class MockServer(Mock):
    """The mock as a process of its own on a free port of this machine.

    Use it in a `with` statement, or `stop` it.
    """

    def __init__(
        self, world: World = None, speed: float | None = None, machines: Path | None = None
    ) -> None:
        options = [
            "--idle-exit",
            str(ORPHAN_S),
            *(["--speed", str(speed)] if speed is not None else []),
            *(["--machines", str(machines)] if machines is not None else []),
        ]
        with contextlib.ExitStack() as files:
            if world is not None:
                options += ["--world", str(_as_file(world, files))]
            self._process = _start(options)
            assert self._process.stdout is not None  # noqa: S101 (Popen was asked for a pipe)
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(self._process.communicate()[1].strip())
        urls = json.loads(line)
        self.rest = urls["rest"]
        self.xmlrpc = urls["xmlrpc"]
        self.control = urls["control"]

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Status and body of the answer to one HTTP request."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            connection.request(method, target, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class RealDevice:
    """A virtual server of a mock of its own, behind which a real machine runs in QEMU. Its SSH
    server answers at `host` and `port`, for `user` with `password`.

    It takes some seconds to come up. Use it in a `with` statement. `folder` holds the images
    (`mock_api/machines/images.py`), and gets the machine's disk.
    """

    user = "root"

    def __init__(self, folder: Path) -> None:
        self.id = 1000001
        self.host = "127.0.0.1"
        self.port = _free_port()
        self.password = "of-the-real-device"  # noqa: S105 known to whoever reads this
        machine = {"qemu": {"ssh_port": self.port}}
        guest = {"id": self.id, "hostname": "real-1", "public_ip": self.host, "machine": machine}
        world = {
            "account": {"id": 1},
            "settings": QUICK,
            "guests": [{**guest, "password": self.password}],
        }
        self._folder = folder
        self.mock = MockServer(world, machines=folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.mock.stop()

    @property
    def boot(self) -> str:
        """What the mock says that it runs: os, rescue or image."""
        return str(self.mock.devices()[self.id]["boot"])

    @property
    def console(self) -> str:
        """What it has printed at its console so far."""
        path = self._folder / "devices" / str(self.id) / "console"
        return path.read_text(errors="replace") if path.exists() else ""


QUICK = {"guest_rescue_s": 2, "guest_reboot_s": 1, "iso_mount_s": 2, "iso_unmount_s": 1}
"""The times of a service that is as quick as a machine in QEMU."""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _standing() -> float:
    """The real clock of a mock in process: at any speed, its time moves by hand alone."""
    return 0.0


def basic(username: str, api_key: str) -> str:
    """The Authorization header of a login."""
    from base64 import b64encode

    return "Basic " + b64encode(f"{username}:{api_key}".encode()).decode()


def read_world(world: World) -> WorldDocument:
    """The world of a file or of values; none is the demo world. Raises DocumentError."""
    from mock_api import worlds
    from mock_api.domain import document

    if world is None:
        return worlds.demo()
    if isinstance(world, (str, Path)):
        return worlds.load_file(Path(world))
    return document.read_world(world, "world")


def _read(status: int, body: bytes) -> Json:
    if status >= 400:
        try:
            error = json.loads(body)
        except ValueError:
            raise MockFailure(status, body.decode(errors="replace")) from None
        raise MockFailure(status, error["error"], error.get("code", ""))
    return json.loads(body)


def _as_file(world: str | Path | Mapping[str, object], files: contextlib.ExitStack) -> Path:
    if isinstance(world, (str, Path)):
        return Path(world)
    file = files.enter_context(tempfile.NamedTemporaryFile("w", suffix=".json"))  # noqa: SIM115 (the stack closes it)
    json.dump(world, file)
    file.flush()
    return Path(file.name)


def _start(options: list[str]) -> subprocess.Popen[str]:
    # The package may be found through a path that only this process knows.
    here = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-P", "-m", "mock_api", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
