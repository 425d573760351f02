"""SoftLayer_Event_Log (classic-api.md 6, 8)."""

from __future__ import annotations

from mock_api.domain.events import OBJECT_NAMES, Event
from mock_api.operations.call import Call

SERVICE = "SoftLayer_Event_Log"


def getAllObjects(call: Call) -> list[Event]:
    """All audit rows."""
    return call.world.events


def getAllEventObjectNames(call: Call) -> list[str]:
    """The kinds of object that have audit rows."""
    return list(OBJECT_NAMES)
