"""Every row of the contract that only looks, through both doors."""

from __future__ import annotations

from typing import Any

import pytest

from mock_api.contract import SERVICES, Operation, all_operations
from mock_api.operations.types import TYPES
from tests.mock.stagehand import DB, GOLDEN, SPARE, WEB, Play

IDS: dict[str, int | None] = {
    "account": None, "none": None, "hardware": DB, "virtual_guest": WEB, "datacenter": 1854895,
    "tracked": None, "vlan": 18548951, "user": 167758, "dedicated_host": 691394,
    "disk_image": GOLDEN, "image_group": 8920132,
}  # fmt: skip
ARGUMENTS: dict[str, tuple[object, ...]] = {
    "advancedSearch": ("web",),
    "search": ("web",),
    "getTagByTagName": ("web",),
    "findByHostname": ("web-1",),
    "findByIpAddress": ("198.51.100.21",),
    "getHardwareByIpAddress": ("10.93.30.21",),
    "getVlanForIpAddress": ("198.51.100.21",),
    "getBandwidthData": ("2026-01-01", "2026-01-02"),
}
REFUSED = ("createObject", "deleteObject")
LOOKING = [row for row in all_operations() if not row.changes and row.method not in REFUSED]


def ask(play: Play, row: Operation, **query: Any) -> Any:
    """The answer of a row about some object of its service."""
    objects = SERVICES[row.service].objects
    if objects == "tag":
        tags: Any = play.call("SoftLayer_Tag", "getAttachedTagsForCurrentUser").body
        number = tags[0]["id"]
    elif objects == "tracked":
        number = play.guest("getMetricTrackingObjectId")
    else:
        number = IDS[objects]
    return play.call(
        row.service,
        row.method,
        number if row.needs_id else None,
        *ARGUMENTS.get(row.method, ()),
        **query,
    )


@pytest.mark.parametrize("row", LOOKING, ids=[row.name for row in LOOKING])
def test_it_answers(play: Play, row: Operation) -> None:
    """The row answers; what is a list in the table is one, and has its total."""
    answer = ask(play, row)
    assert answer.status == 200, answer.body
    assert (isinstance(answer.body, list), answer.total is not None) == (row.many, row.many)


@pytest.mark.parametrize("name", sorted({row.returns for row in LOOKING if row.returns in TYPES}))
def test_every_property_can_be_asked_for(play: Play, name: str) -> None:
    """A mask that names all properties of a type is answered, whatever the object."""
    row = next(row for row in LOOKING if row.returns == name)
    answer = ask(play, row, mask=f"mask[{','.join(TYPES[name].properties)}]")
    assert answer.status == 200, answer.body


def test_a_server_without_system_answers_too(play: Play) -> None:
    """Nothing of a server that was ordered without one is missing what a property reads."""
    names = ",".join(TYPES["SoftLayer_Hardware_Server"].properties)
    assert (
        play.call("SoftLayer_Hardware_Server", "getObject", SPARE, mask=f"mask[{names}]").status
        == 200
    )


def test_ids_are_numbers_over_both_doors(play: Play) -> None:
    """No id is larger than an integer of XML-RPC,
    and the parts of a device have ids of their own.
    """
    mask = (
        "mask[blockDevices[diskImage],networkComponents,networkMonitors,"
        "softwareComponents[passwords],tagReferences[tag],billingItem[children]]"
    )
    guest = play.call("SoftLayer_Virtual_Guest", "getObject", WEB, mask=mask).body
    mask = (
        "mask[activeComponents,networkComponents,networkMonitors,"
        "operatingSystem[passwords],tagReferences,billingItem]"
    )
    server = play.call("SoftLayer_Hardware_Server", "getObject", DB, mask=mask).body
    ids = [*_ids(guest), *_ids(server)]
    assert len(ids) > 25
    assert all(isinstance(number, int) for number in ids)
    for row in guest["blockDevices"], guest["tagReferences"], server["activeComponents"]:  # type: ignore[index] # JSON
        assert len({part["id"] for part in row}) == len(row) > 1


def _ids(value: Any) -> list[object]:
    if isinstance(value, list):
        return [number for row in value for number in _ids(row)]
    if not isinstance(value, dict):
        return []
    below = [number for row in value.values() for number in _ids(row)]
    return [*below, *([value["id"]] if "id" in value else [])]
