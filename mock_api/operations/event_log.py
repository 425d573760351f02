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


def getAllEventNames(call: Call) -> list[str]:
    """What happened so far, of one kind of object or of all."""
    wanted = call.arguments[0]
    found = {row.event_name for row in call.world.events if wanted in (None, row.object_name)}
    return sorted(found)


def getAllUserTypes(call: Call) -> list[str]:
    """Who does what is noted; here only customers are."""
    return ["CUSTOMER"]
