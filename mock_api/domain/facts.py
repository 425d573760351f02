"""What does not move: the account, its places, software, images and the devices' fixed properties.

Fields are the world file's fields (worlds/). Sizes and times carry their unit in the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Record:
    """Base of the values that a world file gives: a field that nobody knows is an error, and so is a NaN."""

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "allow_inf_nan": False}


class Kind(StrEnum):
    """The two kinds of device."""

    GUEST = "virtual_guest"
    HARDWARE = "hardware"


class Family(StrEnum):
    """What decides how rescue treats an operating system."""

    LINUX = "linux"
    WINDOWS = "windows"
    COREOS = "coreos"


@dataclass(frozen=True)
class Account(Record):
    """The one account of a world."""

    id: int
    company_name: str
    email: str = "operator@example.com"


@dataclass(frozen=True)
class Datacenter(Record):
    """A location such as dal13."""

    id: int
    name: str
    long_name: str
    status_id: int = 2


@dataclass(frozen=True)
class Software(Record):
    """An operating system that devices name by `key`."""

    key: str
    family: Family
    manufacturer: str
    name: str
    version: str
    reference_code: str
    id: int = 0

    @property
    def administrator(self) -> str:
        """The login that the console records for this system."""
        return "Administrator" if self.family is Family.WINDOWS else "root"


@dataclass(frozen=True)
class DiskImage(Record):
    """A SoftLayer_Virtual_Disk_Image: an ISO, or a disk of a private image template."""

    id: int
    name: str
    datacenter: str
    iso: bool = True
    public: bool = True
    capacity: int = 1
    units: str = "GB"
    created_s: float = 1535630857.0
    description: str = ""


@dataclass(frozen=True)
class ImageGroup(Record):
    """A SoftLayer_Virtual_Guest_Block_Device_Template_Group with one disk image a data centre."""

    id: int
    name: str
    disk_image_ids: tuple[int, ...] = ()
    public: bool = False
    image_type: str = "SYSTEM"
    note: str = ""
    created_s: float = 1535630857.0
    global_identifier: str = ""


@dataclass(frozen=True)
class GuestFacts(Record):
    """A virtual server's fixed properties."""

    id: int
    hostname: str
    domain: str
    datacenter: str
    private_ip: str
    password: str
    public_ip: str | None = None
    os: str | None = None
    memory_mb: int = 8192
    cpus: int = 4
    disk_gb: int = 100
    hourly: bool = True
    tags: tuple[str, ...] = ()
    notes: str | None = None
    created_s: float = 1661864857.0
    owner: str = ""
    power: str = "RUNNING"

    @property
    def guid(self) -> str:
        """The globalIdentifier."""
        return guid(self.id, 0xA)


@dataclass(frozen=True)
class HardwareFacts(Record):
    """A bare metal server's fixed properties. No `os` means that it was ordered without one."""

    id: int
    hostname: str
    domain: str
    datacenter: str
    private_ip: str
    ipmi_ip: str
    password: str
    ipmi_password: str
    public_ip: str | None = None
    os: str | None = None
    memory_gb: int = 64
    cores: int = 16
    disk_gb: int = 1000
    hourly: bool = False
    tags: tuple[str, ...] = ()
    notes: str | None = None
    created_s: float = 1661864857.0
    owner: str = ""
    power: str = "RUNNING"

    @property
    def guid(self) -> str:
        """The globalIdentifier."""
        return guid(self.id, 0xB)


@dataclass(frozen=True)
class DedicatedHost(Record):
    """A SoftLayer_Virtual_DedicatedHost: only what users are given access to; no guest runs on it."""

    id: int
    name: str
    datacenter: str
    cpus: int = 56
    memory_gb: int = 242
    disk_gb: int = 1200
    notes: str | None = None
    created_s: float = 1661864857.0


Facts = GuestFacts | HardwareFacts


def guid(number: int, kind: int) -> str:
    """A version 4 UUID text made from an id, so that it is the same in every run (slcli checks the version)."""
    return f"{number:08x}-000{kind:x}-4000-8000-{number:012x}"
