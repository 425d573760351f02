"""Remote Desktops on this machine, in the place of Windows devices: as much of the protocol as
comes before a login, with a key of each one's own.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.machines import Behaviour

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NEW_YEAR = datetime(2020, 1, 1, tzinfo=UTC)
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "WIN-1")])
TLS = 1
NLA = 2


class Desktop(NamedTuple):
    """A key and a certificate that it has signed itself. `held` is the private key that the server
    works with, as the file that it loads; of an impostor it is not the certificate's.
    """

    key: PrivateKey
    certificate: bytes
    held: bytes

    @property
    def blob(self) -> str:
        """The public key in base64."""
        info = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(info).decode()

    def context(self, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
        """What speaks TLS for it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers(ciphers)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "both.pem")
            path.write_bytes(self.held + self.certificate)
            context.load_cert_chain(path)
        return context


def new_key(kind: str = "ec") -> PrivateKey:
    """A key that nobody else has."""
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def desktop(key: PrivateKey | None = None) -> Desktop:
    """One that holds its key; its certificate is over since long, as nobody looks at that."""
    key = key or new_key()
    builder = x509.CertificateBuilder(
        NAME, NAME, key.public_key(), serial_number=x509.random_serial_number()
    )
    builder = builder.not_valid_before(NEW_YEAR).not_valid_after(NEW_YEAR + timedelta(days=183))
    certificate = builder.sign(key, hashes.SHA256())
    return Desktop(key, certificate.public_bytes(Encoding.PEM), _file(_private(key)))


def impostor(of: Desktop, kind: str) -> Desktop:
    """One that has only the certificate: its private key is another one, in a file that says
    that it is this one, since else OpenSSL would not work with it.
    """
    other = new_key(kind)
    return of._replace(held=_file(_private(other).replace(_public(other), _public(of.key))))


def _private(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _public(key: PrivateKey) -> bytes:
    """What of a private key's file is public."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.public_key().public_numbers().n.to_bytes(256, "big")
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _file(private: bytes) -> bytes:
    kind = b"EC" if len(private) < 200 else b"RSA"
    text = base64.encodebytes(private)
    return b"-----BEGIN %s PRIVATE KEY-----\n%s-----END %s PRIVATE KEY-----\n" % (kind, text, kind)


def confirm(kind: int = 2, what: int = NLA) -> bytes:
    """The answer to a connection request: MS-RDPBCGR 2.2.1.2; `kind` 3 is a refusal."""
    return bytes.fromhex(f"03000013 0ed00000123400 {kind:02}1f0800 {what:02}000000")


def serving(
    one: Desktop,
    context: ssl.SSLContext | None = None,
    *,
    kind: int = 2,
    what: int = NLA,
    read: SimpleQueue[bytes] | None = None,
) -> Behaviour:
    """How a Remote Desktop behaves until somebody logs in. What comes then goes into `read`."""
    speaks = context or one.context()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readexactly(19)
        assert asked == bytes.fromhex("030000130ee000000000000100080003000000")
        writer.write(confirm(kind, what))
        said = b"the handshake was not ended"
        with suppress(OSError):
            await writer.start_tls(speaks)
            said = await reader.read()
        if read:
            read.put(said)

    return serve
