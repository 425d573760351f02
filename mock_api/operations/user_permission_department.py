"""SoftLayer_User_Permission_Department: the permissions by department (classic-api.md 5)."""

from __future__ import annotations

from mock_api.domain.permissions import DEPARTMENTS, Department
from mock_api.operations.call import Call

SERVICE = "SoftLayer_User_Permission_Department"


def getAllObjects(call: Call) -> list[Department]:
    """Every department."""
    return list(DEPARTMENTS)
