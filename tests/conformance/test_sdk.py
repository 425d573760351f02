"""The SDK's managers, as other programs use them."""

from __future__ import annotations

from typing import Any

import pytest
import SoftLayer
from SoftLayer.exceptions import SoftLayerAPIError

from tests.conformance.conftest import World
from tests.mock.stagehand import APP, DB, ISO_DAL, SPARE, WEB, WIN


def test_rescue_of_a_guest(client: Any, world: World) -> None:
    """VSManager.rescue, then wait_for_ready: pending=True waits,
    without it a rescue looks ready (3.3).
    """
    manager = SoftLayer.VSManager(client)
    assert manager.rescue(WEB) is True
    world.pass_time(6)
    assert manager.wait_for_ready(WEB, limit=0, delay=0, pending=True) is False
    assert manager.wait_for_ready(WEB, limit=0, delay=0) is True
    with pytest.raises(SoftLayerAPIError, match="outstanding transaction"):
        manager.rescue(WEB)
    world.settle()
    assert manager.wait_for_ready(WEB, limit=1, delay=0, pending=True) is True
    assert manager.get_instance(WEB)["lastTransaction"]["transactionStatus"]["name"] == "COMPLETE"


def test_rescue_and_reboot_of_bare_metal(client: Any, world: World) -> None:
    """HardwareManager.rescue, then a reboot; the device is back in its system."""
    manager = SoftLayer.HardwareManager(client)
    assert manager.rescue(DB) is True
    world.settle()
    assert manager.wait_for_ready(DB, limit=1, delay=0, pending=True) is True
    assert world.device(DB)["boot"] == "rescue"
    assert client.call("Hardware_Server", "rebootDefault", id=DB) is True
    assert world.device(DB)["boot"] == "os"


@pytest.mark.parametrize("kind", ["guest", "hardware"])
def test_a_reload_is_not_ready(client: Any, world: World, kind: str) -> None:
    """lastOperatingSystemReload is the active transaction while it is under way,
    which is what is_ready looks at.
    """
    guests = SoftLayer.VSManager(client)
    servers = SoftLayer.HardwareManager(client)
    manager, number = (guests, WEB) if kind == "guest" else (servers, DB)
    answer = guests.reload_instance(WEB) if kind == "guest" else servers.reload(DB, lvm=True)
    assert answer == "OK"
    world.pass_time(6)
    assert manager.wait_for_ready(number, limit=0, delay=0) is False
    world.settle()
    assert manager.wait_for_ready(number, limit=0, delay=0) is True


def test_details(client: Any) -> None:
    """The SDK's full masks are served, and say what the world says."""
    guest = SoftLayer.VSManager(client).get_instance(WEB)
    assert guest["operatingSystem"]["passwords"][0]["password"].startswith("Mock-Passw0rd-web-1")
    assert {row["port"] for row in guest["networkComponents"]} == {0, 1}
    manager = SoftLayer.HardwareManager(client)
    assert manager.get_hardware(DB)["remoteManagementAccounts"][0]["username"] == "root"
    assert manager.get_hardware_fast(SPARE)["operatingSystem"]["passwords"] == []


def test_lists_and_resolving(client: Any) -> None:
    """Lists, their filters, and names and addresses for ids."""
    guests = SoftLayer.VSManager(client)
    assert len(list(guests.list_instances())) == 5
    assert [row["id"] for row in guests.list_instances(hourly=False, monthly=True)] == [APP]
    assert [row["id"] for row in guests.list_instances(tags=["windows"])] == [WIN]
    assert guests.resolve_ids("web-1") == guests.resolve_ids("198.51.100.11") == [WEB]
    assert guests.resolve_ids("10.93.20.11") == [WEB]
    assert guests.resolve_ids("nothing") == []
    assert len(list(SoftLayer.HardwareManager(client).list_hardware(datacenter="dal13"))) == 2


def test_iso_images(client: Any, world: World) -> None:
    """As call-api does: a number as text; the image shows while mounted,
    and is gone after the unmount.
    """
    images = client.call("Virtual_Disk_Image", "getPublicIsoImages", mask="id,name")
    assert {"id": ISO_DAL, "name": "WindowsRescueStandalone.iso"} in images
    transaction = client.call(
        "Virtual_Guest", "mountIsoImage", str(ISO_DAL), id=WIN, mask="mask[transactionGroup]"
    )
    assert transaction["transactionGroup"]["name"] == "Cloud ISO Setup"
    world.settle()
    image = client.call(
        "Virtual_Guest", "getIsoBootImage", id=WIN, mask="id,storageRepository[datacenter[name]]"
    )
    assert (image["id"], image["storageRepository"]["datacenter"]["name"]) == (ISO_DAL, "dal13")
    assert world.device(WIN)["boot"] == "image"
    client.call("Virtual_Guest", "unmountIsoImage", id=WIN)
    world.settle()
    assert not client.call(
        "Virtual_Guest", "getIsoBootImage", id=WIN
    )  # null, and an empty text over XML-RPC
    assert world.device(WIN)["boot"] == "os"


def test_event_log(client: Any) -> None:
    """EventLogManager's filter by object id."""
    client.call("Virtual_Guest", "rebootDefault", id=WEB)
    manager = SoftLayer.EventLogManager(client)
    wanted = manager.build_filter(obj_id=WEB)
    assert [row["eventName"] for row in manager.get_event_logs(wanted)] == ["Reboot"]


def test_edits(client: Any, world: World) -> None:
    """VSManager.edit with everything that it can change."""
    manager = SoftLayer.VSManager(client)
    assert (
        manager.edit(
            WEB, hostname="web-9", domain="example.net", notes="moved", tags="x, y", userdata="data"
        )
        is True
    )
    shown = manager.get_instance(WEB)
    assert (shown["fullyQualifiedDomainName"], shown["notes"]) == ("web-9.example.net", "moved")
    assert [row["tag"]["name"] for row in shown["tagReferences"]] == ["x", "y"]
    assert (shown["userData"], manager.resolve_ids("web-9")) == ([{"value": "data"}], [WEB])
    assert world.facts(WEB)["notes"] == "moved"


def test_search(client: Any) -> None:
    """The mask that slcli writes, with the type at the property, applies to the object found."""
    manager = SoftLayer.SearchManager(client)
    found = manager.search_instances(
        "web", mask="mask[resource(SoftLayer_Virtual_Guest)[id,datacenter[name]]]"
    )
    assert found == [{"id": WEB, "datacenter": {"name": "dal13"}}]


def test_the_class_of_an_error(client: Any) -> None:
    """Over XML-RPC the SDK shows the exception class,
    over REST only the status (classic-api.md 4.7).
    """
    with pytest.raises(SoftLayerAPIError) as caught:
        client.call("Virtual_Guest", "getObject", id=1)
    assert caught.value.faultCode in (404, "SoftLayer_Exception_ObjectNotFound")
    with pytest.raises(SoftLayerAPIError, match="orders and cancels nothing"):
        client.call("Virtual_Guest", "createObject", {"hostname": "new"})
    with pytest.raises(SoftLayerAPIError, match="orders and cancels nothing"):
        SoftLayer.VSManager(client).cancel_instance(WEB)
