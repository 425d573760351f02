"""Maintenance notices, which a world holds none of:
the types are there so that masks and filters can name them.
"""

from __future__ import annotations

from mock_api.operations.types.table import ApiType, date, local, many, one, value

_EVENT = "SoftLayer_Notification_Occurrence_Event"

EVENT = ApiType(
    _EVENT,
    {
        "id": local("id"),
        "subject": local("subject"),
        "summary": local("summary"),
        "startDate": date("start_s"),
        "endDate": date("end_s"),
        "modifyDate": date("modified_s"),
        "systemTicketId": local("ticket_id"),
        "acknowledgedFlag": value("acknowledged"),
        "impactedResources": many("SoftLayer_Notification_Occurrence_Resource", "resources"),
        "notificationOccurrenceEventType": one(f"{_EVENT}_Type", "event_type"),
        "statusCode": one("SoftLayer_Notification_Occurrence_Status_Code", "status"),
        "updates": many("SoftLayer_Notification_Occurrence_Update", "updates"),
    },
)
EVENT_TYPE = ApiType(f"{_EVENT}_Type", {"keyName": local("key_name")})
STATUS = ApiType(
    "SoftLayer_Notification_Occurrence_Status_Code",
    {"keyName": local("key_name"), "name": local("name")},
)
RESOURCE = ApiType("SoftLayer_Notification_Occurrence_Resource", {"hostname": local("hostname")})
UPDATE = ApiType("SoftLayer_Notification_Occurrence_Update", {"contents": local("contents")})

TYPES = (EVENT, EVENT_TYPE, STATUS, RESOURCE, UPDATE)
