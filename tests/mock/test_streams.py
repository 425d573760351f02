"""Answers that stay open, behind a real port: sent piece by piece, and in nobody's way."""

from __future__ import annotations

import base64
import http.client
import json
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mock_api import listener as listening
from mock_api import server as serving
from mock_api import worlds
from mock_api.domain.stage import Stage
from mock_api.http.streams import Streaming, StreamRefused
from mock_api.listener import THREADS, Listener
from mock_api.server import Server
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NEVER_S = 3600.0
NEWS = b"data: news\n\n"


class Newsroom:
    """An app: /news stays open and says more whenever `more` has it,
    anything else is answered at once.
    """

    streaming: Streaming
    pipeline = None  # what a mock's app has and the console asks for

    def __init__(self) -> None:
        self.more: queue.Queue[bytes] = queue.Queue()
        self.ended: queue.Queue[str] = queue.Queue()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as the console must."""
        stack = ExitStack()
        headers = [("Content-Type", "text/event-stream")]
        try:
            if environ["PATH_INFO"] == "/plain":
                start_response("200 OK", [("Content-Length", "5")])
                return [b"plain"]
            is_over = stack.enter_context(self.streaming(environ))
        except StreamRefused as error:
            start_response(f"{error.status.value} {error.status.phrase}", headers)
            return [str(error).encode()]
        if environ["PATH_INFO"] == "/short":
            headers.append(("Content-Length", str(len(NEWS))))
            self.more.put(b"")
        if environ["PATH_INFO"] == "/stubborn":
            is_over = bool  # always False
        start_response("200 OK", headers)
        return self._tell(stack, is_over)

    def _tell(self, stack: ExitStack, is_over: Callable[[], bool]) -> Iterator[bytes]:
        try:
            with stack:
                yield NEWS
                while not is_over():
                    try:
                        piece = self.more.get(timeout=0.02)
                    except queue.Empty:
                        continue
                    if not piece:
                        return
                    yield piece
        finally:
            self.ended.put("ended")


class Running:
    """A listener in a thread, and clients of it."""

    def __init__(self, listener: Listener, app: Newsroom) -> None:
        self.listener = listener
        self.app = app
        self.thread = threading.Thread(target=listener.run)
        self.thread.start()
        self._clients: list[http.client.HTTPConnection] = []
        self._answers: list[http.client.HTTPResponse] = []  # one that nobody holds hangs up

    @property
    def threads(self) -> int:
        """How many workers there must be."""
        dispatcher = self.listener._server.task_dispatcher
        return len(dispatcher.threads) - int(dispatcher.stop_count)

    def client(self) -> http.client.HTTPConnection:
        """A new connection."""
        client = http.client.HTTPConnection("127.0.0.1", self.listener.port, timeout=PATIENCE_S)
        self._clients.append(client)
        return client

    def open(self, path: str = "/news") -> http.client.HTTPResponse:
        """An answer whose head is there."""
        client = self.client()
        client.request("GET", path)
        self._answers.append(client.getresponse())
        return self._answers[-1]

    def end(self) -> None:
        """Stop the listener."""
        self.listener.stop()
        self.thread.join(PATIENCE_S)
        for answer in self._answers:
            answer.close()
        for client in self._clients:
            client.close()
        self.listener.close()


@pytest.fixture
def running() -> Iterator[Running]:
    """A listener with the newsroom."""
    app = Newsroom()
    listener = Listener(app, "127.0.0.1", 0)
    app.streaming = listener.streaming
    runs = Running(listener, app)
    yield runs
    runs.end()


def test_each_piece_is_sent_at_once(running: Running) -> None:
    """A few bytes reach the client while the answer goes on,
    though other answers wait to be sent in one packet.
    """
    news = running.open()
    assert (news.status, news.read(len(NEWS))) == (200, NEWS)
    running.app.more.put(b"data: later\n\n")
    assert news.read(13) == b"data: later\n\n"
    assert running.app.ended.empty()


def test_open_answers_are_in_nobodys_way(running: Running) -> None:
    """With more open than there are workers, others are answered:
    each open one has brought a worker.
    """
    opened = [running.open() for _ in range(THREADS + 16)]
    assert [news.read(len(NEWS)) for news in opened] == [NEWS] * len(opened)
    assert running.open("/plain").read() == b"plain"
    assert running.threads == THREADS + len(opened)
    for _ in opened:
        running.app.more.put(b"")
    assert [news.read() for news in opened] == [b""] * len(opened)
    assert running.threads == THREADS


def test_a_client_that_leaves_is_noticed(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word to send, the answer ends, and its worker goes:
    the listener hears of it, and does not only look now and then.
    """
    monkeypatch.setattr(listening, "LOOP_S", NEVER_S)
    client = running.client()
    client.request("GET", "/news")
    news = client.getresponse()
    assert news.read(len(NEWS)) == NEWS
    assert running.threads == THREADS + 1
    news.close()
    client.close()
    assert running.app.ended.get(timeout=PATIENCE_S) == "ended"
    assert running.threads == THREADS


def test_the_connection_is_as_before_afterwards(running: Running) -> None:
    """An answer that stayed open and told its length leaves a
    connection that serves on as any other.
    """
    client = running.client()
    for path, body in (("/short", NEWS), ("/plain", b"plain")):
        client.request("GET", path)
        assert client.getresponse().read() == body
    (channel,) = running.listener._server.active_channels.values()
    assert channel.adj is running.listener._server.adj
    assert running.threads == THREADS


def test_a_stop_ends_open_answers(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, whole, and not for want of time; no worker is started for what is over."""
    monkeypatch.setattr(listening, "STOP_WITHIN_S", NEVER_S)
    opened = [running.open() for _ in range(30)]
    running.listener.stop()
    running.thread.join(PATIENCE_S)
    assert not running.thread.is_alive()
    assert [news.read() for news in opened] == [NEWS] * len(opened)  # not IncompleteRead
    assert running.threads == 0


def test_who_does_not_end_is_left_behind(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that goes on after a stop holds it up for a bounded time,
    and starts no worker when it ends at last.
    """
    monkeypatch.setattr(listening, "STOP_WITHIN_S", 0.1)
    running.open("/stubborn")
    running.listener.stop()
    running.thread.join(PATIENCE_S)
    assert running.app.ended.empty()
    running.app.more.put(b"")
    running.app.ended.get(timeout=PATIENCE_S)
    assert running.threads == 0


def test_there_is_an_end_to_open_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit one is refused in words; the place of one that ended is free again."""
    monkeypatch.setattr(listening, "MOST_STREAMS", 2)
    app = Newsroom()
    listener = Listener(app, "127.0.0.1", 0)
    app.streaming = listener.streaming
    running = Running(listener, app)
    try:
        opened = [running.open() for _ in range(2)]
        refused = running.open()
        assert (refused.status, refused.read()[:9]) == (503, b"2 answers")
        app.more.put(b"")
        app.ended.get(timeout=PATIENCE_S)
        assert running.open().status == 200
        assert opened[0].status == 200
    finally:
        running.end()


def test_open_answers_leave_connections_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where few files may be open, half of the connections stay for those who ask and go."""
    monkeypatch.setattr(listening, "_connection_limit", lambda: 7)
    app = Newsroom()
    listener = Listener(app, "127.0.0.1", 0)
    app.streaming = listener.streaming
    running = Running(listener, app)
    try:
        assert [running.open().status for _ in range(4)] == [200, 200, 200, 503]
    finally:
        running.end()


class Idleness:
    """The clock of servers in the test's hand, and their looks at how long they were idle."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        self._looks: queue.Queue[float] = queue.Queue()
        looks = self._looks

        class Watched(serving.Activity):
            def idle_s(self) -> float:
                idle_s = super().idle_s()
                looks.put(idle_s)
                return idle_s

        monkeypatch.setattr(serving, "WATCH_EVERY_S", 0.02)
        monkeypatch.setattr(serving, "Activity", Watched)
        monkeypatch.setattr(serving, "time", SimpleNamespace(monotonic=lambda: self.now_s))

    def next_looks(self) -> list[float]:
        """What the next looks find."""
        while not self._looks.empty():
            self._looks.get()
        return [self._looks.get(timeout=PATIENCE_S) for _ in range(3)]


@pytest.mark.parametrize("leaves", [True, False])
def test_an_open_page_is_no_idleness(monkeypatch: pytest.MonkeyPatch, leaves: bool) -> None:
    """--idle-exit waits for the page to close; a stop does not,
    and both end with the exit code of a good end.
    """
    app = Newsroom()
    idleness = Idleness(monkeypatch)
    monkeypatch.setattr(serving, "create_app", lambda *_, **__: app)
    monkeypatch.setattr(serving, "install_console", lambda *_: None)
    server = Server(Stage(worlds.demo(), lambda: 0.0, 0.0), "127.0.0.1", 0, idle_exit_s=0.3)
    app.streaming = server.streaming
    codes: list[Any] = []
    thread = threading.Thread(target=lambda: codes.append(server.run()))
    thread.start()
    port = int(server.urls()["rest"].split(":")[2].split("/")[0])
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    client.request("GET", "/news")
    news = client.getresponse()
    idleness.now_s = 1000.0
    assert idleness.next_looks() == [0.0] * 3
    assert thread.is_alive()
    assert news.read(len(NEWS)) == NEWS
    if leaves:
        news.close()
        client.close()
        app.ended.get(timeout=PATIENCE_S)
        idleness.now_s = 2000.0
    else:
        server.stop()
    thread.join(PATIENCE_S)
    assert codes == [0]
    news.close()


def test_a_request_under_way_is_no_idleness(monkeypatch: pytest.MonkeyPatch) -> None:
    """--idle-exit counts from the end of the last request."""
    idleness = Idleness(monkeypatch)
    sleeps = threading.Event()
    goes_on = threading.Event()

    def sleep(server: Server, seconds_s: float) -> None:
        sleeps.set()
        goes_on.wait(PATIENCE_S)

    monkeypatch.setattr(Server, "_sleep", sleep)
    world = worlds.demo()
    login = f"{world.users[0].username}:{world.users[0].api_key}".encode()
    server = Server(Stage(world, lambda: 0.0, 0.0), "127.0.0.1", 0, idle_exit_s=0.3)
    codes: list[Any] = []
    thread = threading.Thread(target=lambda: codes.append(server.run()))
    thread.start()
    port = int(server.urls()["rest"].split(":")[2].split("/")[0])
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    rule = {"operation": "*", "fault": {"kind": "delay", "seconds": 2}}
    client.request("POST", "/_mock/faults", json.dumps(rule))
    assert client.getresponse().read()
    signed_in = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
    client.request("GET", "/rest/v3.1/SoftLayer_Account/getObject.json", headers=signed_in)
    assert sleeps.wait(PATIENCE_S)
    idleness.now_s = 1000.0
    assert idleness.next_looks() == [0.0] * 3
    goes_on.set()
    assert client.getresponse().read()
    idleness.now_s = 2000.0
    thread.join(PATIENCE_S)
    assert codes == [0]
    client.close()
