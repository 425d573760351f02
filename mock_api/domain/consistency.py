"""Whether the parts of a world fit together:
references, what may be there only once, what is allowed.

The rules are tables over plain JSON values, so that they also work on a world with wrong types
elsewhere: a value of an unexpected type is passed over,
because the check of types names it already.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass

from mock_api.domain import dates
from mock_api.domain.clock import check_speed
from mock_api.domain.hierarchy import check_people
from mock_api.domain.labels import NAMES, REFUSALS
from mock_api.domain.mistakes import Mistake, Trail, one_of
from mock_api.domain.permissions import PERMISSIONS
from mock_api.domain.plain import Plain, rows, values
from mock_api.domain.states import BY_NAME, Power

DEVICES = ("guests", "hardware")
LATEST_S = 253402300799.0  # the end of the year 9999, the last that a date can name
LARGEST_ID = 2**53 - 1  # the last whole number that every JSON reader keeps

IMAGE_TYPES = [key.removeprefix("image_type.") for key in NAMES if key.startswith("image_type.")]
CHOICES: dict[tuple[str, str], Collection[str]] = {
    ("guests", "power"): list(Power),
    ("hardware", "power"): list(Power),
    ("users", "permissions"): PERMISSIONS,
    ("image_groups", "image_type"): IMAGE_TYPES,
}
RANGES: dict[str, tuple[float, float]] = {
    "id": (1, LARGEST_ID),
    "first_new_id": (1, LARGEST_ID),
    "created_s": (0, LATEST_S),
    "memory_mb": (1, 2**31),
    "memory_gb": (1, 2**31),
    "cpus": (1, 2**16),
    "cores": (1, 2**16),
    "disk_gb": (1, 2**31),
    "capacity": (0, 2**31),
}
TEXTS: dict[str, tuple[re.Pattern[str], str]] = {
    "hostname": (
        re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"),
        "letters, digits, dots and hyphens",
    ),
    "domain": (
        re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"),
        "letters, digits, dots and hyphens",
    ),
    "username": (
        re.compile(r"[^\s:]{1,200}"),
        "texts without spaces and without a colon, which ends a name in HTTP",
    ),
}
IP_FIELDS = ("public_ip", "private_ip", "ipmi_ip")


@dataclass(frozen=True)
class Reference:
    """A row: the fields that must name a row of `target` by its `key`."""

    lists: tuple[str, ...]
    field: str
    target: str
    key: str
    none: str = ""


REFERENCES = (
    Reference((*DEVICES, "disk_images", "dedicated_hosts"), "datacenter", "datacenters", "name"),
    Reference(DEVICES, "os", "software", "key", none=" (null for none)"),
    Reference(DEVICES, "owner", "users", "username", none=" (an empty text for none)"),
    Reference(("users",), "parent_id", "users", "id", none=" (null for none)"),
    Reference(("users",), "guest_ids", "guests", "id"),
    Reference(("users",), "hardware_ids", "hardware", "id"),
    Reference(("users",), "dedicated_host_ids", "dedicated_hosts", "id"),
    Reference(("image_groups",), "disk_image_ids", "disk_images", "id"),
)
ONCE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("users",), ("id",)),
    (("users",), ("username",)),
    (("users",), ("ibm_cloud_api_key",)),
    (("users",), ("iam_token",)),
    (("datacenters",), ("id",)),
    (("datacenters",), ("name",)),
    (("software",), ("key",)),
    (("disk_images",), ("id",)),
    (("image_groups",), ("id",)),
    (("dedicated_hosts",), ("id",)),
    (DEVICES, ("id",)),
    (DEVICES, IP_FIELDS),
)
"""Two devices may share a hostname: the real service lets them, and clients must cope with it."""


def find_mistakes(world: Plain) -> list[Mistake]:
    """Every mistake of a world's plain JSON values."""
    rules = (
        _check_once,
        _check_references,
        _check_choices,
        _check_values,
        _check_machines,
        check_people,
        _check_labels,
        _check_clock,
    )
    return [mistake for rule in (*rules, _check_moving) for mistake in rule(world)]


def _check_once(world: Plain) -> Iterator[Mistake]:
    for lists, fields in ONCE:
        seen: set[Hashable] = set()
        for field in fields:
            for path, value in values(world, lists, field):
                if value in seen:
                    what = " of guests and hardware" if lists == DEVICES else ""
                    yield Mistake(
                        path, f"every {_spoken(field)}{what} may be there only once", value
                    )
                seen.add(value)


def _spoken(field: str) -> str:
    return "IP address" if field in IP_FIELDS else field


def _check_references(world: Plain) -> Iterator[Mistake]:
    for row in REFERENCES:
        known = {value for _, value in values(world, (row.target,), row.key)}
        names = [value for value in known if isinstance(value, str)]
        for path, value in values(world, row.lists, row.field):
            if value not in known:
                text = (
                    one_of(names, value)
                    if names
                    else f"must be the {row.key} of a row of {row.target}"
                )
                yield Mistake(path, text + row.none, value)


def _check_choices(world: Plain) -> Iterator[Mistake]:
    for (name, field), allowed in CHOICES.items():
        for path, value in values(world, (name,), field):
            if value not in allowed:
                yield Mistake(path, one_of(allowed, value), value)


def _check_values(world: Plain) -> Iterator[Mistake]:
    """Numbers and texts that no device or date can have."""
    for path, field, value in _fields(world):
        if field in RANGES and isinstance(value, (int, float)):
            low, high = RANGES[field]
            if not (low <= value <= high or value != value or value in (math.inf, -math.inf)):
                yield Mistake(path, f"must be {low} to {high:.0f}", value)
        elif field in TEXTS and isinstance(value, str):
            pattern, allowed = TEXTS[field]
            if not pattern.fullmatch(value):
                yield Mistake(path, f"allowed are {allowed}", value)
        elif field in IP_FIELDS and isinstance(value, str) and not _is_ip(value):
            yield Mistake(path, "must be an IPv4 address", value)


def _check_machines(world: Plain) -> Iterator[Mistake]:
    """A real machine's port is one of this computer."""
    for name in DEVICES:
        for path, row in rows(world, name):
            machine = row.get("machine")
            if not isinstance(machine, Mapping):
                continue
            address = row.get("public_ip")
            if not str(address).startswith("127."):
                yield Mistake(
                    (*path, "public_ip"),
                    "a device with a machine has an address of this computer, such as 127.0.0.11",
                    address,
                )
            qemu = machine.get("qemu")
            for field, low, high in MACHINE_RANGES:
                value = qemu.get(field) if isinstance(qemu, Mapping) else None
                if isinstance(value, int) and not low <= value <= high:
                    where = (*path, "machine", "qemu", field)
                    yield Mistake(where, f"must be {low} to {high}", value)


MACHINE_RANGES = (("memory_mb", 96, 65536), ("ssh_port", 1, 65535))
"""With less than 96 MB the rescue system runs out of memory while it is unpacked."""


def _fields(world: Plain) -> Iterator[tuple[Trail, str, object]]:
    for name, value in world.items():
        yield (name,), name, value
        for path, row in rows(world, name):
            yield from (((*path, field), field, one) for field, one in row.items())
    account = world.get("account")
    if isinstance(account, Mapping):
        yield from ((("account", field), field, value) for field, value in account.items())
    settings = world.get("settings")
    if isinstance(settings, Mapping):
        yield from ((("settings", field), SETTING, value) for field, value in settings.items())


SETTING = "a setting"
RANGES[SETTING] = (0, LATEST_S)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _check_labels(world: Plain) -> Iterator[Mistake]:
    labels = world.get("labels")
    for name, known in (("names", NAMES), ("refusals", REFUSALS)):
        given = labels.get(name) if isinstance(labels, Mapping) else None
        for key, value in given.items() if isinstance(given, Mapping) else ():
            path = ("labels", name, key)
            if key not in known:
                yield Mistake(path, f"this label is not known; {one_of(known, key)}")
            status = value.get("status") if isinstance(value, Mapping) else None
            if isinstance(status, int) and not 400 <= status <= 599:
                yield Mistake(
                    (*path, "status"), "must be an HTTP status of an error, 400 to 599", status
                )


def _check_clock(world: Plain) -> Iterator[Mistake]:
    clock = world.get("clock")
    if not isinstance(clock, Mapping):
        return
    try:
        zone = dates.zone(str(clock.get("utc_offset", "+00:00")))
        if isinstance(clock.get("now"), str):
            dates.parse(str(clock["now"]), zone)
        speed = clock.get("speed")
        check_speed(speed if isinstance(speed, (int, float)) else 1.0)
    except (ValueError, OverflowError) as error:
        yield Mistake(
            ("clock",),
            str(error).rstrip("."),
            {"now": clock.get("now"), "speed": clock.get("speed")},
        )


_TRANSACTIONS = [key.removesuffix(".group") for key in NAMES if key.endswith(".group")]


def _check_moving(world: Plain) -> Iterator[Mistake]:
    """A dump's moving part names devices, moves and images of this world."""
    moving = world.get("moving")
    states = moving.get("states") if isinstance(moving, Mapping) else None
    if not isinstance(states, Mapping):
        return
    devices = {str(value) for _, value in values(world, DEVICES, "id")}
    images = {value for _, value in values(world, ("disk_images",), "id")}
    for number, state in states.items():
        path = ("moving", "states", str(number))
        if str(number) not in devices:
            yield Mistake(path, "must be the id of a guest or of hardware", number)
        if isinstance(state, Mapping):
            yield from _check_state(path, state, images)


def _check_state(path: Trail, state: Plain, images: Collection[Hashable]) -> Iterator[Mistake]:
    for name in ("pending", "job"):
        under_way = state.get(name)
        move = under_way.get("move") if isinstance(under_way, Mapping) else None
        if isinstance(move, str) and move not in BY_NAME:
            yield Mistake((*path, name, "move"), one_of(BY_NAME, move), move)
    transactions = state.get("transactions")
    for index, row in enumerate(transactions if isinstance(transactions, list) else ()):
        label = row.get("label") if isinstance(row, Mapping) else None
        if isinstance(label, str) and label not in _TRANSACTIONS:
            yield Mistake(
                (*path, "transactions", index, "label"), one_of(_TRANSACTIONS, label), label
            )
    image = state.get("iso_image_id")
    if isinstance(image, int) and image not in images:
        yield Mistake((*path, "iso_image_id"), "must be the id of a row of disk_images", image)
