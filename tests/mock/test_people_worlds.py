"""Users of a world: what a file may say of them, how they log in,
and how their changes are kept.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mock_api import worlds
from mock_api.domain.document import DocumentError, read_document, to_json, with_master
from mock_api.domain.errors import AccessDenied
from mock_api.domain.savefile import SaveFile
from mock_api.domain.stage import Stage
from mock_api.http.credentials import Login, Scheme, authenticate, read_header
from tests.mock.stagehand import GUEST, MASTER, NEWCOMER, START_S, VIEWER, WEB, Play
from tests.mock.test_people import FORMER, IDS, PUBLIC, USER, change, keys

DEMO: dict[str, Any] = json.loads(to_json(worlds.demo()))


def with_user(index: int, **fields: object) -> bytes:
    """The demo world with another user."""
    users = [
        user | fields if number == index else user for number, user in enumerate(DEMO["users"])
    ]
    return json.dumps(DEMO | {"users": users}).encode()


@pytest.mark.parametrize(
    ("world", "path", "text"),
    [
        (with_user(1, permissions=["FLY"]), "users[1].permissions", "allowed are ACCESS_ALL"),
        (with_user(1, status_id=7), "users[1].status_id", "allowed are 1001 ACTIVE, 1002 DISABLED"),
        (with_user(0, parent_id=7651001), "users[0].parent_id", "the master user has no parent"),
        (
            with_user(1, parent_id=5),
            "users[1].parent_id",
            "must be the id of a row of users (null for none)",
        ),
        (with_user(3, parent_id=7651004), "users[3].parent_id", "no user may be below itself"),
        (with_user(3, parent_id=7651003), "users[3].parent_id", "no user may be below itself"),
        (
            with_user(4, permissions=["DNS_MANAGE"]),
            "users[4].permissions",
            "only what its parent holds",
        ),
        (
            with_user(2, username=VIEWER),
            "users[2].username",
            "every username may be there only once",
        ),
        (with_user(1, master=True), "users", "exactly one user must be the master user"),
    ],
)
def test_users_that_do_not_fit_together(world: bytes, path: str, text: str) -> None:
    """A world file whose users cannot be is refused with the place and what is allowed."""
    with pytest.raises(DocumentError) as caught:
        read_document(world, "w.json")
    assert path in str(caught.value)
    assert text in str(caught.value)


def test_a_key_of_two_users_is_not_shown() -> None:
    """The refusal of a key that two users share does not repeat the key."""
    with pytest.raises(DocumentError, match="every iam_token may be there only once") as caught:
        read_document(with_user(2, iam_token="mock-viewer-iam-token-b"), "w.json")
    assert "mock-viewer" not in str(caught.value)


@pytest.mark.parametrize(
    ("profiles", "text"),
    [
        ({"5": {}}, "each must belong to the id of a user of the world"),
        ({"7651004": {"permissions": ["DNS_MANAGE"]}}, "only what its parent holds"),
        ({"7651004": {"status_id": 1}}, "allowed are 1001 ACTIVE"),
    ],
)
def test_changed_users_that_do_not_fit_together(profiles: dict[str, object], text: str) -> None:
    """A dump's changed users are checked as the file's are."""
    moving = {"now_s": START_S, "speed": 1.0, "next_id": 1, "profiles": profiles}
    with pytest.raises(DocumentError, match=text):
        read_document(json.dumps(DEMO | {"moving": moving}), "dump")


def test_a_user_without_a_parent_is_the_masters() -> None:
    """Most worlds need no hierarchy: without `parent_id` the master user alone stands above."""
    play = Play(read_document(with_user(3, parent_id=None), "w.json"))
    assert change(play, VIEWER, "addPortalPermission", {"keyName": "DNS_MANAGE"}) is True


def test_a_disabled_user_of_the_world_file(play: Play) -> None:
    """The world file may say so too, and how the refusal is worded."""
    assert play.call(GUEST, "getObject", WEB, user=FORMER).status == 401
    document = json.loads(to_json(worlds.demo()))
    document["labels"] = {
        "refusals": {"login_inactive": {"text": "The account is locked.", "status": 500}}
    }
    other = Play(read_document(json.dumps(document), "w.json"), door=play.door)
    answer = other.call(GUEST, "getObject", WEB, user=FORMER)
    assert (answer.status, answer.body) == (
        500,
        {"error": "The account is locked.", "code": PUBLIC},
    )


BASIC = "Basic " + base64.b64encode(b"7651001:mock-viewer-portal-token-b").decode()


@pytest.mark.parametrize(
    "login", [read_header(BASIC), Login(Scheme.PORTAL, "7651001", "mock-viewer-portal-token-b")]
)
def test_a_portal_token_names_its_user(login: Login) -> None:
    """In a header as softlayer-go sends it, and in XML-RPC's struct."""
    assert authenticate(login, Play().stage.world).username == VIEWER


@pytest.mark.parametrize(
    "login",
    [
        Login(Scheme.PORTAL, "7651001", "mock-master-portal-token-a"),
        Login(Scheme.PORTAL, "7651002", ""),
        Login(Scheme.PORTAL, VIEWER, "mock-viewer-portal-token-b"),
        Login(
            Scheme.PORTAL,
            VIEWER,
            "mock-viewer-classic-key-000000000000000000000000000000000000000b",
        ),
        Login(Scheme.KEY, "apikey", ""),
        Login(Scheme.KEY, "²", "x"),
        Login(Scheme.BEARER, "", ""),
    ],
)
def test_wrong_logins(login: Login) -> None:
    """Another user's token, a key where a token belongs,
    an empty secret of a user that has none.
    """
    with pytest.raises(AccessDenied):
        authenticate(login, Play().stage.world)


def changed() -> Play:
    """A world with users that differ from the file's."""
    play = Play()
    change(play, VIEWER, "addBulkPortalPermission", keys("SERVER_RELOAD"))
    change(play, NEWCOMER, "addVirtualGuestAccess", WEB)
    change(play, MASTER, "editObject", {"firstName": "Mona"})
    return play


def test_a_dump_carries_changed_users() -> None:
    """A dumped world, loaded elsewhere, is the same to every user;
    only those that differ are in `moving`.
    """
    play = changed()
    dump = json.loads(to_json(play.stage.document()))
    assert sorted(dump["moving"]["profiles"]) == [
        str(IDS[name]) for name in (MASTER, VIEWER, NEWCOMER)
    ]
    other = Play(read_document(json.dumps(dump), "dump"))
    assert other.stage.document() == play.stage.document()
    assert other.guest("executeRescueLayer", user=VIEWER) is True
    assert other.call(GUEST, "getObject", WEB, user=NEWCOMER).status == 200


def test_a_change_back_is_no_change() -> None:
    """A user that is again what the file says is not in `moving`."""
    play = changed()
    change(play, VIEWER, "removeBulkPortalPermission", keys("SERVER_RELOAD"))
    change(play, NEWCOMER, "removeVirtualGuestAccess", WEB)
    change(play, MASTER, "editObject", {"firstName": "Mia"})
    assert play.stage.world.profiles == {}


def test_reset_takes_changes_back() -> None:
    """Reset gives everybody the starting rights, and the world is the starting one."""
    play = changed()
    play.stage.reset()
    assert play.stage.document() == Play().stage.document()
    assert "error" in play.guest("executeRescueLayer", user=VIEWER)


def test_a_saved_world_carries_changed_users(tmp_path: Path) -> None:
    """A mock that starts from the file goes on with the users as they were."""
    save_file = SaveFile(tmp_path / "world.json")
    stage = Stage(worlds.demo(), lambda: 0.0, START_S, save_file)
    play = Play()
    play.stage = play.pipeline.stage = stage
    change(play, VIEWER, "addBulkPortalPermission", keys("SERVER_RELOAD"))
    save_file.close()
    restored = SaveFile(tmp_path / "world.json").restore()
    assert restored is not None
    assert restored[1] == stage.document()
    assert Play(restored[1]).guest("executeRescueLayer", user=VIEWER) is True


def test_the_command_lines_key_comes_before_a_saved_one() -> None:
    """Whoever starts the mock with a name and key gets in,
    even if a call gave the master user another key.
    """
    play = Play()
    play.call(USER, "removeApiAuthenticationKey", None, IDS[MASTER], user=MASTER)
    play.stage.world.give_key(IDS[MASTER])
    again = Play(with_master(play.stage.document(), "boss", "k3y"))
    assert again.stage.world.find_user_by_key("boss", "k3y") is not None


def test_no_secret_of_a_user_is_in_the_journal() -> None:
    """A portal token is as secret as a key."""
    play = Play()
    play.guest("getObject", "mock-viewer-portal-token-b")
    assert "mock-viewer-portal" not in json.dumps(play.stage.journal.rows())


def test_generated_worlds_have_users_that_fit_together() -> None:
    """The users of the demo world serve a world of any size."""
    play = Play(worlds.generate(guests=3, hardware=2))
    assert play.call(USER, "getVirtualGuests", IDS[VIEWER], mask="mask[id]").body == [
        {"id": 1000001}, {"id": 1000002}, {"id": 1000003}
    ]  # fmt: skip
