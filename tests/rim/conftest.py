"""A service that repeats what it was told: whoever prints its words prints the secrets."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest


class _Echo(http.server.BaseHTTPRequestHandler):
    """Refuses everything, and says with which words it was asked."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        told = [
            *(value for name, value in self.headers.items() if name.endswith("uthorization")),
            self.path,
        ]
        for word in tuple(told):
            with suppress(ValueError):
                told.append(base64.b64decode(word.partition(" ")[2]).decode())
        told += [form(word) for word in tuple(told) for form in (repr, json.dumps, quote)]
        text = " ".join(told)
        status = self.server.status  # type: ignore[attr-defined] # ours
        body = json.dumps({"error": text, "code": "SoftLayer_Exception_Public"}).encode()
        self.send_response(status, text.encode("ascii", "replace").decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_CONNECT = _answer

    def log_message(self, format: str, *words: object) -> None:
        """Nowhere."""


class Echo(http.server.ThreadingHTTPServer):
    """The service; `status` is what it answers with."""

    status = 403
    daemon_threads = True

    @property
    def place(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    """One for a module."""
    server = Echo(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
