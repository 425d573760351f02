"""The key that a Remote Desktop shows: the public key of its TLS certificate.

The connection begins as in MS-RDPBCGR 1.3.1.1: one question in X.224, its answer, and the handshake
of TLS. There it ends: no user name is sent, nobody logs in. The handshake proves that the server
holds the private key: it signs the exchange, or takes a secret that only this key opens. The
certificate itself is not checked: nearly each Windows signs its own.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import ssl
import struct
from typing import Any

from classic_rescue.boot.ssh import Protocol

QUESTION = bytes.fromhex("03000013 0ee00000000000 0100080003000000")
"""TPKT, an X.224 Connection Request, and in it the RDP Negotiation Request for either of `TLS`."""

TLS = (1, 2)
"""TLS, and TLS that a login follows (CredSSP): MS-RDPBCGR 2.2.1.1.1. The key is the same."""

WITHOUT_TLS = 11
WITH_CHOICE = 19
"""How long an answer is: of a server that knows only RDP's own security, and of all others."""

CHUNK = 16384

CIPHERS = "ALL:!aNULL:!eNULL:!PSK:!SRP:!kDHE:@SECLEVEL=0"
"""None in which a server shows no certificate or proves nothing of its key. An old Windows speaks
only TLS 1.0, whose signatures are over MD5 and SHA-1: OpenSSL has it only at level 0. Here it may
be, since no secret is ever sent, and no signature is made without the key.
"""


class NoRemoteDesktopError(Exception):
    """What answers does not speak RDP."""


async def key_of(reader: Any, writer: Any) -> dict[str, Any]:  # noqa: ANN401 of asyncio or asyncssh
    """The answer to a question over this connection, as `witness.__main__.ask` gives it."""
    try:
        writer.write(QUESTION)
        if not await _takes_tls(reader):
            return {"heard": "no_key"}
        certificate = await _certificate(reader, writer)
        return {"heard": "key", "kind": Protocol.RDP, "blob": _public_key(certificate)}
    except NoRemoteDesktopError:
        return {"heard": "no_rdp"}
    except Exception:  # noqa: BLE001 whatever a stranger's server makes of a library is its answer
        return {"heard": "no_key"}


async def _takes_tls(reader: Any) -> bool:  # noqa: ANN401 as above
    """Whether the server goes on with TLS. Raises NoRemoteDesktopError."""
    try:
        version, _, length = struct.unpack(">BBH", await reader.readexactly(4))
        if version != 3 or length not in (WITHOUT_TLS, WITH_CHOICE):
            raise NoRemoteDesktopError
        rest = await reader.readexactly(length - 4)
    except (asyncio.IncompleteReadError, OSError):
        raise NoRemoteDesktopError from None
    if rest[:2] != bytes([length - 5, 0xD0]):  # its own length, Connection Confirm
        raise NoRemoteDesktopError
    # An RDP Negotiation Response; a Failure is of type 3.
    return length == WITH_CHOICE and rest[7] == 2 and rest[11] in TLS


async def _certificate(reader: Any, writer: Any) -> bytes:  # noqa: ANN401 as above
    """The certificate of a server that holds its key. Raises OSError, EOFError, ValueError."""
    incoming = ssl.MemoryBIO()
    outgoing = ssl.MemoryBIO()
    tls = _context().wrap_bio(incoming, outgoing)
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            writer.write(outgoing.read())
            received = await reader.read(CHUNK)
            if not received:
                raise EOFError from None
            incoming.write(received)
        else:
            writer.write(outgoing.read())  # the last of the handshake
            return tls.getpeercert(binary_form=True) or b""


@functools.cache
def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(CIPHERS)
    return context


def _public_key(certificate: bytes) -> str:
    """The key in base64, as a SubjectPublicKeyInfo. Raises ValueError."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    key = x509.load_der_x509_certificate(certificate).public_key()
    info = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(info).decode()
