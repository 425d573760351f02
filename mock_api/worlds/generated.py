"""Worlds of any size for benchmarks and load tests."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from mock_api.domain.addresses import LARGEST
from mock_api.domain.defaults import DATACENTERS, complete
from mock_api.domain.trusted import read_trusted
from mock_api.domain.world import WorldDocument
from mock_api.worlds.loading import demo_values

PLAIN = 10  # the first devices of each kind are all alike, for who wants one that holds no surprise
_MORE_DATACENTERS = (
    {"id": 358694, "name": "lon02", "long_name": "London 2"},
    {"id": 448994, "name": "tor01", "long_name": "Toronto 1"},
)
_PLACES = ("dal13", "dal13", "dal13", "fra02", "fra02", "lon02", "tor01")
_ROLES = ("web", "app", "db", "cache", "queue", "batch")
_STAGES = ("production", "production", "staging", "test")
_LINUX = {
    "guests": ("ubuntu-22", "ubuntu-22", "centos-7"),
    "hardware": ("centos-7", "centos-7", "ubuntu-22"),
}


def generate(guests: int, hardware: int, seed: int = 0, mixed: bool = False) -> WorldDocument:
    """The demo's account and users with other devices:
    vg-0001... from id 1000001 and hw-0001... from 2000001.

    The first ten of each kind are plain; the others vary in data centre, tags, notes, size, billing
    and Linux, as `seed` has it, so that filters have something to find. All can be rescued, unless
    the world is `mixed`: then some run Windows, CoreOS or nothing, some are powered off, and some
    have more memory than rescue takes.

    Raises ValueError for a number below 0 or above a million.
    """
    for count in (guests, hardware):
        if not 0 <= count <= LARGEST:
            raise ValueError(
                f"{count} devices of a kind were asked for; allowed are 0 to {LARGEST}."
            )
    values = demo_values()
    # The demo's ISO images are in its own data centres, and its users' devices are not here.
    base = {
        name: value for name, value in values.items() if name not in ("disk_images", "image_groups")
    }
    users = [{**user, "guest_ids": [], "hardware_ids": []} for user in values["users"]]
    devices = {
        "guests": list(_devices("guests", guests, Random(f"{seed} guests"), mixed)),  # noqa: S311 (no secret)
        "hardware": list(_devices("hardware", hardware, Random(f"{seed} hardware"), mixed)),  # noqa: S311 (no secret)
    }
    datacenters = [*DATACENTERS, *_MORE_DATACENTERS]
    return read_trusted(
        WorldDocument, complete({**base, "users": users, "datacenters": datacenters, **devices})
    )


def _devices(kind: str, count: int, chance: Random, mixed: bool) -> Iterator[dict[str, Any]]:
    """What sets each device apart; the rest is what any world leaves out.

    A longer list begins like a shorter one.
    """
    for number in range(count):
        # Everything is drawn for every device, so that the same number is the same device in worlds
        # of any kind.
        varied = _varied(kind, chance)
        odd = _odd(kind, chance)
        if number < PLAIN:
            yield {"os": _LINUX[kind][0]}
        else:
            yield varied | odd if mixed else varied


def _varied(kind: str, chance: Random) -> dict[str, Any]:
    role = chance.choice(_ROLES)
    stage = chance.choice(_STAGES)
    size = chance.randrange(5)
    memory = (
        {"memory_mb": 2048 << size, "cpus": 1 << size}
        if kind == "guests"
        else {"memory_gb": 32 << size}
    )
    return {
        "datacenter": chance.choice(_PLACES),
        "os": chance.choice(_LINUX[kind]),
        "tags": [role, stage],
        "notes": f"{role} of {stage}, batch {chance.randrange(100)}"
        if chance.random() < 0.3
        else None,
        "hourly": chance.random() < (0.7 if kind == "guests" else 0.2),
        **memory,
    }


def _odd(kind: str, chance: Random) -> dict[str, Any]:
    """One device in three is unlike the others."""
    odd: tuple[dict[str, Any], ...] = ({"os": "windows-2022"}, {"power": "HALTED"})
    odd += (
        ({"os": "coreos"}, {"memory_mb": 262144})
        if kind == "guests"
        else ({"os": None}, {"public_ip": None})
    )
    drawn = chance.randrange(12)
    return odd[drawn] if drawn < len(odd) else {}
