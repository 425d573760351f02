"""The query language of SoftLayer_Search, and masks over objects of several types."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.mock.stagehand import APP, DB, GUEST, WEB, WIN, Play

SERVICE = "SoftLayer_Search"


def found(play: Play, query: str, **options: Any) -> Any:
    """What an advanced search finds."""
    return play.call(SERVICE, "advancedSearch", None, query, **options).body


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("hostname: web-1", [WEB]),
        ("hostname:WEB-1", [WEB]),
        ("hostname: *w* _objectType:SoftLayer_Virtual_Guest", [WEB, WIN]),
        ("hostname: web", []),
        ('tagReferences.tag.name: "production"', [DB, WEB]),
        ("*eb-* datacenter.longName: *dallas*", [WEB]),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory: 8192 -nothing", [WEB, APP]),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory: 8192 -web-1", [APP]),
        ("_objectType:SoftLayer_Virtual_Guest domain:example.com && hostname:web-1", [WEB]),
        ("_objectType:SoftLayer_Virtual_Guest hostname:app-1 || hostname:web-1", [WEB, APP]),
        ("hostname:db-1 || hostname:web-1 && domain:nobody.com", [DB]),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory:8192 hostname:-web-1", [APP]),
        ('_objectType:SoftLayer_Virtual_Guest maxMemory:8192 hostname:-"web-1"', [APP]),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory:8192 _sort:[hostname:asc]", [APP, WEB]),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory:8192 _sort:[id:desc]", [APP, WEB]),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory:8192 _sort:[nope:asc]", [WEB, APP]),
        ("hostname:web-1 createDate:[2022-08-30 TO 2022-08-30]", [WEB]),
        ("hostname:web-1 createDate:[now-1w TO now]", []),
        ("_objectType:SoftLayer_Hardware,SoftLayer_Virtual_Guest web-1", [WEB]),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory: 8192", [WEB, APP]),
        ("_objectType:SoftLayer_Ticket status.name: open", []),
        ("sshKeys.label: x", []),
        ("hostname: w?b-1", []),
    ],
)
def test_queries(play: Play, query: str, ids: list[int]) -> None:
    """Fields and words, stars for any text, and, or, not, order and dates; what the world does not
    hold finds nothing.
    """
    assert [row["resource"]["id"] for row in found(play, query)] == ids


@pytest.mark.parametrize(
    "query",
    [
        "hostname:web-1 &&",
        "|| hostname:web-1",
        "hostname:web-1 && || domain:x",
        "(hostname:web-1)",
        "hostname:web-1 & domain:x",
        'hostname:"web-1',
        "nonsense.field: x",
        "hostname.name: x",
        "_objectType:SoftLayer_Nonsense",
        "_nonsense:x",
        "hostname:[web-1]",
        "createDate:[2022-13-01 TO now]",
        "createDate:[2022-01-01 to now]",
        "[2022-01-01 TO now]",
        "_sort:[hostname:up]",
        "-hostname:web-1",
    ],
)
def test_what_is_not_understood_is_refused(play: Play, query: str) -> None:
    """An empty list would say that nothing fits."""
    assert "The search string cannot be understood: '" in found(play, query)["error"]


def test_a_mask_for_one_type_takes_nothing_away(play: Play) -> None:
    """The result's own fields stay."""
    (row,) = found(play, "hostname: web-1", mask=f"mask[resource({GUEST})[hostname]]")
    assert row == {
        "matchedTerms": ["hostname:|web-1|"],
        "relevanceScore": "1",
        "resource": {"hostname": "web-1"},
        "resourceType": GUEST,
    }


def test_audit_rows_are_found_by_who_may_read_them(play: Play) -> None:
    """By name and by date."""
    play.guest("executeRescueLayer")
    query = "_objectType:SoftLayer_Event_Log eventName:Rescue eventCreateDate:[now-1h TO now]"
    (row,) = found(play, query)
    assert row["resource"]["objectId"] == WEB
    assert found(play, query, user="307608_manager@example.com") == []


def test_what_fitted_is_told(play: Play) -> None:
    """Each result names the fields that fitted, and its type."""
    row = found(play, "hostname: web-1")[0]
    assert (row["matchedTerms"], row["resourceType"]) == (["hostname:|web-1|"], GUEST)


def test_objects_of_several_types(play: Play) -> None:
    """Each object shows its own type's properties; a name that none of the types has is refused."""
    rows = {row["resourceType"]: row["resource"] for row in found(play, "*")}
    assert ("maxCpu" in rows[GUEST], "maxCpu" in rows["SoftLayer_Hardware"]) == (True, False)
    assert rows["SoftLayer_Network_Vlan"]["vlanNumber"] in (1895, 2895, 1506, 2506)
    shown = {
        json.dumps(row["resource"], sort_keys=True)
        for row in found(play, "production", mask="mask[resource[hostname,maxCpu]]")
    }
    assert shown == {
        '{"hostname": "db-1"}',
        '{"hostname": "web-1", "maxCpu": 4}',
    }
    assert (
        found(play, "*", mask="mask[resource[nonsense]]")["code"]
        == "SoftLayer_Exception_WebService_ObjectMask"
    )
