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
        ("_objectType:SoftLayer_Virtual_Guest maxMemory: 8192 -nothing", []),
        ("_objectType:SoftLayer_Virtual_Guest maxMemory: 8192", [WEB, APP]),
        ("_objectType:SoftLayer_Ticket status.name: open", []),
        ("nonsense.field: x", []),
        ("hostname: [w]eb-1", []),
        ("hostname: w?b-1", []),
    ],
)
def test_queries(play: Play, query: str, ids: list[int]) -> None:
    """Fields and words, stars for any text, every term must fit;
    unknown fields and types find nothing.
    """
    assert [row["resource"]["id"] for row in found(play, query)] == ids


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
        json.dumps(row, sort_keys=True)
        for row in found(play, "production", mask="mask[resource[hostname,maxCpu]]")
    }
    assert shown == {
        '{"resource": {"hostname": "db-1"}}',
        '{"resource": {"hostname": "web-1", "maxCpu": 4}}',
    }
    assert (
        found(play, "*", mask="mask[resource[nonsense]]")["code"]
        == "SoftLayer_Exception_WebService_ObjectMask"
    )
