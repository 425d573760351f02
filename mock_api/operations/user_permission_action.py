"""SoftLayer_User_Permission_Action: the permissions there are (classic-api.md 5)."""

from __future__ import annotations

from mock_api.domain.permissions import PERMISSIONS, Permission
from mock_api.operations.call import Call

SERVICE = "SoftLayer_User_Permission_Action"


def getAllObjects(call: Call) -> list[Permission]:
    """Every permission that exists."""
    return list(PERMISSIONS.values())
