"""Object filters against a slow, obvious reference, and against whatever JSON there is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_api import worlds
from mock_api.domain.clock import VirtualClock
from mock_api.domain.errors import BadRequest
from mock_api.domain.facts import GuestFacts
from mock_api.domain.world import World
from mock_api.http.filters import parse_filter, select
from mock_api.http.masks import compile_mask
from mock_api.operations.types import TYPES, Look
from tests.mock import slow_filters
from tests.mock.slow_filters import DATE_LEAVES, FLAG_LEAVES, NUMBER_LEAVES, TEXT_LEAVES
from tests.mock.stagehand import GUEST, MASTER, START_S

DEMO = worlds.demo()
DAY_S = 86400
PROPERTIES = {
    "id": NUMBER_LEAVES,
    "hostname": TEXT_LEAVES,
    "notes": TEXT_LEAVES,
    "primaryIpAddress": TEXT_LEAVES,
    "maxMemory": NUMBER_LEAVES,
    "hourlyBillingFlag": FLAG_LEAVES,
    "createDate": DATE_LEAVES,
    "datacenter": {"name": TEXT_LEAVES, "id": NUMBER_LEAVES},
    "tagReferences": {"tagId": NUMBER_LEAVES, "tag": {"name": TEXT_LEAVES}},
    "networkComponents": {"port": NUMBER_LEAVES, "primaryIpAddress": TEXT_LEAVES},
    "activeTransaction": {"id": NUMBER_LEAVES, "transactionStatus": {"name": TEXT_LEAVES}},
}
MASK = compile_mask(
    GUEST,
    "id,hostname,notes,primaryIpAddress,maxMemory,hourlyBillingFlag,createDate,datacenter[name,id],"
    "tagReferences[tagId,tag.name],networkComponents[port,primaryIpAddress],activeTransaction[id,transactionStatus.name]",
)
GUESTS = st.builds(
    GuestFacts,
    id=st.integers(1, 9),
    hostname=slow_filters.WORDS,
    domain=st.just("example.com"),
    datacenter=st.sampled_from([row.name for row in DEMO.datacenters]),
    public_ip=st.none() | st.sampled_from(["1.1.1.1", "1.1.1.11"]),
    private_ip=st.just("10.0.0.1"),
    memory_mb=st.sampled_from([1024, 2048, 8192]),
    notes=st.sampled_from(["", "1", "B"]),
    hourly=st.booleans(),
    tags=st.lists(slow_filters.WORDS, max_size=2).map(tuple),
    created_s=st.sampled_from(
        [START_S, START_S - 1, START_S - DAY_S, START_S - 2 * DAY_S, START_S - 400 * DAY_S]
    ),
    password=st.just("x"),
)
KEYS = [
    "operation",
    "options",
    "name",
    "value",
    "id",
    "hostname",
    "tagReferences",
    "tag",
    "virtualGuests",
    "users",
]
TEXTS = [
    "or", "and", "in", "not in", "orderBy", "isDate", "betweenDate", "~ (", "~ a+",
    "> sysdate - 999999999", "ASC", "> 99/99/9999", "< 0001-01-01T00:00:00+14:00",
    "data", "date", "sort", "sortOrder", "is null", "9" * 5000,
]  # fmt: skip
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(TEXTS)
)
ANYTHING = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


def look_at(guests: tuple[GuestFacts, ...]) -> Look:
    """A world of these guests, as its master sees it."""
    world = World(replace(DEMO, guests=guests), VirtualClock(lambda: 0.0, START_S, 0.0))
    return Look(
        world, next(user for user in world.users.values() if user.username == MASTER), START_S
    )


def guests_of(look: Look) -> Any:
    """The rows of Account::getVirtualGuests."""
    return TYPES["SoftLayer_Account"].properties["virtualGuests"].compute(look.world.account, look)


def agree(guests: list[GuestFacts], tree: dict[str, Any]) -> None:
    """Check that the reference leaves the same rows in the same order."""
    look = look_at(tuple(guests))
    rows = [MASK(row, look) for row in guests_of(look)]
    selection = parse_filter(json.dumps({"virtualGuests": tree}), ("virtualGuests",), GUEST, look)
    kept = [MASK(row, look) for row in select(guests_of(look), selection, look)]
    assert kept == slow_filters.Reference(START_S, look.world.tz).select(rows, tree)
    assert selection.ignored == ()


FEW = st.lists(GUESTS, max_size=5, unique_by=lambda guest: guest.id)


@given(guests=FEW, tree=slow_filters.trees(PROPERTIES))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_filters_leave_what_the_reference_leaves(
    guests: list[GuestFacts], tree: dict[str, Any]
) -> None:
    """Any conditions and orders, on any rows: the same rows in the same order."""
    agree(guests, tree)


@pytest.mark.slow
@given(guests=FEW, tree=slow_filters.trees(PROPERTIES))
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_filters_leave_what_the_reference_leaves(
    guests: list[GuestFacts], tree: dict[str, Any]
) -> None:
    """Likewise, with as many examples as find a wrong edge."""
    agree(guests, tree)


LOOK = look_at(DEMO.guests)


@given(raw=ANYTHING)
@settings(max_examples=100, deadline=None)
def test_any_json_is_a_filter_or_a_bad_request(raw: object) -> None:
    """Whatever stands in objectFilter: rows of the world, or a bad request; as a struct, too."""
    for given_filter in (json.dumps(raw), {"virtualGuests": raw}):
        look = Look(LOOK.world, LOOK.user, START_S)
        try:
            selection = parse_filter(given_filter, ("virtualGuests",), GUEST, look)
        except BadRequest:
            continue
        assert len(select(guests_of(look), selection, look)) <= len(DEMO.guests)


@given(text=st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_filter_or_a_bad_request(text: str) -> None:
    """What is no JSON object is a bad request."""
    try:
        parse_filter(text, ("virtualGuests",), GUEST, LOOK)
    except BadRequest:
        return
    assert text == "" or isinstance(json.loads(text), dict)
