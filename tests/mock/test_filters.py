"""Object filters against classic-api.md 4.6, and against a slow reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_api.http.filters.operations import make_test
from mock_api.operations.types import Look
from tests.mock.stagehand import START_S, WEB, Play

PLAY = Play()
LOOK = Look(PLAY.stage.world, PLAY.stage.world.users[167758], START_S)
TEXTS = st.text(alphabet="abAB1. -", max_size=6)
REFERENCE: dict[str, Callable[[str, str], bool]] = {
    "_=": lambda value, wanted: value.lower() == wanted.lower(),
    "^=": lambda value, wanted: value.lower()[: len(wanted)] == wanted.lower(),
    "$=": lambda value, wanted: not wanted or value.lower()[-len(wanted) :] == wanted.lower(),
    "*=": lambda value, wanted: any(
        value.lower()[i : i + len(wanted)] == wanted.lower() for i in range(len(value) + 1)
    ),
}


def hostnames(play: Play, leaf: object, name: str = "hostname") -> list[str]:
    """The guests that a filter on one property leaves."""
    text = json.dumps({"virtualGuests": {name: leaf}})
    body: Any = play.call("SoftLayer_Account", "getVirtualGuests", mask="mask[hostname]", filter=text).body
    return [row["hostname"] for row in body]


@pytest.mark.parametrize(
    ("leaf", "left"),
    [
        ("web-1", ["web-1"]),
        ("_= WEB-1", ["web-1"]),
        ("^= w", ["web-1", "win-1"]),
        ("!^= w", ["app-1", "big-1", "off-1"]),
        ("$= p-1", ["app-1"]),
        ("!$= -1", []),
        ("*= i", ["win-1", "big-1"]),
        ("!*= i", ["web-1", "app-1", "off-1"]),
        ("~ ^(web|app)", ["web-1", "app-1"]),
        ("!~ ^(web|app)", ["win-1", "big-1", "off-1"]),
        ("!= web-1", ["win-1", "app-1", "big-1", "off-1"]),
    ],
)
def test_text_operators(play: Play, leaf: str, left: list[str]) -> None:
    """Every text operator leaves the rows that it should."""
    assert hostnames(play, {"operation": leaf}) == left


@pytest.mark.parametrize(
    ("leaf", "left"),
    [
        (8192, ["web-1", "app-1"]),
        ("8192", ["web-1", "app-1"]),
        ("> 8192", ["win-1", "big-1"]),
        (">= 16384", ["win-1", "big-1"]),
        ("< 8192", ["off-1"]),
        ("<= 8192", ["web-1", "app-1", "off-1"]),
    ],
)
def test_number_operators(play: Play, leaf: object, left: list[str]) -> None:
    """Numbers compare as numbers, also when they come as texts."""
    assert hostnames(play, {"operation": leaf}, "maxMemory") == left


def test_lists_and_nulls(play: Play) -> None:
    """in, not in, is null, not null."""
    data = [{"name": "data", "value": ["web-1", "big-1"]}]
    assert hostnames(play, {"operation": "in", "options": data}) == ["web-1", "big-1"]
    assert hostnames(play, {"operation": "not in", "options": data}) == ["win-1", "app-1", "off-1"]
    assert hostnames(play, {"operation": "is null"}, "primaryIpAddress") == ["off-1"]
    assert "off-1" not in hostnames(play, {"operation": "not null"}, "primaryIpAddress")


def test_paths_go_through_lists(play: Play) -> None:
    """A path through a list matches if one element does."""
    assert hostnames(play, {"tag": {"name": {"operation": "production"}}}, "tagReferences") == ["web-1"]
    assert hostnames(play, {"name": {"operation": "fra02"}}, "datacenter") == ["app-1"]


def test_order(play: Play) -> None:
    """orderBy sorts, both ways."""
    leaf = {"operation": "orderBy", "options": [{"name": "sort", "value": ["DESC"]}]}
    assert hostnames(play, leaf) == ["win-1", "web-1", "off-1", "big-1", "app-1"]


def test_unknown_operators_are_ignored_and_noted(play: Play) -> None:
    """The service ignores malformed operators; the journal tells."""
    leaf = {"operation": "betweenDate", "options": []}
    assert len(hostnames(play, leaf, "createDate")) == 5
    assert play.stage.journal.rows()[-1]["notes"] == ["objectFilter: createDate has no effect"]


def test_paging_and_total(play: Play) -> None:
    """resultLimit is OFFSET,LIMIT or LIMIT; the total counts all rows."""
    for limit, hosts in (("1,2", ["win-1", "app-1"]), ("2", ["web-1", "win-1"])):
        answer = play.call("SoftLayer_Account", "getVirtualGuests", mask="mask[hostname]", limit=limit)
        assert ([row["hostname"] for row in answer.body], answer.total) == (hosts, 5)  # type: ignore[attr-defined] # JSON


def test_public_isos_cannot_be_filtered(play: Play) -> None:
    """getPublicIsoImages takes a mask and a limit, but ignores filters (SLDN)."""
    text = json.dumps({"name": {"operation": "nothing"}})
    answer = play.call("SoftLayer_Virtual_Disk_Image", "getPublicIsoImages", filter=text, limit="3", mask="mask[id]")
    assert ([set(row) for row in answer.body], answer.total) == ([{"id"}] * 3, 4)  # type: ignore[attr-defined] # JSON


def test_event_dates(play: Play) -> None:
    """Event_Log takes dates with microseconds: between, greater, less."""
    play.guest("rebootDefault")
    play.advance(3600)
    play.guest("executeRescueLayer")
    middle = [{"name": "date", "value": ["2023-11-14T17:00:00.000000-06:00"]}]
    span = [
        {"name": "startDate", "value": ["2023-11-14T16:13:19.000000-06:00"]},
        {"name": "endDate", "value": ["2023-11-14T16:13:21.000000-06:00"]},
    ]
    assert event_names(play, {"operation": "greaterThanDate", "options": middle}) == ["Rescue"]
    assert event_names(play, {"operation": "lessThanDate", "options": middle}) == ["Reboot"]
    assert event_names(play, {"operation": "betweenDate", "options": span}) == ["Reboot"]
    assert event_names(play, {"operation": "> 11/14/2023 17:00:00"}) == ["Rescue"]


def event_names(play: Play, leaf: object) -> list[str]:
    """The events that a filter on the date and on the object leaves."""
    text = json.dumps({"eventCreateDate": leaf, "objectId": {"operation": WEB}})
    body: Any = play.call("SoftLayer_Event_Log", "getAllObjects", filter=text).body
    return [row["eventName"] for row in body]


@given(value=TEXTS, wanted=TEXTS.map(str.strip), symbol=st.sampled_from(sorted(REFERENCE)), negated=st.booleans())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_text_operators_against_a_reference(value: str, wanted: str, symbol: str, negated: bool) -> None:
    """Text operators agree with a slow, obvious reference; a negation is the opposite."""
    sign = "!" if negated and symbol != "_=" else ""
    test = make_test({"operation": f"{sign}{symbol} {wanted}"}, LOOK)
    assert test is not None
    assert test(value) is (REFERENCE[symbol](value, wanted) is not bool(sign))


@given(value=st.integers(-50, 50), limit=st.integers(-50, 50), symbol=st.sampled_from([">", ">=", "<", "<=", "!="]))
@settings(max_examples=200, deadline=None)
def test_number_operators_against_a_reference(value: int, limit: int, symbol: str) -> None:
    """Comparisons agree with Python's own."""
    expected = {">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit}
    test = make_test({"operation": f"{symbol} {limit}"}, LOOK)
    assert test is not None
    assert test(value) is expected.get(symbol, value != limit)
