"""SoftLayer_Hardware: what clients call there,
although the objects are servers (classic-api.md 6).
"""

from __future__ import annotations

from mock_api.domain.world import DeviceView
from mock_api.operations.call import Call
from mock_api.operations.types.sensors import Sensor, sensors

SERVICE = "SoftLayer_Hardware"


def getObject(call: Call) -> DeviceView:
    """The server."""
    return call.view()


def getSensorData(call: Call) -> list[Sensor]:
    """The readings of the server's sensors."""
    return sensors(call.view())
