"""Object masks against classic-api.md 4.5."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_api.domain.errors import BadMask, MaskSyntax, MaskTooDeep
from mock_api.http.filters import parse_filter
from mock_api.http.masks import compile_mask
from mock_api.operations.types import TYPES, Look, table
from tests.mock.stagehand import APP, DB, GUEST, HARDWARE, START_S, WEB, Play

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
    "mask.id,mask.datacenter.name",
    "mask (SoftLayer_Virtual_Guest) [ id , datacenter . name ]",
    "filteredMask.datacenter.name,filteredMask[id]",
    "[mask[id],mask(SoftLayer_Virtual_Guest)[datacenter(SoftLayer_Location)[name]]]",
    "mask[id,datacenter[name],datacenter[name],id]",
)


@pytest.mark.parametrize("mask", ALL_FORMS)
def test_every_form_asks_for_the_same(play: Play, mask: str) -> None:
    """All ways to write a mask give the same object."""
    assert play.guest("getObject", number=APP, mask=mask) == {
        "id": APP,
        "datacenter": {"name": "fra02"},
    }


@pytest.mark.parametrize(
    "mask", ["mask[]", "mask", "mask[ ]", "filteredMask[]", "[mask[]]", "", " \n"]
)
def test_an_empty_mask_is_the_default(play: Play, mask: str) -> None:
    """A mask that names nothing gives what no mask gives (SLDN, article object-masks)."""
    assert play.guest("getObject", mask=mask) == play.guest("getObject")


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
    """No transaction: the key is missing, not null;
    a null would crash slcli (classic-api.md 2.3).
    """
    assert play.guest("getObject", mask="mask[id,activeTransaction,dedicatedHost[id]]") == {
        "id": 124929698
    }


def test_counts_come_through_masks(play: Play) -> None:
    """xxxCount counts a list."""
    seen: Any = play.call(
        "SoftLayer_Account", "getObject", mask="mask[virtualGuestCount,hardwareCount]"
    ).body
    assert (seen["virtualGuestCount"], seen["hardwareCount"]) == (5, 3)
    seen = play.guest(
        "getObject", mask="mask[id,networkComponentCount,operatingSystem[id,passwordCount]]"
    )
    assert (seen["networkComponentCount"], seen["operatingSystem"]["passwordCount"]) == (2, 1)


@pytest.mark.parametrize(
    ("mask", "name", "owner"),
    [
        ("mask[nonsense]", "nonsense", GUEST),
        ("mask[datacenter[nonsense]]", "nonsense", "SoftLayer_Location"),
        ("mask[powerState.nonsense]", "nonsense", "SoftLayer_Virtual_Guest_Power_State"),
        (
            "mask.operatingSystem.passwords.nonsense",
            "nonsense",
            "SoftLayer_Software_Component_Password",
        ),
        ("[mask[id],mask[tagReferences[tag[nonsense]]]]", "nonsense", "SoftLayer_Tag"),
        ("filteredMask[datacenter[name],nonsense]", "nonsense", GUEST),
        ("mask[datacenter(SoftLayer_Location)[nonsense]]", "nonsense", "SoftLayer_Location"),
        ("hostname;datacenter.nonsense", "nonsense", "SoftLayer_Location"),
        (
            "mask[blockDevices[diskImage[nonsenseCount]]]",
            "nonsenseCount",
            "SoftLayer_Virtual_Disk_Image",
        ),
        ("mask[hostname[nonsense]]", "nonsense", "SoftLayer_Virtual_Guest::hostname"),
    ],
)
def test_unknown_property(play: Play, mask: str, name: str, owner: str) -> None:
    """An unknown property answers the recorded error (SP #568)."""
    answer = play.call(GUEST, "getObject", 124929698, mask=mask)
    assert (answer.status, answer.body) == (
        500,
        {
            "error": f"Property '{name}' not valid for '{owner}'.",
            "code": "SoftLayer_Exception_WebService_ObjectMask",
        },
    )


def test_hardware_has_no_power_state(play: Play) -> None:
    """Bare metal has no powerState (SP #1088)."""
    body: Any = play.call(HARDWARE, "getObject", DB, mask="mask[powerState]").body
    assert body["error"] == "Property 'powerState' not valid for 'SoftLayer_Hardware_Server'."


def test_transactions_of_hardware_need_the_typed_mask(play: Play) -> None:
    """activeTransaction belongs to SoftLayer_Hardware_Server,
    so an account's hardware list needs a typed mask.
    """
    plain: Any = play.call(
        "SoftLayer_Account", "getHardware", mask="mask[id,activeTransaction[id]]"
    ).body
    assert plain["error"] == "Property 'activeTransaction' not valid for 'SoftLayer_Hardware'."
    play.server("bootToRescueLayer")
    play.advance(10)
    typed: Any = play.call(
        "SoftLayer_Account",
        "getHardware",
        mask="[mask[id],mask(SoftLayer_Hardware_Server)[activeTransaction[id]]]",
    ).body
    assert [set(row) for row in typed] == [{"id", "activeTransaction"}, {"id"}, {"id"}]


def test_a_typed_mask_applies_to_objects_of_its_type_alone(play: Play) -> None:
    """What is asked of another type is not asked of these objects, at the root and below."""
    mask = (
        "[mask[id,datacenter(SoftLayer_Hardware)[nonsense]],mask(SoftLayer_Account)[companyName]]"
    )
    assert set(play.guest("getObject", mask=mask)) == {"id", "datacenter"}


def test_a_typed_property_may_ask_for_more(play: Play) -> None:
    """Below a property, too, a type opens what only that type has."""
    mask = "mask[hardware(SoftLayer_Hardware_Server)[id,activeTransactions[id]],hardware[hostname]]"
    body: Any = play.call("SoftLayer_Account", "getObject", mask=mask).body
    assert [set(row) for row in body["hardware"]] == [{"id", "hostname", "activeTransactions"}] * 3
    error: Any = play.call(
        "SoftLayer_Account", "getObject", mask="mask[hardware[activeTransactions]]"
    ).body
    assert error["error"] == "Property 'activeTransactions' not valid for 'SoftLayer_Hardware'."


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        (
            "mask(SoftLayer_Hardware_Server)[nonsense]",
            "Property 'nonsense' not valid for 'SoftLayer_Hardware_Server'.",
        ),
        (
            "[mask[activeTransaction],mask(SoftLayer_Hardware_Server)[id]]",
            "Property 'activeTransaction' not valid for 'SoftLayer_Hardware'.",
        ),
    ],
)
def test_each_section_is_checked_against_its_own_type(mask: str, text: str) -> None:
    """A typed section opens a type for itself alone, and names that type in its errors."""
    with pytest.raises(BadMask) as caught:
        compile_mask("SoftLayer_Hardware", mask)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        ("mask[id,,hostname]", "Error on line 1 at column 9: Expected PROPERTY, got ','"),
        ("mask[id,]", "Error on line 1 at column 9: Expected PROPERTY, got ']'"),
        ("mask['id']", "Error on line 1 at column 6: Expected PROPERTY, got '''"),
        ("mask[1]", "Error on line 1 at column 6: Expected PROPERTY, got '1'"),
        ("mask[é]", "Error on line 1 at column 6: Expected PROPERTY, got 'é'"),
        ("mask[datacenter.]", "Error on line 1 at column 17: Expected PROPERTY, got ']'"),
        ("mask[id", "Error on line 1 at column 8: Expected ']', got 'end of input'"),
        ("mask[id]]", "Error on line 1 at column 9: Expected END, got ']'"),
        ("mask(id", "Error on line 1 at column 8: Expected ')', got 'end of input'"),
        ("mask()[id]", "Error on line 1 at column 6: Expected TYPE, got ')'"),
        ("mask[\n  id\n  hostname]", "Error on line 3 at column 3: Expected ']', got 'hostname'"),
        (
            "[mask[id],mask[hostname]",
            "Error on line 1 at column 25: Expected ']', got 'end of input'",
        ),
    ],
)
def test_broken_masks_are_parser_errors(mask: str, text: str) -> None:
    """A mask that cannot be read names line, column and what was expected (SP PR #345)."""
    with pytest.raises(MaskSyntax) as caught:
        compile_mask(GUEST, mask)
    assert (caught.value.text, caught.value.code) == (text, "SoftLayer_Exception_Common_Parser")


@pytest.mark.parametrize(
    "mask",
    [
        "mask." + "datacenter." * 5000 + "id",
        "mask" + "[datacenter" * 5000 + "]" * 5000,
        "mask[" + "users[virtualGuests[" * 40 + "id" + "]]" * 40 + "]",
        {"users": {"virtualGuests": {}}},
    ],
    ids=["dotted", "nested", "known", "struct"],
)
def test_a_mask_that_nests_too_deep_is_refused(mask: Any) -> None:
    """Depth is bounded: an error of the API, never the interpreter's."""
    for _ in range(2000 if isinstance(mask, dict) else 0):
        mask = {"users": {"virtualGuests": mask}}
    with pytest.raises(MaskTooDeep, match="nests deeper than 64 properties"):
        compile_mask(GUEST, mask)


def test_as_deep_as_allowed_and_as_long_as_it_likes(play: Play) -> None:
    """64 levels are rendered, and so is a mask of 90,000 characters."""
    deep = "mask." + "lastTransaction.guest." * 31 + "datacenter.id"
    play.guest("executeRescueLayer")
    play.advance(30)
    seen = play.guest("getObject", mask=deep)
    for _ in range(31):
        seen = seen["lastTransaction"]["guest"]
    assert seen["datacenter"] == {"id": 1854895}
    long = "mask[" + ",".join(["id", "datacenter.name", "hostname"] * 3000) + "]"
    assert set(play.guest("getObject", mask=long)) == {"id", "datacenter", "hostname"}


def test_an_answer_that_goes_round_in_circles_ends(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guests have users, and users have guests: too much data is the
    service's Internal Error (classic-api.md 4.7).
    """
    monkeypatch.setattr(table, "MOST_RELATED", 1000)
    circle = "mask[" + "users[virtualGuests[" * 5 + "id" + "]]" * 5 + "]"
    answer = play.call("SoftLayer_Account", "getVirtualGuests", mask=circle)
    assert (answer.status, answer.body) == (
        500,
        {"error": "Internal Error", "code": "SoftLayer_Exception_Public"},
    )


def filtered(play: Play, mask: str, condition: object, method: str = "getVirtualGuests") -> Any:
    """What a call on the account answers under a mask and a filter."""
    return play.call("SoftLayer_Account", method, mask=mask, filter=json.dumps(condition)).body


MOUNTED = {"virtualGuests": {"blockDevices": {"mountType": {"operation": "CD"}}}}
PUBLIC_PORTS = {"virtualGuests": {"networkComponents": {"port": {"operation": 1}}}}


def test_a_mask_shows_all_of_a_chosen_row(play: Play) -> None:
    """With a plain mask the filter chooses rows, and each row shows everything."""
    rows = filtered(play, "mask[networkComponents[port]]", PUBLIC_PORTS)
    assert [[port["port"] for port in row["networkComponents"]] for row in rows] == [[0, 1]] * 4


@pytest.mark.parametrize(
    "mask",
    [
        "filteredMask[hostname,networkComponents[port]]",
        "[mask[hostname],filteredMask[networkComponents.port]]",
    ],
)
def test_a_filtered_mask_thins_out_the_collections_below(play: Play, mask: str) -> None:
    """filteredMask applies the filter's conditions to what the rows
    are related to (SLDN, article object-masks).
    """
    rows = filtered(play, mask, PUBLIC_PORTS)
    assert [[port["port"] for port in row["networkComponents"]] for row in rows] == [[1]] * 4
    assert {row["hostname"] for row in rows} == {"web-1", "win-1", "app-1", "big-1"}


def test_a_filtered_mask_of_one_object(play: Play) -> None:
    """An account is not filtered, its guests are, and what hangs below those;
    what fails leaves an empty list.
    """
    condition = {
        "virtualGuests": {
            "hostname": {"operation": "^= w"},
            "networkComponents": {"port": {"operation": 1}},
        }
    }
    mask = "filteredMask[companyName,virtualGuests[hostname,networkComponents.port],hardware.id]"
    seen = filtered(play, mask, condition, "getObject")
    assert seen["virtualGuests"] == [
        {"hostname": "web-1", "networkComponents": [{"port": 1}]},
        {"hostname": "win-1", "networkComponents": [{"port": 1}]},
    ]
    assert len(seen["hardware"]) == 3
    assert filtered(play, mask, MOUNTED, "getObject")["virtualGuests"] == []


def test_a_filtered_mask_leaves_out_the_one_related_object_that_fails(play: Play) -> None:
    """A single related object that the filter does not let pass is not there (assumed)."""
    for name, shown in (("dal13", {"id", "datacenter"}), ("ams01", {"id"})):
        text = json.dumps({"datacenter": {"name": {"operation": name}}})
        seen = play.guest("getObject", mask="filteredMask[id,datacenter[name]]", filter=text)
        assert set(seen) == shown


def test_a_struct_is_no_filtered_mask() -> None:
    """The old struct form shows all of a chosen row."""
    play = Play()
    look = Look(play.stage.world, play.stage.world.users[167758], START_S)
    selection = parse_filter(PUBLIC_PORTS, ("virtualGuests",), GUEST, look)
    rows: Any = (
        TYPES["SoftLayer_Account"]
        .properties["virtualGuests"]
        .compute(play.stage.world.account, look)
    )
    shown = compile_mask(GUEST, {"networkComponents": {"port": ""}}, selection)(rows[0], look)
    assert [row["port"] for row in shown["networkComponents"]] == [0, 1]  # type: ignore[attr-defined] # JSON


def test_one_object_is_not_filtered(play: Play) -> None:
    """Without filteredMask a filter says nothing about one object, and the journal tells so."""
    text = json.dumps({"hostname": {"operation": "nobody"}})
    assert play.guest("getObject", mask="mask[id]", filter=text) == {"id": WEB}
    assert "one object is not filtered" in play.stage.journal.rows()[-1]["notes"][0]  # type: ignore[index] # JSON


def test_a_bad_mask_stops_a_changing_call(play: Play) -> None:
    """A call with a bad mask does not take effect."""
    play.call(GUEST, "mountIsoImage", 124929698, 34291701, mask="mask[nonsense]")
    assert play.call(GUEST, "rebootDefault", 124929698).status == 200
