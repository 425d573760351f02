"""One kept-alive HTTP connection over the standard library's http.client.

Not urllib3: a hook's start would cost two thirds more (docs/decisions/26-start-time-tricks.md). And
here connecting and sending are two steps, so that "nothing was sent" and "sent, but not answered"
are told apart with certainty.
"""

from __future__ import annotations

import base64
import http.client
import select
from typing import NamedTuple
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
    """Sends one request at a time to the endpoint; connects again when the other side hung up."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = urlsplit(settings.endpoint).path
        self._connection: http.client.HTTPConnection | None = None

    def send(
        self, call: str, path: str, body: bytes | None, *, on_new_connection: bool = False
    ) -> HttpReply:
        """Send it once: GET without a body, POST with one.
        Raises Unreachable (not sent) or Unanswered (sent).

        Requests that change something go `on_new_connection`: on a used one the other side may be
        hanging up at that very moment, and then nobody could tell whether the request was taken.
        """
        if on_new_connection:
            self.close()
        connection = self._connected(call)
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
            raise Unanswered(f"{call}: sent, but no answer came ({_words(problem)})") from None
        except BaseException:  # an interrupt leaves the connection in the middle of a reply
            self.close()
            raise
        if not is_whole:
            self.close()
            raise Unanswered(
                f"{call}: the answer is cut off, or larger than {LARGEST_REPLY_BYTES} bytes"
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

    def _connected(self, call: str) -> http.client.HTTPConnection:
        if self._connection and _has_hung_up(self._connection):
            self.close()
        if not self._connection:
            connection = _connection(self._settings)
            try:
                connection.connect()
            except (OSError, http.client.HTTPException) as problem:
                text = f"{call}: no connection to {self._settings.endpoint} ({_words(problem)})"
                raise Unreachable(f"{text}; check the network, or the endpoint") from None
            if connection.sock:
                connection.sock.settimeout(self._settings.timeout_s)
            self._connection = connection
        return self._connection


def _connection(settings: Settings) -> http.client.HTTPConnection:
    parts = urlsplit(settings.endpoint)
    proxy = urlsplit(settings.proxy) if settings.proxy else None
    host, port = (proxy.hostname, proxy.port) if proxy else (parts.hostname, parts.port)
    timeout_s = min(CONNECT_TIMEOUT_S, settings.timeout_s)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(host or "", port, timeout=timeout_s)
    if proxy:
        connection.set_tunnel(
            parts.hostname or "", parts.port, _proxy_headers(proxy.username, proxy.password)
        )
    return connection


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


def _words(problem: Exception) -> str:
    text = str(problem).strip()
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__
