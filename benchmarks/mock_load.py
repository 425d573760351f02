"""A load generator: clients on keep-alive connections,
each sends its next request when it has its answer.

Raw sockets in one thread cost a tenth of what the fastest server here costs for a request, so the
figures are the server's. It runs outside the server's process.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True)
class Target:
    """A request, byte for byte, and the port that it goes to."""

    port: int
    request: bytes


@dataclass(frozen=True)
class Load:
    """What one round measured."""

    per_s: float
    p50_ms: float
    p99_ms: float
    body_bytes: int


class AnswerError(Exception):
    """A server answered with something else than 200, or not as expected."""


def send_one(target: Target) -> bytes:
    """The body of one answer on a connection of its own. Raises AnswerError, OSError."""
    client = _Client(target.port)
    client.send(target.request)
    while not client.receive():
        pass
    client.close()
    return client.body()


def load(
    port: int, requests: Iterable[bytes], clients: int, expected: Callable[[bytes], bool] = bool
) -> Load:
    """Send all requests, spread over the clients.

    Raises AnswerError when an answer is not 200 or not `expected`.
    """
    latencies_s: list[float] = []
    with selectors.DefaultSelector() as selector:
        waiting: Iterator[bytes] = iter(requests)
        started_s = time.perf_counter()
        for _ in range(clients):
            _send_next(_Client(port), waiting, selector)
        while selector.get_map():
            for key, _ in selector.select():
                client = cast(_Client, key.fileobj)
                if client.receive():
                    latencies_s.append(time.perf_counter() - client.sent_s)
                    body = client.body()
                    if not expected(body):
                        raise AnswerError(body[:500].decode(errors="replace"))
                    selector.unregister(client)
                    _send_next(client, waiting, selector)
        elapsed_s = time.perf_counter() - started_s
    latencies_s.sort()
    count = len(latencies_s)
    return Load(
        count / elapsed_s,
        latencies_s[count // 2] * 1000,
        latencies_s[min(count - 1, count * 99 // 100)] * 1000,
        len(body),
    )


def _send_next(client: _Client, waiting: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    request = next(waiting, None)
    if request is None:
        client.close()
        return
    client.send(request)
    selector.register(client, selectors.EVENT_READ)


class _Client:
    """One connection at a time, renewed when the server closes it."""

    def __init__(self, port: int) -> None:
        self.sent_s = 0.0
        self._port = port
        self._socket: socket.socket | None = None
        self._answer = bytearray()
        self._head_end = 0
        self._end: int | None = None
        self._server_closes = False

    def fileno(self) -> int:
        """What a selector asks for."""
        return self._socket.fileno() if self._socket else -1

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def send(self, request: bytes) -> None:
        if self._server_closes:
            self.close()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = bytearray()
        self._head_end = 0
        self._end = None
        self._server_closes = False
        self.sent_s = time.perf_counter()
        self._socket.sendall(request)

    def receive(self) -> bool:
        """Read what has arrived, or wait for some; whether the answer is complete."""
        piece = self._socket.recv(1 << 20) if self._socket else b""
        self._answer += piece
        if not self._head_end and (at := self._answer.find(b"\r\n\r\n")) >= 0:
            self._read_head(at)
        complete = self._end is not None and len(self._answer) >= self._end
        if not piece and not complete:
            raise AnswerError(f"the connection was closed after {bytes(self._answer[:200])!r}")
        return complete

    def body(self) -> bytes:
        return bytes(self._answer[self._head_end :])

    def _read_head(self, at: int) -> None:
        status, *lines = bytes(self._answer[:at]).lower().split(b"\r\n")
        if b" 200 " not in status:
            raise AnswerError(bytes(self._answer[:500]).decode(errors="replace"))
        headers = dict(line.split(b": ", 1) for line in lines)
        self._head_end = at + 4
        self._end = self._head_end + int(headers[b"content-length"])
        self._server_closes = headers.get(b"connection") == b"close"
