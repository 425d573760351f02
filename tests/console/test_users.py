"""The users: who sees and changes whom, and the calls that it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mock_api import worlds
from mock_api.control.access import Access
from mock_api.domain.facts import Kind
from mock_api.domain.people import User
from mock_api.worlds.generated import generate
from tests.console.desk import Front, text_of
from tests.mock.stagehand import DB, MASTER, NEWCOMER, SPARE, VIEWER, WEB, Play

pytestmark = pytest.mark.slow  # pages by the dozen

OWNER_ID = 167758
VIEWER_ID = 7651001
NEWCOMER_ID = 7651002
MANAGER_ID = 7651003
TRAINEE_ID = 7651004
MANAGER = "307608_manager@example.com"
PERMISSIONS = f"parts/users/{NEWCOMER_ID}/permissions/permissions"
DEVICES = f"parts/users/{NEWCOMER_ID}/devices"


@pytest.fixture
def front() -> Front:
    """The console before the demo world."""
    return Front()


def user(front: Front, number: int) -> User:
    """A user as it is now."""
    return front.play.stage.world.users[number]


def calls(front: Front) -> list[tuple[str | None, list[Any], int | None]]:
    """The API's calls that the console made: method, parameters, status."""
    entries = front.play.stage.journal.entries()
    return [
        (row.method, row.parameters, row.status) for row in entries if row.http_method == "CONSOLE"
    ]


def test_a_manager_sees_everybody(front: Front) -> None:
    """With e-mail, status, permissions, what they reach and who is above them."""
    page = front.enter(MANAGER).get("users")
    shown = text_of(page)
    assert (
        "Flo Former 307608_former@example.com former@example.com Disabled 2"
        " Virtual servers: all SL307608" in shown
    )
    assert "trainee@example.com Active 1 Virtual servers: 1 307608_manager@example.com" in shown
    assert "account owner: may do everything" in shown
    assert 'data-live="people"' in page


def test_who_may_not_manage_sees_itself_alone(front: Front) -> None:
    """With who could grant something, and no other user's page."""
    visitor = front.enter(NEWCOMER)
    shown = text_of(visitor.get("users"))
    assert "Nia Newcomer" in shown
    assert "Vic Viewer" not in shown
    assert "Who can change permissions and access here: SL307608." in shown
    own = visitor.get(f"users/{NEWCOMER_ID}")
    assert "Nobody changes their own permissions or access." in own
    assert own.count("disabled") == own.count('type="checkbox"') + 2  # and the two buttons
    answer = visitor.client.get(f"/console/users/{VIEWER_ID}")
    assert answer.status_code == 404
    assert "There is no such user" in answer.text


def test_permissions_are_given_and_taken_in_two_calls(front: Front) -> None:
    """Only what differs is sent; it takes effect at once."""
    form = {
        "had": ["HARDWARE_VIEW", "SERVER_RELOAD"],
        "wanted": ["HARDWARE_VIEW", "TICKET_ADD", "USER_EVENT_LOG_VIEW"],
    }
    shown = text_of(front.enter().post(PERMISSIONS, **form))
    assert "Given, at once: TICKET_ADD, USER_EVENT_LOG_VIEW" in shown
    assert "Taken away, at once: SERVER_RELOAD" in shown
    assert calls(front) == [
        ("removeBulkPortalPermission", [[{"keyName": "SERVER_RELOAD"}], False], 200),
        (
            "addBulkPortalPermission",
            [[{"keyName": "TICKET_ADD"}, {"keyName": "USER_EVENT_LOG_VIEW"}]],
            200,
        ),
    ]
    assert {"TICKET_ADD", "HARDWARE_VIEW", "REMOTE_MANAGEMENT"} <= user(
        front, NEWCOMER_ID
    ).permissions
    assert "SERVER_RELOAD" not in user(front, NEWCOMER_ID).permissions


def test_nothing_changed_sends_nothing(front: Front) -> None:
    """The form as it was shown makes no call."""
    front.enter().post(PERMISSIONS, had=["HARDWARE_VIEW"], wanted=["HARDWARE_VIEW"])
    assert calls(front) == []


def test_two_managers_at_once(front: Front) -> None:
    """What another person gave meanwhile stays, since only the own changes are sent."""
    visitor = front.enter()
    visitor.get(f"users/{NEWCOMER_ID}")
    front.enter().post(PERMISSIONS, had=[], wanted=["TICKET_ADD"])
    visitor.post(PERMISSIONS, had=["HARDWARE_VIEW"], wanted=["HARDWARE_VIEW", "TICKET_VIEW"])
    assert {"TICKET_ADD", "TICKET_VIEW"} <= user(front, NEWCOMER_ID).permissions


def test_taking_away_what_somebody_below_holds_is_asked_first(front: Front) -> None:
    """The API refuses without cascade; the box for it names who is below,
    and nothing else was sent.
    """
    path = f"parts/users/{MANAGER_ID}/permissions/permissions"
    form = {"had": ["VIRTUAL_GUEST_VIEW"], "wanted": ["TICKET_ADD"]}
    visitor = front.enter()
    page = visitor.post(path, **form)
    assert '<q lang="en">Unable to remove user permission VIRTUAL_GUEST_VIEW.</q>' in page
    assert "Take it from the users below as well: 307608_trainee@example.com" in page
    assert 'data-live=""' in page  # no change elsewhere takes the question away
    assert len(calls(front)) == 1
    assert 'value="TICKET_ADD" checked' in page
    assert 'value="VIRTUAL_GUEST_VIEW" checked' not in page
    visitor.post(path, **form, cascade="1")
    assert calls(front)[1] == (
        "removeBulkPortalPermission",
        [[{"keyName": "VIRTUAL_GUEST_VIEW"}], True],
        200,
    )
    assert user(front, TRAINEE_ID).permissions == frozenset()
    assert "TICKET_ADD" in user(front, MANAGER_ID).permissions


@pytest.mark.parametrize(
    ("who", "number", "names", "said"),
    [
        (MANAGER, MANAGER_ID, ["TICKET_ADD"], "You may not add permissions to your account."),
        (MANAGER, VIEWER_ID, ["TICKET_ADD"], "You may not add permissions to this account."),
        (
            MANAGER,
            TRAINEE_ID,
            ["TICKET_ADD"],
            "You may not add permissions that the parent does not possess",
        ),
        (MANAGER, OWNER_ID, ["TICKET_ADD"], "You may not add permissions to this account."),
        (
            MASTER,
            NEWCOMER_ID,
            ["<script>"],
            "Unable to locate a permission with the key name <script>.",
        ),
    ],
)
def test_the_api_decides(front: Front, who: str, number: int, names: list[str], said: str) -> None:
    """A form that somebody made by hand gets the API's own refusal, quoted and explained."""
    page = front.enter(who).post(f"parts/users/{number}/permissions/permissions", wanted=names)
    assert said in text_of(page)
    assert "nobody is given more than the user above has" in text_of(page)
    assert "<script>" not in page
    assert calls(front)[0][2] == 500


def test_what_the_parent_lacks_cannot_be_ticked(front: Front) -> None:
    """It is there, disabled, with the reason; what the parent has can be given."""
    page = front.enter(MANAGER).get(f"users/{TRAINEE_ID}")
    assert 'value="TICKET_ADD" disabled' in page
    assert "307608_manager@example.com does not have it" in page
    assert 'value="SERVER_RELOAD">' in page


@pytest.mark.parametrize(
    ("kind", "device", "method"),
    [(Kind.GUEST, WEB, "VirtualGuestAccess"), (Kind.HARDWARE, DB, "HardwareAccess")],
)
def test_access_to_a_device(front: Front, kind: Kind, device: int, method: str) -> None:
    """Given and taken by one call each; the user sees the device at once, and no longer."""
    visitor = front.enter()
    assert "Given, at once" in visitor.post(DEVICES, kind=kind, device=device, deed="add")
    assert user(front, NEWCOMER_ID).sees(kind, device)
    assert "Taken away, at once" in visitor.post(DEVICES, kind=kind, device=device, deed="remove")
    assert not user(front, NEWCOMER_ID).sees(kind, device)
    assert calls(front) == [
        (f"addBulk{method}", [[device]], 200),
        (f"removeBulk{method}", [[device]], 200),
    ]


def test_all_devices_of_a_kind(front: Front) -> None:
    """The box of the devices' sheet is the permission that the documentation names."""
    front.enter().post(
        f"parts/users/{NEWCOMER_ID}/permissions/all", had=[], wanted=["ACCESS_ALL_GUEST"]
    )
    assert user(front, NEWCOMER_ID).holds("ACCESS_ALL_GUEST")
    page = front.enter().get(f"users/{NEWCOMER_ID}")
    assert "taking one away leaves access to each of the others singly" in page


def test_devices_that_the_caller_does_not_reach(front: Front) -> None:
    """They are not offered, and a form made by hand gets the API's refusal."""
    visitor = front.enter(MANAGER)
    path = f"parts/users/{TRAINEE_ID}/devices"
    assert "spare-1" not in visitor.get(f"{path}?q=spare")
    assert "db-1.example.com" in visitor.get(f"{path}?q=DB-1")
    answer = visitor.post(path, kind="hardware", device=SPARE, deed="add")
    assert "Not given" in answer
    assert '<q lang="en">' in answer


@pytest.mark.parametrize(
    "form", [{}, {"kind": "rack", "device": "1"}, {"kind": "hardware", "device": "x"}]
)
def test_a_form_of_nonsense(front: Front, form: dict[str, str]) -> None:
    """It is refused with a sentence before any call."""
    visitor = front.enter()
    answer = visitor.client.post(
        f"/console/{DEVICES}", data={"deed": "add", **form}, headers={"X-CSRF-Token": visitor.token}
    )
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert calls(front) == []


def test_thousands_of_devices_show_twenty() -> None:
    """The search runs on the server, and tells how many there are."""
    front = Front(Play(generate(1800, 200)))
    owner = next(row for row in front.play.stage.world.users.values() if row.master)
    visitor = front.enter(owner.username)
    page = visitor.get(f"parts/users/{owner.id}/devices?q=.")
    assert page.count('name="deed"') == 20
    assert "2000 devices found: The first 20 are shown" in text_of(page)


def test_hostile_names_are_harmless() -> None:
    """What a user or a device is called is text, never markup."""
    world = worlds.demo()
    evil = "<script>alert(1)</script>"
    users = tuple(replace(row, first_name=evil, email=evil) for row in world.users)
    guests = tuple(replace(row, hostname="<b>web") for row in world.guests)
    front = Front()
    front.play.stage.load(replace(world, users=users, guests=guests))
    visitor = front.enter()
    for path in ("users", f"users/{NEWCOMER_ID}", f"{DEVICES}?q=%3Cb%3E"):
        assert "<script>alert" not in visitor.get(path)
        assert "<b>web" not in visitor.get(path)


def test_a_dropped_connection_is_told() -> None:
    """Where a fault hides the API's answer, the page says that the effect is not known."""
    front = Front()
    front.play.steer(
        "POST", "faults", {"fault": {"kind": "drop", "when": "after"}, "operation": "*.addBulk*"}
    )
    shown = text_of(front.enter().post(PERMISSIONS, wanted=["TICKET_ADD"]))
    assert "look below whether it took effect" in shown
    assert "TICKET_ADD" in user(front, NEWCOMER_ID).permissions


def test_a_user_that_is_gone(front: Front) -> None:
    """A page of a user whom the new world does not have says so."""
    visitor = front.enter()
    world = worlds.demo()
    front.play.stage.load(
        replace(world, users=tuple(row for row in world.users if row.id != NEWCOMER_ID))
    )
    assert "not there any more" in visitor.get(DEVICES)
    assert "not there any more" in visitor.get(PERMISSIONS)
    assert visitor.client.get(f"/console/users/{NEWCOMER_ID}").status_code == 404


def test_the_users_without_the_control_plane() -> None:
    """Granting is the API's affair, so it works where the mock's own controls are off."""
    front = Front(access=Access("off"))
    front.enter().post(PERMISSIONS, wanted=["TICKET_ADD"])
    assert "TICKET_ADD" in user(front, NEWCOMER_ID).permissions


def test_the_users_in_italian(front: Front) -> None:
    """Words are Italian, the API's names stay as they are."""
    visitor = front.enter(VIEWER, language="it")
    page = visitor.get(f"users/{VIEWER_ID}")
    assert "Nessuno può modificare i propri permessi" in page
    assert '<span lang="en">View Virtual Server Details</span>' in page
