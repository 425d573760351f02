"""waitress as the mock needs it:
tuned for many small answers, and stopped without cutting an answer.

Why waitress: it is pure Python, runs the app in this process beside the one world, and lets an app
end a connection without an answer, as the fault `drop` does. A bare Flask route, 8 clients, two
cores, requests a second: waitress 1,890, cheroot 1,440, gunicorn's threads 1,320, granian 3,660.
granian (Rust) is faster, but its app cannot end a connection, and it runs in a process of its own,
which doubles start-up.
"""

from __future__ import annotations

import copy
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.server import create_server

from mock_api.http.streams import StreamRefused

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

THREADS = 24
MOST_CONNECTIONS = 2000
MOST_STREAMS = 200  # answers that stay open; each has a thread of its own
OTHER_FILES = 64  # descriptors that are no connections: the listener, the save file, pipes, imports
# Head and body go out in one packet; waitress would send each piece alone:
# a quarter fewer a second.
SEND_BYTES = 18000
STOP_WITHIN_S = 5.0
LOOP_S = 1.0


class Listener:
    """An app behind a port, which is taken from construction on.

    Raises OSError if somebody else holds it.
    """

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._sockets: dict[int, wasyncore.dispatcher] = {}
        most_connections = _connection_limit()
        self._server = create_server(
            app, map=self._sockets, **_place(host, port),
            threads=THREADS, connection_limit=most_connections,
            asyncore_use_poll=True, ident=None, clear_untrusted_proxy_headers=False,
        )  # fmt: skip
        self._server.adj.send_bytes = (
            SEND_BYTES  # as an option it warns that waitress may drop it one day
        )
        self._stream_adj = copy.copy(self._server.adj)
        self._stream_adj.send_bytes = 1
        self._stream_adj.channel_request_lookahead = (
            1  # otherwise nobody reads, and sees who left, during a request
        )
        self._streams = 0
        self._most_streams = min(
            MOST_STREAMS, most_connections // 2
        )  # the other half is for everybody else
        self._streams_lock = threading.Lock()
        self._told_to_stop = False
        self.stopping = threading.Event()

    @property
    def port(self) -> int:
        """The port, also where 0 was asked for."""
        return int(self._server.effective_port)

    def stop(self) -> None:
        """Let `run` end; any thread may call it, and so may a signal handler: it takes no lock."""
        if not self._told_to_stop:
            self._told_to_stop = True
            self._server.pull_trigger()

    def run(self) -> None:
        """Serve until told to stop, then give every answer that is under way,
        within STOP_WITHIN_S.
        """
        while not self._told_to_stop:
            self._turn(LOOP_S)
        self.stopping.set()
        wasyncore.dispatcher.close(
            self._server
        )  # the listening socket alone: who connects now is refused
        limit_s = time.monotonic() + STOP_WITHIN_S
        while self._close_idle() and time.monotonic() < limit_s:
            self._turn(0.1)
        with self._streams_lock:
            self._most_streams = 0  # a thread that started now would never end
            self._server.task_dispatcher.shutdown(timeout=0)

    @contextmanager
    def streaming(self, environ: WSGIEnvironment) -> Iterator[Callable[[], bool]]:
        """Let the answer to a request of this listener stay open: each piece goes out at once, and
        a thread helps out.

        What it gives says whether to end now: the listener stops, or the client left.
        Raises StreamRefused.
        """
        channel = environ[
            "waitress.client_disconnected"
        ].__self__  # nothing else leads from a request to its channel
        self._open_stream()
        usual = channel.adj
        channel.adj = self._stream_adj
        self._server.pull_trigger()  # the loop waits on this connection too, from now on
        try:
            yield lambda: self.stopping.is_set() or not channel.connected
        finally:
            channel.adj = usual
            self._close_stream()

    def close(self) -> None:
        """Close what is open still; nobody may call `stop` from another thread any more."""
        wasyncore.close_all(self._sockets)

    def _open_stream(self) -> None:
        with self._streams_lock:
            if self._streams >= self._most_streams:
                raise StreamRefused(
                    f"{self._streams} answers of this mock stay open already,"
                    " and it holds no more; close some pages."
                )
            self._streams += 1
            self._server.task_dispatcher.set_thread_count(THREADS + self._streams)

    def _close_stream(self) -> None:
        with self._streams_lock:
            self._streams -= 1
            if self._most_streams:
                self._server.task_dispatcher.set_thread_count(THREADS + self._streams)

    def _turn(self, timeout_s: float) -> None:
        wasyncore.loop(timeout_s, use_poll=True, map=self._sockets, count=1)

    def _close_idle(self) -> bool:
        """Close the connections without a request under way; whether others are left."""
        channels = list(self._server.active_channels.values())
        for channel in channels:
            if not channel.requests and not channel.total_outbufs_len:  # half a request is none
                channel.handle_close()
        return bool(self._server.active_channels)


def _place(host: str, port: int) -> dict[str, Any]:
    """Where waitress listens. Of `::` it would take IPv6 alone, without a word."""
    if host != "::" or not socket.has_dualstack_ipv6():
        return {"host": host, "port": port}
    both = socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=True)
    return {"sockets": [both]}


def _connection_limit() -> int:
    """How many connections this process may hold.

    Beyond it clients wait; beyond the descriptors all would fail.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return (
        MOST_CONNECTIONS
        if soft == resource.RLIM_INFINITY
        else max(1, min(MOST_CONNECTIONS, soft - OTHER_FILES))
    )
