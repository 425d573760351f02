"""Replies beside the fixtures that the installed SoftLayer package ships:
its own idea of what the API answers.

Every field that our reply gives and a fixture knows must have the fixture's JSON type. What differs
and stays is in DIFFERENCES, each with its reason; an entry that no longer differs fails too.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from mock_api.contract import Operation, all_operations
from mock_api.operations.types import TYPES
from tests.mock.stagehand import DB, GUEST, HARDWARE, ISO_DAL, WEB, WIN, Play

OBJECTS: dict[str, int] = {
    GUEST: WEB,
    HARDWARE: DB,
    "SoftLayer_Hardware": DB,
    "SoftLayer_User_Customer": 7651001,
    "SoftLayer_Virtual_Guest_Block_Device_Template_Group": 6813371,
    "SoftLayer_Virtual_Disk_Image": ISO_DAL,
}
# Services whose objects have an id that the mock makes: which list of the account names one.
LISTED = {
    "SoftLayer_Tag": ("SoftLayer_Tag", "getAttachedTagsForCurrentUser"),
    "SoftLayer_Network_Vlan": ("SoftLayer_Account", "getNetworkVlans"),
    "SoftLayer_Virtual_DedicatedHost": ("SoftLayer_Account", "getDedicatedHosts"),
    "SoftLayer_Metric_Tracking_Object": (GUEST, "getMetricTrackingObjectId"),
}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "SoftLayer_Search::search": ("web-1",),
    "SoftLayer_Search::advancedSearch": ("_objectType:SoftLayer_Virtual_Guest ",),
    "SoftLayer_Tag::getTagByTagName": ("web",),
    "SoftLayer_Metric_Tracking_Object::getBandwidthData": (
        "2026-01-01T00:00:00",
        "2026-01-02T00:00:00",
        "public",
        3600,
    ),
}
REFUSED = ("createObject", "deleteObject")  # the mock orders and cancels no device; it says so

_BOOL = "META and the captures of classic-api.md 8 give 0 or 1; only this fixture gives a bool"
_TEXT = "the capture of classic-api.md 2.3 gives a text; only this fixture gives a number"
_ODD = "an id is a number everywhere else, and the prefix length too (META)"
_IMAGE_GROUP = "SoftLayer_Virtual_Guest_Block_Device_Template_Group"
DIFFERENCES: dict[str, str] = {
    "SoftLayer_Account::getPrivateBlockDeviceTemplateGroups[].publicFlag: number, not bool": _BOOL,
    "SoftLayer_Account::getSubnets[].cidr: number, not text": _ODD,
    "SoftLayer_Account::getSubnets[].id: number, not text": _ODD,
    "SoftLayer_Hardware::getObject.bareMetalInstanceFlag: number, not bool": _BOOL,
    "SoftLayer_Hardware_Server::getObject.bareMetalInstanceFlag: number, not bool": _BOOL,
    (
        "SoftLayer_Virtual_Guest::getObject.billingItem.nextInvoiceChildren[].recurringFee:"
        " number, not text"
    ): "the fixtures give both; a number in three of four",
    "SoftLayer_Virtual_Guest::getObject.blockDevices[].device: text, not number": _TEXT,
    "SoftLayer_Virtual_Guest::getObject.blockDevices[].uuid: text, not number": _TEXT,
    f"{_IMAGE_GROUP}::getObject.publicFlag: number, not bool": _BOOL,
    f"{_IMAGE_GROUP}::getPublicImages[].publicFlag: number, not bool": _BOOL,
}


def fixture_of(row: Operation) -> Any:
    """What the package ships as the answer of an operation, or None."""
    try:
        module = importlib.import_module(f"SoftLayer.fixtures.{row.service}")
    except ModuleNotFoundError:
        return None
    return getattr(module, row.method, None)


COMPARED = [
    row for row in all_operations()
    if fixture_of(row) is not None and not row.changes and row.method not in REFUSED
]  # fmt: skip


def mask_of(type_name: str, fixture: Any) -> str:
    """A mask that asks for every field of a fixture that our type has."""
    sample = fixture[0] if isinstance(fixture, list) and fixture else fixture
    if not isinstance(sample, dict) or type_name not in TYPES:
        return ""
    properties = TYPES[type_name].properties
    names = []
    for name, value in merged(fixture).items():
        if name in properties:
            below = mask_of(properties[name].type or "", value)
            names.append(f"{name}[{below}]" if below else name)
    return ",".join(names)


def merged(fixture: Any) -> dict[str, Any]:
    """The fields of a struct, or of all structs of a list together."""
    rows = fixture if isinstance(fixture, list) else [fixture]
    return {name: value for row in rows if isinstance(row, dict) for name, value in row.items()}


def differences(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """The places where a value of ours has another JSON type than the fixture's.

    Null fits every type.
    """
    if ours is None or theirs is None:
        return
    if kind(ours) != kind(theirs):
        yield f"{path}: {kind(ours)}, not {kind(theirs)}"
    elif isinstance(ours, dict):
        for name in ours.keys() & theirs.keys():
            yield from differences(ours[name], theirs[name], f"{path}.{name}")
    elif isinstance(ours, list) and theirs:
        known = merged(theirs) if isinstance(theirs[0], dict) else theirs[0]
        for item in ours:
            yield from differences(item, known, f"{path}[]")


def kind(value: object) -> str:
    """The JSON type of a value."""
    names = {
        bool: "bool",
        int: "number",
        float: "number",
        str: "text",
        dict: "struct",
        list: "list",
    }
    return names.get(type(value), type(value).__name__)


@pytest.fixture(scope="module")
def busy() -> Play:
    """A world in which much has happened, so that most fields have a value."""
    play = Play()
    play.guest("mountIsoImage", ISO_DAL, number=WIN)
    play.guest("rebootDefault")
    play.advance(200)
    play.guest("executeRescueLayer")
    play.server("bootToRescueLayer")
    play.advance(10)
    return play


def number_of(busy: Play, row: Operation) -> int | None:
    """The id of an object of the row's service."""
    if row.service not in LISTED:
        return OBJECTS.get(row.service)
    service, method = LISTED[row.service]
    found: Any = busy.call(service, method, OBJECTS.get(service)).body
    return int(found[0]["id"] if isinstance(found, list) else found)


@pytest.mark.parametrize("row", COMPARED, ids=[row.name for row in COMPARED])
def test_fields_have_the_type_of_the_fixture(busy: Play, row: Operation) -> None:
    """Each field of ours that the package's fixture knows is of the same JSON type."""
    fixture = fixture_of(row)
    mask = mask_of(row.returns, fixture)
    number = number_of(busy, row) if row.needs_id else None
    query = {"mask": f"mask[{mask}]"} if mask else {}
    answer = busy.call(row.service, row.method, number, *ARGUMENTS.get(row.name, ()), **query)
    assert answer.status == 200, answer.body
    found = set(differences(answer.body, fixture, row.name))
    listed = {
        text
        for text in DIFFERENCES
        if text.startswith((f"{row.name}:", f"{row.name}.", f"{row.name}["))
    }
    assert found == listed
