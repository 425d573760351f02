"""SoftLayer_Network_Vlan."""

from __future__ import annotations

from typing import cast

from mock_api.operations.call import Call
from mock_api.operations.types.topology import Vlan

SERVICE = "SoftLayer_Network_Vlan"


def getObject(call: Call) -> Vlan:
    """The VLAN."""
    return cast(Vlan, call.target)
