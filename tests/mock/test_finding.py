"""Devices by name and by address, and what SoftLayer_Hardware can do as a server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock.stagehand import DB, GUEST, HARDWARE, WEB, WIN, Play

HW = "SoftLayer_Hardware"
TRAINEE = "307608_trainee@example.com"


def number_of(answer: Any) -> object:
    """The id of what was found; nothing where there is none (over XML-RPC an empty text)."""
    return answer["id"] if answer else None


@pytest.mark.parametrize("name", ["web-1", "WEB-1"])
def test_a_guest_by_its_host_name(play: Play, name: str) -> None:
    """All that have it, and that the caller may see."""
    rows: Any = play.call(GUEST, "findByHostname", None, name, mask="mask[id]").body
    assert rows == [{"id": WEB}]
    assert play.call(GUEST, "findByHostname", None, "web").body == []
    assert play.call(GUEST, "findByHostname", None, "win-1", user=TRAINEE).body == []


@pytest.mark.parametrize(
    ("service", "method", "address", "found"),
    [
        (GUEST, "findByIpAddress", "198.51.100.11", WEB),
        (GUEST, "findByIpAddress", "10.93.20.12", WIN),
        (GUEST, "findByIpAddress", "198.51.100.21", None),
        (GUEST, "findByIpAddress", "nonsense", None),
        (HW, "findByIpAddress", "198.51.100.21", DB),
        (HARDWARE, "findByIpAddress", "10.93.30.21", DB),
        (HARDWARE, "getHardwareByIpAddress", "198.51.100.21", DB),
        (HARDWARE, "getHardwareByIpAddress", "198.51.100.11", None),
    ],
)
def test_a_device_by_its_address(
    play: Play, service: str, method: str, address: str, found: int | None
) -> None:
    """Public or private; none of the other kind."""
    assert number_of(play.call(service, method, None, address).body) == found


def test_hardware_is_a_server(play: Play) -> None:
    """Its calls do the same, with the same permissions and refusals."""
    assert play.call(HW, "getServerPowerState", DB).body == "on"
    assert play.call(HW, "rebootDefault", DB).body is True
    assert play.boot(DB) == "os"
    refused: Any = play.call(HW, "powerOff", DB).body
    assert "recently been issued" in refused["error"] or "outstanding" in refused["error"]
    denied: Any = play.call(HW, "powerOff", DB, user="307608_viewer@example.com").body
    assert "error" in denied
    assert play.call(HW, "getTransactionHistory", DB).status == 200


def test_tags_are_taken_off_one_by_one(play: Play) -> None:
    """The others stay."""
    tags = "mask[tagReferences[tag[name]]]"

    def left() -> set[str]:
        shown = play.guest("getObject", mask=tags)["tagReferences"]
        return {row["tag"]["name"] for row in shown}

    assert left() == {"web", "production"}
    assert play.guest("removeTags", "WEB, nothing") is True
    assert left() == {"production"}
    assert play.guest("deleteTag", "production") is True
    assert left() == set()


def test_a_server_s_sides(play: Play) -> None:
    """Its ports and VLANs, public and private, and by address."""
    assert play.server("getPublicNetworkComponent")["port"] == 1
    assert play.server("getPrivateNetworkComponent")["port"] == 0
    public = play.server("getPublicVlan")
    assert public["id"] != play.server("getPrivateVlan")["id"]
    vlan = "SoftLayer_Network_Vlan"
    assert (
        number_of(play.call(vlan, "getVlanForIpAddress", None, "198.51.100.21").body)
        == (public["id"])
    )
    assert number_of(play.call(vlan, "getVlanForIpAddress", None, "192.0.2.1").body) is None
    assert play.server("isWindowsServer") is False


def test_the_names_of_what_happened(play: Play) -> None:
    """Of one kind of object, or of all."""
    play.guest("executeRescueLayer")
    log = "SoftLayer_Event_Log"
    assert play.call(log, "getAllEventNames", None, "CCI").body == ["Rescue"]
    assert play.call(log, "getAllEventNames", None, "Storage").body == []
    assert "Rescue" in play.call(log, "getAllEventNames", None).body  # type: ignore[operator] # a list
    assert play.call(log, "getAllUserTypes", None).body == ["CUSTOMER"]
