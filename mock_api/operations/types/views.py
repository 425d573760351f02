"""Small values that exist only in answers: parts of a device
that the API shows as objects of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from mock_api.domain.facts import (
    DiskImage,
    Facts,
    Family,
    GuestFacts,
    HardwareFacts,
    Kind,
    Software,
    Units,
    whole_id,
)
from mock_api.domain.settings import Settings
from mock_api.domain.states import Power
from mock_api.domain.transitions import Transaction
from mock_api.domain.world import DeviceView, World

_TRACKING = 5  # which part of a device its tracking object is


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


class BlockDevice(NamedTuple):
    """A disk or CD of a guest.

    `make_image` is late, as few ask for it; None: the key `diskImage` is left out.
    """

    id: int
    device: str
    mount_type: str
    mount_mode: str
    bootable: int
    hot_plug: int
    guest_id: int
    disk_image_id: int | None
    make_image: Callable[[], DiskImage] | None
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
        return self.device.facts.part_id(7)


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


def last_reload(view: DeviceView) -> TransactionView | None:
    """The newest transaction that reloads the operating system;
    the active one while it is under way.
    """
    row = view.state.last_reload(view.now_s)
    return TransactionView(row, view) if row else None


def transaction_history(view: DeviceView) -> list[TransactionView]:
    """All transactions that show, oldest first."""
    return [
        TransactionView(row, view) for row in view.state.transactions if row.created_s <= view.now_s
    ]


def software_component(view: DeviceView, world: World) -> Component | None:
    """The operating system. A server ordered without one may show a component that says so."""
    software = world.software.get(view.facts.os or "")
    if software is None and view.kind is Kind.HARDWARE and world.settings.no_os_shows_component:
        software = Software(
            "",
            Family.LINUX,
            manufacturer="",
            name=world.labels.name("no_os"),
            version="-",
            reference_code="",
        )
    return Component(view, software) if software else None


def block_devices(view: DeviceView, world: World) -> list[BlockDevice]:
    """A guest's disks as the capture of classic-api.md 2.3 shows them,
    and the CD slot once there was a mount.
    """
    facts = view.facts
    if not isinstance(facts, GuestFacts):
        return []
    metadata = f"{facts.fqdn}-{facts.id}-METADATA"
    disks = [
        _disk(facts, 0, f"{facts.id}", capacity=facts.disk_gb, units="GB"),
        _disk(facts, 1, f"{facts.id}-SWAP", capacity=2, units="GB"),
        _disk(facts, 7, metadata, capacity=64, units="MB"),
    ]
    return [*disks[:2], *_cd(view, world), disks[2]]


def _disk(facts: GuestFacts, number: int, name: str, *, capacity: int, units: Units) -> BlockDevice:
    image_id = facts.part_id(10 + number)
    make_image = partial(
        DiskImage, image_id, name, facts.datacenter, iso=False, public=False, capacity=capacity,
        units=units, created_s=facts.created_s, description=name,
    )  # fmt: skip
    return BlockDevice(
        id=facts.part_id(number), device=str(number), mount_type="Disk", mount_mode="RW",
        bootable=int(number == 0), hot_plug=0, guest_id=facts.id, disk_image_id=image_id,
        make_image=make_image, created_s=facts.created_s, modified_s=facts.created_s,
    )  # fmt: skip


def _cd(view: DeviceView, world: World) -> list[BlockDevice]:
    state = view.state
    slot = state.cd_slot
    if slot is None:
        return []
    shown = state.iso_image_id if world.settings.mounted_cd_shows_image else None
    image = world.disk_images.get(shown) if shown is not None else None
    return [
        BlockDevice(
            id=view.facts.part_id(3), device="3", mount_type="CD", mount_mode="RO", bootable=1,
            hot_plug=1, guest_id=view.facts.id, disk_image_id=shown,
            make_image=(lambda: image) if image else None, created_s=slot.created_s,
            modified_s=slot.modified_s,
        )
    ]  # fmt: skip


def logins(component: Component) -> list[Login]:
    """The recorded administrator login."""
    facts = component.device.facts
    if facts.os is None:
        return []
    return [
        Login(
            component.id + 1,
            component.software.administrator,
            facts.password,
            software_id=component.id,
            created_s=facts.created_s,
        )
    ]


def management_logins(view: DeviceView) -> list[Login]:
    """The login of a server's management card."""
    facts = view.facts
    if isinstance(facts, GuestFacts):
        return []
    number = facts.part_id(9)
    return [Login(number, "root", facts.ipmi_password, software_id=0, created_s=facts.created_s)]


def parts(view: DeviceView) -> list[Part]:
    """A bare metal server's components."""
    facts = view.facts
    if not isinstance(facts, HardwareFacts):
        return []
    return [
        Part(
            facts.part_id(1), "PROCESSOR", "Intel", f"Xeon {facts.cores} cores",
            capacity=facts.cores, units="CORE", serial=f"CPU{facts.id}",
        ),
        Part(
            facts.part_id(2), "RAM", "Micron", f"{facts.memory_gb} GB DDR4",
            capacity=facts.memory_gb, units="GB", serial=f"RAM{facts.id}",
        ),
        Part(
            facts.part_id(3), "HARD_DRIVE", "Seagate", "ST1000NM0033",
            capacity=facts.disk_gb, units="GB", serial=f"DSK{facts.id}",
        ),
    ]  # fmt: skip


def device_status(view: DeviceView) -> str:
    """The label of the newer device status; there is none for rescue."""
    active = view.state.active_transaction(view.now_s)
    reload = view.state.last_reload(view.now_s)
    if active is not None:
        return "device_status.reloading" if active is reload else "device_status.processing"
    return "device_status.running" if view.state.power == "RUNNING" else "device_status.stopped"


def is_guest(view: DeviceView) -> bool:
    """Whether the device is a virtual server."""
    return view.kind is Kind.GUEST


def answers(view: DeviceView, settings: Settings) -> bool:
    """Whether the device answers a ping: it may, it is powered on, and it does not restart."""
    is_down = settings.reboot_shows_ping and view.state.pending is not None
    return view.facts.pingable and view.state.power is Power.RUNNING and not is_down


def shown_power(view: DeviceView, settings: Settings) -> Power:
    """The power state that the API shows: HALTED also while the device restarts, if the world's
    `reboot_shows_power` says so.
    """
    is_down = settings.reboot_shows_power and view.state.pending is not None
    return Power.HALTED if is_down else view.state.power


def tracking_id(facts: Facts) -> int:
    """The id of a device's SoftLayer_Metric_Tracking_Object."""
    return facts.part_id(_TRACKING)


def tracked_id(number: int) -> int:
    """The device that would have a tracking object of that number."""
    return whole_id(number, _TRACKING)
