"""Addresses for devices that name none: test networks (RFC 2544), private and reserved ones,
that nobody routes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

FIELDS = {"guests": ("public_ip", "private_ip"), "hardware": ("public_ip", "private_ip", "ipmi_ip")}
# Devices of a kind: ids 1000001 to 2000000 are the guests', and a wide block holds as many.
LARGEST = 1_000_000
# As many as 248 blocks of 250 addresses hold; what comes later has an address of the wide block.
_NARROW = 62_000
_BLOCKS = {
    ("guests", "public_ip"): ("198.18", 240, 0),
    ("guests", "private_ip"): ("10.1", 10, 16),
    ("hardware", "public_ip"): ("198.19", 248, 0),
    ("hardware", "private_ip"): ("10.2", 10, 32),
    ("hardware", "ipmi_ip"): ("10.3", 10, 48),
}


def address(kind: str, field: str, number: int) -> str:
    """The address of the device with that number, counted from 0 to 999,999."""
    narrow, first, second = _BLOCKS[kind, field]
    if number < _NARROW:
        return f"{narrow}.{(number + 1) // 250}.{(number + 1) % 250 + 1}"
    return f"{first}.{second + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def free_addresses(kind: str, field: str, taken: Collection[object]) -> Iterator[str]:
    """All addresses that are not taken, in order."""
    return (text for number in count() if (text := address(kind, field, number)) not in taken)
