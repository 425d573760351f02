"""Who is named to a user that lacks something."""

from __future__ import annotations

from dataclasses import replace

from mock_api import worlds
from mock_api.console.grantors import grantors
from mock_api.domain.people import Status
from mock_api.domain.stage import Stage
from mock_api.domain.world import World
from tests.mock.stagehand import MASTER, NEWCOMER, RealClock

MANAGER, TRAINEE = (f"307608_{name}@example.com" for name in ("manager", "trainee"))


def world() -> World:
    """The demo world."""
    return Stage(worlds.demo(), RealClock(), 0.0).world


def named(found: World, username: str) -> list[str]:
    """The user names of who can grant something to a user."""
    user = next(row for row in found.users.values() if row.username == username)
    return [row.username for row in grantors(found, user)]


def test_the_owner_and_the_managers_above() -> None:
    """A manager of users helps those below itself alone;
    the account's owner helps everybody else.
    """
    assert named(world(), TRAINEE) == [MASTER, MANAGER]
    assert named(world(), NEWCOMER) == [MASTER]
    assert named(world(), MANAGER) == [MASTER]
    assert named(world(), MASTER) == []


def test_a_manager_that_may_not_log_in_is_not_named() -> None:
    """Nobody is sent to somebody who cannot help."""
    found = world()
    manager = next(row for row in found.users.values() if row.username == MANAGER)
    found.change_profile(manager.id, replace(manager.profile, status_id=Status.DISABLED.value))
    assert named(found, TRAINEE) == [MASTER]
