"""Changing calls on users: who may change whom, then what
(classic-api.md 5.2, and SLDN's pages of the methods).

A caller changes the users below itself if it holds USER_MANAGE; the master user changes everybody
else. Nobody is given more than its parent has. All of a call's checks come before its first change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from mock_api.domain.errors import Refused
from mock_api.domain.facts import Kind
from mock_api.domain.people import Profile, Resource, User, descendants, is_ancestor
from mock_api.domain.permissions import PERMISSIONS
from mock_api.domain.world import World


@dataclass(frozen=True)
class Change:
    """Who changes whom in which world."""

    world: World
    caller: User
    user: User

    @property
    def parent(self) -> User:
        """Who limits what the user can be given: its parent, or the master user for one without."""
        users = self.world.users
        master = next(row for row in users.values() if row.master)
        return users.get(self.user.parent_id or 0, master)

    @property
    def is_allowed(self) -> bool:
        """Whether the caller stands above the user and may manage users at all."""
        return self.caller.holds("USER_MANAGE") and is_ancestor(
            self.world.users, self.caller, self.user
        )

    def refused(self, key: str, given: object = "") -> Refused:
        """The refusal of a label."""
        return Refused(self.world.labels.refusal(key), id=given)


def add_permissions(change: Change, key_names: Iterable[str]) -> None:
    """Give permissions; one that the user has already stays. Raises Refused."""
    names = _check_permissions(change, "add", key_names)
    lacking = [name for name in names if not change.parent.holds(name)]
    if lacking:
        raise change.refused("permission_parent", lacking[0])
    _change_profile(change, permissions=change.user.permissions | set(names))


def remove_permissions(change: Change, key_names: Iterable[str], cascade: bool) -> None:
    """Take permissions away; one that the user does not have does not matter.

    `cascade` takes them from everybody below as well; without it, what somebody below holds cannot
    go. Raises Refused.
    """
    names = set(_check_permissions(change, "remove", key_names))
    users = change.world.users
    below = [row for row in descendants(users, change.user) if row.permissions & names]
    if below and not cascade:
        raise change.refused("permission_children", min(below[0].permissions & names))
    for user in (change.user, *below):
        _change_profile(replace(change, user=user), permissions=user.permissions - names)


def add_access(change: Change, resource: Resource, numbers: Iterable[int]) -> None:
    """Give access to devices or hosts. Raises Refused."""
    wanted = _check_access(change, resource, numbers)
    if any(not change.parent.has_access(resource, number) for number in wanted):
        raise change.refused(f"access_parent.{resource}")
    granted = getattr(change.user, resource.ids_field) | set(wanted)
    _change_profile(change, **{resource.ids_field: granted})


def remove_access(change: Change, resource: Resource, numbers: Iterable[int]) -> None:
    """Take access away. Whoever had access to all keeps all the others, one by one (SLDN
    removeBulkHardwareAccess).

    Raises Refused.
    """
    unwanted = set(_check_access(change, resource, numbers))
    user = change.user
    had_all = resource.access_all in user.permissions and bool(unwanted)
    granted = _known(change.world, resource) if had_all else getattr(user, resource.ids_field)
    permissions = user.permissions - {resource.access_all} if had_all else user.permissions
    _change_profile(
        change, **{"permissions": permissions, resource.ids_field: frozenset(granted) - unwanted}
    )


def edit(change: Change, profile: Profile) -> None:
    """What a user says of itself, and its status:
    everybody their own data, managers that of the users below.

    Nobody sets its own status (assumed). Raises Refused.
    """
    _check_own_or_below(change)
    if change.caller.id == change.user.id and profile.status_id != change.user.status_id:
        raise change.refused("user_edit_other")
    change.world.change_profile(change.user.id, profile)


def add_key(change: Change) -> str:
    """A classic key for a user that has none: its own, or that of a user below (assumed).

    Raises Refused.
    """
    _check_own_or_below(change)
    if change.user.api_key:
        raise change.refused("key_exists")
    return change.world.give_key(change.user.id)


def remove_key(change: Change) -> None:
    """Take the classic key away: one's own, or that of a user below (classic-api.md 4.3).

    Raises Refused.
    """
    _check_own_or_below(change)
    _change_profile(change, api_key="")


def _check_own_or_below(change: Change) -> None:
    if not (change.caller.id == change.user.id or change.is_allowed):
        raise change.refused("user_edit_other")


def _change_profile(change: Change, **fields: object) -> None:
    changed = replace(change.user.profile, **fields)  # type: ignore[arg-type] # names and values come in pairs
    change.world.change_profile(change.user.id, changed)


def _check_permissions(change: Change, verb: str, key_names: Iterable[str]) -> list[str]:
    """The key names. Raises Refused."""
    if change.caller.id == change.user.id:
        raise change.refused(f"permission_{verb}_self")
    if not change.is_allowed:
        raise change.refused(f"permission_{verb}_other")
    names = list(key_names)
    for name in names:
        if not name:
            raise change.refused("permission_no_key")
        if name not in PERMISSIONS:
            raise change.refused("permission_unknown", name)
    return names


def _check_access(change: Change, resource: Resource, numbers: Iterable[int]) -> list[int]:
    """The numbers. Raises Refused."""
    if change.user.master:
        raise change.refused("access_master")
    if change.caller.id == change.user.id:
        raise change.refused("access_self")
    if not change.is_allowed:
        raise change.refused("access_other")
    wanted = list(numbers)
    known = _known(change.world, resource)
    for number in wanted:
        # What the caller has no access to does not exist for it.
        if number not in known or not change.caller.has_access(resource, number):
            raise change.refused(f"access_unknown.{resource}")
    return wanted


def _known(world: World, resource: Resource) -> Collection[int]:
    return (
        world.dedicated_hosts
        if resource is Resource.DEDICATED_HOST
        else world.devices[Kind(resource)]
    )
