"""Users, what they hold and what they may reach (classic-api.md 5.2, 8)."""

from __future__ import annotations

from mock_api.domain.facts import DedicatedHost, Kind
from mock_api.domain.people import PortalLogin, Resource, User
from mock_api.domain.permissions import PERMISSIONS, Permission
from mock_api.operations.types.rows import DeviceRows
from mock_api.operations.types.table import ApiType, Look, constant, date, local, many, one, value

_USER = "SoftLayer_User_Customer"
_ACTION = "SoftLayer_User_Permission_Action"
_LOGIN = "SoftLayer_User_Customer_Access_Authentication"
Attempt = tuple[User, PortalLogin]


def devices_of(user: User, kind: Kind, look: Look) -> DeviceRows:
    """The devices that a user has access to, by id, of those that exist for the caller."""
    devices = look.world.devices[kind]
    resource = Resource(kind)
    return DeviceRows(
        user.accessible(resource, look.user.visible(resource, devices)), devices, look
    )


def hosts_of(user: User, look: Look) -> list[DedicatedHost]:
    """The dedicated hosts that a user has access to, of those that exist for the caller."""
    hosts = look.world.dedicated_hosts
    resource = Resource.DEDICATED_HOST
    return [
        hosts[number] for number in user.accessible(resource, look.user.visible(resource, hosts))
    ]


def visible_users(look: Look) -> list[User]:
    """All users for a master or manager of users, otherwise the caller alone (assumed)."""
    manages = look.user.holds("USER_MANAGE")
    return [user for user in look.world.users.values() if manages or user.id == look.user.id]


def permissions_of(user: User) -> list[Permission]:
    """What a user holds, by key name. A master user lists none (classic-api.md 5.2)."""
    return [] if user.master else [PERMISSIONS[name] for name in sorted(user.permissions)]


def attempts(user: User, *outcomes: bool) -> list[Attempt]:
    """The attempts to log in to the portal with these outcomes, newest first."""
    newest_first = sorted(user.logins, key=lambda row: -row.created_s)
    return [(user, row) for row in newest_first if row.success in outcomes]


USER = ApiType(
    _USER,
    {
        "id": local("id"),
        "accountId": local(lambda user, look: look.world.account.id),
        "address1": local("address1"),
        "address2": local("address2"),
        "city": local("city"),
        "companyName": local(
            lambda user, look: user.company_name or look.world.account.company_name
        ),
        "country": local("country"),
        "createDate": date("created_s"),
        "displayName": local(lambda user, look: user.display_name or user.username),
        "email": local("email"),
        "firstName": local("first_name"),
        "isMasterUserFlag": local("master"),
        "lastName": local("last_name"),
        "officePhone": local("office_phone"),
        "openIdConnectUserName": local("email"),  # an IBMid is an e-mail address
        "parentId": local("parent_id"),
        "postalCode": local("postal_code"),
        "sslVpnAllowedFlag": local("ssl_vpn"),
        "state": local("state"),
        "statusDate": constant(None),
        "timezoneId": constant(113),
        "userStatusId": local("status_id"),
        "username": local("username"),
        "vpnManualConfig": local("vpn_manual"),
        "hasFullDedicatedHostAccessFlag": value(
            lambda user, look: user.holds("ACCESS_ALL_DEDICATEDHOSTS")
        ),
        "hasFullHardwareAccessFlag": value(lambda user, look: user.holds("ACCESS_ALL_HARDWARE")),
        "hasFullVirtualGuestAccessFlag": value(lambda user, look: user.holds("ACCESS_ALL_GUEST")),
        "permissionCheckLikeMasterUserFlag": value(lambda user, look: 0),
        "account": one("SoftLayer_Account", lambda user, look: look.world.account),
        "actions": many(_ACTION, lambda user, look: permissions_of(user)),
        "apiAuthenticationKeys": many(
            "SoftLayer_User_Customer_ApiAuthentication",
            lambda user, look: [user] if user.api_key else [],
        ),
        "childUsers": many(
            _USER,
            lambda user, look: [row for row in visible_users(look) if row.parent_id == user.id],
        ),
        "dedicatedHosts": many("SoftLayer_Virtual_DedicatedHost", hosts_of),
        "externalBindings": many("SoftLayer_User_External_Binding", lambda user, look: []),
        "hardware": many(
            "SoftLayer_Hardware", lambda user, look: devices_of(user, Kind.HARDWARE, look)
        ),
        "loginAttempts": many(_LOGIN, lambda user, look: attempts(user, True, False)),
        "parent": one(_USER, lambda user, look: look.world.users.get(user.parent_id or 0)),
        "permissions": many(
            "SoftLayer_User_Customer_CustomerPermission_Permission",
            lambda user, look: permissions_of(user),
        ),
        "roles": many("SoftLayer_User_Permission_Role", lambda user, look: []),
        "successfulLogins": many(_LOGIN, lambda user, look: attempts(user, True)),
        "timezone": one("SoftLayer_Locale_Timezone"),
        "unsuccessfulLogins": many(_LOGIN, lambda user, look: attempts(user, False)),
        "userStatus": one("SoftLayer_User_Customer_Status"),
        "virtualGuests": many(
            "SoftLayer_Virtual_Guest", lambda user, look: devices_of(user, Kind.GUEST, look)
        ),
    },
)
PERMISSION = ApiType(
    "SoftLayer_User_Customer_CustomerPermission_Permission",
    # A newer permission without a short key:
    # slcli looks for letters in it, so null would break its device-access.
    {
        "key": local(lambda row, look: row.key or ""),
        "keyName": local("key_name"),
        "name": local("name"),
    },
)
ACTION = ApiType(
    _ACTION,
    {
        "id": local("id"),
        "createDate": constant(None),
        "departmentId": local("department_id"),
        "description": local("name"),  # the real one is a sentence
        "key": local("key"),
        "keyName": local("key_name"),
        "modifyDate": constant(None),
        "name": local("name"),
    },
)
DEPARTMENT = ApiType(
    "SoftLayer_User_Permission_Department",
    {
        "id": local("id"),
        "description": local("name"),
        "keyName": local("key_name"),
        "name": local("name"),
        "permissions": many(_ACTION, "permissions"),
    },
)
STATUS = ApiType(
    "SoftLayer_User_Customer_Status",
    {
        "id": local("status_id"),
        "keyName": local("status.name"),
        "name": local(lambda user, look: look.world.labels.name(f"user_status.{user.status.name}")),
    },
)
API_KEY = ApiType(
    "SoftLayer_User_Customer_ApiAuthentication",
    {
        "id": local("id"),
        # Users can view their own key (IAMD iam-classic_infra_keys.md);
        # nothing says that anybody else can.
        "authenticationKey": local(
            lambda user, look: user.api_key if user.id == look.user.id else "*****"
        ),
        "timestampKey": local(lambda user, look: int(user.created_s)),
        "userId": local("id"),
    },
)
ROLE = ApiType(
    "SoftLayer_User_Permission_Role",
    {"id": local("id"), "name": local("name"), "description": local("description")},
)
BINDING = ApiType("SoftLayer_User_External_Binding", {"id": local("id")})
TIMEZONE = ApiType(
    "SoftLayer_Locale_Timezone",
    {
        "id": constant(113),
        "longName": constant("(GMT-06:00) America/Chicago - CST"),
        "name": constant("America/Chicago"),
        "offset": constant("-0600"),
        "shortName": constant("CST"),
    },
)
LOGIN = ApiType(
    _LOGIN,
    {
        "createDate": local(lambda attempt, look: look.date(attempt[1].created_s)),
        "ipAddress": local(lambda attempt, look: attempt[1].ip_address),
        "successFlag": local(lambda attempt, look: attempt[1].success),
        "userId": local(lambda attempt, look: attempt[0].id),
        "username": local(lambda attempt, look: attempt[0].username),
    },
)

TYPES = (USER, PERMISSION, ACTION, DEPARTMENT, STATUS, API_KEY, ROLE, BINDING, TIMEZONE, LOGIN)
