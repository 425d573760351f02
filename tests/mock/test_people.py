"""Users, changed through the API: permissions, device access and details (classic-api.md 5.2)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mock_api.domain.people import Status
from mock_api.domain.permissions import DEPARTMENTS, PERMISSIONS
from tests.mock.stagehand import (
    APP,
    DB,
    GUEST,
    HARDWARE,
    MASTER,
    NEWCOMER,
    SPARE,
    VIEWER,
    WEB,
    WINBM,
    Play,
)

USER = "SoftLayer_User_Customer"
MANAGER, TRAINEE, FORMER = (
    f"307608_{name}@example.com" for name in ("manager", "trainee", "former")
)
IDS = {
    MASTER: 167758,
    VIEWER: 7651001,
    NEWCOMER: 7651002,
    MANAGER: 7651003,
    TRAINEE: 7651004,
    FORMER: 7651005,
}
HOST = 691394
PUBLIC = "SoftLayer_Exception_Public"
DENIED = "SoftLayer_Exception_PermissionDenied"


def change(play: Play, user: str, method: str, *arguments: object, by: str = MASTER) -> Any:
    """A changing call on a user."""
    return play.call(USER, method, IDS[user], *arguments, user=by).body


def keys(*names: str) -> list[dict[str, str]]:
    """Permissions as clients send them."""
    return [{"keyName": name} for name in names]


def held(play: Play, user: str) -> set[str]:
    """What a user holds."""
    rows: Any = play.call(USER, "getPermissions", IDS[user]).body
    return {row["keyName"] for row in rows}


def reach(play: Play, user: str, noun: str) -> list[int]:
    """What a user has access to, as the master sees it."""
    rows: Any = play.call(USER, f"get{noun}", IDS[user]).body
    return [row["id"] for row in rows]


def test_a_new_permission_takes_effect_at_once(play: Play) -> None:
    """The viewer gains SERVER_RELOAD and can rescue in the next request;
    without it again, it cannot.
    """
    refused = {"error": "You do not have permission to this service.", "code": PUBLIC}
    assert play.guest("executeRescueLayer", user=VIEWER) == refused
    assert change(play, VIEWER, "addBulkPortalPermission", keys("SERVER_RELOAD")) is True
    assert play.guest("executeRescueLayer", user=VIEWER) is True
    assert change(play, VIEWER, "removePortalPermission", {"keyName": "SERVER_RELOAD"}) is True
    assert play.guest("executeRescueLayer", user=VIEWER, number=APP) == refused


def test_a_permission_that_is_there_or_not_there_already(play: Play) -> None:
    """Adding what a user has and removing what it has not
    changes nothing and is no error (SLDN).
    """
    before = held(play, VIEWER)
    assert change(play, VIEWER, "addPortalPermission", {"keyName": "HARDWARE_VIEW"}) is True
    assert change(play, VIEWER, "removeBulkPortalPermission", keys("DNS_MANAGE")) is True
    assert change(play, VIEWER, "addBulkPortalPermission", []) is True
    assert held(play, VIEWER) == before


def test_without_the_view_permission_devices_are_gone(play: Play) -> None:
    """HARDWARE_VIEW hides all bare metal from its user, while the access stays."""
    assert play.call(HARDWARE, "getObject", DB, user=VIEWER).status == 200
    change(play, VIEWER, "removeBulkPortalPermission", keys("HARDWARE_VIEW"))
    answer = play.call(HARDWARE, "getObject", DB, user=VIEWER)
    assert answer.body == {
        "error": f"Unable to find object with id of '{DB}'.",
        "code": "SoftLayer_Exception_ObjectNotFound",
    }
    assert play.call("SoftLayer_Account", "getHardware", user=VIEWER).body == []
    assert reach(play, VIEWER, "Hardware") == [DB, WINBM, SPARE]


REFUSED: list[tuple[str, str, str, tuple[object, ...], str, str]] = [
    (MANAGER, MANAGER, "addPortalPermission", ({"keyName": "DNS_MANAGE"},), PUBLIC,
     "You may not add permissions to your account."),
    (MASTER, MASTER, "removeBulkPortalPermission", ([{"keyName": "DNS_MANAGE"}],), PUBLIC,
     "You may not remove permissions from your account."),
    (VIEWER, NEWCOMER, "addPortalPermission", ({"keyName": "HARDWARE_VIEW"},), PUBLIC,
     "You may not add permissions to this account."),
    (MANAGER, VIEWER, "addBulkPortalPermission", ([{"keyName": "HARDWARE_VIEW"}],), PUBLIC,
     "You may not add permissions to this account."),
    (MANAGER, MASTER, "addPortalPermission", ({"keyName": "HARDWARE_VIEW"},), PUBLIC,
     "You may not add permissions to this account."),
    (MANAGER, NEWCOMER, "removePortalPermission", ({"keyName": "HARDWARE_VIEW"},), PUBLIC,
     "You may not remove permissions from this account."),
    (MASTER, VIEWER, "addPortalPermission", ({"keyName": "FLY"},), PUBLIC,
     "Unable to locate a permission with the key name FLY."),
    (MASTER, VIEWER, "removeBulkPortalPermission",
     ([{"keyName": "DNS_MANAGE"}, {"keyName": "FLY"}],), PUBLIC,
     "Unable to locate a permission with the key name FLY."),
    (MASTER, VIEWER, "addPortalPermission", ({"key": "H_4"},), PUBLIC,
     "Please specify a permission key name."),
    (MANAGER, TRAINEE, "addPortalPermission", ({"keyName": "DNS_MANAGE"},), PUBLIC,
     "You may not add permissions that the parent does not possess to this account."),
    (MASTER, TRAINEE, "addBulkPortalPermission",
     ([{"keyName": "SERVER_RELOAD"}, {"keyName": "DNS_MANAGE"}],), PUBLIC,
     "You may not add permissions that the parent does not possess to this account."),
    (MASTER, MANAGER, "removePortalPermission", ({"keyName": "VIRTUAL_GUEST_VIEW"},), PUBLIC,
     "Unable to remove user permission VIRTUAL_GUEST_VIEW."),
    (MANAGER, MASTER, "addHardwareAccess", (DB,), DENIED,
     "You may not grant or deny Master User device access."),
    (MASTER, MASTER, "removeHardwareAccess", (DB,), DENIED,
     "You may not grant or deny Master User device access."),
    (MANAGER, MANAGER, "addVirtualGuestAccess", (WEB,), DENIED,
     "You may not grant or deny yourself device access."),
    (VIEWER, NEWCOMER, "addVirtualGuestAccess", (WEB,), DENIED,
     "You may not grant or deny device access to other users."),
    (MANAGER, NEWCOMER, "removeBulkVirtualGuestAccess", ([WEB],), DENIED,
     "You may not grant or deny device access to other users."),
    (MASTER, VIEWER, "addHardwareAccess", (1,), PUBLIC, "Please specify a valid hardware id."),
    (MASTER, VIEWER, "removeHardwareAccess", (1,), PUBLIC, "Please specify a valid hardware id."),
    (MASTER, VIEWER, "addVirtualGuestAccess", (DB,), PUBLIC,
     "Please specify a valid Virtual Server id."),
    (MASTER, VIEWER, "addDedicatedHostAccess", (WEB,), PUBLIC,
     "Please specify a valid dedicated host id."),
    (MANAGER, TRAINEE, "addHardwareAccess", (SPARE,), PUBLIC,
     "Please specify a valid hardware id."),
    (MASTER, TRAINEE, "addHardwareAccess", (SPARE,), PUBLIC,
     "You may not add hardware permissions that the parent does not possess to this account."),
    (MASTER, TRAINEE, "addDedicatedHostAccess", (HOST,), PUBLIC,
     "You may not add dedicated host permissions that the parent does not possess"
     " to this account."),
]  # fmt: skip


@pytest.mark.parametrize(("by", "user", "method", "arguments", "code", "text"), REFUSED)
def test_documented_refusals(
    play: Play, by: str, user: str, method: str, arguments: tuple[object, ...], code: str, text: str
) -> None:
    """Exception class and text are SLDN's, and nobody's rights have changed."""
    assert change(play, user, method, *arguments, by=by) == {"error": text, "code": code}
    assert play.stage.world.profiles == {}


def test_the_parent_limits_guests_too(play: Play) -> None:
    """Who lost a guest cannot have it given to its children."""
    change(play, MANAGER, "removeBulkVirtualGuestAccess", [WEB])
    text = (
        "You may not add Virtual Server permissions"
        " that the parent does not possess to this account."
    )
    assert change(play, TRAINEE, "addVirtualGuestAccess", WEB) == {"error": text, "code": PUBLIC}


def test_a_manager_changes_the_users_below(play: Play) -> None:
    """USER_MANAGE and being above the user is enough, for what the manager itself holds."""
    assert (
        change(
            play,
            TRAINEE,
            "addBulkPortalPermission",
            keys("HARDWARE_VIEW", "SERVER_RELOAD"),
            by=MANAGER,
        )
        is True
    )
    assert change(play, TRAINEE, "addHardwareAccess", str(DB), by=MANAGER) is True
    assert play.server("bootToRescueLayer", user=TRAINEE) is True


def test_without_user_manage_a_parent_changes_nobody(play: Play) -> None:
    """Being above alone is not enough."""
    change(play, MANAGER, "removeBulkPortalPermission", keys("USER_MANAGE"))
    answer = change(play, TRAINEE, "addPortalPermission", {"keyName": "HARDWARE_VIEW"}, by=MANAGER)
    assert answer["error"] == "You may not add permissions to this account."


def test_cascading_removal(play: Play) -> None:
    """With cascadePermissionsFlag a permission goes from everybody below as well."""
    arguments = (keys("VIRTUAL_GUEST_VIEW"), True)
    assert change(play, MANAGER, "removeBulkPortalPermission", *arguments) is True
    assert "VIRTUAL_GUEST_VIEW" not in held(play, MANAGER) | held(play, TRAINEE)


@pytest.mark.parametrize(
    ("noun", "listed", "number"),
    [
        ("Hardware", "Hardware", DB),
        ("VirtualGuest", "VirtualGuests", APP),
        ("DedicatedHost", "DedicatedHosts", HOST),
    ],
)
def test_access_comes_and_goes(play: Play, noun: str, listed: str, number: int) -> None:
    """One by one and in bulk; numbers may be texts; twice is no error."""
    for _ in range(2):
        assert change(play, NEWCOMER, f"add{noun}Access", str(number)) is True
    assert reach(play, NEWCOMER, listed) == [number]
    assert change(play, NEWCOMER, f"remove{noun}Access", number) is True
    assert reach(play, NEWCOMER, listed) == []
    assert change(play, NEWCOMER, f"addBulk{noun}Access", [number]) is True
    assert reach(play, NEWCOMER, listed) == [number]
    for _ in range(2):
        assert change(play, NEWCOMER, f"removeBulk{noun}Access", [str(number)]) is True
    assert reach(play, NEWCOMER, listed) == []


def test_a_granted_device_exists_at_once(play: Play) -> None:
    """The newcomer sees the device that it was given, and no other."""
    change(play, NEWCOMER, "addVirtualGuestAccess", APP)
    assert play.call(GUEST, "getObject", APP, user=NEWCOMER).status == 200
    assert play.call(GUEST, "getObject", WEB, user=NEWCOMER).status == 404


def test_access_to_all_but_some(play: Play) -> None:
    """Taking one server from a user with access to all leaves all
    the others (SLDN removeBulkHardwareAccess).
    """
    assert change(play, VIEWER, "removeBulkHardwareAccess", [DB]) is True
    assert reach(play, VIEWER, "Hardware") == [WINBM, SPARE]
    assert "ACCESS_ALL_HARDWARE" not in held(play, VIEWER)
    assert play.call(HARDWARE, "getObject", DB, user=VIEWER).status == 404


def test_details_can_be_edited(play: Play) -> None:
    """The template's properties change, the others stay; everybody may edit its own,
    a manager those below.
    """
    template = {"firstName": "Vera", "sslVpnAllowedFlag": True}
    assert change(play, VIEWER, "editObject", template, by=VIEWER) is True
    user: Any = play.call(USER, "getObject", IDS[VIEWER]).body
    assert (user["firstName"], user["lastName"], user["sslVpnAllowedFlag"]) == (
        "Vera",
        "Viewer",
        True,
    )
    assert change(play, TRAINEE, "editObject", {"lastName": "Tester"}, by=MANAGER) is True
    assert change(play, MASTER, "editObject", {"lastName": "Muster"}, by=MASTER) is True


def test_a_put_edits_too() -> None:
    """softlayer-go names no method: PUT on the user is editObject (classic-api.md 4.1)."""
    play = Play()
    path = f"{USER}/{IDS[VIEWER]}.json"
    body = json.dumps({"parameters": [{"city": "Lyon"}]}).encode()
    assert play.send("PUT", path, body=body).body is True
    assert play.stage.world.users[IDS[VIEWER]].city == "Lyon"


def test_changes_side_by_side_are_all_kept(play: Play) -> None:
    """Twenty clients give one user a permission each at the same time: none is lost."""
    names = sorted(set(PERMISSIONS) - held(play, VIEWER))[:20]
    with ThreadPoolExecutor(max_workers=20) as clients:
        done = list(
            clients.map(
                lambda name: change(play, VIEWER, "addBulkPortalPermission", keys(name)), names
            )
        )
    assert done == [True] * 20
    assert held(play, VIEWER) >= set(names)


def test_the_journal_shows_what_was_given(play: Play) -> None:
    """The key name of a permission is no secret, although it has the word in its name."""
    change(play, VIEWER, "addBulkPortalPermission", keys("SERVER_RELOAD"))
    assert play.stage.journal.rows()[-1]["parameters"] == [keys("SERVER_RELOAD")]


@pytest.mark.parametrize(
    ("by", "user", "template", "code"),
    [
        (MANAGER, VIEWER, {"firstName": "X"}, DENIED),
        (MANAGER, MASTER, {"firstName": "X"}, DENIED),
        (VIEWER, NEWCOMER, {"firstName": "X"}, "SoftLayer_Exception_ObjectNotFound"),
        (VIEWER, VIEWER, {"userStatusId": 1002}, DENIED),
        (MASTER, MASTER, {"userStatusId": 1021}, DENIED),
        (MASTER, VIEWER, {"userStatusId": 1004}, "SoftLayer_Exception_InvalidValue"),
        (MASTER, VIEWER, {"userStatusId": True}, "SoftLayer_Exception_InvalidValue"),
        (MASTER, VIEWER, {"username": "other"}, "SoftLayer_Exception_InvalidValue"),
        (MASTER, VIEWER, {"isMasterUserFlag": True}, "SoftLayer_Exception_InvalidValue"),
        (MASTER, VIEWER, {"firstName": 7}, "SoftLayer_Exception_InvalidValue"),
    ],
)
def test_details_that_cannot_be_edited(
    play: Play, by: str, user: str, template: dict[str, object], code: str
) -> None:
    """Others' details, one's own status, a status that only the system sets,
    and what identifies a user.
    """
    assert change(play, user, "editObject", template, by=by)["code"] == code
    assert play.stage.world.profiles == {}


@pytest.mark.parametrize("status", [1002, "1003", 1021, 1022])
def test_only_an_active_user_gets_in(play: Play, status: int | str) -> None:
    """Any other status shuts the user out from the next request on, until it is active again."""
    change(play, VIEWER, "editObject", {"userStatusId": status})
    answer = play.call(GUEST, "getObject", WEB, user=VIEWER)
    assert (answer.status, answer.body) == (401, {"error": "Access Denied. ", "code": PUBLIC})
    user: Any = play.call(USER, "getObject", IDS[VIEWER], mask="mask[userStatusId,userStatus]").body
    assert user["userStatus"]["keyName"] == Status(int(status)).name
    change(play, VIEWER, "editObject", {"userStatusId": 1001})
    assert play.call(GUEST, "getObject", WEB, user=VIEWER).status == 200


def test_logins_to_the_portal(play: Play) -> None:
    """Newest first, from the world file: requests to the API are no logins to the portal,
    and no look adds any.
    """
    play.call(GUEST, "getObject", WEB, user=VIEWER)
    mask = "mask[successfulLogins,unsuccessfulLogins,loginAttempts[successFlag]]"
    user: Any = play.call(USER, "getObject", IDS[VIEWER], mask=mask).body
    assert user["successfulLogins"] == [
        {"createDate": "2022-08-30T07:07:37-06:00", "ipAddress": "192.0.2.21", "successFlag": True,
         "userId": IDS[VIEWER], "username": VIEWER}
    ]  # fmt: skip
    assert [row["successFlag"] for row in user["unsuccessfulLogins"]] == [False]
    assert [row["successFlag"] for row in user["loginAttempts"]] == [True, False]


def test_all_permissions(play: Play) -> None:
    """Both lists give every permission; the departments hold all but the one that is in none."""
    actions: Any = play.call("SoftLayer_User_Permission_Action", "getAllObjects").body
    departments: Any = play.call(
        "SoftLayer_User_Permission_Department",
        "getAllObjects",
        mask="mask[keyName,permissions[keyName,key]]",
    ).body
    assert {row["keyName"] for row in actions} == set(PERMISSIONS)
    rows: Any = play.call(
        "SoftLayer_User_Customer_CustomerPermission_Permission", "getAllObjects"
    ).body
    assert [row["keyName"] for row in rows] == [row["keyName"] for row in actions]
    assert [row["keyName"] for row in departments] == [row.key_name for row in DEPARTMENTS]
    listed = [row["keyName"] for department in departments for row in department["permissions"]]
    assert len(listed) == len(set(listed)) == 92
    assert set(PERMISSIONS) - set(listed) == {"SSL_VPN_ENABLED"}


def test_own_key(play: Play) -> None:
    """A user sees its own classic key, and that of nobody else."""
    for by, shown in ((VIEWER, play.key(VIEWER)), (MASTER, "*****")):
        rows: Any = play.call(USER, "getApiAuthenticationKeys", IDS[VIEWER], user=by).body
        assert rows[0]["authenticationKey"] == shown


def test_a_new_key(play: Play) -> None:
    """One key a user: the old one goes first; the new one works at once and is in no log."""
    assert change(play, VIEWER, "addApiAuthenticationKey", by=VIEWER)["error"].startswith(
        "This user already has"
    )
    old = play.key(VIEWER)
    assert play.call(USER, "removeApiAuthenticationKey", None, IDS[VIEWER]).body is True
    world = play.stage.world
    assert play.call(USER, "getApiAuthenticationKeys", IDS[VIEWER]).body == []
    assert world.find_user_by_key(VIEWER, old) is world.find_user_by_key(VIEWER, "") is None
    key = change(play, VIEWER, "addApiAuthenticationKey")
    assert len(key) == 64
    assert play.guest("getObject", user=VIEWER, mask="mask[id]") == {"id": WEB}
    play.guest("getObject", key, old)
    assert key not in json.dumps(play.stage.journal.rows())
    assert old not in json.dumps(play.stage.journal.rows())


@pytest.mark.parametrize(("by", "user"), [(VIEWER, NEWCOMER), (MANAGER, VIEWER), (MANAGER, MASTER)])
def test_somebody_elses_key(play: Play, by: str, user: str) -> None:
    """Only the user and whoever stands above may take a key away."""
    answer: Any = play.call(USER, "removeApiAuthenticationKey", None, IDS[user], user=by).body
    assert answer["code"] == (DENIED if by == MANAGER else "SoftLayer_Exception_ObjectNotFound")
    assert play.key(user)


def test_the_family(play: Play) -> None:
    """Parent and children, and only the users that the caller may see."""
    mask = "mask[id,parent[username],childUsers[username]]"
    user: Any = play.call(USER, "getObject", IDS[MANAGER], mask=mask).body
    assert user == {
        "id": IDS[MANAGER],
        "parent": {"username": MASTER},
        "childUsers": [{"username": TRAINEE}],
    }
    assert play.call(USER, "getObject", IDS[MANAGER], user=VIEWER).status == 404


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("addPortalPermission", ("SERVER_RELOAD",)),
        ("addBulkPortalPermission", ({"keyName": "SERVER_RELOAD"},)),
        ("addBulkPortalPermission", (["SERVER_RELOAD"],)),
        ("removePortalPermission", ({"keyName": "SERVER_RELOAD"}, "maybe")),
        ("removePortalPermission", ({"keyName": "SERVER_RELOAD"}, [])),
        ("addHardwareAccess", ([DB],)),
        ("addBulkHardwareAccess", (DB,)),
        ("addBulkHardwareAccess", ([DB, "x"],)),
        ("editObject", ("firstName",)),
    ],
)
def test_arguments_of_the_wrong_kind(
    play: Play, method: str, arguments: tuple[object, ...]
) -> None:
    """An object, a list of objects or of numbers, or a yes or no:
    anything else is an invalid value.
    """
    assert change(play, VIEWER, method, *arguments)["code"] == "SoftLayer_Exception_InvalidValue"
    assert play.stage.world.profiles == {}


@pytest.mark.parametrize(
    ("setting", "method", "arguments"),
    [
        ("guest_rescue_permission", "executeRescueLayer", ()),
        ("guest_power_permission", "rebootSoft", ()),
        ("guest_iso_permission", "mountIsoImage", (34291701,)),
        ("guest_iso_permission", "unmountIsoImage", ()),
    ],
)
def test_what_a_guests_calls_check_is_the_worlds_choice(
    play: Play, setting: str, method: str, arguments: tuple[object, ...]
) -> None:
    """Nobody documented it (classic-api.md 9.12): a world names another permission, or none;
    bare metal's stays.
    """
    refused = "You do not have permission to this service."
    settings: dict[str, Any] = {setting: "MANAGE_VIRTUAL_GUEST"}
    strict = Play(door=play.door, **settings)
    change(strict, VIEWER, "addBulkPortalPermission", keys("SERVER_RELOAD"))
    assert strict.guest(method, *arguments, user=VIEWER)["error"] == refused
    change(strict, VIEWER, "addBulkPortalPermission", keys("MANAGE_VIRTUAL_GUEST"))
    assert refused not in str(strict.guest(method, *arguments, user=VIEWER))
    settings[setting] = None
    easy = Play(door=play.door, **settings)
    change(easy, VIEWER, "removeBulkPortalPermission", keys("REMOTE_MANAGEMENT"))
    assert refused not in str(easy.guest(method, *arguments, user=VIEWER))
    assert easy.server("rebootSoft", user=VIEWER)["error"] == refused
