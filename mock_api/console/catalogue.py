"""What the device list knows of a world beforehand, since it changes seldom:
texts to search in, and orders.

Calls edit facts (host name, tags), so everything is kept by the facts object. Ten thousand devices
are compared in under a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter, is_, itemgetter
from typing import Any

from mock_api.domain.facts import Facts
from mock_api.domain.world import Device, World

_NUMBER = re.compile(r"([0-9]{1,18})")  # longer ones would be slow to read
_facts_of = attrgetter("facts")


class Catalogue:
    """Keeps the shelf of the world that is looked at. Hold the stage's lock."""

    def __init__(self) -> None:
        self._shelf: Shelf | None = None

    def shelf(self, world: World) -> Shelf:
        """The texts and orders of a world, as its facts are now."""
        if self._shelf is None or self._shelf.world is not world:
            self._shelf = Shelf(world)
        self._shelf.refresh()
        return self._shelf


class Shelf:
    """Texts and orders of the devices of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._devices = list(world.all_devices())
        self._facts: list[Facts] = []
        self._texts: dict[int, tuple[Facts, str]] = {}
        self._orders: dict[tuple[str, bool], list[Device]] = {}

    def refresh(self) -> None:
        """Forget the orders if a call edited facts since they were made."""
        facts = list(map(_facts_of, self._devices))
        if len(self._facts) != len(facts) or not all(map(is_, facts, self._facts)):
            self._facts = facts
            self._orders = {}

    def order(self, column: str, *, descending: bool = False) -> list[Device]:
        """Every device by one of the columns STANDING."""
        wanted = (column, descending)
        if wanted not in self._orders:
            start = self._devices if column == "name" else self.order("name")
            self._orders[wanted] = in_order(
                start, partial(STANDING[column], self.world), descending=descending
            )
        return self._orders[wanted]

    def text(self, device: Device) -> str:
        """Where the words of a search are looked for, in small letters;
        each value is a line of its own.
        """
        kept = self._texts.get(device.facts.id)
        if kept is None or kept[0] is not device.facts:
            kept = (device.facts, _text(device.facts, self.world))
            self._texts[device.facts.id] = kept
        return kept[1]


def in_order(
    devices: Sequence[Device], key: Callable[[Device], Any], *, descending: bool = False
) -> list[Device]:
    """The devices by a key, those without one at the end in both directions;
    equal ones stay as they are.
    """
    keyed = [(key(device), device) for device in devices]
    known = sorted(
        (pair for pair in keyed if pair[0] is not None), key=itemgetter(0), reverse=descending
    )
    return [device for _, device in known] + [device for found, device in keyed if found is None]


def os_name(facts: Facts, world: World) -> str:
    """The operating system as people call it; empty without one."""
    software = world.software.get(facts.os or "")
    return f"{software.name} {software.version}".strip() if software else ""


def _text(facts: Facts, world: World) -> str:
    parts = (
        facts.fqdn,
        str(facts.id),
        facts.public_ip or "",
        facts.private_ip,
        *facts.tags,
        os_name(facts, world),
    )
    return "\n".join(parts).casefold()


def natural(text: str) -> list[object]:
    """A key by which web-2 comes before web-10."""
    return [
        int(part) if number % 2 else part
        for number, part in enumerate(_NUMBER.split(text.casefold()))
    ]


def _address(text: str | None) -> tuple[int, ...] | None:
    """World files hold IPv4 addresses alone (domain/consistency.py)."""
    return tuple(map(int, text.split("."))) if text else None


STANDING: dict[str, Callable[[World, Device], Any]] = {
    "name": lambda world, device: natural(device.facts.fqdn),
    "kind": lambda world, device: device.kind,
    "datacenter": lambda world, device: device.facts.datacenter,
    "public": lambda world, device: _address(device.facts.public_ip),
    "private": lambda world, device: _address(device.facts.private_ip),
    "os": lambda world, device: os_name(device.facts, world).casefold() or None,
}
"""The columns that no move changes, with what they are sorted by."""
