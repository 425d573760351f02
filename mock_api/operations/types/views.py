"""Small values that exist only in answers: parts of a device that the API shows as objects of their own."""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.domain.facts import DiskImage, GuestFacts, HardwareFacts, Kind, Software
from mock_api.domain.transitions import Transaction
from mock_api.domain.world import DeviceView, World


@dataclass(frozen=True, slots=True)
class TransactionView:
    """A transaction and the device that it works on."""

    transaction: Transaction
    device: DeviceView

    @property
    def label(self) -> str:
        """The label prefix of the status that shows now."""
        ended_s = self.transaction.ended_s
        over = ended_s is not None and ended_s <= self.device.now_s
        if not over:
            return self.transaction.label
        return "failed" if self.transaction.failed else "complete"


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A disk or CD of a guest. `image` None: the key `diskImage` is left out."""

    id: int
    device: str
    mount_type: str
    mount_mode: str
    bootable: int
    hot_plug: int
    guest_id: int
    disk_image_id: int | None
    image: DiskImage | None
    created_s: float
    modified_s: float


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and password of a device's system or management card."""

    id: int
    username: str
    password: str
    software_id: int
    created_s: float


@dataclass(frozen=True, slots=True)
class Component:
    """An installed operating system."""

    device: DeviceView
    software: Software

    @property
    def id(self) -> int:
        """The id of the software component."""
        return self.device.facts.id * 10 + 7


@dataclass(frozen=True, slots=True)
class Port:
    """A network port: 0 is private, 1 is public."""

    device: DeviceView
    port: int
    ip: str | None
    management_ip: str | None = None


@dataclass(frozen=True, slots=True)
class Vlan:
    """The VLAN of one side of a device's data centre."""

    id: int
    number: int
    space: str
    datacenter: str


@dataclass(frozen=True, slots=True)
class Part:
    """A hardware component."""

    id: int
    type_key: str
    manufacturer: str
    name: str
    capacity: int | None
    units: str | None
    serial: str


def active_transaction(view: DeviceView) -> TransactionView | None:
    """The transaction that shows as under way."""
    row = view.state.active_transaction(view.now_s)
    return TransactionView(row, view) if row else None


def last_transaction(view: DeviceView) -> TransactionView | None:
    """The newest transaction that shows."""
    row = view.state.last_transaction(view.now_s)
    return TransactionView(row, view) if row else None


def transaction_history(view: DeviceView) -> list[TransactionView]:
    """All transactions that show, oldest first."""
    return [TransactionView(row, view) for row in view.state.transactions if row.created_s <= view.now_s]


def software_component(view: DeviceView, world: World) -> Component | None:
    """The operating system, or None on a server ordered without one."""
    software = world.software.get(view.facts.os or "")
    return Component(view, software) if software else None


def ports(view: DeviceView) -> list[Port]:
    """The private and, where there is one, the public port."""
    facts = view.facts
    management_ip = facts.ipmi_ip if isinstance(facts, HardwareFacts) else None
    private = Port(view, 0, facts.private_ip, management_ip)
    return [private, Port(view, 1, facts.public_ip)] if facts.public_ip else [private]


def vlans(view: DeviceView, world: World) -> list[Vlan]:
    """The VLANs of a device's ports, one a data centre and side."""
    place = world.datacenters[view.facts.datacenter]
    private = Vlan(place.id * 10 + 1, 1000 + place.id % 1000, "PRIVATE", place.name)
    public = Vlan(place.id * 10 + 2, 2000 + place.id % 1000, "PUBLIC", place.name)
    return [private, public] if view.facts.public_ip else [private]


def block_devices(view: DeviceView, world: World) -> list[BlockDevice]:
    """A guest's disks as the capture of classic-api.md 2.3 shows them, and the CD slot once there was a mount."""
    facts = view.facts
    if not isinstance(facts, GuestFacts):
        return []
    disks = [
        _disk(facts, 0, "0", facts.disk_gb, "GB", f"{facts.id}"),
        _disk(facts, 1, "1", 2, "GB", f"{facts.id}-SWAP"),
        _disk(facts, 7, "7", 64, "MB", f"{facts.hostname}.{facts.domain}-{facts.id}-METADATA"),
    ]
    return [*disks[:2], *_cd(view, world), disks[2]]


def _disk(facts: GuestFacts, number: int, device: str, capacity: int, units: str, name: str) -> BlockDevice:
    image = DiskImage(
        facts.id * 100 + number, name, facts.datacenter, iso=False, public=False, capacity=capacity, units=units,
        created_s=facts.created_s, description=name,
    )  # fmt: skip
    return BlockDevice(
        facts.id * 10 + number, device, "Disk", "RW", int(number == 0), 0, facts.id, image.id, image,
        facts.created_s, facts.created_s,
    )  # fmt: skip


def _cd(view: DeviceView, world: World) -> list[BlockDevice]:
    slot, state = view.state.cd_slot, view.state
    if slot is None:
        return []
    shown = state.iso_image_id if world.settings.mounted_cd_shows_image else None
    image = world.disk_images.get(shown) if shown is not None else None
    return [
        BlockDevice(
            view.facts.id * 10 + 3, "3", "CD", "RO", 1, 1, view.facts.id, shown, image,
            slot.created_s, slot.modified_s,
        )
    ]  # fmt: skip


def logins(component: Component) -> list[Login]:
    """The recorded administrator login."""
    facts = component.device.facts
    return [Login(component.id + 1, component.software.administrator, facts.password, component.id, facts.created_s)]


def management_logins(view: DeviceView) -> list[Login]:
    """The login of a server's management card."""
    facts = view.facts
    if isinstance(facts, GuestFacts):
        return []
    return [Login(facts.id * 10 + 9, "root", facts.ipmi_password, 0, facts.created_s)]


def parts(view: DeviceView) -> list[Part]:
    """A bare metal server's components."""
    facts = view.facts
    if not isinstance(facts, HardwareFacts):
        return []
    base = facts.id * 100
    return [
        Part(base + 1, "PROCESSOR", "Intel", f"Xeon {facts.cores} cores", facts.cores, "CORE", f"CPU{facts.id}"),
        Part(base + 2, "RAM", "Micron", f"{facts.memory_gb} GB DDR4", facts.memory_gb, "GB", f"RAM{facts.id}"),
        Part(base + 3, "HARD_DRIVE", "Seagate", "ST1000NM0033", facts.disk_gb, "GB", f"DSK{facts.id}"),
    ]


def device_status(view: DeviceView) -> str:
    """The label of the newer device status; there is none for rescue."""
    if view.state.active_transaction(view.now_s) is not None:
        return "device_status.processing"
    return "device_status.running" if view.state.power == "RUNNING" else "device_status.stopped"


def is_guest(view: DeviceView) -> bool:
    """Whether the device is a virtual server."""
    return view.kind is Kind.GUEST
