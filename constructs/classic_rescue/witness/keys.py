"""A key as it is written and shown."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import NamedTuple

from classic_rescue.boot.ssh import Protocol


class Key(NamedTuple):
    """A host key: its type and the key itself in base64, as in a file of known hosts. Of a Remote
    Desktop the type is `rdp`, and the key a SubjectPublicKeyInfo.
    """

    kind: str
    blob: str

    @property
    def protocol(self) -> Protocol:
        """What shows such a key."""
        return Protocol.RDP if self.kind == Protocol.RDP else Protocol.SSH

    @property
    def fingerprint(self) -> str:
        """As OpenSSH prints it: `SHA256:` and 43 characters."""
        digest = sha256(base64.b64decode(self.blob)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
