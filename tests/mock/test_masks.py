"""Object masks against classic-api.md 4.5."""

from __future__ import annotations

from typing import Any

import pytest

from mock_api.domain.errors import ApiError
from mock_api.http.masks import compile_mask
from tests.mock.stagehand import APP, DB, GUEST, HARDWARE, Play

ALL_FORMS = (
    "mask[id,datacenter[name]]",
    "mask[id, datacenter.name]",
    "mask[\n  id,\n datacenter[\tname]]",
    "filteredMask[id,datacenter[name]]",
    "[mask[id],mask[datacenter[name]]]",
    "[mask.id,mask.datacenter.name]",
    "mask(SoftLayer_Virtual_Guest)[id,datacenter[name]]",
    "id;datacenter.name",
    "id,datacenter[name]",
)


@pytest.mark.parametrize("mask", ALL_FORMS)
def test_every_form_asks_for_the_same(play: Play, mask: str) -> None:
    """All ways to write a mask give the same object."""
    assert play.guest("getObject", number=APP, mask=mask) == {"id": APP, "datacenter": {"name": "fra02"}}


def test_relational_names_keep_the_local_properties(play: Play) -> None:
    """A mask that names only relational properties keeps all local ones."""
    seen = play.guest("getObject", mask="mask[datacenter]")
    assert set(play.guest("getObject")) | {"datacenter"} == set(seen)
    assert play.guest("getObject", mask="mask[primaryIpAddress]")["hostname"] == "web-1"


def test_no_mask_gives_local_properties_only(play: Play) -> None:
    """Without a mask nothing related is computed."""
    seen = play.guest("getObject")
    assert seen["hostname"] == "web-1"
    assert "datacenter" not in seen
    assert "primaryIpAddress" not in seen


def test_absent_related_objects_are_left_out(play: Play) -> None:
    """No transaction: the key is missing, not null; a null would crash slcli (classic-api.md 2.3)."""
    assert play.guest("getObject", mask="mask[id,activeTransaction,dedicatedHost[id]]") == {"id": 124929698}


def test_counts_come_through_masks(play: Play) -> None:
    """xxxCount counts a list."""
    seen: Any = play.call("SoftLayer_Account", "getObject", mask="mask[virtualGuestCount,hardwareCount]").body
    assert (seen["virtualGuestCount"], seen["hardwareCount"]) == (5, 3)


@pytest.mark.parametrize(
    ("mask", "name", "owner"),
    [
        ("mask[nonsense]", "nonsense", GUEST),
        ("mask[datacenter[nonsense]]", "nonsense", "SoftLayer_Location"),
        ("mask[powerState.nonsense]", "nonsense", "SoftLayer_Virtual_Guest_Power_State"),
    ],
)
def test_unknown_property(play: Play, mask: str, name: str, owner: str) -> None:
    """An unknown property answers the recorded error (SP #568)."""
    answer = play.call(GUEST, "getObject", 124929698, mask=mask)
    assert (answer.status, answer.body) == (
        500,
        {"error": f"Property '{name}' not valid for '{owner}'.", "code": "SoftLayer_Exception_WebService_ObjectMask"},
    )


def test_hardware_has_no_power_state(play: Play) -> None:
    """Bare metal has no powerState (SP #1088)."""
    body: Any = play.call(HARDWARE, "getObject", DB, mask="mask[powerState]").body
    assert body["error"] == "Property 'powerState' not valid for 'SoftLayer_Hardware_Server'."


def test_transactions_of_hardware_need_the_typed_mask(play: Play) -> None:
    """activeTransaction belongs to SoftLayer_Hardware_Server, so an account's hardware list needs a typed mask."""
    plain: Any = play.call("SoftLayer_Account", "getHardware", mask="mask[id,activeTransaction[id]]").body
    assert plain["error"] == "Property 'activeTransaction' not valid for 'SoftLayer_Hardware'."
    play.server("bootToRescueLayer")
    play.advance(10)
    typed: Any = play.call(
        "SoftLayer_Account", "getHardware", mask="[mask[id],mask(SoftLayer_Hardware_Server)[activeTransaction[id]]]"
    ).body
    assert [set(row) for row in typed] == [{"id", "activeTransaction"}, {"id"}, {"id"}]


@pytest.mark.parametrize("mask", ["mask[id,,hostname]", "mask[id", "mask[id]]", "mask['id']", "mask(id", "mask[1]"])
def test_broken_masks_are_parser_errors(mask: str) -> None:
    """A mask that cannot be read names line, column and what was expected (SP PR #345)."""
    with pytest.raises(ApiError, match=r"^Error on line 1 at column \d+: Expected .+, got '.+'$") as caught:
        compile_mask(GUEST, mask)
    assert caught.value.code == "SoftLayer_Exception_Common_Parser"


def test_a_bad_mask_stops_a_changing_call(play: Play) -> None:
    """A call with a bad mask does not take effect."""
    play.call(GUEST, "mountIsoImage", 124929698, 34291701, mask="mask[nonsense]")
    assert play.call(GUEST, "rebootDefault", 124929698).status == 200
