"""Worlds of any size for benchmarks and load tests."""

from __future__ import annotations

from dataclasses import replace

from mock_api.domain.document import check
from mock_api.domain.facts import GuestFacts, HardwareFacts
from mock_api.domain.world import WorldDocument
from mock_api.worlds.loading import demo

FIRST_GUEST_ID = 1000001
FIRST_HARDWARE_ID = 2000001
LARGEST = 60000  # two address blocks of 65,536 hold this many


def generate(guests: int, hardware: int) -> WorldDocument:
    """The demo world with other devices: vg-0001... from id 1000001 and hw-0001... from 2000001.

    Raises ValueError for a number below 0 or above 60000.
    """
    for count in (guests, hardware):
        if not 0 <= count <= LARGEST:
            raise ValueError(f"{count} devices of a kind were asked for; allowed are 0 to {LARGEST}.")
    world = replace(
        demo(),
        guests=tuple(_guest(number) for number in range(guests)),
        hardware=tuple(_server(number) for number in range(hardware)),
    )
    return check(world, "generated world")


def _guest(number: int) -> GuestFacts:
    return GuestFacts(
        id=FIRST_GUEST_ID + number,
        hostname=f"vg-{number + 1:04d}",
        domain="example.com",
        datacenter="dal13",
        public_ip=_address("198.18", number),
        private_ip=_address("10.1", number),
        password=f"Mock-Passw0rd-vg-{number + 1}",
        os="ubuntu-22",
    )


def _server(number: int) -> HardwareFacts:
    return HardwareFacts(
        id=FIRST_HARDWARE_ID + number,
        hostname=f"hw-{number + 1:04d}",
        domain="example.com",
        datacenter="dal13",
        public_ip=_address("198.19", number),
        private_ip=_address("10.2", number),
        ipmi_ip=_address("10.3", number),
        password=f"Mock-Passw0rd-hw-{number + 1}",
        ipmi_password=f"Mock-Ipmi-Passw0rd-hw-{number + 1}",
        os="centos-7",
    )


def _address(block: str, number: int) -> str:
    return f"{block}.{(number + 1) // 250}.{(number + 1) % 250 + 1}"
