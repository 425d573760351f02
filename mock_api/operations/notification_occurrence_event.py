"""SoftLayer_Notification_Occurrence_Event: maintenance notices. A world holds none."""

from __future__ import annotations

from mock_api.operations.call import Call

SERVICE = "SoftLayer_Notification_Occurrence_Event"


def getAllObjects(call: Call) -> list[object]:
    """All notices."""
    return []
