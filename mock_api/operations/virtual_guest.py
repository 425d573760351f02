"""SoftLayer_Virtual_Guest (classic-api.md 1, 2, 6),
besides device.py and the calls of the states table.
"""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import DiskImage, Kind
from mock_api.domain.world import DeviceView
from mock_api.operations.call import Call
from mock_api.operations.types.topology import at_address, visible
from mock_api.operations.types.views import TransactionView

SERVICE = "SoftLayer_Virtual_Guest"


def findByHostname(call: Call) -> list[DeviceView]:
    """The guests of a host name that the caller may see."""
    wanted = cast(str, call.arguments[0]).lower()
    seen = visible(call.look, Kind.GUEST)
    return [view for view in seen if view.facts.hostname.lower() == wanted]


def findByIpAddress(call: Call) -> DeviceView | None:
    """The guest of a public or private address, or nothing."""
    return at_address(cast(str, call.arguments[0]), call.look, Kind.GUEST)


def mountIsoImage(call: Call) -> TransactionView | None:
    """Boots the guest from an ISO image; answers the transaction."""
    transaction = call.perform("mountIsoImage", cast(int, call.arguments[0]))
    return TransactionView(transaction, call.view()) if transaction else None


def unmountIsoImage(call: Call) -> TransactionView | None:
    """Unloads the ISO image and boots the system; answers the transaction."""
    transaction = call.perform("unmountIsoImage")
    return TransactionView(transaction, call.view()) if transaction else None


def getIsoBootImage(call: Call) -> DiskImage | None:
    """The mounted ISO image, or nothing."""
    return call.world.disk_images.get(call.view().state.iso_image_id or 0)


def getBootMode(call: Call) -> str:
    """HVM or PV."""
    return call.world.labels.name("boot_mode")


def getBootOrder(call: Call) -> str:
    """The order of the boot devices."""
    return call.world.labels.name("boot_order")
