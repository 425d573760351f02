"""Ports, subnets and VLANs: they follow from the devices' addresses and data centres,
one VLAN a side and place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mock_api.domain.facts import HardwareFacts, Kind
from mock_api.domain.world import DeviceView, World
from mock_api.operations.types.table import Look
from mock_api.operations.types.users import devices_of

PRIVATE = 0
PUBLIC = 1
SPACES = {PRIVATE: "PRIVATE", PUBLIC: "PUBLIC"}


@dataclass(frozen=True, slots=True)
class Subnet:
    """The /24 network of addresses that begin alike.

    `ports` are the device ports in it, where they are known.
    """

    prefix: str
    side: int
    ports: tuple[Port, ...] | None = field(default=None, compare=False)

    @property
    def id(self) -> int:
        """An id that follows from the network."""
        first, second, third = self.prefix.split(".")
        return int(first) << 16 | int(second) << 8 | int(third)

    def address(self, host: int) -> str:
        """An address of the network."""
        return f"{self.prefix}.{host}"


@dataclass(frozen=True, slots=True)
class Vlan:
    """The VLAN of one side of a data centre."""

    id: int
    number: int
    side: int
    datacenter: str

    @property
    def name(self) -> str:
        """As the router knows it."""
        return f"{self.datacenter}.{'fcr' if self.side else 'bcr'}01.{self.number}"


@dataclass(frozen=True, slots=True)
class Port:
    """A network port: 0 is private, 1 is public."""

    device: DeviceView
    port: int
    ip: str
    management_ip: str | None = None

    @property
    def subnet(self) -> Subnet:
        """The subnet of the port's address."""
        return Subnet(self.ip.rpartition(".")[0], self.port)


def ports(view: DeviceView) -> list[Port]:
    """The private and, where there is one, the public port."""
    facts = view.facts
    private = Port(
        view, PRIVATE, facts.private_ip, facts.ipmi_ip if isinstance(facts, HardwareFacts) else None
    )
    return [private, Port(view, PUBLIC, facts.public_ip)] if facts.public_ip else [private]


def side(view: DeviceView, number: int) -> list[Port]:
    """The ports of one side."""
    return [port for port in ports(view) if port.port == number]


def primary(view: DeviceView, number: int) -> Port | None:
    """The first port of one side."""
    return next(iter(side(view, number)), None)


def vlans(view: DeviceView, world: World) -> list[Vlan]:
    """The VLANs of a device's ports."""
    return [_vlan(view.facts.datacenter, port.port, world) for port in ports(view)]


def account_vlans(look: Look) -> list[Vlan]:
    """The VLANs of all devices that exist for the caller, by id."""
    used = {(view.facts.datacenter, port.port) for view in visible(look) for port in ports(view)}
    return sorted(
        (_vlan(place, side, look.world) for place, side in used), key=lambda vlan: vlan.id
    )


def _vlan(place: str, side: int, world: World) -> Vlan:
    number = world.datacenters[place].id
    return Vlan(number * 10 + 1 + side, (side + 1) * 1000 + number % 1000, side, place)


def account_subnets(look: Look) -> list[Subnet]:
    """The subnets of all devices that exist for the caller, by id."""
    return _subnets(visible(look), (PRIVATE, PUBLIC))


def vlan_subnets(vlan: Vlan, look: Look) -> list[Subnet]:
    """The subnets of a VLAN."""
    return _subnets(vlan_devices(vlan, look), (vlan.side,))


def _subnets(views: Iterable[DeviceView], sides: tuple[int, ...]) -> list[Subnet]:
    found: dict[Subnet, list[Port]] = {}
    for view in views:
        for port in ports(view):
            if port.port in sides:
                found.setdefault(port.subnet, []).append(port)
    rows = (Subnet(subnet.prefix, subnet.side, tuple(inside)) for subnet, inside in found.items())
    return sorted(rows, key=lambda subnet: subnet.id)


def subnet_ports(subnet: Subnet, look: Look) -> Sequence[Port]:
    """The ports of devices in a subnet."""
    if subnet.ports is not None:
        return subnet.ports
    return [port for view in visible(look) for port in ports(view) if port.subnet == subnet]


def vlan_devices(vlan: Vlan, look: Look, *kinds: Kind) -> list[DeviceView]:
    """The devices on a VLAN."""
    return [
        view
        for view in visible(look, *kinds)
        if view.facts.datacenter == vlan.datacenter
        and (vlan.side == PRIVATE or view.facts.public_ip)
    ]


def at_address(address: str, look: Look, *kinds: Kind) -> DeviceView | None:
    """The device with an address, public, private or of its management card."""
    for view in visible(look, *kinds):
        for port in ports(view):
            if address in (port.ip, port.management_ip):
                return view
    return None


def vlan_of(view: DeviceView, number: int, world: World) -> Vlan | None:
    """The VLAN of one side of a device, or None where it has no such port."""
    port = primary(view, number)
    return _vlan(view.facts.datacenter, port.port, world) if port else None


def visible(look: Look, *kinds: Kind) -> list[DeviceView]:
    """The devices that exist for the caller: of some kinds, or of all."""
    return [view for kind in kinds or Kind for view in devices_of(look.user, kind, look)]
