"""All handlers by (service, method), and the finders of the objects that calls go to."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

from mock_api.domain.errors import ObjectNotFound, UnknownIdentifier
from mock_api.domain.facts import Kind
from mock_api.operations import (
    account,
    event_log,
    hardware_server,
    user_customer,
    user_customer_customerpermission_permission,
    user_permission_action,
    user_permission_department,
    virtual_disk_image,
    virtual_guest,
    virtual_guest_block_device_template_group,
)  # fmt: skip
from mock_api.operations.call import Call
from mock_api.operations.types.table import Look
from mock_api.operations.types.users import visible_users

Handler = Callable[[Call], object]
Identifier = int | str
Finder = Callable[[Look, Identifier | None], object]

MODULES: tuple[ModuleType, ...] = (
    account, event_log, hardware_server, user_customer, user_customer_customerpermission_permission,
    user_permission_action, user_permission_department,
    virtual_disk_image, virtual_guest, virtual_guest_block_device_template_group,
)  # fmt: skip


def _handlers(module: ModuleType) -> dict[tuple[str, str], Handler]:
    own = (row for row in vars(module).items() if inspect.isfunction(row[1]) and row[1].__module__ == module.__name__)
    return {(module.SERVICE, name): function for name, function in own if not name.startswith("_")}


HANDLERS: dict[tuple[str, str], Handler] = {
    key: function for module in MODULES for key, function in _handlers(module).items()
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


def _row(table: str) -> Finder:
    def find(look: Look, identifier: Identifier | None) -> object:
        row = getattr(look.world, table).get(identifier)
        if row is None:
            raise ObjectNotFound(_given(identifier))
        return row

    return find


def _user(look: Look, identifier: Identifier | None) -> object:
    for user in visible_users(look):
        if user.id == identifier:
            return user
    raise ObjectNotFound(_given(identifier))


def _any_user(look: Look, identifier: Identifier | None) -> object:
    """A user whom the caller may not see either: calls that change users refuse with texts of their own."""
    user = look.world.users.get(identifier) if isinstance(identifier, int) else None
    if user is None:
        raise ObjectNotFound(_given(identifier))
    return user


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
    "disk_image": _row("disk_images"),
    "image_group": _row("image_groups"),
    "user": _user,
    "any_user": _any_user,
}
