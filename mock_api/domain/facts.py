"""What no move changes: the account, its places, software, images and the devices' properties.
Calls may edit a few.

Fields are the world file's fields (worlds/). Sizes and times carry their unit in the name.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import ClassVar, Literal


class Record:
    """Base of the values that a world file gives: a field that nobody knows is an error,
    and so is a NaN.
    """

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
class Qemu(Record):
    """A machine in QEMU. `ssh_port` is where its SSH server answers, at the device's public address
    (one of 127.0.0.0/8). `disk` is what is on its disk: one ext4 file system, LVM and md, or a
    Debian with GRUB, which must have been built.
    """

    disk: Literal["plain", "volumes", "debian"] = "plain"
    memory_mb: int = 128
    ssh_port: int = 2222


@dataclass(frozen=True)
class Machine(Record):
    """A real machine behind a device: which driver has it."""

    qemu: Qemu = Qemu()


Units = Literal["GB", "MB"]


@dataclass(frozen=True)
class DiskImage(Record):
    """A SoftLayer_Virtual_Disk_Image: an ISO, or a disk of a private image template."""

    id: int
    name: str
    datacenter: str
    iso: bool = True
    public: bool = True
    capacity: int = 1
    units: Units = "GB"
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

    @property
    def guid(self) -> str:
        """The globalIdentifier."""
        return self.global_identifier or guid(self.id, 0xC)


LARGEST_ID = 2**31 - 1  # what an integer of XML-RPC holds; larger ones would be texts there
# More than there are devices in any world, so that parts of two devices have different ids.
_PART_STEP = 10_000_019


@dataclass(frozen=True, kw_only=True)
class DeviceFacts(Record):
    """What virtual servers and bare metal have in common.

    No `os` means that it was ordered without one. Without `pingable` it answers no ping, whatever
    it runs, as behind a firewall. With `machine` a real one runs what the device is said to run.
    """

    guid_digit: ClassVar[int]

    id: int
    hostname: str
    domain: str
    datacenter: str
    private_ip: str
    password: str
    public_ip: str | None = None
    os: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    user_data: tuple[str, ...] = ()
    created_s: float = 1661864857.0
    owner: str = ""
    power: str = "RUNNING"
    pingable: bool = True
    machine: Machine | None = None

    @property
    def guid(self) -> str:
        """The globalIdentifier."""
        return guid(self.id, self.guid_digit)

    @property
    def fqdn(self) -> str:
        """The fullyQualifiedDomainName."""
        return f"{self.hostname}.{self.domain}"

    def part_id(self, number: int) -> int:
        """The id of a part of the device, such as a disk.

        Parts of one kind have the numbers that tell them apart.
        """
        return (self.id + number * _PART_STEP) % LARGEST_ID


@dataclass(frozen=True, kw_only=True)
class GuestFacts(DeviceFacts):
    """A virtual server's properties."""

    guid_digit: ClassVar[int] = 0xA

    memory_mb: int = 8192
    cpus: int = 4
    disk_gb: int = 100
    hourly: bool = True


@dataclass(frozen=True, kw_only=True)
class HardwareFacts(DeviceFacts):
    """A bare metal server's properties."""

    guid_digit: ClassVar[int] = 0xB

    ipmi_ip: str
    ipmi_password: str
    memory_gb: int = 64
    cores: int = 16
    disk_gb: int = 1000
    hourly: bool = False


@dataclass(frozen=True)
class DedicatedHost(Record):
    """A SoftLayer_Virtual_DedicatedHost: only what users are given access to;
    no guest runs on it.
    """

    id: int
    name: str
    datacenter: str
    cpus: int = 56
    memory_gb: int = 242
    disk_gb: int = 1200
    notes: str | None = None
    created_s: float = 1661864857.0


Facts = GuestFacts | HardwareFacts


@dataclass(frozen=True)
class Edits(Record):
    """What calls changed of a device's facts; None keeps what the world file says."""

    hostname: str | None = None
    domain: str | None = None
    notes: str | None = None
    user_data: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    password: str | None = None

    def changes(self) -> dict[str, object]:
        """The facts that differ, by their field."""
        return {
            row.name: found
            for row in fields(self)
            if (found := getattr(self, row.name)) is not None
        }


NO_EDITS = Edits()


def edited(facts: Facts, edits: Edits) -> Facts:
    """The facts as calls left them."""
    changes = edits.changes()
    return replace(facts, **changes) if changes else facts  # type: ignore[arg-type] # the fields are those of Edits


def whole_id(part_id: int, number: int) -> int:
    """The id of the device that has a part of that number with an id."""
    return (part_id - number * _PART_STEP) % LARGEST_ID


def guid(number: int, kind: int) -> str:
    """A version 4 UUID text made from an id, so that it is the
    same in every run (slcli checks the version).
    """
    return f"{number:08x}-000{kind:x}-4000-8000-{number:012x}"


def read_tags(text: str) -> tuple[str, ...]:
    """The tags of a text with commas, each once."""
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
