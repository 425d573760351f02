"""What the classic API tells of one device, as plain values.

The words are the domain's; `api` fills them in.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from classic_rescue.boot.states import Kind


class Power(StrEnum):
    """A virtual guest's `powerState.keyName`; bare metal has none (softlayer-python issue 1088)."""

    RUNNING = "RUNNING"
    HALTED = "HALTED"
    PAUSED = "PAUSED"


class Transaction(NamedTuple):
    """Work under way on a device, or its last one: `SoftLayer_Provisioning_Version1_Transaction`.

    `usual_s` is the service's own average in seconds, where it gives one.
    """

    id: int
    status: str = ""
    friendly: str = ""
    group: str = ""
    usual_s: float | None = None
    created: datetime | None = None
    modified: datetime | None = None

    def __str__(self) -> str:
        """Say it as an operator would look it up."""
        words = self.friendly or self.status or self.group or "no name given"
        return f"transaction {self.id} ({words})"


class Progress(NamedTuple):
    """What a wait looks at again and again."""

    active: Transaction | None
    last: Transaction | None
    power: Power | None = None


class Event(NamedTuple):
    """One entry of the event log, a recent remote-management
    command or a row of the transaction history.
    """

    name: str
    at: datetime
    by: str = ""


class Image(NamedTuple):
    """A bootable ISO: the id is that of a `SoftLayer_Virtual_Disk_Image`;
    `datacenter` is empty where none is told. `owner` is `public` for one of the service's own,
    `private` for one of the account's, empty where nobody has asked.
    """

    id: int
    name: str
    is_iso: bool = True
    datacenter: str = ""
    owner: str = ""


class Facts(NamedTuple):
    """Everything observed of one device at one moment.

    `events` is None when the user may not read the event log, `commands` when that list of a server
    is closed.
    """

    kind: Kind
    id: int
    hostname: str = ""
    fqdn: str = ""
    public_ip: str = ""
    private_ip: str = ""
    datacenter: str = ""
    memory_mb: int | None = None
    os_name: str = ""
    power: Power | None = None
    active: Transaction | None = None
    last: Transaction | None = None
    mounted: Image | None = None
    events: tuple[Event, ...] | None = ()
    commands: tuple[Event, ...] | None = ()
    history: tuple[Event, ...] = ()

    @property
    def shows_restarts(self) -> bool:
        """Whether a restart by the service would be among these facts."""
        is_server = self.kind is Kind.HARDWARE and self.commands is not None
        return self.events is not None or is_server

    @property
    def is_windows(self) -> bool:
        """Whether the installed operating system is a Windows, as far as the API tells."""
        return "windows" in self.os_name.casefold()

    @property
    def names(self) -> frozenset[str]:
        """Every key that a fleet may name this device by (see `DeviceRef.key`)."""
        lookups = {f"hostname/{name}" for name in (self.hostname, self.fqdn) if name}
        lookups |= {f"ip/{address}" for address in (self.public_ip, self.private_ip) if address}
        return frozenset({key.lower() for key in lookups} | {f"{self.kind}/{self.id}"})


class User(NamedTuple):
    """The user behind the credentials.

    `permissions` are key names such as SERVER_RELOAD; None when not readable.
    """

    name: str
    is_master: bool
    permissions: frozenset[str] | None

    def may(self, permission: str) -> bool | None:
        """Whether the user holds the permission; None when that cannot be read.

        A master user may all.
        """
        if self.is_master:
            return True
        return None if self.permissions is None else permission in self.permissions
