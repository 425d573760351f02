"""waitress as the mock needs it: tuned for many small answers, and stopped without cutting an answer.

Why waitress: it is pure Python, runs the app in this process beside the one world, and lets an app end a connection
without an answer, as the fault `drop` does. A bare Flask route, 8 clients, two cores, requests a second: waitress
1,890, cheroot 1,440, gunicorn's threads 1,320, granian 3,660. granian (Rust) is faster, but its app cannot end a
connection, and it runs in a process of its own, which doubles start-up.
"""

from __future__ import annotations

import resource
import threading
import time
from typing import TYPE_CHECKING

from waitress import wasyncore
from waitress.server import create_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 24
MOST_CONNECTIONS = 2000
OTHER_FILES = 64  # descriptors that are no connections: the listener, the save file, pipes, imports
SEND_BYTES = 18000  # head and body go out in one packet; waitress would send each piece alone: a quarter fewer a second
STOP_WITHIN_S = 5.0
LOOP_S = 1.0


class Listener:
    """An app behind a port, which is taken from construction on. Raises OSError if somebody else holds it."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._sockets: dict[int, wasyncore.dispatcher] = {}
        self._server = create_server(
            app, map=self._sockets, host=host, port=port, threads=THREADS, connection_limit=_connection_limit(),
            asyncore_use_poll=True, ident=None, clear_untrusted_proxy_headers=False,
        )  # fmt: skip
        self._server.adj.send_bytes = SEND_BYTES  # as an option it warns that waitress may drop it one day
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
        """Serve until told to stop, then give every answer that is under way, within STOP_WITHIN_S."""
        while not self._told_to_stop:
            self._turn(LOOP_S)
        self.stopping.set()
        wasyncore.dispatcher.close(self._server)  # the listening socket alone: who connects now is refused
        limit_s = time.monotonic() + STOP_WITHIN_S
        while self._close_idle() and time.monotonic() < limit_s:
            self._turn(0.1)
        self._server.task_dispatcher.shutdown(timeout=0)

    def close(self) -> None:
        """Close what is open still; nobody may call `stop` from another thread any more."""
        wasyncore.close_all(self._sockets)

    def _turn(self, timeout_s: float) -> None:
        wasyncore.loop(timeout_s, use_poll=True, map=self._sockets, count=1)

    def _close_idle(self) -> bool:
        """Close the connections without a request under way; whether others are left."""
        channels = list(self._server.active_channels.values())
        for channel in channels:
            if not channel.requests and not channel.total_outbufs_len:  # half a request is none
                channel.handle_close()
        return bool(self._server.active_channels)


def _connection_limit() -> int:
    """How many connections this process may hold. Beyond it clients wait; beyond the descriptors all would fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(MOST_CONNECTIONS, soft - OTHER_FILES))
