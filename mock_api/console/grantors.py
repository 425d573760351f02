"""Who can give a user what it lacks: the account's owner, and whoever above it manages users."""

from __future__ import annotations

from mock_api.domain.people import User, is_ancestor
from mock_api.domain.world import World


def grantors(world: World, user: User) -> list[User]:
    """Who can give this user permissions and access,
    the account's owner first (classic-api.md 5.2, 7.1).

    Nobody gives anything to itself, and who may not log in gives nothing. Hold the stage's lock.
    """
    able = (
        other
        for other in world.users.values()
        if other.status.may_log_in
        and other.holds("USER_MANAGE")
        and is_ancestor(world.users, other, user)
    )
    return sorted(able, key=lambda other: (not other.master, other.username))
