"""The actions table against the contract, and what stands between a user and an action."""

from __future__ import annotations

import re
from html import unescape

import pytest

from mock_api.console.actions import ACTIONS, SERVICES, Action
from mock_api.contract import find_operation
from mock_api.domain.facts import Kind
from tests.console.desk import Front, Visitor, text_of
from tests.mock.stagehand import (
    DB,
    ISO_DAL,
    ISO_FRA,
    NEWCOMER,
    OUTSTANDING,
    SPARE,
    VIEWER,
    WEB,
    WIN,
)

pytestmark = pytest.mark.slow  # pages by the dozen

ROWS = [
    (action, kind)
    for action in ACTIONS.values()
    for kind in Kind
    if kind is Kind.GUEST or action.hardware
]
DEVICES = {Kind.GUEST: f"virtual-guest/{WEB}", Kind.HARDWARE: f"hardware/{DB}"}


def ask(visitor: Visitor, device: str, action: str, query: str = "") -> str:
    """What the dialog before an action says."""
    return text_of(visitor.get(f"parts/devices/{device}/actions/{action}{query}"))


def act(visitor: Visitor, device: str, action: str, **form: object) -> str:
    """What the answer to an action says."""
    return text_of(visitor.post(f"devices/{device}/actions/{action}", **form))


def menu(visitor: Visitor, device: str) -> dict[str, str]:
    """Every entry of the Actions menu, with the reason if it is disabled."""
    items = re.findall(r"<li>(.*?)</li>", visitor.get(f"parts/devices/{device}/menu"), re.DOTALL)
    return {
        text_of(item.partition("</button>")[0]): text_of(item.partition("</button>")[2])
        for item in items
    }


@pytest.mark.parametrize(
    ("action", "kind"), ROWS, ids=[f"{action.key}-{kind}" for action, kind in ROWS]
)
def test_every_row_is_a_call_that_changes(action: Action, kind: Kind) -> None:
    """The table names methods of the contract alone, and the device's service has them."""
    operation = find_operation(SERVICES[kind], action.method(kind))
    assert operation is not None
    assert operation.changes


def test_every_reset_and_power_call_that_the_issue_names_is_offered() -> None:
    """Rescue, images, three reboots, power on and off."""
    assert [action.method(Kind.GUEST) for action in ACTIONS.values()] == [
        "executeRescueLayer", "mountIsoImage", "unmountIsoImage",
        "rebootDefault", "rebootSoft", "rebootHard", "powerOn", "powerOff",
    ]  # fmt: skip
    assert [action.hardware for action in ACTIONS.values()] == [
        "bootToRescueLayer", None, None,
        "rebootDefault", "rebootSoft", "rebootHard", "powerOn", "powerOff",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
def test_every_action_is_always_in_the_menu(kind: Kind) -> None:
    """Also those that the user or the API cannot do."""
    for username in ("SL307608", VIEWER):
        assert list(menu(Front().enter(username), DEVICES[kind])) == [
            "Rescue mode", "Boot from image",
            "Reboot", "Reboot (soft)", "Reboot (hard)", "Power on", "Power off",
        ]  # fmt: skip


def test_a_disabled_action_says_which_permission_and_who_grants_it() -> None:
    """The console's name of the permission, its key, and the people who can give it."""
    reasons = menu(Front().enter(VIEWER), DEVICES[Kind.GUEST])
    wanted = (
        "You lack the permission OS Reloads and Rescue Kernel (SERVER_RELOAD)."
        " This can be granted by: Mia Master (SL307608)."
    )
    assert [reasons["Rescue mode"], reasons["Boot from image"], reasons["Reboot"]] == [
        wanted,
        wanted,
        "",
    ]


def test_the_world_s_settings_decide_what_is_disabled() -> None:
    """A world may check another permission, and the menu follows."""
    front = Front()
    visitor = front.enter(VIEWER)
    front.play.steer(
        "PATCH",
        "settings",
        {"guest_rescue_permission": None, "guest_power_permission": "SERVER_RELOAD"},
    )
    reasons = menu(visitor, DEVICES[Kind.GUEST])
    assert reasons["Rescue mode"] == ""
    assert "SERVER_RELOAD" in reasons["Power off"]


def test_bare_metal_boots_from_no_image() -> None:
    """It is visible, disabled, and says what is used there; asking for it anyway says the same."""
    visitor = Front().enter()
    reason = menu(visitor, DEVICES[Kind.HARDWARE])["Boot from image"]
    assert "IPMI virtual media" in reason
    assert reason in ask(visitor, DEVICES[Kind.HARDWARE], "image")
    answer = act(visitor, DEVICES[Kind.HARDWARE], "image", image=ISO_DAL)
    assert 'Function ("mountIsoImage") is not a valid method for this service.' in answer


def test_a_disabled_action_that_is_sent_anyway_meets_the_api() -> None:
    """The page is no guard: the API's own refusal comes back, and nothing changes."""
    front = Front()
    visitor = front.enter(VIEWER)
    assert "You lack the permission" in ask(visitor, DEVICES[Kind.GUEST], "rescue")
    answer = act(visitor, DEVICES[Kind.GUEST], "rescue")
    assert "Nothing was changed." in answer
    assert "You do not have permission to this service." in answer
    front.play.advance(300)
    assert front.play.boot(WEB) == "os"


@pytest.mark.parametrize(
    ("device", "action", "shown"),
    [
        (
            f"virtual-guest/{WEB}",
            "rescue",
            ["powered off", "about 4 minutes", "198.51.100.11", "root", "Yes No"],
        ),
        (
            f"virtual-guest/{WIN}",
            "rescue",
            ["WindowsRescueStandalone.iso", "the API decides", "Yes No"],
        ),
        (f"hardware/{DB}", "rescue", ["about 10 minutes", "198.51.100.21", "Yes No"]),
        (f"hardware/{SPARE}", "rescue", ["ordered without", "Linux Windows", "Yes No"]),
        (f"virtual-guest/{WEB}", "reboot", ["power cycled", "about 1 minute.", "Yes No"]),
        (f"virtual-guest/{WEB}", "reboot-soft", ["soft reboot is tried", "Yes No"]),
        (f"virtual-guest/{WEB}", "reboot-hard", ["power cycled", "Yes No"]),
        (f"hardware/{DB}", "reboot", ["management card", "20 minutes", "Yes No"]),
        (f"hardware/{DB}", "reboot-soft", ["gracefully", "20 minutes", "Yes No"]),
        (f"hardware/{DB}", "reboot-hard", ["Reset button", "20 minutes", "Yes No"]),
        (f"hardware/{DB}", "power-on", ["management card", "20 minutes", "Yes No"]),
        (f"hardware/{DB}", "power-off", ["management card", "Yes No"]),
        (f"virtual-guest/{WEB}", "power-off", ["is powered off", "Yes No"]),
        (f"virtual-guest/{WEB}", "power-on", ["is powered on", "Yes No"]),
        (f"virtual-guest/{WEB}", "restart-inside", ["The API never learns of it", "Yes No"]),
    ],
)
def test_what_will_happen_is_said_before(device: str, action: str, shown: list[str]) -> None:
    """Each question as the documentation describes it, with its two answers."""
    said = ask(Front().enter(), device, action)
    assert [text for text in shown if text not in said] == []


def test_a_linux_server_gets_no_word_of_windows() -> None:
    """A warning that is always there is no warning."""
    front = Front()
    assert "WindowsRescueStandalone.iso" not in ask(front.enter(), f"virtual-guest/{WEB}", "rescue")
    assert "Which rescue environment" not in ask(front.enter(), f"hardware/{DB}", "rescue")


def test_images_of_other_data_centers_are_marked() -> None:
    """Those of the device's own come first; the disk of a template is no ISO image."""
    visitor = Front().enter()
    page = visitor.get(f"parts/devices/virtual-guest/{WIN}/actions/image")
    rows = [text_of(row) for row in re.findall(r"<li>(.*?)</li>", page, re.DOTALL)]
    assert [row.partition(" Boot")[0] for row in rows] == [
        "WindowsRescueStandalone.iso dal13",
        "serverbackup-bootcd-agent-6.14.2.iso dal13",
        "WindowsRescueStandalone.iso fra02: another data center",
        "serverbackup-bootcd-agent-6.14.2.iso fra02: another data center",
    ]
    private = ask(visitor, f"virtual-guest/{WIN}", "image", "?from=private")
    assert "ops-toolbox-1.4.iso dal13" in private
    assert "web-golden-2026" not in private


def test_the_image_is_named_before_it_boots() -> None:
    """Also an image elsewhere, with what the real console does about it."""
    visitor = Front().enter()
    said = ask(visitor, f"virtual-guest/{WIN}", "image", f"?image={ISO_FRA}")
    assert "WindowsRescueStandalone.iso in fra02" in said
    assert "for a small fee" in said
    assert "Boot from image Close" in said
    assert "for a small fee" not in ask(
        visitor, f"virtual-guest/{WIN}", "image", f"?image={ISO_DAL}"
    )


def test_an_image_that_is_loaded_is_unloaded_first() -> None:
    """Boot from image then asks for the device type; Continue is the API's unmountIsoImage."""
    front = Front()
    visitor = front.enter()
    act(visitor, f"virtual-guest/{WIN}", "image", image=ISO_DAL)
    front.play.advance(200)
    said = ask(visitor, f"virtual-guest/{WIN}", "image")
    assert "Device type CD drive Image loaded WindowsRescueStandalone.iso" in said
    assert "Continue Close" in said
    act(visitor, f"virtual-guest/{WIN}", "unload")
    front.play.advance(100)
    assert front.play.boot(WIN) == "os"


@pytest.mark.parametrize("environment", ["LINUX", "WINDOWS"])
def test_a_server_without_a_system_gets_the_environment_that_was_chosen(environment: str) -> None:
    """It is the argument noOsBootEnvironment."""
    front = Front()
    act(front.enter(), f"hardware/{SPARE}", "rescue", environment=environment)
    entry = front.play.stage.journal.entries()[-1]
    assert (entry.method, entry.parameters, entry.status) == (
        "bootToRescueLayer",
        [environment],
        200,
    )


def test_the_second_of_two_people_learns_who_was_first() -> None:
    """The outstanding transaction, the newest event, and that nothing was changed."""
    front = Front()
    first = front.enter()
    second = front.enter("307608_manager@example.com")
    act(first, f"virtual-guest/{WEB}", "rescue")
    answer = act(front.enter(VIEWER), f"virtual-guest/{WEB}", "reboot")
    for text in (
        "at work on this device",
        "Nothing was changed",
        "of SL307608: Rescue",
        OUTSTANDING["error"],
    ):
        assert text in answer
    hidden = act(second, f"virtual-guest/{WEB}", "reboot")  # a manager without View Event Log
    assert OUTSTANDING["error"] in hidden
    assert "SL307608" not in hidden


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ({"kind": "drop", "when": "after"}, "Whether it took effect is not known"),
        ({"kind": "drop", "when": "before"}, "Whether it took effect is not known"),
        ({"kind": "truncated_body"}, "Whether it took effect is not known"),
        ({"kind": "wrong_content_type"}, "Whether it took effect is not known"),
        ({"kind": "error", "text": "Something <b>new</b>"}, "Something <b>new</b>"),
        ({"kind": "rate_limit"}, "Rate limit of 50 requests"),
    ],
    ids=lambda value: value["kind"] + value.get("when", "") if isinstance(value, dict) else "",
)
def test_what_went_wrong_is_not_called_done(fault: dict[str, object], shown: str) -> None:
    """A lost or spoilt answer is told apart from a refusal;
    both say to look before it is repeated.
    """
    front = Front()
    visitor = front.enter()
    front.play.steer(
        "POST",
        "faults",
        {"operation": "SoftLayer_Virtual_Guest.executeRescueLayer", "fault": fault},
    )
    answer = act(visitor, f"virtual-guest/{WEB}", "rescue")
    assert shown in answer
    assert "ook at the transactions before you repeat it" in answer
    assert "is being started" not in answer


@pytest.mark.parametrize(
    ("device", "action", "form", "shown"),
    [
        (f"virtual-guest/{WIN}", "rescue", {}, "A Windows device has no rescue mode"),
        ("virtual-guest/124929710", "rescue", {}, "this much memory"),
        (
            f"virtual-guest/{WIN}",
            "image",
            {"image": ISO_FRA},
            "in another data center than the device",
        ),
        (f"virtual-guest/{WIN}", "image", {"image": 51830046}, "it is no ISO image"),
        (f"virtual-guest/{WIN}", "image", {"image": 7}, "The image does not exist"),
        (f"virtual-guest/{WIN}", "unload", {}, "No image is loaded"),
    ],
)
def test_refusals_are_told_in_the_user_s_words_and_the_api_s(
    device: str, action: str, form: dict[str, object], shown: str
) -> None:
    """What the API said is quoted, and what it means comes first."""
    answer = act(Front().enter(), device, action, **form)
    assert shown in answer
    assert "Nothing was changed. The API answered:" in answer


def test_the_twenty_minute_rule_is_explained() -> None:
    """A server takes no second power command."""
    visitor = Front().enter()
    assert "db-1 is being rebooted." in act(visitor, f"hardware/{DB}", "reboot")
    assert "for 20 minutes after a reboot. Nothing was changed." in act(
        visitor, f"hardware/{DB}", "power-off"
    )


def test_what_a_transaction_forbids_is_said_before_it_is_chosen() -> None:
    """In the menu and in the question, with its end; it can be chosen all the same."""
    front = Front()
    visitor = front.enter()
    web = f"virtual-guest/{WEB}"
    said = "the API refuses this as long as it lasts. Until 20"
    assert not any(said in why for why in menu(visitor, web).values())
    act(visitor, web, "rescue")
    assert all(said in why for why in menu(visitor, web).values())
    for action in ("reboot", "rescue", "image", "power-off"):
        assert said in ask(visitor, web, action)
    front.play.advance(3_600)
    assert not any(said in why for why in menu(visitor, web).values())
    assert said not in ask(visitor, web, "reboot")


def test_one_that_never_ends_names_no_end() -> None:
    """Nobody is told to wait for it."""
    front = Front()
    front.play.steer("POST", "faults", {"operation": "*", "fault": {"kind": "stuck_transaction"}})
    visitor = front.enter()
    act(visitor, f"virtual-guest/{WEB}", "rescue")
    said = ask(visitor, f"virtual-guest/{WEB}", "reboot")
    assert "as long as it lasts." in said
    assert "Until" not in said


def test_the_twenty_minutes_are_said_before_an_action_is_chosen() -> None:
    """Of power commands alone; the rescue of a server is none."""
    front = Front()
    visitor = front.enter()
    act(visitor, f"hardware/{DB}", "reboot")
    front.play.advance(front.play.stage.world.settings.duration_s("hardware_reboot_s") + 1)
    said = "refuses other power commands of a server for a while. Until 20"
    assert said in ask(visitor, f"hardware/{DB}", "power-off")
    assert said not in ask(visitor, f"hardware/{DB}", "rescue")
    front.play.advance(1_200)
    assert said not in ask(visitor, f"hardware/{DB}", "power-off")


@pytest.mark.parametrize("image", ["", "x", "9" * 30, "-1"])
def test_nonsense_for_an_image_is_refused(image: str) -> None:
    """One sentence of the API, and no image mounted."""
    front = Front()
    visitor = front.enter()
    assert "The API answered:" in act(visitor, f"virtual-guest/{WIN}", "image", image=image)
    assert "Boot from this image" in ask(
        visitor, f"virtual-guest/{WIN}", "image", f"?image={image}"
    )


@pytest.mark.parametrize("device", [f"virtual-guest/{WEB}", f"hardware/{DB}"])
def test_a_restart_from_inside_leaves_rescue_and_no_trace(device: str) -> None:
    """No call of the API, no event."""
    front = Front()
    visitor = front.enter()
    act(visitor, device, "rescue")
    number = int(device.rpartition("/")[2])
    early = text_of(visitor.post(f"devices/{device}/restart-inside"))
    assert "It did not restart. Nothing was changed. The mock's control plane refused:" in early
    front.play.advance(700)
    assert front.play.boot(number) == "rescue"
    calls = len(front.play.stage.journal.entries())
    events = len(front.play.stage.world.events)
    assert "restarts from inside" in text_of(visitor.post(f"devices/{device}/restart-inside"))
    assert front.play.boot(number) == "os"
    assert (len(front.play.stage.journal.entries()), len(front.play.stage.world.events)) == (
        calls,
        events,
    )


def test_nobody_restarts_a_device_that_it_does_not_see() -> None:
    """Not even from inside, which no permission of the API guards."""
    front = Front()
    visitor = front.enter(NEWCOMER)
    before = front.play.stage.document()
    for path in (
        f"devices/virtual-guest/{WEB}/restart-inside",
        f"devices/virtual-guest/{WEB}/actions/reboot",
    ):
        answer = visitor.client.post(f"/console/{path}", headers={"X-CSRF-Token": visitor.token})
        assert answer.status_code == 404
    assert front.play.stage.document() == before


@pytest.mark.parametrize("verb", ["get", "post"])
def test_an_action_that_is_none_is_no_page(verb: str) -> None:
    """A key that the table does not have."""
    visitor = Front().enter()
    base = "/console/parts/devices" if verb == "get" else "/console/devices"
    path = f"{base}/virtual-guest/{WEB}/actions/explode"
    assert (
        getattr(visitor.client, verb)(path, headers={"X-CSRF-Token": visitor.token}).status_code
        == 404
    )


def test_hostile_names_are_only_text() -> None:
    """A device, an image and a user called after tags are shown as they are called."""
    front = Front()
    visitor = front.enter()
    front.play.guest(
        "editObject",
        {"hostname": "<script>alert(1)</script>", "notes": "</dd><img src=x>"},
        number=WEB,
    )
    for part in ("", "now", "menu", "timeline", "login", "actions/rescue", "actions/image"):
        page = visitor.get(
            f"{'parts/' if part else ''}devices/virtual-guest/{WEB}{'/' if part else ''}{part}"
        )
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "<script>alert(1)</script>" in unescape(visitor.get(f"devices/virtual-guest/{WEB}"))
