"""What a device says of itself: the host key that answers at its SSH port, or the key of its Remote
Desktop.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from classic_rescue.boot.ssh import Protocol


class Heard(StrEnum):
    """What was heard at a device's SSH port or Remote Desktop. A key is told only after a whole key
    exchange or handshake: who shows it has it.
    """

    OS_KEY = "the recorded host key"
    OTHER_KEY = "another host key"
    NEW_KEY = "a host key, and none is recorded"
    REFUSED = "connections are refused"
    SILENCE = "no answer"
    UNREACHABLE = "no way there"
    NO_SSH = "no SSH"
    NO_RDP = "no Remote Desktop"
    NO_KEY = "no host key"
    NO_ADDRESS = "no address"
    NOT_ASKED = "not asked"


KEYS = (Heard.OS_KEY, Heard.OTHER_KEY, Heard.NEW_KEY)


class Testimony(NamedTuple):
    """What one probe heard, by the service's clock at `at`.

    `where` is host and port, `protocol` what was asked there. `key` is the fingerprint, `kind` its
    type, such as `ssh-ed25519` or `rdp`, and `blob` the key itself in base64.
    `since` is from when on this key has been answering without another one in between. `came_back`:
    it had answered before, and the operating system's since. `shared` are other devices that show
    the same key. `known` says where the operating system's key is recorded, `is_new` that this was
    done just now. `detail` is what else there is to say, in our own words. `not_kept` is why this
    could not be recorded.
    """

    heard: Heard
    at: datetime
    where: str
    key: str = ""
    kind: str = ""
    blob: str = ""
    since: datetime | None = None
    came_back: bool = False
    shared: Sequence[str] = ()
    known: str = ""
    is_new: bool = False
    detail: str = ""
    not_kept: str = ""
    protocol: Protocol = Protocol.SSH

    @property
    def has_key(self) -> bool:
        """Whether something answered with a key of its own."""
        return self.heard in KEYS

    def __str__(self) -> str:
        """Say it, as a part of a sentence."""
        key = self.protocol.key
        if self.heard is Heard.OS_KEY:
            return f"the {key} of the operating system answers ({self.key}, {self.known})"
        if self.heard is Heard.OTHER_KEY:
            return f"another {key} answers ({self.key})"
        if self.heard is Heard.NEW_KEY:
            return f"a {key} answers ({self.key}), and none is recorded to compare it with"
        words = self.detail or str(self.heard)
        return f"no {key} from {self.where}: {words}" if self.where else words
