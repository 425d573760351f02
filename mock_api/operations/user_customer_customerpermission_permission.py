"""SoftLayer_User_Customer_CustomerPermission_Permission:
the permissions as users list them (classic-api.md 5.2).
"""

from __future__ import annotations

from mock_api.domain.permissions import PERMISSIONS, Permission
from mock_api.operations.call import Call

SERVICE = "SoftLayer_User_Customer_CustomerPermission_Permission"


def getAllObjects(call: Call) -> list[Permission]:
    """Every permission that exists."""
    return list(PERMISSIONS.values())
