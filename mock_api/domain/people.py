"""Users: who they are, what proves them, what they may do, which devices exist for them,
and who stands above whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import IntEnum, StrEnum
from typing import Annotated

from mock_api.domain.facts import Kind, Record
from mock_api.domain.shapes import Sorted


class Resource(StrEnum):
    """What access is given to, as the API's method names and texts tell it apart."""

    GUEST = Kind.GUEST.value
    HARDWARE = Kind.HARDWARE.value
    DEDICATED_HOST = "dedicated_host"

    @property
    def access_all(self) -> str:
        """The permission that gives access to all of them."""
        return _ACCESS_ALL[self]

    @property
    def ids_field(self) -> str:
        """The field of a profile that lists the single ones."""
        return _IDS_FIELD[self]


_VIEW = {
    Resource.GUEST: "VIRTUAL_GUEST_VIEW",
    Resource.HARDWARE: "HARDWARE_VIEW",
    Resource.DEDICATED_HOST: "DEDICATED_HOST_VIEW",
}
_ACCESS_ALL = {
    Resource.GUEST: "ACCESS_ALL_GUEST",
    Resource.HARDWARE: "ACCESS_ALL_HARDWARE",
    Resource.DEDICATED_HOST: "ACCESS_ALL_DEDICATEDHOSTS",
}
_IDS_FIELD = {
    Resource.GUEST: "guest_ids",
    Resource.HARDWARE: "hardware_ids",
    Resource.DEDICATED_HOST: "dedicated_host_ids",
}


class Status(IntEnum):
    """A user's status (classic-api.md 5.2). Only an active user can log in (assumed)."""

    ACTIVE = 1001
    DISABLED = 1002
    INACTIVE = 1003
    PENDING = 1004
    SUSPENDED = 1005
    IAMID_INVALID = 1006
    CANCEL_PENDING = 1021
    VPN_ONLY = 1022

    @property
    def may_log_in(self) -> bool:
        """Whether the API lets the user in."""
        return self is Status.ACTIVE


# Written in order, so that the same world is the same text in every process.
Names = Annotated[frozenset[str], Sorted()]
Ids = Annotated[frozenset[int], Sorted()]


@dataclass(frozen=True)
class PortalLogin(Record):
    """An attempt to log in to the customer portal.

    API requests are none, so only a world file has them (SLDN).
    """

    created_s: float
    ip_address: str
    success: bool = True


@dataclass(frozen=True, kw_only=True)
class Profile(Record):
    """The part of a user that calls can change;
    a saved world carries it for every user that differs.
    """

    api_key: str = ""
    permissions: Names = frozenset()
    guest_ids: Ids = frozenset()
    hardware_ids: Ids = frozenset()
    dedicated_host_ids: Ids = frozenset()
    status_id: int = Status.ACTIVE.value
    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    email: str = ""
    company_name: str = ""
    office_phone: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    postal_code: str = ""
    ssl_vpn: bool = False
    vpn_manual: bool = False


PROFILE_FIELDS = tuple(row.name for row in fields(Profile))


@dataclass(frozen=True, kw_only=True)
class User(Profile):
    """A user of the account and the secrets that prove it."""

    id: int
    username: str
    ibm_cloud_api_key: str = ""
    iam_token: str = ""
    portal_token: str = ""
    master: bool = False
    parent_id: int | None = None
    created_s: float = 1535630857.0
    logins: tuple[PortalLogin, ...] = ()

    @property
    def status(self) -> Status:
        """The status by its name."""
        return Status(self.status_id)

    @property
    def profile(self) -> Profile:
        """The part that calls can change."""
        return Profile(**{name: getattr(self, name) for name in PROFILE_FIELDS})

    def with_profile(self, profile: Profile) -> User:
        """The same user with another profile."""
        return replace(self, **{name: getattr(profile, name) for name in PROFILE_FIELDS})

    def holds(self, permission: str) -> bool:
        """Whether the user may do it; a master user may do everything."""
        return self.master or permission in self.permissions

    def has_access(self, resource: Resource, number: int) -> bool:
        """Whether the user has access to one device or host, whatever it may see of it."""
        return bool(self.accessible(resource, (number,)))

    def accessible(self, resource: Resource, numbers: Iterable[int]) -> list[int]:
        """The devices or hosts that the user has access to, of these; quick for thousands."""
        if self.holds(resource.access_all):
            return list(numbers)
        granted = getattr(self, resource.ids_field)
        return [number for number in numbers if number in granted]

    def visible(self, resource: Resource, numbers: Iterable[int]) -> list[int]:
        """The devices or hosts that exist for the user, of these."""
        return self.accessible(resource, numbers) if self.holds(_VIEW[resource]) else []

    def sees(self, kind: Resource | Kind, number: int) -> bool:
        """Whether a device or host exists for this user: the view permission and access to it."""
        return bool(self.visible(Resource(kind), (number,)))

    def secrets(self) -> tuple[str, ...]:
        """Everything about this user that no log may show."""
        own = (self.api_key, self.ibm_cloud_api_key, self.iam_token, self.portal_token)
        return tuple(secret for secret in own if secret)


Users = Mapping[int, User]


def is_ancestor(users: Users, above: User, below: User) -> bool:
    """Whether one user stands above another; the master user stands above everybody else."""
    return above.id != below.id and (
        above.master or above.id in {row.id for row in ancestors(users, below)}
    )


def ancestors(users: Users, user: User) -> Iterator[User]:
    """The parent, its parent and so on; ends where the parent is
    unknown or the line comes back to itself.
    """
    seen = {user.id}
    above = users.get(user.parent_id or 0)
    while above and above.id not in seen:
        seen.add(above.id)
        yield above
        above = users.get(above.parent_id or 0)


def descendants(users: Users, user: User) -> list[User]:
    """The users below one, by their parents alone."""
    return [
        row for row in users.values() if any(above.id == user.id for above in ancestors(users, row))
    ]
