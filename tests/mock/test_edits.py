"""What calls change of a device's facts, and the calls that only look at its network and metal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_api.domain.document import DOCUMENT, read_document, to_json
from mock_api.domain.savefile import SaveFile
from tests.mock.stagehand import APP, DB, GUEST, HARDWARE, NEWCOMER, OFF, SPARE, VIEWER, WEB, Play


@pytest.mark.parametrize(("service", "number"), [(GUEST, WEB), (HARDWARE, DB)])
def test_edits_are_kept_in_dumps_and_undone_by_reset(play: Play, service: str, number: int) -> None:
    """A dumped world carries them, a reset forgets them, and each edit keeps the earlier ones."""
    assert play.call(service, "editObject", number, {"hostname": "new"}).body is True
    assert play.call(service, "setTags", number, "x,y, x").body is True
    dump = to_json(play.stage.document())
    play.stage.reset()
    assert play.call(service, "getObject", number).body["hostname"] in ("web-1", "db-1")  # type: ignore[index] # JSON
    play.stage.load(read_document(dump, "dump"))
    shown: Any = play.call(
        service, "getObject", number, mask="mask[hostname,tagReferences[tag[name]]]"
    ).body
    assert (shown["hostname"], [row["tag"]["name"] for row in shown["tagReferences"]]) == (
        "new",
        ["x", "y"],
    )
    assert json.loads(DOCUMENT.adapter.dump_json(play.stage.document())) == json.loads(dump)


def test_edits_and_jobs_survive_in_the_save_file(play: Play, tmp_path: Path) -> None:
    """What calls edited, a token and a job under way are there
    again when the mock starts from its file.
    """
    token = play.server("reloadOperatingSystem")
    play.server("setTags", "saved")
    play.server("toggleManagementInterface", False)
    save_file = SaveFile(tmp_path / "world.json")
    save_file.write(save_file.encode(play.stage.starting, play.stage.world))
    restored = save_file.restore()
    assert restored is not None
    play.stage.load(restored[1])
    play.advance(60)
    shown = play.server("getObject", mask="mask[id,isIpmiDisabled,tagReferences[tag[name]]]")
    assert (shown["isIpmiDisabled"], [row["tag"]["name"] for row in shown["tagReferences"]]) == (
        True,
        ["saved"],
    )
    assert play.server("reloadOperatingSystem", token) == "OK"


def test_an_edit_does_not_touch_a_move(play: Play) -> None:
    """A device under way may be edited; its move goes on."""
    play.guest("executeRescueLayer")
    play.advance(10)
    assert play.guest("editObject", {"notes": "in rescue"}) is True
    play.advance(300)
    assert (play.boot(WEB), play.guest("getObject")["notes"]) == ("rescue", "in rescue")


@pytest.mark.parametrize(
    "template", [{"maxCpu": 64}, {"hostname": 7}, {"hostname": None}, {"nonsense": "x"}]
)
def test_what_cannot_be_edited(play: Play, template: dict[str, object]) -> None:
    """Anything but texts for host name, domain and notes is an
    invalid value that names what is allowed.
    """
    answer = play.guest("editObject", template)
    assert (answer["code"], "hostname, domain, notes" in answer["error"]) == (
        "SoftLayer_Exception_InvalidValue",
        True,
    )


def test_a_host_name_needs_its_permission(play: Play) -> None:
    """HOSTNAME_EDIT (assumed)."""
    answer = play.call(GUEST, "editObject", WEB, {"hostname": "new"}, user=VIEWER)
    assert answer.body["error"] == "You do not have permission to this service."  # type: ignore[index] # JSON


def test_user_metadata(play: Play) -> None:
    """A list of texts, answered as attributes; anything else is an invalid value."""
    assert play.guest("setUserMetadata", ["one", "two"]) == [{"value": "one"}, {"value": "two"}]
    assert play.guest("getUserData") == [{"value": "one"}, {"value": "two"}]
    assert play.guest("setUserMetadata", [1])["code"] == "SoftLayer_Exception_InvalidValue"
    assert play.server("setUserMetadata", ["three"]) == [{"value": "three"}]


def test_the_stored_password(play: Play) -> None:
    """setOperatingSystemPassword changes what credentials show, and no log holds it."""
    assert play.server("setOperatingSystemPassword", "New-Secret-77") is True
    shown = play.server("getOperatingSystem", mask="mask[passwords[password]]")
    assert shown["passwords"][0]["password"] == "New-Secret-77"
    assert "New-Secret-77" not in json.dumps(play.stage.journal.rows())
    play.call(HARDWARE, "editObject", DB, {"notes": "New-Secret-77"})
    assert (
        play.send("GET", f"{HARDWARE}/{DB}/setOperatingSystemPassword/Newer-Secret-78.json").body
        is True
    )
    assert "-Secret-7" not in json.dumps(play.stage.journal.rows())


def test_who_answers_a_ping(play: Play) -> None:
    """A device that runs and has nothing under way; the public side only if there is one."""
    assert (play.guest("isPingable"), play.guest("isBackendPingable")) == (True, True)
    assert (play.guest("isPingable", number=OFF), play.guest("isBackendPingable", number=OFF)) == (
        False,
        False,
    )
    play.guest("powerOn", number=OFF)
    assert (play.guest("isPingable", number=OFF), play.guest("isBackendPingable", number=OFF)) == (
        False,
        True,
    )
    assert "1 received" in play.server("ping")
    play.server("bootToRescueLayer")
    assert ("0 received" in play.server("ping"), play.server("isPingable")) == (True, False)
    play.advance(700)
    assert play.server("isPingable") is True


def test_boot_modes(play: Play) -> None:
    """BIOS on bare metal; HVM on guests, whose boot order is a label."""
    assert play.server("getBootModeOptions") == ["BIOS"]
    assert (play.guest("getBootMode"), play.guest("getBootOrder")) == ("HVM", "c")


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (("2026-01-01T00:00:00-06:00", "2026-01-01T02:00:00-06:00", None, None), 8),
        (("2026-01-01T00:00:00-06:00", "2026-01-01T02:00:00-06:00", "public", 1800), 8),
        (("01/01/2026", "01/02/2026", "private", "3600"), 48),
        (("2026-01-02", "2026-01-01", "public", 3600), 0),
    ],
)
def test_bandwidth(play: Play, arguments: tuple[object, ...], rows: int) -> None:
    """One row a step and direction between two dates."""
    number = play.guest("getMetricTrackingObjectId")
    data: Any = play.call(
        "SoftLayer_Metric_Tracking_Object", "getBandwidthData", number, *arguments
    ).body
    assert len(data) == rows
    assert data == [] or data[0]["dateTime"] == "2026-01-01T00:00:00-06:00"


def test_bandwidth_that_cannot_be_read(play: Play) -> None:
    """A bad date, an unknown object, a step of nothing: each is refused."""

    def status(number: int, *arguments: object) -> int:
        service = "SoftLayer_Metric_Tracking_Object"
        return play.call(service, "getBandwidthData", number, *arguments).status

    number = play.guest("getMetricTrackingObjectId")
    day = ("2026-01-01", "2026-01-02")
    assert status(number, "tomorrow", "2026-01-01") == 500
    assert status(number, *day, None, 0) == 500
    for unknown in (number + 1, WEB, 45):
        assert status(unknown, *day) == 404


def test_places_and_vlans(play: Play) -> None:
    """Data centres and VLANs by their numbers."""
    for service in ("SoftLayer_Location", "SoftLayer_Location_Datacenter"):
        places: Any = play.call(service, "getDatacenters").body
        assert [row["name"] for row in places] == ["dal13", "fra02"]
        assert play.call(service, "getObject", 1854895).body["longName"] == "Dallas 13"  # type: ignore[index] # JSON
    vlan: Any = play.guest("getNetworkVlans", number=APP)[0]
    shown: Any = play.call(
        "SoftLayer_Network_Vlan",
        "getObject",
        vlan["id"],
        mask="mask[vlanNumber,virtualGuests[id],hardware[id]]",
    ).body
    assert shown == {
        "vlanNumber": vlan["vlanNumber"],
        "virtualGuests": [{"id": APP}],
        "hardware": [{"id": SPARE}],
    }
    assert play.call("SoftLayer_Network_Vlan", "getObject", 1).status == 404


def test_devices_of_others_show_nowhere(play: Play) -> None:
    """Tags, search, VLANs, subnets and sums are made of what exists for the caller,
    and only that can be tagged.
    """
    for service, method, arguments in (
        ("SoftLayer_Tag", "getAttachedTagsForCurrentUser", ()),
        ("SoftLayer_Search", "search", ("web",)),
        ("SoftLayer_Account", "getNetworkVlans", ()),
        ("SoftLayer_Account", "getSubnets", ()),
    ):
        assert play.call(service, method, None, *arguments, user=NEWCOMER).body == []
        assert play.call(service, method, None, *arguments).body != []
    summary = play.call(
        "SoftLayer_Account", "getObject", None, mask="mask[nextInvoiceTotalAmount]", user=NEWCOMER
    ).body
    assert summary["nextInvoiceTotalAmount"] == 0  # type: ignore[index] # JSON
    tag = ("mine", "GUEST", WEB)
    answer = play.call("SoftLayer_Tag", "setTags", None, *tag, user=NEWCOMER)
    assert (
        answer.status,
        play.guest("getTagReferences", mask="mask[tag[name]]")[0]["tag"]["name"],
    ) == (404, "web")
