"""Permissions and device access (classic-api.md 5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mock_api import worlds
from tests.mock.stagehand import (
    APP,
    DB,
    GUEST,
    HARDWARE,
    ISO_DAL,
    MASTER,
    NEWCOMER,
    VIEWER,
    WEB,
    Play,
)

EVERYTHING = {
    "VIRTUAL_GUEST_VIEW", "HARDWARE_VIEW", "ACCESS_ALL_GUEST", "ACCESS_ALL_HARDWARE",
    "SERVER_RELOAD", "REMOTE_MANAGEMENT", "USER_EVENT_LOG_VIEW",
}  # fmt: skip
CALLS = [
    (GUEST, "executeRescueLayer", WEB, (), "SERVER_RELOAD"),
    (GUEST, "mountIsoImage", WEB, (ISO_DAL,), "SERVER_RELOAD"),
    (GUEST, "rebootDefault", WEB, (), "REMOTE_MANAGEMENT"),
    (HARDWARE, "bootToRescueLayer", DB, (), "SERVER_RELOAD"),
    (HARDWARE, "rebootHard", DB, (), "REMOTE_MANAGEMENT"),
    (HARDWARE, "powerOff", DB, (), "REMOTE_MANAGEMENT"),
]
NO_PERMISSION = {
    "error": "You do not have permission to this service.",
    "code": "SoftLayer_Exception_Public",
}


def as_user(permissions: set[str], guest_ids: frozenset[int] = frozenset()) -> Play:
    """A world in which the viewer holds just these permissions."""
    demo = worlds.demo()
    users = tuple(
        replace(user, permissions=frozenset(permissions), guest_ids=guest_ids)
        if user.username == VIEWER
        else user
        for user in demo.users
    )
    return Play(replace(demo, users=users))


@pytest.mark.parametrize(("service", "method", "number", "arguments", "permission"), CALLS)
def test_the_permission_of_a_call(
    service: str, method: str, number: int, arguments: tuple[object, ...], permission: str
) -> None:
    """Without the row's permission the call is refused and nothing happens;
    with it alone it is accepted.
    """
    without = as_user(EVERYTHING - {permission})
    answer = without.call(service, method, number, *arguments, user=VIEWER)
    assert (answer.status, answer.body) == (500, NO_PERMISSION)
    assert without.stage.world.events == []
    view = EVERYTHING - {"SERVER_RELOAD", "REMOTE_MANAGEMENT"}
    assert (
        as_user(view | {permission}).call(service, method, number, *arguments, user=VIEWER).status
        == 200
    )


@pytest.mark.parametrize("missing", ["VIRTUAL_GUEST_VIEW", "ACCESS_ALL_GUEST"])
def test_guests_that_a_user_may_not_see(missing: str) -> None:
    """No view permission or no access: the guest looks as if it did not exist,
    also to changing calls.
    """
    play = as_user(EVERYTHING - {missing})
    for method in ("getObject", "executeRescueLayer", "getPowerState"):
        answer = play.call(GUEST, method, WEB, user=VIEWER)
        said = answer.body["error"]  # type: ignore[index] # JSON
        assert (answer.status, said) == (404, f"Unable to find object with id of '{WEB}'.")
    assert play.call("SoftLayer_Account", "getVirtualGuests", user=VIEWER).body == []
    assert play.call(HARDWARE, "getObject", DB, user=VIEWER).status == 200


def test_access_to_single_devices() -> None:
    """Access may be given device by device."""
    play = as_user(EVERYTHING - {"ACCESS_ALL_GUEST"}, guest_ids=frozenset({APP}))
    assert play.call(GUEST, "getObject", APP, user=VIEWER).status == 200
    assert play.call(GUEST, "getObject", WEB, user=VIEWER).status == 404


def test_the_event_log_needs_its_permission() -> None:
    """USER_EVENT_LOG_VIEW, otherwise PermissionDenied (assumed)."""
    play = as_user(EVERYTHING - {"USER_EVENT_LOG_VIEW"})
    answer = play.call("SoftLayer_Event_Log", "getAllObjects", user=VIEWER)
    assert answer.body["code"] == "SoftLayer_Exception_PermissionDenied"  # type: ignore[index] # JSON


def test_the_demo_users(play: Play) -> None:
    """The viewer may not rescue, the newcomer sees no device, the master may do everything."""
    assert play.call(GUEST, "executeRescueLayer", WEB, user=VIEWER).body == NO_PERMISSION
    assert play.call("SoftLayer_Account", "getHardware", user=NEWCOMER).body == []
    assert play.call(GUEST, "executeRescueLayer", WEB, user=MASTER).body is True


def test_users_see_users(play: Play) -> None:
    """An ordinary user finds itself only; the master all, without permissions of its own (5.2)."""
    assert len(play.call("SoftLayer_Account", "getUsers").body) == 6  # type: ignore[arg-type] # JSON
    assert len(play.call("SoftLayer_Account", "getUsers", user=VIEWER).body) == 1  # type: ignore[arg-type] # JSON
    assert play.call("SoftLayer_User_Customer", "getPermissions", 167758).body == []
    keys = play.call(
        "SoftLayer_User_Customer", "getPermissions", 7651001, mask="mask[keyName]"
    ).body
    assert {"keyName": "REMOTE_MANAGEMENT"} in keys  # type: ignore[operator] # JSON


def test_events_name_the_user(play: Play) -> None:
    """An audit row says who did what to which object."""
    play.call(GUEST, "rebootDefault", WEB, user=VIEWER)
    row = play.call("SoftLayer_Event_Log", "getAllObjects").body[0]  # type: ignore[index] # JSON
    assert (row["eventName"], row["objectName"], row["objectId"]) == ("Reboot", "CCI", WEB)
    assert (row["userId"], row["username"], row["userType"]) == (7651001, VIEWER, "CUSTOMER")
    assert row["eventCreateDate"] == "2023-11-14T16:13:20.000000-06:00"
