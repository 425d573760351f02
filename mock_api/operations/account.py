"""SoftLayer_Account. Its lists (getVirtualGuests, getHardware, ...) are properties:
the generic rule serves them.
"""

from __future__ import annotations

from mock_api.domain.facts import Account
from mock_api.domain.people import User
from mock_api.operations.call import Call

SERVICE = "SoftLayer_Account"


def getObject(call: Call) -> Account:
    """The caller's account."""
    return call.world.account


def getCurrentUser(call: Call) -> User:
    """The caller."""
    return call.user
