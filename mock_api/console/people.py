"""Who may change whom, as the pages of the users show it beforehand.
What the API then decides is what counts.

Hold the stage's lock while you use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mock_api.console.grantors import grantors
from mock_api.domain.facts import Facts
from mock_api.domain.grants import Change
from mock_api.domain.people import Resource, User, descendants
from mock_api.domain.permissions import DEPARTMENTS, PERMISSIONS, Permission
from mock_api.operations.types.table import Look
from mock_api.operations.types.users import visible_users

MOST_DEVICES = 20
ALL_ACCESS = tuple(resource.access_all for resource in Resource)
_DEVICES = (Resource.GUEST, Resource.HARDWARE)


@dataclass(frozen=True)
class Person:
    """A user in the list: the key of the word for what it reaches, with how many,
    for each kind of device.
    """

    user: User
    status: str
    above: User | None
    reach: tuple[tuple[Resource, bool, int], ...]


@dataclass(frozen=True)
class Box:
    """A permission of a user; `why` is the key of the reason for which it cannot be changed."""

    permission: Permission
    is_held: bool
    why: str | None


@dataclass(frozen=True)
class Reached:
    """A device as the viewer sees it, and whether the user has access to it."""

    kind: Resource
    facts: Facts
    is_granted: bool
    why: str | None


@dataclass(frozen=True)
class Subject:
    """The user of a page, and why the viewer may not change it, if so."""

    user: User
    parent: User
    why: str | None
    able: tuple[User, ...]


def people(look: Look) -> list[Person]:
    """The users that the viewer may see, the account's owner first."""
    users = sorted(visible_users(look), key=lambda user: (not user.master, user.username))
    return [_person(look, user) for user in users]


def _person(look: Look, user: User) -> Person:
    reach = tuple(
        (kind, user.holds(kind.access_all), len(getattr(user, kind.ids_field))) for kind in Resource
    )
    status = look.world.labels.name(f"user_status.{user.status.name}")
    return Person(user, status, look.world.users.get(user.parent_id or 0), reach)


def find_subject(look: Look, number: int) -> Subject | None:
    """A user that the viewer may see, or None."""
    user = next((row for row in visible_users(look) if row.id == number), None)
    if user is None:
        return None
    change = Change(look.world, look.user, user)
    return Subject(user, change.parent, _why_not(change), tuple(grantors(look.world, user)))


def _why_not(change: Change) -> str | None:
    """Why the caller may change nothing of the user (classic-api.md 5.2), or None."""
    if change.user.master:
        return "users.why.master"
    if change.user.id == change.caller.id:
        return "users.why.self"
    return None if change.is_allowed else "users.why.above"


def boxes(subject: Subject, department_id: int | None) -> list[Box]:
    """The permissions of a department, or those of no department."""
    return [
        _box(subject, row) for row in PERMISSIONS.values() if row.department_id == department_id
    ]


def groups(subject: Subject, sheet: str) -> Iterator[tuple[str, list[Box]]]:
    """The permissions of a sheet, by the key of the word that heads them."""
    if sheet == "all":
        yield "users.all", [_box(subject, PERMISSIONS[name]) for name in ALL_ACCESS]
        return
    for department in DEPARTMENTS:
        yield f"users.department.{department.key_name}", boxes(subject, department.id)
    yield "users.department.other", boxes(subject, None)


def _box(subject: Subject, row: Permission) -> Box:
    is_held = subject.user.holds(row.key_name)
    lacking = None if is_held or subject.parent.holds(row.key_name) else "users.why.parent"
    return Box(row, is_held, subject.why or lacking)


def holders_below(look: Look, user: User, names: set[str]) -> list[User]:
    """The users below one who hold any of these permissions."""
    return [row for row in descendants(look.world.users, user) if row.permissions & names]


def reached(look: Look, subject: Subject, query: str) -> tuple[list[Reached], int]:
    """The devices with a text in name, address or number, granted ones first;
    without a text the granted ones.

    At most MOST_DEVICES of them, and how many there are.
    """
    text = query.strip().casefold()
    found = [
        row
        for row in _devices(look, subject)
        if (_matches(row.facts, text) if text else row.is_granted)
    ]
    found.sort(key=lambda row: not row.is_granted)
    return found[:MOST_DEVICES], len(found)


def _devices(look: Look, subject: Subject) -> Iterator[Reached]:
    for kind in _DEVICES:
        devices = look.world.devices[kind]  # type: ignore[index] # a Resource is equal to the Kind of its name
        visible = look.user.visible(kind, devices)
        granted = set(subject.user.accessible(kind, visible))
        allowed = set(subject.parent.accessible(kind, visible))
        for number in visible:
            lacking = None if number in granted or number in allowed else "users.why.parent"
            yield Reached(kind, devices[number].facts, number in granted, subject.why or lacking)


def _matches(facts: Facts, text: str) -> bool:
    return any(
        text in part.casefold()
        for part in (facts.fqdn, facts.public_ip or "", facts.private_ip, str(facts.id))
    )


def count_unknown(look: Look, user: User) -> int:
    """How many single devices the user has access to that do not exist for the viewer."""
    given = (
        (kind, getattr(user, kind.ids_field))
        for kind in _DEVICES
        if not user.holds(kind.access_all)
    )
    return sum(len(numbers) - len(look.user.visible(kind, numbers)) for kind, numbers in given)
