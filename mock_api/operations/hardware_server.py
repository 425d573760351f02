"""SoftLayer_Hardware_Server (classic-api.md 1, 6)."""

from __future__ import annotations

from mock_api.domain.states import Power
from mock_api.domain.world import DeviceView
from mock_api.operations.call import Call
from mock_api.operations.types.views import TransactionView, transaction_history

SERVICE = "SoftLayer_Hardware_Server"


def getObject(call: Call) -> DeviceView:
    """The server."""
    return call.view()


def bootToRescueLayer(call: Call) -> bool:
    """Boots the rescue kernel. The argument only matters on servers without a system, where both end in rescue."""
    call.perform("bootToRescueLayer")
    return True


def getServerPowerState(call: Call) -> str:
    """What the management card says: on or off."""
    return "off" if call.view().state.power is Power.HALTED else "on"


def getTransactionHistory(call: Call) -> list[TransactionView]:
    """The server's transactions, oldest first."""
    return transaction_history(call.view())


def rebootDefault(call: Call) -> bool:
    """Resets through the management card."""
    call.perform("rebootDefault")
    return True


def rebootSoft(call: Call) -> bool:
    """Resets gracefully through the management card."""
    call.perform("rebootSoft")
    return True


def rebootHard(call: Call) -> bool:
    """Resets at once, like the button."""
    call.perform("rebootHard")
    return True


def powerCycle(call: Call) -> bool:
    """Turns the power strip off and on."""
    call.perform("powerCycle")
    return True


def powerOn(call: Call) -> bool:
    """Powers the server on."""
    call.perform("powerOn")
    return True


def powerOff(call: Call) -> bool:
    """Powers the server off."""
    call.perform("powerOff")
    return True
