"""How a device is reached over SSH, and what its host key is asked for."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self

PUBLIC = "public"
PRIVATE = "private"
DEFAULT_PORT = 22


class Proof(StrEnum):
    """Whether a device must testify itself: always, where it can be heard, or never."""

    REQUIRED = "required"
    WELCOME = "welcome"
    OFF = "off"


class SshAccess(NamedTuple):
    """The way to a device's SSH server.

    `address`: `public`, `private`, or a host name or IP address; empty: the public address, or the
    private one where there is none. `known_hosts`: a file in OpenSSH's format that outranks what
    was recorded, relative to the project's folder; empty: none. `jump`: a host to go through,
    `USER@HOST` or `USER@HOST:PORT`; empty: none.
    """

    address: str = ""
    port: int = DEFAULT_PORT
    known_hosts: str = ""
    jump: str = ""
    proof: Proof = Proof.WELCOME

    def to_dict(self) -> dict[str, str | int]:
        """As JSON values; what is as usual is left out, but `proof` never."""
        usual = type(self)()
        said = {key: value for key, value in self._asdict().items() if value != getattr(usual, key)}
        return {**said, "proof": str(self.proof)}

    @classmethod
    def from_dict(cls, given: object) -> Self:
        """Read back what `to_dict` wrote. Raises ValueError."""
        if not isinstance(given, dict) or not given.keys() <= set(cls._fields):
            raise ValueError(f"ssh: {given!r}; allowed: a mapping of {', '.join(cls._fields)}")
        for key, value in given.items():
            wanted = int if key == "port" else str
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise ValueError(f"ssh: {key}: {value!r} is not {wanted.__name__}")
            if isinstance(value, str) and not value.isprintable():
                raise ValueError(f"ssh: {key}: {value!r}; allowed: one line")
        return cls(**{**given, "proof": Proof(given.get("proof", Proof.WELCOME))})

    def host(self, public_ip: str, private_ip: str) -> str:
        """Where the device answers; empty where the service tells no such address."""
        if self.address == PUBLIC:
            return public_ip
        if self.address == PRIVATE:
            return private_ip
        return self.address or public_ip or private_ip
