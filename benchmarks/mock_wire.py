"""The requests that slcli sends, recorded byte for byte from the
installed SDK against a socket of this process.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing

import SoftLayer
from SoftLayer.CLI import columns
from SoftLayer.CLI.virt.list import COLUMNS, DEFAULT_COLUMNS

from benchmarks.measure import KEY, USER

GUEST = 1000001  # the first one of a generated world
PAGE = 100


def detail() -> bytes:
    """`slcli vs detail`: SoftLayer_Virtual_Guest/ID/getObject with the SDK's own mask."""
    return _record(lambda client: SoftLayer.VSManager(client).get_instance(GUEST), b"{}")


def listing() -> bytes:
    """`slcli vs list`: SoftLayer_Account/getVirtualGuests, its mask, its filter, the first page."""
    mask = columns.get_formatter(COLUMNS)(None, None, ",".join(DEFAULT_COLUMNS)).mask()
    return _record(
        lambda client: SoftLayer.VSManager(client).list_instances(mask=mask, limit=PAGE), b"[]"
    )


def rescue() -> bytes:
    """`slcli vs rescue`: SoftLayer_Virtual_Guest/ID/executeRescueLayer."""
    return _record(lambda client: SoftLayer.VSManager(client).rescue(GUEST), b"true")


def for_guest(request: bytes, number: int) -> bytes:
    """The same request for another guest."""
    return request.replace(b"/%d/" % GUEST, b"/%d/" % number, 1)


def _record(call: Callable[[SoftLayer.BaseClient], object], answer: bytes) -> bytes:
    """The first request that a call sends."""
    recorded: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=lambda: recorded.append(_answer_one(listener, answer)))
        thread.start()
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}/rest/v3.1/"
        transport = SoftLayer.RestTransport(endpoint_url=endpoint)
        call(
            SoftLayer.BaseClient(
                auth=SoftLayer.BasicHTTPAuthentication(USER, KEY), transport=transport
            )
        )
        thread.join()
    return recorded[0]


def _answer_one(listener: socket.socket, answer: bytes) -> bytes:
    connection, _ = listener.accept()
    with closing(connection):
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += connection.recv(1 << 16)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(answer)
            + answer
        )
    return request
