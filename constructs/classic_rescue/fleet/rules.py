"""Rules over several fields or devices.

They look at the tree, so that they report even where a field is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from classic_rescue.boot.states import DeviceRef, ReferenceField, without_dot
from classic_rescue.fleet.errors import Problem
from classic_rescue.fleet.scalars import UNREADABLE, show
from classic_rescue.fleet.spelling import small, whole
from classic_rescue.fleet.tree import Trail, Tree, say_trail
from classic_rescue.fleet.values import (
    ENVIRONMENT_ALLOWED,
    MAX_SHARD_SIZE,
    MAX_SHARDS,
    read_hostname,
    read_id,
    read_ip,
)

_REFERENCES = tuple(map(str, ReferenceField))
_READERS: dict[str, Callable[[object], int | str]] = {
    "virtual_guest": read_id,
    "hardware": read_id,
    "hostname": read_hostname,
    "ip": read_ip,
}
_REFERENCES_ALLOWED = f"exactly one of {', '.join(_REFERENCES)}"
DEFAULT_SHARDS = 1
DEFAULT_SHARD_SIZE = 100


def check_rules(tree: Tree) -> list[Problem]:
    """Return the problems of a fleet's tree that no single field shows."""
    problems: list[Problem] = []
    owners: dict[str, Trail] = {}
    problems += _check_names(tree)
    for trail, device in _devices(tree):
        problems += _check_device(trail, device, tree)
        problems += _check_repair(trail, device, tree)
        problems += _check_identity(trail, device, tree, owners)
    problems += _check_capacity(tree)
    problems += _check_channels(tree)
    return problems


def _devices(tree: Tree) -> Iterator[tuple[Trail, Mapping[str, object]]]:
    """Return every device that is a mapping, repeated ones too."""
    devices = tree.find(("devices",))
    for name, device in devices.items() if isinstance(devices, dict) else ():
        if isinstance(device, dict):
            yield ("devices", name), device
    for trail, device in tree.repeated:
        if len(trail) == 2 and trail[0] == "devices" and isinstance(device, dict):
            yield trail, device


def _check_names(tree: Tree) -> Iterator[Problem]:
    """Report names that only a final dot tells apart."""
    devices = tree.find(("devices",))
    names = devices if isinstance(devices, dict) else {}
    for name in names:
        plain = without_dot(name)
        if plain != name and plain in names:
            first = tree.place_of(("devices", plain)).line
            message = f"the same name as `{plain}` on line {first}: a final dot changes nothing"
            yield tree.problem(("devices", name), message, "each name once; rename one of the two")


def _check_device(trail: Trail, device: Mapping[str, object], tree: Tree) -> Iterator[Problem]:
    given = [name for name in _REFERENCES if name in device]
    if not given and trail not in tree.incomplete:
        yield tree.problem(trail, "it does not say which device is meant", _REFERENCES_ALLOWED)
    if len(given) > 1:
        yield tree.problem(
            (*trail, given[1]),
            f"a device is named once, here by {' and '.join(given)}",
            _REFERENCES_ALLOWED,
        )
    boot = device.get("boot")
    if "hardware" in device and isinstance(boot, dict) and "image" in boot:
        message = "bare metal cannot boot an image: the classic API has no call for it"
        yield tree.problem((*trail, "boot"), message, "os or rescue")
    if "ssh" in device and "rdp" in device:
        message = "a device is asked one thing, here its host key and its Remote Desktop"
        yield tree.problem((*trail, "rdp"), message, "ssh or rdp")
    if "no_os_environment" in device:
        yield from _check_environment(trail, device, tree)


def _check_environment(trail: Trail, device: Mapping[str, object], tree: Tree) -> Iterator[Problem]:
    place = (*trail, "no_os_environment")
    allowed = f"{ENVIRONMENT_ALLOWED}, with boot: rescue, for hardware or a lookup"
    if "virtual_guest" in device:
        yield tree.problem(place, "this is for bare metal, not for a virtual guest", allowed)
    if small(device.get("boot")) not in ("rescue", None, UNREADABLE):
        yield tree.problem(place, "this goes only with boot: rescue", allowed)


def _check_repair(trail: Trail, device: Mapping[str, object], tree: Tree) -> Iterator[Problem]:
    """Report a repair that could never run: outside rescue, or without a way to log in."""
    if "repair" not in device:
        return
    place = (*trail, "repair")
    if small(device.get("boot")) not in ("rescue", None, UNREADABLE):
        yield tree.problem(place, "this goes only with boot: rescue", "boot: rescue, or no repair")
    if "rdp" in device:
        yield tree.problem(place, "scripts run over SSH, and this names a Remote Desktop", "ssh")
        return
    ssh: dict[str, object] = {}
    for given in (tree.find(("defaults", "ssh")), device.get("ssh")):
        if given is not None and not isinstance(given, dict):
            return  # which is reported elsewhere
        ssh |= given or {}
    if "login" not in ssh or small(getattr(ssh.get("proof"), "written", ssh.get("proof"))) == "off":
        yield tree.problem(
            place,
            "nothing says how to log in to the rescue system, or its host key is not asked for",
            "`ssh: {login: {key: agent}}` at the device or in the defaults, without `proof: off`",
        )


def _check_identity(
    trail: Trail, device: Mapping[str, object], tree: Tree, owners: dict[str, Trail]
) -> Iterator[Problem]:
    """Report a second name for a device; `owners` remembers the first."""
    field, key = _find_identity(device)
    if key is None:
        return
    first = owners.setdefault(key, trail)
    if first is not trail:
        message = (
            f"the same device as `{say_trail(first[-1:])}` on line {tree.place_of(first).line}"
        )
        allowed = "one name for a device; delete one of the two"
        yield tree.problem((*trail, field), message, allowed, show(device[field]))


def _find_identity(device: Mapping[str, object]) -> tuple[str, str | None]:
    """Return the field and the key of a device that has exactly one usable reference."""
    given = [name for name in _REFERENCES if name in device]
    value = device[given[0]] if len(given) == 1 else None
    with suppress(ValueError):  # what a reader raises: the value is reported elsewhere
        value = _READERS[given[0]](value) if value is not None else None
    if not isinstance(value, int | str):
        return "", None
    try:
        return given[0], DeviceRef(ReferenceField(given[0]), value).key
    except ValueError:
        return "", None


def _check_capacity(tree: Tree) -> Iterator[Problem]:
    """Report more devices than the stacks are made for, with the number to set."""
    devices = tree.find(("devices",))
    shards = _number(tree, "shards", DEFAULT_SHARDS)
    size = _number(tree, "shard_size", DEFAULT_SHARD_SIZE)
    if (
        not isinstance(devices, dict)
        or shards is None
        or size is None
        or len(devices) <= shards * size
    ):
        return
    needed = -(-len(devices) // size)
    advice = f"set `shards: {needed}`; devices that change stack are not rebooted"
    if needed > MAX_SHARDS:
        advice = (
            f"set `shards: {MAX_SHARDS}` and `shard_size:"
            f" {min(-(-len(devices) // MAX_SHARDS), MAX_SHARD_SIZE)}`"
        )
    of = "1 shard" if shards == 1 else f"{shards} shards"
    yield tree.problem(
        ("shards",),
        f"{len(devices)} devices do not fit into {of} of {size}: {advice}",
        f"{needed} or more",
    )


def _check_channels(tree: Tree) -> Iterator[Problem]:
    """Report a second channel of one name: a warning would not say which."""
    channels = tree.find(("notify",))
    seen: dict[str, int] = {}
    for number, channel in enumerate(channels if isinstance(channels, list) else ()):
        name = small(channel.get("name")) if isinstance(channel, dict) else None
        if not isinstance(name, str):
            continue
        first = seen.setdefault(name, number)
        if first != number:
            line = tree.place_of(("notify", first)).line
            message = f"the same name as the channel on line {line}"
            place = ("notify", number, "name")
            yield tree.problem(place, message, "each name once; rename one of the two", show(name))


def _number(tree: Tree, key: str, default: int) -> int | None:
    """Return a count, its default where none is given,
    None where it is wrong and reported elsewhere.
    """
    value = whole(tree.find((key,)))
    if value is None:
        return default
    return value if isinstance(value, int) and value > 0 else None
