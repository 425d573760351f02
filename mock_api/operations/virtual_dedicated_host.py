"""SoftLayer_Virtual_DedicatedHost."""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import DedicatedHost
from mock_api.operations.call import Call

SERVICE = "SoftLayer_Virtual_DedicatedHost"


def getObject(call: Call) -> DedicatedHost:
    """The host."""
    return cast(DedicatedHost, call.target)
