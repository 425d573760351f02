"""SoftLayer_User_Customer. Permissions and device lists are properties: the generic rule serves them."""

from __future__ import annotations

from typing import cast

from mock_api.domain.people import User
from mock_api.operations.call import Call

SERVICE = "SoftLayer_User_Customer"


def getObject(call: Call) -> User:
    """The user."""
    return cast(User, call.target)
