"""SoftLayer_Hardware_Server (classic-api.md 1, 6),
besides device.py and the calls of the states table.
"""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import Edits
from mock_api.domain.states import Power
from mock_api.operations.call import Call
from mock_api.operations.types.sensors import Sensor, sensors
from mock_api.operations.types.views import (
    TransactionView,
    answers,
    shown_power,
    transaction_history,
)

SERVICE = "SoftLayer_Hardware_Server"


def getBootModeOptions(call: Call) -> list[str]:
    """At least BIOS (SLDN)."""
    return ["BIOS"]


def getSensorData(call: Call) -> list[Sensor]:
    """The readings of the server's sensors."""
    return sensors(call.view())


def getServerPowerState(call: Call) -> str:
    """What the management card says: on or off."""
    power = shown_power(call.view(), call.world.settings)
    return "off" if power is Power.HALTED else "on"


def getTransactionHistory(call: Call) -> list[TransactionView]:
    """The server's transactions, oldest first."""
    return transaction_history(call.view())


def ping(call: Call) -> str:
    """What the command ping says about the first address."""
    is_up = answers(call.view(), call.world.settings)
    label = call.world.labels.name("ping.answers" if is_up else "ping.silent")
    return label.replace("{ip}", call.facts.public_ip or call.facts.private_ip)


def setOperatingSystemPassword(call: Call) -> bool:
    """Changes the stored password, not the server's."""
    password = cast(str, call.arguments[0])
    call.device.edit(Edits(password=password), call.look.now_s)
    call.world.hide_password(password)
    return True


def toggleManagementInterface(call: Call) -> bool:
    """Queues a job that turns IPMI on or off."""
    call.perform("toggleManagementInterface", int(cast(bool, call.arguments[0])))
    return True
