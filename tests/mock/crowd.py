"""Many clients at once against a mock in a process of its own."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.mock.stagehand import GUEST, MockProcess
from tests.patience import PATIENCE_S

CLIENTS = 50
FIRST = 1000001
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"tester:mock-key").decode()}

# Python hands the interpreter from thread to thread every 5 ms; a mock that does it all the time
# shows its races.
RESTLESS = (
    "import sys; sys.setswitchinterval(1e-6);"
    " from mock_api.command_line import main; sys.exit(main())"
)


@dataclass(frozen=True)
class Ask:
    """A request."""

    path: str
    verb: str = "GET"
    body: object = None

    def send(self, connection: http.client.HTTPConnection) -> None:
        """Send it, and do not wait for the answer."""
        connection.request(
            self.verb, self.path, None if self.body is None else json.dumps(self.body), LOGIN
        )


def guest(number: int, method: str = "getObject", mask: str = "id") -> Ask:
    """A call on a guest."""
    return Ask(f"/rest/v3.1/{GUEST}/{number}/{method}.json?objectMask=mask[{mask}]")


def guests(mask: str) -> Ask:
    """The list of all guests."""
    return Ask(f"/rest/v3.1/SoftLayer_Account/getVirtualGuests.json?objectMask=mask[{mask}]")


def control(path: str, body: object = None) -> Ask:
    """A control call; with a body it is a POST."""
    return Ask(f"/_mock/{path}", "GET" if body is None else "POST", body)


class Crowd:
    """50 clients of one mock, each with a connection of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connections = [
            http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            for _ in range(CLIENTS)
        ]

    def ask(self, ask: Ask) -> Any:
        """The JSON value of an answer to one client."""
        return self.ask_all([ask])[0]

    def ask_all(self, asks: Iterable[Ask]) -> list[Any]:
        """The answers in the order of the questions.

        All clients send before one reads, so that 50 are under way.
        """
        waiting = list(asks)
        answers = []
        while waiting:
            now = waiting[:CLIENTS]
            waiting = waiting[CLIENTS:]
            self.send(now)
            answers += self.read(len(now))
        return answers

    def send(self, asks: Sequence[Ask]) -> None:
        """Send a request from each of the first clients."""
        for connection, ask in zip(self._connections, asks, strict=False):
            ask.send(connection)

    def read(self, count: int) -> list[Any]:
        """The answers to the first clients."""
        return [
            json.loads(connection.getresponse().read()) for connection in self._connections[:count]
        ]

    def close(self) -> None:
        """Hang up."""
        for connection in self._connections:
            connection.close()


class RestlessMock(MockProcess):
    """A mock whose threads interrupt each other as often as they can,
    with generated guests and a clock that stands.
    """

    def __init__(self, guests: int, *options: str) -> None:
        world = f"--generate={guests},0"
        super().__init__(world, "--speed=0", *options, program=("-c", RESTLESS))


def half_a_request(port: int) -> socket.socket:
    """A client that begins a request and says no more."""
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    client.sendall(
        b"POST /rest/v3.1/SoftLayer_Account/getObject.json HTTP/1.1\r\n"
        b"Content-Length: 100\r\n\r\nhalf"
    )
    return client
