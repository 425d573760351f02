"""SoftLayer_Virtual_Guest (classic-api.md 1, 2, 6),
besides device.py and the calls of the states table.
"""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import DiskImage
from mock_api.operations.call import Call
from mock_api.operations.types.views import TransactionView

SERVICE = "SoftLayer_Virtual_Guest"


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
