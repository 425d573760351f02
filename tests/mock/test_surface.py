"""What the service documents is known by name, played or not, and never called nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_api.contract import SERVICES
from mock_api.http.masks import compile_mask
from mock_api.operations import surface
from mock_api.operations.surface.build import methods_table, types_table
from mock_api.operations.types import TYPES, is_object, type_of
from tests.mock.stagehand import GUEST, HARDWARE, Play
from tests.mock.test_every_row import IDS, LOOKING, ask

DOCUMENTED = sorted(name for name in TYPES if surface.is_type(name))
# Names of ours for what the reference has in one type, and one that only a recorded answer has.
OURS = {
    "SoftLayer_Container_Utility_Event_ObjectName",
    "SoftLayer_Virtual_Guest_Block_Device_Template_Group_Child",
    "SoftLayer_Virtual_Guest_Block_Device_Template_Group_Device",
}
KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "unsignedInt": (int,),
    "float": (int, float, str),  # softlayer-python's fixtures have ".448" and "9.05"
    "boolean": (bool,),
    "dateTime": (str,),
}


def test_the_types_that_the_mock_plays_are_the_service_s() -> None:
    """But for three names."""
    assert set(TYPES) - set(DOCUMENTED) == OURS


@pytest.mark.parametrize("name", surface.all_types())
def test_every_documented_property_is_known(name: str) -> None:
    """Of every type that a mask can reach; nonsense is nonsense beside it."""
    names = surface.names_of(name)
    plan = compile_mask(name, f"mask[{','.join(names)}]")
    played = type_of(name).properties
    assert {text.partition("::")[2] for text in plan.unplayed} <= set(names) - set(played)
    assert type_of(name).find("nonsense") is None


@pytest.mark.parametrize(
    "row", [row for row in LOOKING if is_object(row.returns)], ids=lambda row: row.name
)
def test_a_mask_of_everything_is_answered(play: Play, row: Any) -> None:
    """Also where objects are of several types; through both doors."""
    names = surface.names_of(row.returns)
    answer = ask(play, row, mask=f"mask[{','.join(names)}]")
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpuType", None),
        ("consoleIpAddressRecord", "absent"),
        ("sshKeys", []),
        ("sshKeyCount", 0),
        ("tagReferenceCount", 2),
        ("blockDeviceCount", 3),
    ],
)
def test_what_the_world_does_not_hold(play: Play, name: str, shown: object) -> None:
    """Nothing for a value, no object, an empty list, a count of 0; a played list is counted."""
    answer = play.guest("getObject", mask=f"mask[id,{name}]")
    nothing = "" if play.door == "xmlrpc" and shown is None else shown
    assert answer.get(name, "absent") == nothing


def test_a_known_property_does_not_hide_the_others(play: Play) -> None:
    """What an answer has by itself stays, and what is asked below an unplayed one is checked."""
    assert play.guest("getObject", mask="mask[sshKeys[label]]")["hostname"] == "web-1"
    refused = play.guest("getObject", mask="mask[sshKeys[nonsense]]")
    assert refused["error"] == "Property 'nonsense' not valid for 'SoftLayer_Security_Ssh_Key'."


def test_the_journal_tells_the_mock_s_limits(play: Play) -> None:
    """Which names it knows and does not play, in mask, filter and method; nonsense apart."""
    play.steer("DELETE", "journal")
    play.guest("getObject", mask="mask[id,gpuType,account[abuseEmail]]")
    wanted = json.dumps(
        {"virtualGuests": {"gpuType": {"operation": "x"}, "nope": {"operation": 1}}}
    )
    play.call("SoftLayer_Account", "getVirtualGuests", filter=wanted)
    play.guest("getSshKeys")
    play.guest("createArchiveTemplate", "x", [], "y")
    play.guest("getObject", mask="mask[nope]")
    play.guest("getNope")
    limits = play.steer("GET", "journal", query="kind=not-played")
    assert [row["unplayed"] for row in limits] == [
        [f"{GUEST}::gpuType", "SoftLayer_Account::abuseEmail"],
        [f"{GUEST}::gpuType"],
        [f"{GUEST}::getSshKeys"],
        [f"{GUEST}::createArchiveTemplate"],
    ]
    unknown = play.steer("GET", "journal", query="kind=unknown")
    assert [row["unknown"] for row in unknown] == [
        ["objectFilter: nope has no effect"],
        ["Property 'nope' not valid for 'SoftLayer_Virtual_Guest'."],
        [],
    ]
    assert unknown[2]["nearest"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_documented_method_is_known(play: Play, service: str) -> None:
    """Of a served service: its getters answer, the others are refused as not played."""
    number = IDS.get(SERVICES[service].objects)
    for method, documented in surface.methods_of(service).items():
        play.advance(1)  # within the account's limit of requests
        answer = play.call(service, method, number)
        said = (
            answer.body["error"] if isinstance(answer.body, dict) and "error" in answer.body else ""
        )
        assert "is not a valid method" not in said, (method, said)
        if method.startswith("get") and not documented.parameters and answer.status == 501:
            name = method[3].lower() + method[4:]
            is_found = surface.value_of(SERVICES[service].type, name) is not None
            assert not is_found or SERVICES[service].objects == "none"


@pytest.mark.parametrize(
    ("service", "method"),
    [
        (GUEST, "createArchiveTemplate"),
        ("SoftLayer_Ticket", "getObject"),
        (HARDWARE, "createFirmwareUpdateTransaction"),
    ],
)
def test_a_documented_method_that_is_not_played(play: Play, service: str, method: str) -> None:
    """It is refused in words of the mock's own, with a code and a status of its own."""
    answer = play.call(service, method, 5)
    told = f"This mock does not play {service}::{method}, which the service documents."
    assert answer.body == {"error": told, "code": "SoftLayer_Exception_NotPlayedByTheMock"}
    assert answer.unplayed == (f"{service}::{method}",)


def test_what_the_service_does_not_have_is_unknown(play: Play) -> None:
    """A service, and a method of a service that the mock does not serve."""
    body: Any = play.call("SoftLayer_Nonsense", "getObject").body
    assert body["error"] == "Service does not exist"
    body = play.call("SoftLayer_Ticket", "nonsense").body
    assert body["error"] == 'Function ("nonsense") is not a valid method for this service.'


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_served_value_is_of_the_documented_kind(play: Play, name: str) -> None:
    """Of all objects of the demo world that some operation answers."""
    wrong = []
    for row in (row for row in LOOKING if row.returns == name):
        scalars = {
            prop: kind
            for prop in TYPES[name].properties
            if (kind := (surface.value_of(name, prop) or "").replace("#", "unsignedInt")) in KINDS
        }
        answer = ask(play, row, mask=f"mask[{','.join(scalars)}]").body
        for shown in answer if isinstance(answer, list) else [answer]:
            wrong += [
                (row.name, prop, shown[prop], kind)
                for prop, kind in scalars.items()
                if (shown or {}).get(prop) not in (None, "")
                and type(shown[prop]) not in KINDS[kind]
            ]
    assert wrong == []


def test_the_tables_are_built_from_the_metadata() -> None:
    """Bases, lists, counts of irregular plurals, parameters, and a method without an answer."""
    types = "\n".join(
        [
            "# type\tbase type\tproperty\tvalue",
            "SoftLayer_A\tSoftLayer_Entity\tentries\tlist of SoftLayer_B",
            "SoftLayer_A\tSoftLayer_Entity\tentryCount\tunsignedInt",
            "SoftLayer_A\tSoftLayer_Entity\ttotalCount\tunsignedInt",
            "SoftLayer_B\tSoftLayer_A\t\t",
        ]
    )
    table = "\nA\tEntity\tentries=*B\tentryCount=#entries\ttotalCount=#\nB\tA\n"
    assert types_table(types) == table
    methods = (
        "# x\nSoftLayer_A\tdo\tone: SoftLayer_B, two: list of int\t\nSoftLayer_A\tget\t\tint\n"
    )
    table = "\nA\tdo one=B two=*int void\tget int\n"
    assert methods_table(methods) == table
