"""SoftLayer_Virtual_Guest (classic-api.md 1, 2, 6)."""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import DiskImage
from mock_api.domain.world import DeviceView
from mock_api.operations.call import Call
from mock_api.operations.types.views import TransactionView

SERVICE = "SoftLayer_Virtual_Guest"


def getObject(call: Call) -> DeviceView:
    """The guest."""
    return call.view()


def executeRescueLayer(call: Call) -> bool:
    """Reboots a Linux guest into the rescue image."""
    call.perform("executeRescueLayer")
    return True


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


def getReverseDomainRecords(call: Call) -> list[DeviceView]:
    """The reverse DNS zone of the public address."""
    return [call.view()] if call.facts.public_ip else []


def rebootDefault(call: Call) -> bool:
    """Power cycles the guest."""
    call.perform("rebootDefault")
    return True


def rebootSoft(call: Call) -> bool:
    """Reboots by shutting the system down."""
    call.perform("rebootSoft")
    return True


def rebootHard(call: Call) -> bool:
    """Power cycles the guest."""
    call.perform("rebootHard")
    return True


def powerCycle(call: Call) -> bool:
    """Power cycles the guest."""
    call.perform("powerCycle")
    return True


def powerOn(call: Call) -> bool:
    """Powers the guest on."""
    call.perform("powerOn")
    return True


def powerOff(call: Call) -> bool:
    """Powers the guest off."""
    call.perform("powerOff")
    return True


def powerOffSoft(call: Call) -> bool:
    """Shuts the guest down."""
    call.perform("powerOffSoft")
    return True


def pause(call: Call) -> bool:
    """Pauses a running guest."""
    call.perform("pause")
    return True


def resume(call: Call) -> bool:
    """Resumes a suspended guest."""
    call.perform("resume")
    return True
