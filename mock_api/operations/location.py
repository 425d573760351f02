"""SoftLayer_Location: the data centres of the world."""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import Datacenter
from mock_api.operations.call import Call

SERVICE = "SoftLayer_Location"


def getObject(call: Call) -> Datacenter:
    """The data centre."""
    return cast(Datacenter, call.target)


def getDatacenters(call: Call) -> list[Datacenter]:
    """All data centres."""
    return list(call.world.datacenters.values())
