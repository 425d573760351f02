"""SoftLayer_Network_Vlan."""

from __future__ import annotations

from typing import cast

from mock_api.operations.call import Call
from mock_api.operations.types.topology import Vlan, ports, visible, vlan_of

SERVICE = "SoftLayer_Network_Vlan"


def getObject(call: Call) -> Vlan:
    """The VLAN."""
    return cast(Vlan, call.target)


def getVlanForIpAddress(call: Call) -> Vlan | None:
    """The VLAN of a device's address, or nothing."""
    for view in visible(call.look):
        for port in ports(view):
            if port.ip == call.arguments[0]:
                return vlan_of(view, port.port, call.world)
    return None
