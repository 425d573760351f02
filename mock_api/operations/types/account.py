"""The account and its audit log (classic-api.md 6, 8)."""

from __future__ import annotations

from mock_api.domain.dates import to_precise_text
from mock_api.domain.facts import Account, ImageGroup, Kind
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import ApiType, Look, constant, local, many
from mock_api.operations.types.users import devices_of, visible_users

_GROUP = "SoftLayer_Virtual_Guest_Block_Device_Template_Group"


def _guests(look: Look, hourly: bool | None = None) -> list[DeviceView]:
    views = devices_of(look.user, Kind.GUEST, look)
    return views if hourly is None else [view for view in views if view.facts.hourly is hourly]


def private_groups(account: Account, look: Look) -> list[ImageGroup]:
    """The account's own image templates."""
    return [row for row in look.world.image_groups.values() if not row.public]


ACCOUNT = ApiType(
    "SoftLayer_Account",
    {
        "id": local("id"),
        "companyName": local("company_name"),
        "email": local("email"),
        "accountStatusId": constant(1001),
        "virtualGuests": many("SoftLayer_Virtual_Guest", lambda a, look: _guests(look)),
        "hourlyVirtualGuests": many("SoftLayer_Virtual_Guest", lambda a, look: _guests(look, hourly=True)),
        "monthlyVirtualGuests": many("SoftLayer_Virtual_Guest", lambda a, look: _guests(look, hourly=False)),
        "hardware": many("SoftLayer_Hardware", lambda a, look: devices_of(look.user, Kind.HARDWARE, look)),
        "users": many("SoftLayer_User_Customer", lambda a, look: visible_users(look)),
        "privateBlockDeviceTemplateGroups": many(_GROUP, private_groups),
        "blockDeviceTemplateGroups": many(_GROUP, private_groups),
        "datacentersWithSubnetAllocations": many(
            "SoftLayer_Location", lambda a, look: list(look.world.datacenters.values())
        ),
    },
)
EVENT = ApiType(
    "SoftLayer_Event_Log",
    {
        "accountId": local(lambda e, look: look.world.account.id),
        "eventCreateDate": local(lambda e, look: to_precise_text(e.created_s, look.world.tz)),
        "eventName": local("event_name"),
        "ipAddress": local("ip_address"),
        "label": local("label"),
        "metaData": constant(""),
        "objectId": local("object_id"),
        "objectName": local("object_name"),
        "openIdConnectUserName": constant(None),
        "resource": constant(None),
        "traceId": local("trace_id"),
        "userId": local("user_id"),
        "userType": constant("CUSTOMER"),
        "username": local("username"),
    },
)
OBJECT_NAME = ApiType("SoftLayer_Container_Utility_Event_ObjectName", {"value": local(lambda name, look: name)})

TYPES = (ACCOUNT, EVENT, OBJECT_NAME)
