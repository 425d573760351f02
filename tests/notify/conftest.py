"""Servers that people could be told by, and events to tell."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from classic_rescue.boot.channels import Channel, Form, Kind, Webhook
from classic_rescue.notify.events import Event
from tests.patience import PATIENCE_S

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOOK = Channel("ops", webhook=Webhook(Form.JSON, "CLASSIC_RESCUE_NOTIFY_OPS"))


def event(kind: Kind = Kind.DOWN, name: str = "web-1", **more: Any) -> Event:
    """An event of a device."""
    given = {"key": f"virtual_guest/{name}", "begin": "then", **more}
    return Event(kind, given.pop("text", "goes down"), AT, name=name, **given)


@dataclass
class Receiver:
    """A server that keeps what is posted to it. It answers with `status`, once `gate` is open."""

    url: str = ""
    status: int = 200
    bodies: list[Any] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[tuple[str, str]]:
        """Each event that it was told of, by kind and name."""
        return [(one["event"], one["name"]) for body in self.bodies for one in body["events"]]


@contextmanager
def receiving(status: int = 200, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A server on a free port; its gate stands open."""
    received = Receiver(status=status)
    received.gate.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.bodies.append(json.loads(body))
            received.gate.wait(PATIENCE_S)
            self.send_response(received.status)
            if received.status in (301, 302, 307, 308):
                self.send_header("Location", f"{received.url}elsewhere")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    received.url = f"{scheme}://127.0.0.1:{server.server_port}/secret-path/"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield received
    finally:
        received.gate.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that answers at once."""
    with receiving() as received:
        yield received


@pytest.fixture
def make_certificate(tmp_path: Any) -> Callable[[], tuple[str, ssl.SSLContext]]:
    """A certificate for this machine that nobody trusts: its path, and a server's side of TLS."""

    def make() -> tuple[str, ssl.SSLContext]:
        from datetime import timedelta
        from ipaddress import ip_address

        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        names = x509.SubjectAlternativeName(
            [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
        )
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / "certificate.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = tmp_path / "key.pem"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, private)
        return str(path), context

    return make
