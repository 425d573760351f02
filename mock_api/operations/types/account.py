"""The account, its users and its audit log (classic-api.md 6, 8)."""

from __future__ import annotations

from mock_api.domain.dates import to_precise_text
from mock_api.domain.facts import Account, ImageGroup, Kind
from mock_api.domain.people import PERMISSIONS, User
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import ApiType, Look, constant, date, local, many, one, value

_USER = "SoftLayer_User_Customer"
_GROUP = "SoftLayer_Virtual_Guest_Block_Device_Template_Group"


def devices_of(user: User, kind: Kind, look: Look) -> list[DeviceView]:
    """The devices that exist for a user, by id."""
    devices = look.world.devices[kind].values()
    return [look.world.view(row, look.now_s) for row in devices if user.sees(kind, row.facts.id)]


def _guests(look: Look, hourly: bool | None = None) -> list[DeviceView]:
    views = devices_of(look.user, Kind.GUEST, look)
    return views if hourly is None else [view for view in views if view.facts.hourly is hourly]


def visible_users(look: Look) -> list[User]:
    """All users for a master or manager of users, otherwise the caller alone (assumed)."""
    if look.user.holds("USER_MANAGE"):
        return list(look.world.users.values())
    return [look.user]


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
        "users": many(_USER, lambda a, look: visible_users(look)),
        "privateBlockDeviceTemplateGroups": many(_GROUP, private_groups),
        "blockDeviceTemplateGroups": many(_GROUP, private_groups),
        "datacentersWithSubnetAllocations": many(
            "SoftLayer_Location", lambda a, look: list(look.world.datacenters.values())
        ),
    },
)
USER = ApiType(
    _USER,
    {
        "id": local("id"),
        "username": local("username"),
        "displayName": local("display_name"),
        "email": local("email"),
        "firstName": local("first_name"),
        "lastName": local("last_name"),
        "accountId": local(lambda user, look: look.world.account.id),
        "parentId": local("parent_id"),
        "isMasterUserFlag": local("master"),
        "createDate": date("created_s"),
        "sslVpnAllowedFlag": constant(False),
        "userStatusId": constant(1001),
        "hasFullHardwareAccessFlag": value(lambda user, look: user.holds("ACCESS_ALL_HARDWARE")),
        "hasFullVirtualGuestAccessFlag": value(lambda user, look: user.holds("ACCESS_ALL_GUEST")),
        "permissions": many(
            "SoftLayer_User_Customer_CustomerPermission_Permission",
            # A master user lists none (classic-api.md 5.2).
            lambda user, look: [] if user.master else [PERMISSIONS[name] for name in sorted(user.permissions)],
        ),
        "hardware": many("SoftLayer_Hardware", lambda user, look: devices_of(user, Kind.HARDWARE, look)),
        "virtualGuests": many("SoftLayer_Virtual_Guest", lambda user, look: devices_of(user, Kind.GUEST, look)),
        "dedicatedHosts": many("SoftLayer_Virtual_DedicatedHost", lambda user, look: []),
        "roles": many("SoftLayer_User_Permission_Role", lambda user, look: []),
        "externalBindings": many("SoftLayer_User_External_Binding", lambda user, look: []),
        "apiAuthenticationKeys": many(
            "SoftLayer_User_Customer_ApiAuthentication", lambda user, look: [user] if user.api_key else []
        ),
        "successfulLogins": many("SoftLayer_User_Customer_Access_Authentication", lambda user, look: []),
        "unsuccessfulLogins": many("SoftLayer_User_Customer_Access_Authentication", lambda user, look: []),
        "parent": one(_USER, lambda user, look: look.world.users.get(user.parent_id or 0)),
        "userStatus": one("SoftLayer_User_Customer_Status"),
    },
)
PERMISSION = ApiType(
    "SoftLayer_User_Customer_CustomerPermission_Permission",
    {"key": local("key"), "keyName": local("key_name"), "name": local("name")},
)
STATUS = ApiType(
    "SoftLayer_User_Customer_Status",
    {"id": constant(1001), "keyName": constant("ACTIVE"), "name": constant("Active")},
)
# The key itself is never shown here: a mock that is asked for keys should not teach anyone to print them.
API_KEY = ApiType(
    "SoftLayer_User_Customer_ApiAuthentication", {"id": local("id"), "authenticationKey": constant("*****")}
)
ROLE = ApiType("SoftLayer_User_Permission_Role", {"id": local("id"), "name": local("name")})
BINDING = ApiType("SoftLayer_User_External_Binding", {"id": local("id")})
LOGIN = ApiType("SoftLayer_User_Customer_Access_Authentication", {"createDate": constant(None)})

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

TYPES = (ACCOUNT, USER, PERMISSION, STATUS, API_KEY, ROLE, BINDING, LOGIN, EVENT, OBJECT_NAME)
