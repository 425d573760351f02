"""The meddling proxy: stands between a client and the mock, on this machine, and passes on
what nobody meddles with.

Each run of ours has an endpoint with a name of its own in its path, so that the proxy can tell
whose call it is.
"""

from __future__ import annotations

import http.client
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.campaign.answers import Answer, Ending, StepBack, set_back
from tests.campaign.plan import CHANGING

UPSTREAM_TIMEOUT_S = 30
LONGEST_HOLD_S = 120.0
DRIP_EVERY_S = 0.3
LONGEST_LATE_S = 10.0
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass
class Heard:
    """One call as the proxy saw it. `passed_on` counts how often it reached the service;
    `passed_as` is its place among all that change a device, `passed_at` how many calls had been
    heard when it reached the service.
    """

    number: int
    run: str
    service: str
    device: int | None
    method: str
    path: str
    passed_on: int = 0
    passed_as: int = 0
    passed_at: int = 0
    truth: Answer | None = None
    struck: list[str] = field(default_factory=list)
    told: str = ""

    @property
    def is_changing(self) -> bool:
        """Whether the service does something to the device for it."""
        return self.method in CHANGING

    @property
    def was_accepted(self) -> bool:
        """Whether the service did what was asked, whatever the client was told."""
        return self.is_changing and self.truth is not None and self.truth.status == 200

    @property
    def date_s(self) -> float | None:
        """The service's own moment of its answer."""
        for name, value in self.truth.headers if self.truth else ():
            if name.casefold() == "date":
                return parsedate_to_datetime(value).timestamp()
        return None

    def __str__(self) -> str:
        """Say it as a story does."""
        device = f"/{self.device}" if self.device else ""
        passed = "" if self.passed_on else ", not passed on"
        struck = f" [{'; '.join(self.struck)}{passed}]" if self.struck else ""
        call = f"{self.service}{device}::{self.method}"
        return f"{self.number:3} {self.run}: {call}{struck} → {self.told}"


Pass = Callable[[], Answer]
Meddle = Callable[[Heard, Pass], Answer]
"""Gives the answer to a call; the second argument passes it on to the service."""


class Proxy:
    """A proxy on a free port. `meddle` may be set while it runs; so may `upstream_port`.

    `failures` are its own; `steps_back` are those of the service's clock, of which the mock's knows
    nothing.
    """

    def __init__(self, upstream_port: int = 0) -> None:
        self.upstream_port = upstream_port
        self.meddle: Meddle = lambda heard, pass_on: pass_on()
        self.heard: list[Heard] = []
        self.failures: list[str] = []
        self.steps_back: list[StepBack] = []
        self.is_over = threading.Event()
        self._lock = threading.Lock()
        self._changing = threading.Lock()
        self._passed = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def endpoint(self, run: str) -> str:
        """The REST endpoint of one run of ours."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{run}/rest/v3.1/"

    def begin(self, meddle: Meddle) -> None:
        """Forget what was heard, and meddle so from now on."""
        self.heard = []
        self.failures = []
        self.steps_back = []
        self._passed = 0
        self.meddle = meddle
        self.is_over = threading.Event()

    def release(self) -> None:
        """Let go of every client that is kept waiting."""
        self.is_over.set()

    def wait_for_late_calls(self) -> None:
        """Until every request that is on its way has arrived, and is answered."""
        until = time.monotonic() + LONGEST_LATE_S
        while time.monotonic() < until and any(not heard.told for heard in self.heard):
            time.sleep(0.05)

    def stop(self) -> None:
        """Hang up."""
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def open(self, path: str) -> tuple[Heard, str]:
        """Note a call; answers it, and the path as the service knows it."""
        _, run, rest = path.split("/", 2)
        name = rest.removeprefix("rest/v3.1/").partition("?")[0].removesuffix(".json")
        parts = name.split("/")
        device = int(parts[1]) if len(parts) > 2 and parts[1].isdecimal() else None
        with self._lock:
            heard = Heard(
                number=len(self.heard) + 1,
                run=run,
                service=parts[0],
                device=device,
                method=parts[-1],
                path=path,
            )
            self.heard.append(heard)
        return heard, f"/{rest}"

    def earlier(self, heard: Heard) -> Answer | None:
        """What the service said the last time to the same question."""
        with self._lock:
            before = [
                row.truth
                for row in self.heard
                if row.path == heard.path and row.number < heard.number and row.truth
            ]
        return before[0] if before else None

    def pass_on(self, heard: Heard, method: str, path: str, message: _Message) -> Answer:
        """Ask the service. What changes a device goes one at a time, so that their order is known.

        Raises OSError and http.client.HTTPException.
        """
        if not heard.is_changing:
            return self._asked(heard, method, path, message)
        with self._changing:
            heard.passed_at = len(self.heard)
            answer = self._asked(heard, method, path, message)
            self._passed += 1
            heard.passed_as = self._passed
            return answer

    def _asked(self, heard: Heard, method: str, path: str, message: _Message) -> Answer:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.upstream_port, timeout=UPSTREAM_TIMEOUT_S
        )
        try:
            connection.request(method, path, message.body or None, message.headers)
            reply = connection.getresponse()
            answer = Answer(
                reply.status,
                reply.read(),
                tuple(
                    (name, value)
                    for name, value in reply.getheaders()
                    if name.casefold() not in _HOP
                ),
            )
        finally:
            connection.close()
        heard.passed_on += 1
        heard.truth = answer
        return answer


@dataclass(frozen=True)
class _Message:
    headers: dict[str, str]
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    proxy: Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed hangs up: that is what the campaign is about. All else is a
        defect of the campaign.
        """
        problem = sys.exc_info()[1]
        if not isinstance(problem, OSError):
            self.proxy.failures.append(repr(problem))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """A call without a body."""
        self._answer()

    def do_POST(self) -> None:
        """A call with arguments."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the proxy keeps what it heard."""

    def _answer(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length") or 0)
        message = _Message(
            {name: value for name, value in self.headers.items() if name.casefold() not in _HOP},
            self.rfile.read(length),
        )
        heard, path = proxy.open(self.path)
        try:
            answer = proxy.meddle(heard, lambda: proxy.pass_on(heard, self.command, path, message))
        except (OSError, http.client.HTTPException):  # the mock is gone just now
            answer = Answer(0, b"", ending=Ending.CLOSED)
        answer = set_back(answer, proxy.steps_back)
        heard.told = _words(answer)
        with suppress(OSError):
            self._send(answer, proxy.is_over)

    def _send(self, answer: Answer, is_over: threading.Event) -> None:
        self.close_connection = answer.ending is not Ending.WHOLE
        if answer.ending is Ending.RESET:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        elif answer.ending is Ending.SILENT:
            _hold(self.connection, is_over)
        elif answer.ending is Ending.CLOSED:
            self.wfile.write(answer.body)
        else:
            self._send_bytes(answer, is_over)

    def _send_bytes(self, answer: Answer, is_over: threading.Event) -> None:
        body = answer.body
        lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, 'Odd')}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        length = len(body) + (LONG_BODY if answer.ending is Ending.DRIP else 0)
        lines.append(f"Content-Length: {length}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if answer.ending is Ending.WHOLE:
            self.wfile.write(head + body)
            return
        self.wfile.write(head + body[: len(body) // 2])
        if answer.ending is Ending.DRIP:
            _drip(self.connection, is_over)


LONG_BODY = 100_000
"""A dripping answer never ends by itself."""


def _hold(connection: socket.socket, is_over: threading.Event) -> None:
    """Say nothing until the client hangs up or the run is over."""
    until = time.monotonic() + LONGEST_HOLD_S
    while time.monotonic() < until and not is_over.is_set():
        readable, _, _ = select.select([connection], [], [], 0.1)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return


def _drip(connection: socket.socket, is_over: threading.Event) -> None:
    """Send a space now and then, until the client hangs up or the run is over."""
    until = time.monotonic() + LONGEST_HOLD_S
    while time.monotonic() < until and not is_over.wait(DRIP_EVERY_S):
        connection.sendall(b" ")


def _words(answer: Answer) -> str:
    if answer.ending is not Ending.WHOLE and not answer.body:
        return str(answer.ending)
    text = answer.body.decode("utf-8", "replace")
    said = text if len(text) < 90 else f"{text[:90]}…"
    ending = "" if answer.ending is Ending.WHOLE else f" ({answer.ending})"
    return f"{answer.status} {said}{ending}"
