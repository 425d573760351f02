"""SoftLayer_Hardware_Server (classic-api.md 1, 6),
besides device.py and the calls of the states table.
"""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import Edits, Family, Kind
from mock_api.domain.states import Power
from mock_api.domain.world import DeviceView
from mock_api.operations.call import Call
from mock_api.operations.types.sensors import Sensor, sensors
from mock_api.operations.types.topology import (
    PRIVATE,
    PUBLIC,
    Port,
    Vlan,
    at_address,
    primary,
    vlan_of,
)
from mock_api.operations.types.views import (
    TransactionView,
    answers,
    shown_power,
    transaction_history,
)

SERVICE = "SoftLayer_Hardware_Server"


def findByIpAddress(call: Call) -> DeviceView | None:
    """The server of an address, or nothing."""
    return at_address(cast(str, call.arguments[0]), call.look, Kind.HARDWARE)


def getHardwareByIpAddress(call: Call) -> DeviceView | None:
    """The same."""
    return findByIpAddress(call)


def isWindowsServer(call: Call) -> bool:
    """Whether it was ordered with a Windows."""
    software = call.world.software.get(call.facts.os or "")
    return software is not None and software.family is Family.WINDOWS


def getPublicVlan(call: Call) -> Vlan | None:
    """The VLAN of its public port."""
    return vlan_of(call.view(), PUBLIC, call.world)


def getPrivateVlan(call: Call) -> Vlan | None:
    """The VLAN of its private port."""
    return vlan_of(call.view(), PRIVATE, call.world)


def getPublicNetworkComponent(call: Call) -> Port | None:
    """Its public port."""
    return primary(call.view(), PUBLIC)


def getPrivateNetworkComponent(call: Call) -> Port | None:
    """Its private port."""
    return primary(call.view(), PRIVATE)


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
