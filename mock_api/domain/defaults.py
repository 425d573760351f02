"""What a world file may leave out: a world with an account and one device is whole already.

A field that is left out gets what is here; `null` and an empty list are said on purpose and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from mock_api.domain.addresses import FIELDS, free_addresses

Plain = dict[str, object]

MASTER_ID = 167758
FIRST_ID = {"guests": 1000001, "hardware": 2000001}
HOSTNAME = {"guests": "vg", "hardware": "hw"}
ISO = "WindowsRescueStandalone.iso"
DATACENTERS: tuple[Plain, ...] = (
    {"id": 1854895, "name": "dal13", "long_name": "Dallas 13"},
    {"id": 449506, "name": "fra02", "long_name": "Frankfurt 2"},
)
SOFTWARE: tuple[Plain, ...] = (
    {
        "key": "ubuntu-22", "id": 2914, "family": "linux", "manufacturer": "Ubuntu",
        "name": "Ubuntu", "version": "22.04-64 Minimal for VSI", "reference_code": "UBUNTU_22_64",
    },
    {
        "key": "windows-2022", "id": 3057, "family": "windows", "manufacturer": "Microsoft",
        "name": "Windows", "version": "2022 STD (64 bit)", "reference_code": "WIN_2022-STD_64",
    },
    {
        "key": "centos-7", "id": 1400, "family": "linux", "manufacturer": "CentOS",
        "name": "CentOS", "version": "7.x (64 bit)", "reference_code": "CENTOS_7_64",
    },
    {
        "key": "coreos", "id": 1630, "family": "coreos", "manufacturer": "CoreOS", "name": "CoreOS",
        "version": "current-stable", "reference_code": "COREOS_LATEST_64",
    },
)  # fmt: skip

LEFT_OUT: dict[str, tuple[str, ...]] = {
    "WorldDocument": ("users", "datacenters"),
    "Account": ("company_name",),
    "Datacenter": ("long_name",),
    "GuestFacts": ("id", "hostname", "domain", "datacenter", "private_ip", "password"),
    "HardwareFacts": (
        "id",
        "hostname",
        "domain",
        "datacenter",
        "private_ip",
        "ipmi_ip",
        "password",
        "ipmi_password",
    ),
}
"""The fields that the model needs and a file does not:
the editor's schema asks for the others only.
"""


def complete(raw: object) -> object:
    """The world with what it left out.

    What has another shape than expected stays for the check to refuse.
    """
    if not isinstance(raw, dict):
        return raw
    world: Plain = {
        key: value for key, value in raw.items() if key != "$schema"
    }  # that is for editors
    account = world.get("account")
    if isinstance(account, dict):
        world["account"] = {"company_name": "Example Operations", **account}
    world.setdefault("users", [_master(account.get("id") if isinstance(account, dict) else 0)])
    world["datacenters"] = _each(world.get("datacenters", list(DATACENTERS)), _with_long_name)
    world.setdefault("software", list(SOFTWARE))
    world.setdefault("disk_images", list(map(_iso, count(), _values(world["datacenters"], "name"))))
    world.setdefault("image_groups", list(_groups(world["disk_images"])))
    for kind in FIRST_ID:
        if isinstance(world.get(kind), list):
            world[kind] = _each(world[kind], _device_maker(raw, world, kind))
    return world


def _each(rows: object, change: Callable[[Plain], Plain]) -> object:
    """The list with every object in it changed; anything else as it is."""
    if not isinstance(rows, list):
        return rows
    return [change(row) if isinstance(row, dict) else row for row in rows]


def _values(rows: object, field: str) -> Iterator[object]:
    """What the objects of a list hold in a field."""
    return (
        (row[field] for row in rows if isinstance(row, dict) and field in row)
        if isinstance(rows, list)
        else iter(())
    )


def _master(account_id: object) -> Plain:
    return {
        "id": MASTER_ID, "username": f"SL{account_id if isinstance(account_id, int) else 0}",
        "master": True,
        "api_key": "mock-master-classic-key-000000000000000000000000000000000000000a",
        "ibm_cloud_api_key": "mock-master-ibm-cloud-key-a", "iam_token": "mock-master-iam-token-a",
        "first_name": "Mia", "last_name": "Master", "email": "master@example.com",
    }  # fmt: skip


def _with_long_name(row: Plain) -> Plain:
    return {"long_name": row.get("name"), **row}


def _iso(number: int, datacenter: object) -> Plain:
    return {"id": 34291701 + number, "name": ISO, "datacenter": datacenter}


def _groups(images: object) -> Iterator[Plain]:
    """One public group for every name of a public ISO."""
    ids: dict[object, list[object]] = {}
    for row in images if isinstance(images, list) else ():
        if isinstance(row, dict) and row.get("iso", True) is row.get("public", True) is True:
            ids.setdefault(str(row.get("name")), []).append(row.get("id"))
    for number, (name, members) in enumerate(ids.items()):
        yield {
            "id": 6813371 + number,
            "name": name,
            "public": True,
            "image_type": "ISO",
            "disk_image_ids": members,
        }


def _device_maker(raw: Plain, world: Plain, kind: str) -> Callable[[Plain], Plain]:
    ids = set(map(str, [*_values(raw.get("guests"), "id"), *_values(raw.get("hardware"), "id")]))
    numbers = (number for number in count(FIRST_ID[kind]) if str(number) not in ids)
    taken = {str(text) for field in FIELDS[kind] for text in _values(raw.get(kind), field)}
    free = {field: free_addresses(kind, field, taken) for field in FIELDS[kind]}
    common: Plain = {
        "domain": "example.com",
        "datacenter": next(_values(world["datacenters"], "name"), None),
        "os": next(_values(world["software"], "key"), None),
    }

    def make(row: Plain) -> Plain:
        number = row["id"] if "id" in row else next(numbers)
        name = row.get("hostname", _hostname(number, kind))
        whole = {
            "id": number,
            "hostname": name,
            "password": f"Mock-Passw0rd-{name}",
            **common,
            **row,
        }
        if kind == "hardware":
            whole.setdefault("ipmi_password", f"Mock-Ipmi-Passw0rd-{name}")
        whole.update((field, next(pool)) for field, pool in free.items() if field not in whole)
        return whole

    return make


def _hostname(number: object, kind: str) -> str:
    """The name that goes with an id: vg-0001 with 1000001."""
    if not isinstance(number, int):
        return HOSTNAME[kind]
    past = number - FIRST_ID[kind] + 1
    return f"{HOSTNAME[kind]}-{past if past > 0 else number:04}"
