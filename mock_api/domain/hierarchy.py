"""Whether the users of a world fit together: one master, nobody below itself,
and no more rights than above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mock_api.domain.mistakes import Mistake, Trail
from mock_api.domain.people import Status
from mock_api.domain.plain import LISTS, Plain, rows


def check_people(world: Plain) -> Iterator[Mistake]:
    """Every mistake of the users, and of what they became in a dump."""
    users = dict(rows(world, "users"))
    masters = [user.get("username") for user in users.values() if user.get("master") is True]
    if len(masters) != 1 and isinstance(world.get("users"), (list, tuple)):
        yield Mistake(
            ("users",), "exactly one user must be the master user (master: true)", masters
        )
    yield from _check_family(users)
    moving = world.get("moving")
    profiles = moving.get("profiles") if isinstance(moving, Mapping) else None
    if not isinstance(profiles, Mapping):
        return
    changed = {
        str(number): profile for number, profile in profiles.items() if isinstance(profile, Mapping)
    }
    for number in sorted(
        set(map(str, profiles)) - {str(user.get("id")) for user in users.values()}
    ):
        yield Mistake(
            ("moving", "profiles", number),
            "each must belong to the id of a user of the world",
            number,
        )
    yield from _check_family(
        {path: {**user, **changed.get(str(user.get("id")), {})} for path, user in users.items()}
    )


def _check_family(users: Mapping[Trail, Plain]) -> Iterator[Mistake]:
    """What each user may be, and be below whom."""
    by_id = {user["id"]: user for user in users.values() if isinstance(user.get("id"), int)}
    for path, user in users.items():
        status = user.get("status_id")
        parent = _parent(by_id, user)
        if isinstance(status, int) and status not in set(Status):
            allowed = ", ".join(f"{row.value} {row.name}" for row in Status)
            yield Mistake((*path, "status_id"), f"allowed are {allowed}", status)
        if user.get("master") is True and user.get("parent_id") is not None:
            yield Mistake(
                (*path, "parent_id"), "the master user has no parent", user.get("parent_id")
            )
        elif parent is not None and not _ends_at_the_top(by_id, parent):
            yield Mistake((*path, "parent_id"), "no user may be below itself", user["parent_id"])
        elif parent is not None and parent.get("master") is not True:
            extra = sorted(set(_permissions(user)) - set(_permissions(parent)))
            if extra:
                yield Mistake(
                    (*path, "permissions"), "a user may hold only what its parent holds", extra[0]
                )


def _permissions(user: Plain) -> Iterator[str]:
    names = user.get("permissions")
    if isinstance(names, LISTS):
        yield from (name for name in names if isinstance(name, str))


def _parent(users: Mapping[object, Plain], user: Plain) -> Plain | None:
    number = user.get("parent_id")
    return users.get(number) if isinstance(number, int) else None


def _ends_at_the_top(users: Mapping[object, Plain], user: Plain) -> bool:
    """Whether the line of parents comes to the master user or to one without a parent,
    and not back to itself.
    """
    seen: list[Plain] = []
    above: Plain | None = user
    while above is not None and above.get("master") is not True:
        if any(above is row for row in seen):
            return False
        seen.append(above)
        above = _parent(users, above)
    return True
