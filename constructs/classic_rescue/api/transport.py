"""One kept-alive HTTP connection over the standard library's http.client, with a deadline a call.

Not urllib3: a hook's start would cost two thirds more (docs/decisions/26-start-time-tricks.md). And
here connecting and sending are two steps, so that "nothing was sent" and "sent, but not answered"
are told apart with certainty.

A socket's own timeout bounds one read, and a service that sends a byte a second keeps to it for
ever. So before each read the socket gets what is left of the whole exchange. Looking up a name is
not bounded: getaddrinfo takes no timeout, and the resolver's own limits end it.
"""

from __future__ import annotations

import base64
import http.client
import io
import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from classic_rescue.api.errors import Unanswered, Unreachable
from classic_rescue.api.settings import Settings

LARGEST_REPLY_BYTES = 64 * 1024 * 1024
CONNECT_TIMEOUT_S = 10.0


class HttpReply(NamedTuple):
    """What came back. `total` is the header SoftLayer-Total-Items, empty where there is none."""

    status: int
    date: str
    body: bytes
    total: str = ""


class Transport:
    """Sends one request at a time to the endpoint; connects again when the other side hung up.

    `clock` counts real seconds.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._path = urlsplit(settings.endpoint).path
        self._connection: _Connection | None = None

    def send(
        self,
        call: str,
        path: str,
        body: bytes | None,
        *,
        within_s: float | None = None,
        on_new_connection: bool = False,
    ) -> HttpReply:
        """Send it once: GET without a body, POST with one.
        Raises Unreachable (not sent) or Unanswered (sent, or perhaps sent).

        The whole exchange, from connecting to the last byte of the answer, ends after `within_s`
        and after the settings' `timeout_s`, whichever comes first, whatever the other side does.

        Requests that change something go `on_new_connection`: on a used one the other side may be
        hanging up at that very moment, and then nobody could tell whether the request was taken.
        """
        limit_s = self._settings.timeout_s
        deadline = _Deadline(limit_s if within_s is None else min(limit_s, within_s), self._clock)
        if on_new_connection:
            self.close()
        connection = self._connected(call, deadline)
        sent = {
            "Authorization": self._settings.credentials.authorization,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "classic-rescue",
        }
        try:
            connection.request("POST" if body else "GET", self._path + path, body, sent)
            reply = connection.getresponse()
            data = reply.read(LARGEST_REPLY_BYTES)
            is_whole = (
                not reply.read(1) and not reply.length
            )  # reading an amount, http.client tells no cut-off answer
        except (OSError, http.client.HTTPException) as problem:
            self.close()
            words = deadline.words(problem)
            raise Unanswered(f"{call}: sent, but no answer came ({words})") from None
        except BaseException:  # an interrupt leaves the connection in the middle of a reply
            self.close()
            raise
        if not is_whole:
            self.close()
            raise Unanswered(
                f"{call}: the answer is cut off, or larger than {LARGEST_REPLY_BYTES >> 20} MiB"
            )
        headers = reply.headers
        return HttpReply(
            reply.status, headers.get("Date", ""), data, headers.get("SoftLayer-Total-Items", "")
        )

    def close(self) -> None:
        """Hang up; the next request connects again."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _connected(self, call: str, deadline: _Deadline) -> _Connection:
        if self._connection and _has_hung_up(self._connection):
            self.close()
        if not self._connection:
            connection = _connection(self._settings)
            connection.deadline = deadline
            try:
                connection.connect()
            except (OSError, UnicodeError, http.client.HTTPException) as problem:
                connection.close()
                said = f"{self._whereto()} ({deadline.words(problem)})"
                raise Unreachable(f"{call}: no connection to {said}") from None
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        self._connection.deadline = deadline
        return self._connection

    def _whereto(self) -> str:
        """The endpoint and the way to it, for people; without the proxy's password."""
        settings = self._settings
        if not settings.proxy:
            return f"{settings.endpoint}; check the network, or the endpoint"
        proxy = urlsplit(settings.proxy)
        return (
            f"{settings.endpoint} through the proxy {proxy.netloc.rpartition('@')[2]}"
            f" ({settings.proxy_source}); check the proxy, or leave it out with NO_PROXY"
        )


class _Deadline:
    """The moment at which an exchange must have ended."""

    def __init__(self, within_s: float, clock: Callable[[], float]) -> None:
        self._within_s = within_s
        self._clock = clock
        self._end = clock() + within_s

    def left_s(self) -> float:
        """What is left. Raises TimeoutError where nothing is."""
        left_s = self._end - self._clock()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def words(self, problem: Exception) -> str:
        """What went wrong, for people."""
        if isinstance(problem, TimeoutError):
            return f"not within {self._within_s:.3g} s"
        text = str(problem).strip()
        return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


class _Connection(http.client.HTTPConnection):
    """A connection on which everything waits for what is left of `deadline` at most.

    `context`: for TLS with `server`, after the proxy's CONNECT if there is one.
    """

    auto_open = 0
    """It would connect again without TLS, and "not sent" could not be told from "sent"."""

    deadline: _Deadline

    def __init__(
        self, host: str, port: int, *, server: str, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(host, port)
        self.default_port = 443 if context else 80
        self._server = server
        self._context = context
        self._create_connection = self._opened
        self.response_class = self._response  # type: ignore[assignment] # a function makes them

    def connect(self) -> None:
        """Connect, through the proxy, and with TLS."""
        super().connect()
        if self._context:
            self.sock.settimeout(self.deadline.left_s())
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self._server)

    def send(self, data: Any) -> None:  # noqa: ANN401 as http.client has it
        """Send a part of the request. One part of TLS is one record, since requests are short."""
        if self.sock is not None:
            self.sock.settimeout(self.deadline.left_s())
        super().send(data)

    def _opened(self, address: tuple[str, int], *_: object) -> socket.socket:
        """A connection to the first of the host's addresses that takes one."""
        host, port = address
        last: OSError = ConnectionError("the name has no address")
        for family, kind, protocol, _name, place in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        ):
            wait_s = min(CONNECT_TIMEOUT_S, self.deadline.left_s())
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(wait_s)
                opened.connect(place)
            except OSError as problem:
                opened.close()
                last = problem
            except BaseException:
                opened.close()
                raise
            else:
                return opened
        raise last

    def _response(self, sock: socket.socket, **more: Any) -> http.client.HTTPResponse:  # noqa: ANN401 as http.client has it
        response = http.client.HTTPResponse(sock, **more)
        response.fp.close()
        response.fp = io.BufferedReader(_Reader(sock, self.deadline))
        return response


class _Reader(io.RawIOBase):
    """A socket's bytes, each read bounded by what is left of the deadline."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        # Its open file keeps the socket open for as long as the answer is read.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 as io has it
        """Read once. Raises TimeoutError when the exchange must have ended."""
        self._sock.settimeout(self._deadline.left_s())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


def _connection(settings: Settings) -> _Connection:
    endpoint = urlsplit(settings.endpoint)
    server = endpoint.hostname or ""
    is_secure = endpoint.scheme == "https"
    port = endpoint.port or (443 if is_secure else 80)
    context = _tls() if is_secure else None
    if not settings.proxy:
        return _Connection(server, port, server=server, context=context)
    proxy = urlsplit(settings.proxy)
    proxy_port = proxy.port or (443 if proxy.scheme == "https" else 80)
    connection = _Connection(proxy.hostname or "", proxy_port, server=server, context=context)
    connection.set_tunnel(server, port, _proxy_headers(proxy.username, proxy.password))
    return connection


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if not user:
        return {}
    both = f"{unquote(user)}:{unquote(password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(both.encode()).decode()}


def _has_hung_up(connection: http.client.HTTPConnection) -> bool:
    """Whether an idle connection was closed by the other side: it would have something to read."""
    if connection.sock is None:
        return True
    readable, _, _ = select.select([connection.sock], [], [], 0)
    return bool(readable)
