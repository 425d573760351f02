"""All handlers by (service, method), and the finders of the objects that calls go to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Protocol

from mock_api.domain.errors import ObjectNotFound, UnknownIdentifier
from mock_api.domain.facts import Kind
from mock_api.domain.states import CALLS
from mock_api.operations import (
    account,
    device,
    event_log,
    hardware,
    hardware_server,
    location,
    location_datacenter,
    metric_tracking_object,
    network_vlan,
    notification_occurrence_event,
    search,
    surface,
    tag,
    user_customer,
    user_customer_customerpermission_permission,
    user_permission_action,
    user_permission_department,
    virtual_dedicated_host,
    virtual_disk_image,
    virtual_guest,
    virtual_guest_block_device_template_group,
)  # fmt: skip
from mock_api.operations.call import Call
from mock_api.operations.types.table import Look
from mock_api.operations.types.tags import account_tags
from mock_api.operations.types.topology import account_vlans
from mock_api.operations.types.users import hosts_of, visible_users
from mock_api.operations.types.views import tracked_id


class Identified(Protocol):
    """What has an id."""

    @property
    def id(self) -> int:
        """The id."""


Handler = Callable[[Call], object]
Identifier = int | str
Finder = Callable[[Look, Identifier | None], object]

MODULES: tuple[ModuleType, ...] = (
    account, event_log, hardware, hardware_server, location, location_datacenter,
    metric_tracking_object, network_vlan, notification_occurrence_event, search, tag,
    user_customer, user_customer_customerpermission_permission,
    user_permission_action, user_permission_department,
    virtual_dedicated_host, virtual_disk_image, virtual_guest,
    virtual_guest_block_device_template_group,
)  # fmt: skip
DEVICES = {Kind.GUEST: virtual_guest.SERVICE, Kind.HARDWARE: hardware_server.SERVICE}


def _handlers(module: ModuleType, service: str) -> dict[tuple[str, str], Handler]:
    own = (
        row
        for row in vars(module).items()
        if inspect.isfunction(row[1]) and row[1].__module__ == module.__name__
    )
    return {(service, name): function for name, function in own if not name.startswith("_")}


def _move(method: str) -> Handler:
    def run(call: Call) -> bool:
        call.perform(method)
        return True

    return run


_MOVES = {(DEVICES[kind], method): _move(method) for kind, method in CALLS}
_SERVER = {
    **_MOVES,
    **_handlers(device, hardware_server.SERVICE),
    **_handlers(hardware_server, hardware_server.SERVICE),
}
# A call of the states table that has no function of its own only starts its move.
HANDLERS: dict[tuple[str, str], Handler] = {
    **_MOVES,
    **{key: row for service in DEVICES.values() for key, row in _handlers(device, service).items()},
    # What the service documents for SoftLayer_Hardware, too: its objects are servers.
    **{
        (hardware.SERVICE, method): row
        for (service, method), row in _SERVER.items()
        if service == hardware_server.SERVICE and method in surface.methods_of(hardware.SERVICE)
    },
    **{key: row for module in MODULES for key, row in _handlers(module, module.SERVICE).items()},
}


def find_object(objects: str, look: Look, identifier: Identifier | None) -> object:
    """The object of a service. Raises ObjectNotFound, also for what the caller may not see."""
    return FINDERS[objects](look, identifier)


def _device(kind: Kind) -> Finder:
    def find(look: Look, identifier: Identifier | None) -> object:
        device = look.world.get_device(kind, _given(identifier))
        if not look.user.sees(kind, device.facts.id):
            raise ObjectNotFound(_given(identifier))
        return device

    return find


def _user(look: Look, identifier: Identifier | None) -> object:
    for user in visible_users(look):
        if user.id == identifier:
            return user
    raise ObjectNotFound(_given(identifier))


def _any_user(look: Look, identifier: Identifier | None) -> object:
    """A user whom the caller may not see either:
    calls that change users refuse with texts of their own.
    """
    user = look.world.users.get(identifier) if isinstance(identifier, int) else None
    if user is None:
        raise ObjectNotFound(_given(identifier))
    return user


def _image_group(look: Look, identifier: Identifier | None) -> object:
    for row in look.world.image_groups.values():
        if identifier in (row.id, row.guid):
            return row
    raise ObjectNotFound(_given(identifier))


def _among(rows: Callable[[Look], Iterable[Identified]]) -> Finder:
    def find(look: Look, identifier: Identifier | None) -> object:
        found = next((row for row in rows(look) if row.id == identifier), None)
        if found is None:
            raise ObjectNotFound(_given(identifier))
        return found

    return find


def _tracked(look: Look, identifier: Identifier | None) -> object:
    given = _given(identifier)
    number = tracked_id(given) if isinstance(given, int) else None
    for kind in Kind:
        if number in look.world.devices[kind]:
            return _device(kind)(look, number)
    raise ObjectNotFound(_given(identifier))


def _account(look: Look, identifier: Identifier | None) -> object:
    if identifier not in (None, look.world.account.id):
        raise ObjectNotFound(_given(identifier))
    return look.world.account


def _nothing(look: Look, identifier: Identifier | None) -> object:
    if identifier is not None:
        raise ObjectNotFound(identifier)
    return None


def _given(identifier: Identifier | None) -> Identifier:
    if identifier is None:
        raise UnknownIdentifier("")
    return identifier


FINDERS: dict[str, Finder] = {
    "account": _account,
    "none": _nothing,
    "virtual_guest": _device(Kind.GUEST),
    "hardware": _device(Kind.HARDWARE),
    "datacenter": _among(lambda look: look.world.datacenters.values()),
    "dedicated_host": _among(lambda look: hosts_of(look.user, look)),
    "disk_image": _among(lambda look: look.world.disk_images.values()),
    "image_group": _image_group,
    "tag": _among(account_tags),
    "tracked": _tracked,
    "user": _user,
    "any_user": _any_user,
    "vlan": _among(account_vlans),
}
