"""A device's page in a browser: other people, faults, hostile names, a second click,
a small screen, and axe.
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import KEY, USER, Mock
from tests.console.axe import complaints_in_both_schemes
from tests.console.conftest import Person
from tests.console.operator import at_device
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

People = Callable[..., Person]
WEB = "devices/virtual-guest/124929698"
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (NOT FOUND)"
RESCUE = "SoftLayer_Virtual_Guest.executeRescueLayer"


def fits(page: Page) -> bool:
    """Whether nothing lies beyond the right edge, so that nobody scrolls sideways."""
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return wide


def rename(mock: Mock, **template: str) -> None:
    """What editObject makes of a device."""
    body = json.dumps({"parameters": [template]}).encode()
    url = f"{mock.rest}SoftLayer_Virtual_Guest/124929698/editObject.json"
    login = base64.b64encode(f"{USER}:{KEY}".encode()).decode()
    request = urllib.request.Request(url, body, {"Authorization": f"Basic {login}"})  # noqa: S310 http on this machine
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()  # noqa: S310 (http)


def test_two_people_at_once(people: People, mock: Mock) -> None:
    """Both had the question open; the second learns that somebody was first, and who,
    and its page shows it.
    """
    first = at_device(people, mock, "en", "web-1")
    second = at_device(people, mock, "en", "web-1", user="Vic Viewer")
    first.choose("Rescue mode")
    second.choose("Reboot")
    first.press("Yes")
    first.expect_done("web-1 is being started in rescue mode.")
    second.press("Yes")
    expect(second.dialog.get_by_role("alert")).to_contain_text("at work on this device")
    expect(second.dialog).to_contain_text("Nothing was changed")
    expect(second.dialog).to_contain_text(
        "There is currently an outstanding transaction for this server."
    )
    expect(second.dialog.locator("q").first).to_have_text("Rescue")
    second.press("Close")
    expect(second.page.locator("#device-timeline")).to_contain_text("Rescue by")
    assert mock.changes() == ["executeRescueLayer 124929698"]


def test_without_the_permission_an_action_is_there_but_does_nothing(
    people: People, mock: Mock
) -> None:
    """It can be reached by keyboard, says why and who grants it, and sends nothing."""
    operator = at_device(people, mock, "en", "web-1", user="Vic Viewer")
    operator.page.get_by_role("button", name="Actions").click()
    rescue = operator.page.locator("#actions-menu").get_by_role("button", name="Rescue mode")
    expect(rescue).to_have_attribute("aria-disabled", "true")
    expect(rescue).to_have_accessible_description(
        "You lack the permission OS Reloads and Rescue Kernel (SERVER_RELOAD). This can be granted"
        " by: Mia Master (demo)."
    )
    rescue.focus()
    expect(rescue).to_be_focused()
    rescue.click(force=True)
    operator.page.keyboard.press("Enter")
    expect(operator.dialog).to_be_hidden()
    assert mock.changes() == []


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Unknown Device"), ("it", "Dispositivo sconosciuto")]
)
def test_a_device_without_access(people: People, language: str, title: str) -> None:
    """Its page says that it is unknown, and who can change that."""
    person = people(language)
    person.sign_in("Nia Newcomer")
    page = person.open(WEB)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text("Mia Master (demo)")).to_be_visible()
    assert complaints_in_both_schemes(page) == []
    assert person.take_complaints() == [NOT_FOUND]


def test_access_taken_away_under_an_open_page(people: People, mock: Mock) -> None:
    """The page does not keep showing what its user may not see any more."""
    person = people()
    person.sign_in("Tom Trainee")
    page = person.open(WEB)
    expect(page.get_by_role("heading", name="web-1")).to_be_visible()
    world = mock.control_call("world")
    profile = next(
        user for user in world["users"] if user["username"] == "307608_trainee@example.com"
    )
    profile["guest_ids"] = []
    mock.control_call(
        "world", {name: rows for name, rows in world.items() if name != "moving"}, method="PUT"
    )
    expect(page.get_by_role("heading", name="Unknown Device")).to_be_visible()
    assert set(person.take_complaints()) == {NOT_FOUND}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_not_called_success_or_failure(
    people: People, mock: Mock, when: str
) -> None:
    """Nobody is led to repeat what may have happened."""
    operator = at_device(people, mock, "en", "web-1")
    mock.fault(RESCUE, "drop", when=when)
    operator.choose("Rescue mode")
    operator.press("Yes")
    alert = operator.dialog.get_by_role("alert")
    expect(alert).to_contain_text("Whether it took effect is not known")
    expect(alert).to_contain_text("Look at the transactions before you repeat it")
    expect(operator.page.locator("#device-said")).to_be_empty()
    operator.press("Close")
    operator.pass_time(6)
    if when == "after":
        operator.expect_transaction("Rescue kernel is booting")
    else:
        expect(operator.page.locator("#device")).to_contain_text("none")


def test_yes_pressed_again_is_one_request(people: People, mock: Mock) -> None:
    """Not even where the first one gets lost is another one sent that nobody knows of."""
    person = people()
    operator = at_device(lambda language: person, mock, "en", "web-1")
    held: list[Route] = []
    operator.page.route(
        "**/actions/rescue",
        lambda route: held.append(route) if is_post(route) else route.continue_(),
    )
    operator.choose("Rescue mode")
    operator.dialog.get_by_role("button", name="Yes").focus()
    with operator.page.expect_request("**/actions/rescue"):
        operator.page.keyboard.press("Enter")
    for _ in range(2):
        operator.page.keyboard.press("Enter")
    held[0].abort()
    expect(operator.dialog.get_by_role("alert")).to_contain_text(
        "Nothing is known about the last step"
    )
    assert len(held) == 1
    assert mock.changes() == []
    assert person.take_complaints()[-1] == "Failed to load resource: net::ERR_FAILED"


def is_post(route: Route) -> bool:
    """Whether a request changes something."""
    return route.request.method == "POST"


def test_the_second_click_of_a_double_click_confirms_nothing(people: People, mock: Mock) -> None:
    """What lies under the pointer by then is another question."""
    operator = at_device(people, mock, "en", "web-1")
    operator.choose("Rescue mode")
    box = operator.dialog.get_by_role("button", name="Yes").bounding_box()
    assert box
    operator.page.mouse.move(box["x"] + 5, box["y"] + 5)
    operator.page.mouse.down(click_count=2)
    operator.page.mouse.up(click_count=2)
    expect(operator.dialog.get_by_role("button", name="Yes")).to_be_visible()
    operator.press("No")
    assert mock.changes() == []


def test_a_page_follows_more_than_one_change(people: People, mock: Mock) -> None:
    """What the API does elsewhere shows by itself, every time,
    and nobody's place in the page is lost.
    """
    operator = at_device(people, mock, "en", "web-1")
    inside = operator.page.locator("#restart-inside")
    inside.focus()
    for name in ("one", "two", "three"):
        mock.call_as_somebody_else("SoftLayer_Virtual_Guest", 124929698, "rebootDefault")
        expect(operator.page.locator("#device-timeline li")).to_have_count(
            ["one", "two", "three"].index(name) + 1
        )
        operator.settle()
    expect(inside).to_be_focused()


def test_a_change_right_after_another_is_not_lost(people: People, mock: Mock) -> None:
    """A part that was just swapped hears the next change at once;
    htmx would need a while to look at it.
    """
    page = at_device(people, mock, "en", "web-1").page
    fetched: list[str] = []
    page.on(
        "request",
        lambda request: fetched.append(request.url) if request.url.endswith("/now") else None,
    )
    page.evaluate(
        """() => document.addEventListener("htmx:afterSwap", (event) => {
            if (event.detail.target.id === "device" && !window.again) {
                window.again = true;
                setTimeout(() => htmx.trigger("#device", "live"));
            }
        })"""
    )
    with page.expect_request(lambda request: len(fetched) == 2):
        mock.call_as_somebody_else("SoftLayer_Virtual_Guest", 124929698, "rebootDefault")
    expect(page.locator("#device-timeline li")).to_have_count(1)


def test_hostile_names_are_harmless(people: People, mock: Mock) -> None:
    """A device called <script> is only text, in the page, its questions and its messages."""
    hostile = "<script>document.title='pwned'</script>"
    rename(mock, hostname=hostile, notes="<img src=x onerror=alert(1)>")
    person = people()
    person.sign_in("Mia Master")
    page = person.open(WEB)
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile)
    page.get_by_role("button", name="Actions").click()
    page.locator("#actions-menu").get_by_role("button", name="Rescue mode").click()
    expect(page.get_by_role("dialog")).to_contain_text(hostile)
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("#device-said")).to_contain_text(hostile)
    assert page.title().startswith("<script>")


@pytest.mark.parametrize("user", ["Mia Master", "Vic Viewer"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious(people: People, mock: Mock, user: str, width: int) -> None:
    """Page, menu and every question, light and dark, on a phone and on a desk;
    nothing scrolls sideways.
    """
    person = people(viewport={"width": width, "height": 800})
    person.sign_in(user)
    for device in (WEB, "devices/hardware/218027109"):
        page = person.open(device)
        page.get_by_role("button", name="Show password").click()
        expect(page.get_by_role("button", name="Hide password")).to_be_visible()
        assert complaints_in_both_schemes(page) == []
        assert fits(page)
        page.get_by_role("button", name="Actions").click()
        expect(page.locator("#actions-menu")).to_be_visible()
        assert complaints_in_both_schemes(page) == []
        assert fits(page)
    for action in (
        "rescue",
        "image",
        "image?image=34291702",
        "reboot",
        "power-off",
        "restart-inside",
    ):
        page = person.open(WEB)
        page.evaluate(
            "url => htmx.ajax('GET', url, {target: '#dialog', swap: 'innerHTML'})",
            f"/console/parts/{WEB}/actions/{action}",
        )
        expect(page.get_by_role("dialog")).to_be_visible()
        assert complaints_in_both_schemes(page) == []
        assert fits(page)


@pytest.mark.parametrize(("width", "height"), [(390, 700), (1280, 720), (1280, 420)])
def test_the_menu_opens_inside_the_window_and_nothing_jumps(
    people: People, mock: Mock, width: int, height: int
) -> None:
    """Every item can be reached, by scrolling inside the menu where the window is low;
    the page stays where it was.
    """
    page = at_device(people, mock, "en", "web-1", user="Vic Viewer").page
    page.set_viewport_size({"width": width, "height": height})
    page.get_by_role("button", name="Actions").click()
    before_px = page.evaluate("scrollY")
    inside = """menu => { const { left, top, right, bottom } = menu.getBoundingClientRect();
        return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight; }"""
    assert page.locator("#actions-menu").evaluate(inside) is True
    for _ in range(7):
        page.keyboard.press("Tab")
    assert page.evaluate("scrollY") == before_px
    expect(page.locator("#actions-menu").get_by_role("button", name="Power off")).to_be_focused()
