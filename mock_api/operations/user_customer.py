"""SoftLayer_User_Customer (classic-api.md 5).

What it lists are properties: the generic rule serves them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from mock_api.domain import grants
from mock_api.domain.errors import InvalidValue, ObjectNotFound
from mock_api.domain.grants import Change
from mock_api.domain.people import Profile, Resource, Status, User
from mock_api.operations.call import Call
from mock_api.operations.types.users import visible_users

SERVICE = "SoftLayer_User_Customer"

Struct = Mapping[str, object]
_EDITABLE: dict[str, tuple[str, type]] = {
    "address1": ("address1", str),
    "address2": ("address2", str),
    "city": ("city", str),
    "companyName": ("company_name", str),
    "country": ("country", str),
    "displayName": ("display_name", str),
    "email": ("email", str),
    "firstName": ("first_name", str),
    "lastName": ("last_name", str),
    "officePhone": ("office_phone", str),
    "postalCode": ("postal_code", str),
    "sslVpnAllowedFlag": ("ssl_vpn", bool),
    "state": ("state", str),
    "userStatusId": ("status_id", int),
    "vpnManualConfig": ("vpn_manual", bool),
}
# SLDN SoftLayer_User_Customer_Status: Active, Inactive, Disabled, Delete User, VPN Only; the others
# are the system's.
_SETTABLE = (
    Status.ACTIVE,
    Status.DISABLED,
    Status.INACTIVE,
    Status.CANCEL_PENDING,
    Status.VPN_ONLY,
)


def getObject(call: Call) -> User:
    """The user."""
    return _user(call)


def editObject(call: Call) -> bool:
    """Changes what the template names; the rest stays.

    `slcli user delete` sets the status CANCEL_PENDING.
    """
    grants.edit(_change(call), _edited(_user(call).profile, cast(Struct, call.arguments[0])))
    return True


def addApiAuthenticationKey(call: Call) -> str:
    """Makes a classic key and answers it."""
    return grants.add_key(_change(call))


def removeApiAuthenticationKey(call: Call) -> bool:
    """Takes a classic key away.

    A key has the number of its user, who has no other; to the rest it does not exist.
    """
    number = cast(int, call.arguments[0])
    owner = next(
        (user for user in visible_users(call.look) if user.id == number and user.api_key), None
    )
    if owner is None:
        raise ObjectNotFound(number)
    grants.remove_key(Change(call.world, call.user, owner))
    return True


def addPortalPermission(call: Call) -> bool:
    """Gives one permission."""
    grants.add_permissions(_change(call), [_key_name(call.arguments[0])])
    return True


def addBulkPortalPermission(call: Call) -> bool:
    """Gives several permissions."""
    grants.add_permissions(_change(call), _key_names(call.arguments[0]))
    return True


def removePortalPermission(call: Call) -> bool:
    """Takes one permission away, with cascadePermissionsFlag also from everybody below."""
    grants.remove_permissions(
        _change(call), [_key_name(call.arguments[0])], bool(call.arguments[1])
    )
    return True


def removeBulkPortalPermission(call: Call) -> bool:
    """Takes several permissions away, with cascadePermissionsFlag also from everybody below."""
    grants.remove_permissions(_change(call), _key_names(call.arguments[0]), bool(call.arguments[1]))
    return True


def addHardwareAccess(call: Call) -> bool:
    """Gives access to one server."""
    return _add(call, Resource.HARDWARE)


def addBulkHardwareAccess(call: Call) -> bool:
    """Gives access to several servers."""
    return _add(call, Resource.HARDWARE)


def removeHardwareAccess(call: Call) -> bool:
    """Takes away access to one server."""
    return _remove(call, Resource.HARDWARE)


def removeBulkHardwareAccess(call: Call) -> bool:
    """Takes away access to several servers."""
    return _remove(call, Resource.HARDWARE)


def addVirtualGuestAccess(call: Call) -> bool:
    """Gives access to one guest."""
    return _add(call, Resource.GUEST)


def addBulkVirtualGuestAccess(call: Call) -> bool:
    """Gives access to several guests."""
    return _add(call, Resource.GUEST)


def removeVirtualGuestAccess(call: Call) -> bool:
    """Takes away access to one guest."""
    return _remove(call, Resource.GUEST)


def removeBulkVirtualGuestAccess(call: Call) -> bool:
    """Takes away access to several guests."""
    return _remove(call, Resource.GUEST)


def addDedicatedHostAccess(call: Call) -> bool:
    """Gives access to one dedicated host."""
    return _add(call, Resource.DEDICATED_HOST)


def addBulkDedicatedHostAccess(call: Call) -> bool:
    """Gives access to several dedicated hosts."""
    return _add(call, Resource.DEDICATED_HOST)


def removeDedicatedHostAccess(call: Call) -> bool:
    """Takes away access to one dedicated host."""
    return _remove(call, Resource.DEDICATED_HOST)


def removeBulkDedicatedHostAccess(call: Call) -> bool:
    """Takes away access to several dedicated hosts."""
    return _remove(call, Resource.DEDICATED_HOST)


def _user(call: Call) -> User:
    return cast(User, call.target)


def _change(call: Call) -> Change:
    return Change(call.world, call.user, _user(call))


def _add(call: Call, resource: Resource) -> bool:
    grants.add_access(_change(call), resource, _numbers(call.arguments[0]))
    return True


def _remove(call: Call, resource: Resource) -> bool:
    grants.remove_access(_change(call), resource, _numbers(call.arguments[0]))
    return True


def _numbers(argument: object) -> list[int]:
    return [argument] if isinstance(argument, int) else cast(list[int], argument)


def _key_names(argument: object) -> list[str]:
    return [_key_name(row) for row in cast(list[object], argument)]


def _key_name(permission: object) -> str:
    return str(cast(Struct, permission).get("keyName") or "")


def _edited(profile: Profile, template: Struct) -> Profile:
    """The profile with the template's values. Raises InvalidValue."""
    changes: dict[str, object] = {}
    for name, given in template.items():
        if name not in _EDITABLE:
            raise InvalidValue(
                f"The property '{name}' cannot be edited. Allowed are"
                f" {', '.join(sorted(_EDITABLE))}."
            )
        field_name, wanted = _EDITABLE[name]
        value = (
            int(given) if wanted is int and isinstance(given, str) and given.isdecimal() else given
        )
        if type(value) is not wanted or (name == "userStatusId" and value not in _SETTABLE):
            raise InvalidValue(
                f"Invalid value provided for '{name}': {given!r}. Allowed is"
                f" {_allowed(name, wanted)}."
            )
        changes[field_name] = value
    return replace(profile, **changes)  # type: ignore[arg-type] # each value is of its field's type


def _allowed(name: str, wanted: type) -> str:
    if name == "userStatusId":
        return " or ".join(str(row.value) for row in _SETTABLE)
    return "true or false" if wanted is bool else "a text"
