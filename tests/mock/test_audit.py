"""The event log of what the console alone does: sign-ins, and looks at a device's login."""

from __future__ import annotations

from typing import Any

import pytest

from mock_api.domain.audit import note_credentials, note_login
from mock_api.domain.document import read_document, to_json
from mock_api.domain.facts import Kind
from mock_api.domain.people import User
from tests.mock.stagehand import DB, START_S, VIEWER, WEB, Play

SHOWN = ("eventName", "objectName", "objectId", "label", "userId", "username", "userType")


def viewer(play: Play) -> User:
    """An ordinary user."""
    return next(user for user in play.stage.world.users.values() if user.username == VIEWER)


def log(play: Play) -> list[list[Any]]:
    """The event log as the API shows it."""
    rows: Any = play.call("SoftLayer_Event_Log", "getAllObjects").body
    return [[row[name] for name in SHOWN] for row in rows]


@pytest.mark.parametrize(("success", "name"), [(True, "Login Successful"), (False, "Login Failed")])
def test_a_sign_in_is_logged(play: Play, success: bool, name: str) -> None:
    """On the user itself, well or not; the names are those that real accounts show."""
    user = viewer(play)
    note_login(play.stage.world, user, START_S + 1, success)
    assert log(play) == [[name, "User", user.id, VIEWER, user.id, VIEWER, "CUSTOMER"]]


@pytest.mark.parametrize(
    ("kind", "number", "object_name"), [(Kind.GUEST, WEB, "CCI"), (Kind.HARDWARE, DB, "Server")]
)
def test_a_look_at_a_login_is_logged(play: Play, kind: Kind, number: int, object_name: str) -> None:
    """On the device, as a call would be, by who looked."""
    user = viewer(play)
    device = play.stage.world.devices[kind][number]
    note_credentials(play.stage.world, device, user, START_S)
    assert log(play) == [
        ["View Password", object_name, number, device.facts.fqdn, user.id, VIEWER, "CUSTOMER"]
    ]


def test_a_world_words_them(play: Play) -> None:
    """As every name that the mock has to choose."""
    raw = to_json(play.stage.document()).replace(
        '"names":{}', '"names":{"event.view_password":"Password shown"}'
    )
    other = Play(read_document(raw, "test"))
    world = other.stage.world
    note_credentials(world, world.devices[Kind.GUEST][WEB], viewer(other), START_S)
    assert [row[0] for row in log(other)] == ["Password shown"]


def test_calls_and_the_console_share_one_log(play: Play) -> None:
    """In the order in which they were done, and kept in a dumped world."""
    note_login(play.stage.world, viewer(play), START_S, success=True)
    play.guest("rebootSoft")
    note_credentials(
        play.stage.world, play.stage.world.devices[Kind.GUEST][WEB], viewer(play), START_S
    )
    assert [row[0] for row in log(play)] == ["Login Successful", "Reboot", "View Password"]
    assert log(Play(read_document(to_json(play.stage.document()), "test"))) == log(play)
