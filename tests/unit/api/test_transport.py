"""One exchange ends in time whatever the other side does, and what was not sent is told from what
may have been.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from classic_rescue.api.errors import ApiError, Unanswered, Unreachable
from classic_rescue.api.settings import Settings, basic
from classic_rescue.api.transport import Transport

Talk = Callable[[socket.socket], None]
Serve = Callable[[Talk], int]
HEAD = b"HTTP/1.1 200 OK\r\n"
LOGIN = basic("me", "a-key-of-mine", "test")
PROXY_PASSWORD = "p-of-the-proxy"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server on a free port that talks to each connection as told."""
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(talk: Talk) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        opened.append(server)
        threads.append(threading.Thread(target=_accept, args=(server, talk, opened)))
        threads[-1].start()
        return int(server.getsockname()[1])

    yield start
    for one in opened:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()  # one that talked on would slow down every test after this
    for one in opened:
        one.close()


def _accept(server: socket.socket, talk: Talk, opened: list[socket.socket]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        opened.append(connection)
        with connection, contextlib.suppress(OSError):
            talk(connection)


def silent(connection: socket.socket) -> None:
    """Take everything, and say nothing until the other side hangs up."""
    while connection.recv(1 << 16):
        pass


def saying(first: bytes, *again: bytes) -> Talk:
    """Read a request, say the first bytes, and then the others again and again."""

    def talk(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(first)
        for part in itertools.cycle(again):
            connection.sendall(part)

    return talk


ENDLESS = {
    "a status line": saying(b"HTTP/1.1 200 ", b"O"),
    "headers": saying(HEAD, b"X-More: and more\r\n"),
    "a header": saying(HEAD + b"X-More: ", b"x"),
    "100 Continue": saying(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body": saying(HEAD + b"Content-Length: 60000000\r\n\r\n", b"1"),
    "a body without a length": saying(HEAD + b"\r\n", b"1"),
    "chunks": saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
    "trailers": saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: 1\r\n"),
}


def ticking() -> Callable[[], float]:
    """A clock that moves by 0.1 s at each look: fifty reads and the time of 5 s is over."""
    return map(float, (tenth / 10 for tenth in itertools.count())).__next__


def still() -> float:
    """A clock that stands still: each wait has all the time that there is."""
    return 0.0


@pytest.mark.parametrize("talk", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_an_end_is_no_answer(serve: Serve, talk: Talk) -> None:
    """However it drips: the deadline is that of the whole exchange, not of one read."""
    settings = Settings(f"http://127.0.0.1:{serve(talk)}/rest/v3.1/", "test", LOGIN)
    with pytest.raises(Unanswered):
        Transport(settings, clock=ticking()).send("look", "x.json", None, within_s=5)


def test_an_answer_that_is_cut_off_says_the_limit_in_mib(serve: Serve) -> None:
    """Too large and cut off look alike from here; nobody reads seven-digit numbers at night."""
    talk = saying(HEAD + b"Content-Length: 60\r\n\r\n{}")
    settings = Settings(f"http://127.0.0.1:{serve(talk)}/rest/v3.1/", "test", LOGIN)
    with pytest.raises(Unanswered, match=r"is cut off, or larger than 64 MiB$"):
        Transport(settings, clock=still).send("look", "x.json", None)


def test_silence_ends_after_the_time_that_is_left(serve: Serve) -> None:
    """A server that accepts and says nothing; the words name the limit."""
    settings = Settings(f"http://127.0.0.1:{serve(silent)}/rest/v3.1/", "test", LOGIN)
    with pytest.raises(Unanswered, match=r"sent, but no answer came \(not within 0.05 s\)"):
        Transport(settings, clock=still).send("look", "x.json", None, within_s=0.05)
    with pytest.raises(Unanswered, match=r"not within 0.04 s"):
        Transport(settings._replace(timeout_s=0.04), clock=still).send("look", "x.json", None)
    with pytest.raises(Unanswered, match=r"not within 0.04 s"):
        Transport(settings._replace(timeout_s=0.04), clock=still).send(
            "look", "x.json", None, within_s=60
        )


def test_silence_before_the_request_is_no_connection(serve: Serve) -> None:
    """TLS that does not begin: nothing was sent, and a restart may be asked for again."""
    settings = Settings(f"https://127.0.0.1:{serve(silent)}/rest/v3.1/", "test", LOGIN)
    with pytest.raises(Unreachable, match=r"not within 0.05 s"):
        Transport(settings, clock=still).send("look", "x.json", None, within_s=0.05)


def test_no_time_left_sends_nothing(serve: Serve) -> None:
    """An order that is over its time does not begin another exchange."""
    heard: list[bytes] = []
    port = serve(lambda connection: heard.append(connection.recv(100)))
    settings = Settings(f"http://127.0.0.1:{port}/rest/v3.1/", "test", LOGIN)
    with pytest.raises(Unreachable):
        Transport(settings).send("look", "x.json", None, within_s=0)
    assert heard == []


def test_a_used_connection_gets_a_new_deadline(serve: Serve) -> None:
    """The time of the first exchange does not count for the second."""
    answer = HEAD + b"Content-Length: 4\r\n\r\ntrue"

    def talk(connection: socket.socket) -> None:
        while connection.recv(1 << 16):
            connection.sendall(answer)

    settings = Settings(f"http://127.0.0.1:{serve(talk)}/rest/v3.1/", "test", LOGIN)
    transport = Transport(settings, clock=ticking())
    for _ in range(40):
        assert transport.send("look", "x.json", None, within_s=5).body == b"true"


REFUSALS = {
    "silent": (silent, "not within"),
    "wants a password": (
        saying(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
        "407 Proxy Authentication Required",
    ),
    "refuses": (saying(b"HTTP/1.1 403 Forbidden\r\n\r\n"), "403 Forbidden"),
    "hangs up": (lambda connection: connection.close(), ""),
    "endless headers": (saying(HEAD, b"X: 1\r\n"), ""),
    "drips": (saying(b"HTTP/1.1 200 ", b"O"), ""),
    "no HTTP": (saying(b"220 mail.example.com ESMTP\r\n", b""), "220 mail"),
    "no TLS behind it": (saying(HEAD + b"\r\n", b"hello"), "SSL"),
}


@pytest.mark.parametrize(("talk", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_proxy_that_does_not_let_through_is_named(serve: Serve, talk: Talk, words: str) -> None:
    """Nothing was sent; the sentence names the proxy and who chose it, never its password."""
    port = serve(talk)
    settings = Settings(
        "https://api.example.com/rest/v3.1/",
        "test",
        LOGIN,
        proxy=f"http://me:{PROXY_PASSWORD}@127.0.0.1:{port}",
        proxy_source="https_proxy",
    )
    is_endless = not words  # then only the clock ends it
    clock = ticking() if is_endless else time.monotonic
    limit_s = 0.1 if talk is silent else 60.0
    with pytest.raises(Unreachable) as caught:
        Transport(settings, clock=clock).send("look", "x.json", None, within_s=limit_s)
    assert f"through the proxy 127.0.0.1:{port} (https_proxy)" in str(caught.value)
    assert words in str(caught.value)
    assert PROXY_PASSWORD not in str(caught.value)


def test_a_proxy_that_is_not_there_is_named() -> None:
    """The endpoint is not to blame."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = Settings(
        "https://api.example.com/rest/v3.1/",
        "test",
        LOGIN,
        proxy=f"http://127.0.0.1:{port}",
        proxy_source="HTTPS_PROXY",
    )
    with pytest.raises(Unreachable, match=rf"the proxy 127.0.0.1:{port} \(HTTPS_PROXY\)"):
        Transport(settings).send("look", "x.json", None)


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example.com", ".example.com"])
def test_a_name_that_cannot_be_one_is_no_connection(host: str) -> None:
    """The system's look-up raises more than OSError."""
    settings = Settings(f"https://{host}/rest/v3.1/", "test", LOGIN)
    with pytest.raises(ApiError):
        Transport(settings).send("look", "x.json", None, within_s=5)
