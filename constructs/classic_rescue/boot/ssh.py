"""How a device is reached that is asked itself, by SSH or by Remote Desktop, and what its key is
asked for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self

PUBLIC = "public"
PRIVATE = "private"
DEFAULT_PORT = 22
RDP_PORT = 3389


SshValue = str | int | dict[str, str | bool]
"""What a part of `ssh` is in JSON."""


class Protocol(StrEnum):
    """Which server of a device is asked for its key."""

    SSH = "ssh"
    RDP = "rdp"

    @property
    def server(self) -> str:
        """The server, as people say it."""
        return "Remote Desktop" if self is Protocol.RDP else "SSH server"

    @property
    def key(self) -> str:
        """What it shows, as people say it."""
        return "Remote Desktop key" if self is Protocol.RDP else "host key"


class Proof(StrEnum):
    """Whether a device must testify itself: always, where it can be heard, or never."""

    REQUIRED = "required"
    WELCOME = "welcome"
    OFF = "off"


AGENT = "agent"
STORED = "stored"


class Login(NamedTuple):
    """How to log in to a rescue system. `key`: `agent`, or the path of a private key; empty: with
    the password that the service keeps. `user`: empty for whom the service names. `unverified`: a
    password may go to a host key that nobody has pinned.
    """

    key: str = ""
    user: str = ""
    unverified: bool = False

    def to_dict(self) -> dict[str, str | bool]:
        """As JSON values; what is as usual is left out."""
        way: dict[str, str | bool] = {"key": self.key} if self.key else {"password": STORED}
        way |= {"user": self.user} if self.user else {}
        return way | ({"unverified": True} if self.unverified else {})

    @classmethod
    def from_dict(cls, given: object) -> Self:
        """Read back what `to_dict` wrote. Raises ValueError."""
        if not isinstance(given, dict) or not given.keys() <= {*cls._fields, "password"}:
            raise ValueError(f"login: {given!r}; allowed: a mapping of key or password, and user")
        texts = [given.get("key", ""), given.get("user", "")]
        if not all(isinstance(text, str) and text.isprintable() for text in texts):
            raise ValueError("login: key and user are texts of one line")
        key, user = map(str, texts)
        return cls(key, user, given.get("unverified") is True)


class SshAccess(NamedTuple):
    """The way to a device's SSH server, or with another `protocol` to its Remote Desktop.

    `address`: `public`, `private`, or a host name or IP address; empty: the public address, or the
    private one where there is none. `known_hosts`: a file in OpenSSH's format that outranks what
    was recorded, relative to the project's folder; empty: none. `jump`: a host to go through,
    `USER@HOST` or `USER@HOST:PORT`; empty: none. `login`: how scripts are run there; None: not.
    """

    address: str = ""
    port: int = DEFAULT_PORT
    known_hosts: str = ""
    jump: str = ""
    proof: Proof = Proof.WELCOME
    login: Login | None = None
    protocol: Protocol = Protocol.SSH

    def to_dict(self) -> dict[str, SshValue]:
        """As JSON values; what is as usual is left out, but `proof` never."""
        usual = type(self)()
        said = {key: value for key, value in self._asdict().items() if value != getattr(usual, key)}
        if self.login:
            said["login"] = self.login.to_dict()
        return {**said, "proof": str(self.proof)}

    @classmethod
    def from_dict(cls, given: object) -> Self:
        """Read back what `to_dict` wrote. Raises ValueError."""
        if not isinstance(given, dict) or not given.keys() <= set(cls._fields):
            raise ValueError(f"ssh: {given!r}; allowed: a mapping of {', '.join(cls._fields)}")
        login = given.get("login")
        for key, value in given.items():
            if key == "login":
                continue
            wanted = int if key == "port" else str
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise ValueError(f"ssh: {key}: {value!r} is not {wanted.__name__}")
            if isinstance(value, str) and not value.isprintable():
                raise ValueError(f"ssh: {key}: {value!r}; allowed: one line")
        proof = Proof(given.get("proof", Proof.WELCOME))
        protocol = Protocol(given.get("protocol", Protocol.SSH))
        known = Login.from_dict(login) if login is not None else None
        return cls(**{**given, "proof": proof, "login": known, "protocol": protocol})

    def host(self, public_ip: str, private_ip: str) -> str:
        """Where the device answers; empty where the service tells no such address."""
        if self.address == PUBLIC:
            return public_ip
        if self.address == PRIVATE:
            return private_ip
        return self.address or public_ip or private_ip
