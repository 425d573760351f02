"""SoftLayer_Location_Datacenter: the same data centres under their own type's service."""

from __future__ import annotations

from mock_api.domain.facts import Datacenter
from mock_api.operations import location
from mock_api.operations.call import Call

SERVICE = "SoftLayer_Location_Datacenter"


def getObject(call: Call) -> Datacenter:
    """The data centre."""
    return location.getObject(call)


def getDatacenters(call: Call) -> list[Datacenter]:
    """All data centres."""
    return location.getDatacenters(call)
