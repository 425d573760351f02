"""Object filters through the doors, against classic-api.md 4.6."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mock_api import worlds
from mock_api.domain.facts import Kind
from mock_api.domain.world import World
from mock_api.operations.types import table
from mock_api.worlds.generated import generate
from tests.mock.stagehand import GUEST, ISO_DAL, WEB, Play


def hostnames(play: Play, leaf: object, name: str = "hostname") -> list[str]:
    """The guests that a filter on one property leaves."""
    text = json.dumps({"virtualGuests": {name: leaf}})
    body: Any = play.call(
        "SoftLayer_Account", "getVirtualGuests", mask="mask[hostname]", filter=text
    ).body
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


@pytest.mark.parametrize("method", ["getHourlyVirtualGuests", "getMonthlyVirtualGuests"])
def test_lists_of_one_billing_are_filtered_as_slcli_does(play: Play, method: str) -> None:
    """By `virtualGuests` as well as by the name of the list."""
    own = method[3].lower() + method[4:]
    for root in ("virtualGuests", own):
        nothing = json.dumps({root: {"hostname": {"operation": "no such"}}})
        assert play.call("SoftLayer_Account", method).body
        assert play.call("SoftLayer_Account", method, filter=nothing).body == []


def test_paths_go_through_lists(play: Play) -> None:
    """A path through a list matches if one element does."""
    assert hostnames(play, {"tag": {"name": {"operation": "production"}}}, "tagReferences") == [
        "web-1"
    ]
    assert hostnames(play, {"name": {"operation": "fra02"}}, "datacenter") == ["app-1"]


def test_order(play: Play) -> None:
    """orderBy sorts, both ways."""
    leaf = {"operation": "orderBy", "options": [{"name": "sort", "value": ["DESC"]}]}
    assert hostnames(play, leaf) == ["win-1", "web-1", "off-1", "big-1", "app-1"]


def test_paging_and_total(play: Play) -> None:
    """resultLimit is OFFSET,LIMIT or LIMIT; the total counts all rows."""
    for limit, hosts in (("1,2", ["win-1", "app-1"]), ("2", ["web-1", "win-1"])):
        answer = play.call(
            "SoftLayer_Account", "getVirtualGuests", mask="mask[hostname]", limit=limit
        )
        assert ([row["hostname"] for row in answer.body], answer.total) == (hosts, 5)  # type: ignore[attr-defined] # JSON


def test_public_isos_cannot_be_filtered(play: Play) -> None:
    """getPublicIsoImages takes a mask and a limit, but ignores filters (SLDN)."""
    text = json.dumps({"name": {"operation": "nothing"}})
    answer = play.call(
        "SoftLayer_Virtual_Disk_Image",
        "getPublicIsoImages",
        filter=text,
        limit="3",
        mask="mask[id]",
    )
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


def data(*values: object) -> list[dict[str, object]]:
    """The option `data`."""
    return [{"name": "data", "value": list(values)}]


def test_and_or_combine_literal_operations(play: Play) -> None:
    """`and` and `or` take literal operations on one value (SLDN, article object-filters)."""
    assert hostnames(play, {"operation": "or", "options": data("^= w", "$= p-1")}) == [
        "web-1",
        "win-1",
        "app-1",
    ]
    assert hostnames(play, {"operation": "and", "options": data("^= w", "*= i")}) == ["win-1"]
    memory = {"operation": "and", "options": data(">= 8192", "< 16384")}
    assert hostnames(play, memory, "maxMemory") == ["web-1", "app-1"]
    address = {"operation": "or", "options": data("is null", "203.0.113.10")}
    assert "off-1" in hostnames(play, address, "primaryIpAddress")


def order(*words: str, place: object = None) -> dict[str, object]:
    """An orderBy leaf."""
    given: list[dict[str, object]] = [{"name": "sort", "value": list(words)}]
    return {
        "operation": "orderBy",
        "options": given if place is None else [*given, {"name": "sortOrder", "value": [place]}],
    }


def ordered(play: Play, leaves: object) -> list[str]:
    """All guests in the order of a filter."""
    body: Any = play.call(
        "SoftLayer_Account",
        "getVirtualGuests",
        mask="mask[hostname]",
        filter=json.dumps({"virtualGuests": leaves}),
    ).body
    return [row["hostname"] for row in body]


def test_orders_have_a_precedence(play: Play) -> None:
    """The lower sortOrder decides first, and the next one
    among equals (SLDN, article object-filters).
    """
    leaves = {"hostname": order("DESC", place=1), "maxMemory": order("ASC", place=0)}
    assert ordered(play, leaves) == ["off-1", "web-1", "app-1", "win-1", "big-1"]
    leaves = {"hostname": order("ASC", place=0), "maxMemory": order("ASC", place=1)}
    assert ordered(play, leaves) == ["app-1", "big-1", "off-1", "web-1", "win-1"]
    assert ordered(play, {"id": order("DESC")}) == ["off-1", "big-1", "app-1", "win-1", "web-1"]
    assert ordered(play, {"id": order("ASC"), "hostname": {"operation": "*= -1"}})[0] == "web-1"


def test_orders_go_through_relations_and_begin_with_nothing(play: Play) -> None:
    """A related object's property sorts, too; who has none comes first (assumed)."""
    assert ordered(play, {"datacenter": {"name": order("DESC")}})[0] == "app-1"
    assert ordered(play, {"primaryIpAddress": order("ASC")})[0] == "off-1"
    assert ordered(play, {"tagReferences": {"tag": {"name": order("DESC")}}})[0] == "win-1"


def test_all_conditions_below_a_list_are_of_one_object(play: Play) -> None:
    """One port must be the public one and have the address:
    the private port's address does not make up for it.
    """
    ports = {"port": {"operation": 1}, "primaryIpAddress": {"operation": "^= 10."}}
    body: Any = play.call(
        "SoftLayer_Account",
        "getVirtualGuests",
        filter=json.dumps({"virtualGuests": {"networkComponents": ports}}),
    ).body
    assert body == []


def test_null_passes_no_comparison(play: Play) -> None:
    """As in SQL, a guest without public address is neither equal nor unequal to one,
    neither in nor out of a list.
    """
    for leaf in ("!= 1.2.3.4", "!^= 1", "!*= 1", "!~ 1"):
        assert "off-1" not in hostnames(play, {"operation": leaf}, "primaryIpAddress")
    assert "off-1" not in hostnames(
        play, {"operation": "not in", "options": data("1.2.3.4")}, "primaryIpAddress"
    )


def test_relations_can_be_tested_for_null(play: Play) -> None:
    """An object that is not there, or a list without any, is null; so is everything below it."""
    assert hostnames(play, {"operation": "not null"}, "dedicatedHost") == []
    assert len(hostnames(play, {"id": {"operation": "is null"}}, "dedicatedHost")) == 5
    assert hostnames(play, {"id": {"operation": "not null"}}, "dedicatedHost") == []
    half = {"id": {"operation": "is null"}, "name": {"operation": "not null"}}
    assert hostnames(play, half, "dedicatedHost") == []
    assert hostnames(play, {"operation": "not null"}, "tagReferences") == [
        "web-1",
        "win-1",
        "app-1",
    ]
    assert hostnames(play, {"operation": "is null"}, "tagReferences") == ["big-1", "off-1"]
    assert hostnames(play, {"tag": {"name": {"operation": "is null"}}}, "tagReferences") == [
        "big-1",
        "off-1",
    ]


@pytest.mark.parametrize(
    ("leaves", "views"),
    [
        ({}, 3),
        ({"id": order("ASC")}, 3),
        ({"id": order("DESC")}, 3),
        ({"hostname": {"operation": "_= vg-0050"}, "id": order("ASC")}, 1),
        ({"primaryIpAddress": {"operation": "^= 198"}, "maxMemory": {"operation": "> 1"}}, 3),
    ],
)
def test_a_page_views_its_own_devices_alone(
    monkeypatch: pytest.MonkeyPatch, leaves: object, views: int
) -> None:
    """Of 200 guests, a page of 3 views 3: the usual order and
    conditions on plain facts cost no view.
    """
    play = Play(generate(200, 0))
    seen = []
    view = World.view
    monkeypatch.setattr(World, "view", lambda *given: seen.append(given) or view(*given))  # type: ignore[func-returns-value] # both
    text = json.dumps({"virtualGuests": leaves})
    answer = play.call(
        "SoftLayer_Account",
        "getVirtualGuests",
        mask="mask[id]",
        filter=text,
        limit="1,3" if views > 1 else "3",
    )
    assert (len(answer.body), len(seen)) == (views, views)  # type: ignore[arg-type] # a list


def test_lists_come_in_the_order_of_the_ids() -> None:
    """However a world file sorts its devices: orderBy id relies on it."""
    demo = worlds.demo()
    play = Play(replace(demo, guests=demo.guests[::-1]))
    for leaves, ids in (
        ({}, sorted),
        ({"id": order("ASC")}, sorted),
        ({"id": order("DESC")}, reversed),
    ):
        text = json.dumps({"virtualGuests": leaves})
        body: Any = play.call(
            "SoftLayer_Account", "getVirtualGuests", mask="mask[id]", filter=text
        ).body
        assert [row["id"] for row in body] == list(ids(sorted(row.id for row in demo.guests)))


def test_the_journal_keeps_its_notes_short(play: Play) -> None:
    """A filter of thousands of strange names leaves twenty short notes."""
    play.call(
        "SoftLayer_Account",
        "getVirtualGuests",
        filter=json.dumps({f"{n:0500}": {} for n in range(1000)}),
    )
    notes: Any = play.stage.journal.rows()[-1]["notes"]
    assert (len(notes), max(map(len, notes)) < 150) == (20, True)


@pytest.mark.parametrize(
    "leaf", [{"operation": "dal13"}, {"operation": "orderBy"}, {"operation": "> 5"}], ids=str
)
def test_a_relation_has_no_value(play: Play, leaf: object) -> None:
    """What is neither a null test nor below the relation has no effect."""
    assert len(hostnames(play, leaf, "datacenter")) == 5
    assert play.stage.journal.rows()[-1]["notes"] == ["objectFilter: datacenter has no effect"]


def test_a_filter_that_goes_round_in_circles_ends(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too much to go through is too much data (classic-api.md 4.7)."""
    monkeypatch.setattr(table, "MOST_RELATED", 200)
    leaf: object = {"hostname": {"operation": "nobody"}}
    for _ in range(5):
        leaf = {"users": {"virtualGuests": leaf}}
    answer = play.call(
        "SoftLayer_Account", "getVirtualGuests", filter=json.dumps({"virtualGuests": leaf})
    )
    assert answer.body == {"error": "Internal Error", "code": "SoftLayer_Exception_Public"}


@pytest.mark.parametrize(
    ("leaf", "name", "count"),
    [
        (True, "hourlyBillingFlag", None),
        ("true", "hourlyBillingFlag", None),
        (1, "hourlyBillingFlag", None),
        ("1", "hourlyBillingFlag", None),
        (8192.0, "maxMemory", 2),
        ("8192.0", "maxMemory", 2),
        ("!= 8192", "maxMemory", 3),
        ("> 8191.5", "maxMemory", 4),
        ("> web", "hostname", 2),
        ("< 5", "hostname", 0),
        ("> web", "maxMemory", 0),
        ("^= 81", "maxMemory", 2),
        (" >= 1", "maxMemory", 0),
        ("WEB-1", "hostname", 0),
        ("", "notes", 0),
    ],
)  # fmt: skip
def test_values_compare_as_what_they_are(
    play: Play, leaf: object, name: str, count: int | None
) -> None:
    """Numbers compare as numbers, flags as 1 and 0, texts as texts; equality is to the letter."""
    hourly = sum(device.facts.hourly for device in play.stage.world.devices[Kind.GUEST].values())
    assert len(hostnames(play, {"operation": leaf}, name)) == (hourly if count is None else count)


MALFORMED = [
    {"operation": None},
    {"operation": []},
    {"operation": {"operation": "x"}},
    {"operation": "> "},
    {"operation": "~ ("},
    {"operation": "~ (?=look)"},
    {"operation": "!~ " + "a" * 1001},
    {"operation": "~ a{1000}{1000}{1000}"},
    {"operation": "in"},
    {"operation": "not in", "options": data()},
    {"operation": "in", "options": {"name": "data", "value": ["x"]}},
    {"operation": "in", "options": [{"name": "date", "value": ["x"]}]},
    {"operation": "and"},
    {"operation": "or", "options": data("^= w", "~ (")},
    {"operation": "or", "options": data({"operation": "^= w"})},
    {"operation": "isDate", "options": [{"name": "date", "value": ["yesterday"]}]},
    {"operation": "greaterThanDate", "options": [{"name": "date", "value": ["13/13/2023"]}]},
    {"operation": "betweenDate", "options": [{"name": "startDate", "value": ["01/01/2023"]}]},
    {"operation": "orderBy", "options": [{"name": "sort", "value": ["UP"]}]},
    {},
    "web-1",
    None,
]


@pytest.mark.parametrize("leaf", MALFORMED, ids=str)
def test_what_is_not_well_formed_is_ignored_and_noted(play: Play, leaf: object) -> None:
    """The service ignores what is not properly defined (SLDN); the journal tells."""
    assert len(hostnames(play, leaf)) == 5
    assert play.stage.journal.rows()[-1]["notes"] == ["objectFilter: hostname has no effect"]


def test_unknown_properties_and_strangers_are_ignored_and_noted(play: Play) -> None:
    """A path that leads nowhere does not filter:
    softlayer-python's paging adds one to every call.
    """
    text = json.dumps(
        {
            "id": order("ASC"),
            "virtualGuests": {"nonsense": {"a": {"operation": "x"}}, "powerState": {"x": {}}},
        }
    )
    answer = play.call("SoftLayer_Account", "getVirtualGuests", filter=text)
    assert answer.total == 5
    notes: Any = play.stage.journal.rows()[-1]["notes"]
    assert [note.split()[1] for note in notes] == ["id", "nonsense", "powerState.x"]


def test_a_bad_filter_stops_a_changing_call() -> None:
    """A call whose filter cannot be read does not take effect."""
    play = Play()
    refused = play.call(GUEST, "mountIsoImage", WEB, ISO_DAL, filter="[")
    assert (refused.status, play.guest("rebootDefault")) == (500, True)
