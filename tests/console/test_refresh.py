"""What a refresh must leave alone: the focus, a selection, and what somebody did meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.conftest import Mock
from tests.console.conftest import MASTER, Person
from tests.console.desk import Front
from tests.mock.stagehand import WEB

FAULT = {"fault": {"kind": "drop"}, "operation": "*.reboot*"}
WITHOUT_END = {"input", "meta", "link", "br", "option"}
CAN_HAVE_FOCUS = {"a", "button", "input", "select", "textarea", "summary"}
SELECT = """(element) => {
  getSelection().selectAllChildren(element);
  return getSelection().toString();
}"""


class LiveParts(HTMLParser):
    """Finds what can have the focus in the live parts of a page, outside of menus."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.found: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        given = dict(attrs)
        around = [found for _, found in self.open]
        is_live = any("data-live" in found for found in around)
        is_in_menu = any("popover" in found for found in around)
        can_have_focus = tag in CAN_HAVE_FOCUS and given.get("type") != "hidden"
        if is_live and can_have_focus and not is_in_menu:
            self.found.append(given)
        if tag not in WITHOUT_END:
            self.open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        """Leave it, and what stayed open in it."""
        while self.open and self.open.pop()[0] != tag:
            pass


@pytest.mark.parametrize(
    "path", ["", "?q=web", "users", "users/7651004", f"devices/virtual-guest/{WEB}"]
)
def test_what_can_have_the_focus_has_a_name(path: str) -> None:
    """htmx gives the focus back to the element of the same id, and to no other."""
    front = Front()
    front.play.steer("POST", "faults", FAULT)
    found = LiveParts(front.enter().get(path)).found
    assert found
    assert [given for given in found if "id" not in given] == []


@pytest.mark.slow
def test_what_was_done_during_a_refresh_is_shown(master: Page, mock: Mock) -> None:
    """A rule is deleted by keyboard while the part that shows it is being fetched:
    the answer finds its place, and the focus goes where it says.
    """
    mock.control_call("faults", FAULT, method="POST")
    page = master
    page.locator("#mock > summary").press("Enter")
    expect(page.locator("#mock-delete-1")).to_be_visible()
    kept: list[Route] = []

    def keep(route: Route) -> None:
        kept.append(route)

    page.route("**/parts/mock/faults", keep)
    page.route("**/parts/mock/faults/1/delete", keep)
    with page.expect_request("**/parts/mock/faults"):
        mock.control_call("faults", FAULT, method="POST")
    with page.expect_request("**/parts/mock/faults/1/delete"):
        page.locator("#mock-delete-1").press("Enter")
    page.unroute("**/parts/mock/faults")
    for route in kept:  # the refresh first
        with page.expect_request_finished(_of(route)):
            route.continue_()
    expect(page.locator("#mock-faults-count")).to_be_focused()
    expect(page.locator("#mock-faults li")).to_have_count(1)
    expect(page.locator("#mock-delete-2")).to_be_visible()


def _of(route: Route) -> Callable[[Request], bool]:
    return lambda request: request.url == route.request.url


@pytest.mark.slow
def test_the_focus_stays_near_what_is_gone(master: Page, mock: Mock) -> None:
    """Somebody else deletes the rule that this person was at: the focus is in its place."""
    mock.control_call("faults", FAULT, method="POST")
    master.locator("#mock > summary").press("Enter")
    master.locator("#mock-delete-1").focus()
    mock.control_call("faults", method="DELETE")
    expect(master.locator("#mock-faults-count")).to_be_focused()


@pytest.mark.slow
def test_a_box_and_a_link_keep_the_focus(people: Callable[..., Person], mock: Mock) -> None:
    """Of the users and of their permissions, while another manager grants something."""
    page = people().sign_in(MASTER)
    page.get_by_role("link", name="Users").click()
    link = page.get_by_role("link", name="Nia Newcomer")
    user = str(link.get_attribute("href")).rpartition("/")[2]
    number = page.get_by_role("row").filter(has_text="Nia Newcomer").locator("td").nth(2)
    before = int(number.inner_text())
    link.focus()
    _grant(mock, user, "TICKET_VIEW")
    expect(number).to_have_text(str(before + 1))
    expect(link).to_be_focused()
    link.click()
    box = page.locator("#permissions-TICKET_ADD")
    box.focus()
    _grant(mock, user, "TICKET_EDIT")
    expect(page.locator("#permissions-TICKET_EDIT")).to_be_checked()
    expect(box).to_be_focused()


def _grant(mock: Mock, user: str, key: str) -> None:
    world: Any = mock.control_call("world")
    users = [
        {**row, "permissions": [*row["permissions"], key]} if str(row["id"]) == user else row
        for row in world["users"]
    ]
    mock.control_call("world", {"users": users}, method="PATCH")


@pytest.mark.slow
def test_a_selection_stays(people: Callable[..., Person], mock: Mock) -> None:
    """An address that somebody is about to copy stays selected while the device moves on,
    in the list and at the device's page.
    """
    page = people().sign_in(MASTER)
    row = page.locator(f"#device-{WEB}")
    selected = row.locator("td").nth(2).evaluate(SELECT)
    mock.call_as_somebody_else("SoftLayer_Virtual_Guest", WEB, "powerOff")
    expect(row).to_contain_text("powered off")
    assert page.evaluate("getSelection().toString()") == selected
    page.locator(f"#name-{WEB}").click()
    selected = page.locator("#device dd.code").nth(1).evaluate(SELECT)
    mock.call_as_somebody_else("SoftLayer_Virtual_Guest", WEB, "powerOn")
    expect(page.locator("#device")).to_contain_text("Running")
    assert page.evaluate("getSelection().toString()") == selected


@pytest.mark.slow
def test_two_requests_at_once_both_find_their_place(master: Page, mock: Mock) -> None:
    """The answer to the first one exchanges the part in which the second one began."""
    page = master
    page.locator("#mock > summary").press("Enter")
    mock.control_call("clock", {"pause": True}, method="POST")
    kept: list[Route] = []

    def keep(route: Route) -> None:
        if _is_post(route.request) and len(kept) < 2:
            kept.append(route)
        else:
            route.continue_()

    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.route("**/parts/mock/clock", keep)
    for name in ("1 minute", "Resume"):
        with page.expect_request(_is_post):
            page.get_by_role("button", name=name).press("Enter")
    while len(kept) < 2:  # the request is told before it is routed
        page.wait_for_timeout(20)
    for route in kept:  # in their order
        with page.expect_request_finished(_is_post):
            route.continue_()
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    mock.control_call("clock", {"pause": True}, method="POST")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def _is_post(request: Request) -> bool:
    return request.method == "POST"


@pytest.mark.slow
def test_a_press_during_a_refresh_counts(master: Page, mock: Mock) -> None:
    """A button that is exchanged between press and release does what it says, once; a button that
    says something else by then does nothing.
    """
    page = master
    page.locator("#mock > summary").press("Enter")
    mock.control_call("clock", {"pause": True}, method="POST")
    button = page.get_by_role("button", name="10 minutes")
    _press_while(page, button, lambda: mock.control_call("clock", {"advance_s": 1}, method="POST"))
    before = float(mock.control_call("clock")["now_s"])
    page.mouse.up()
    expect(page.locator(f'#mock-clock[data-clock-now="{before + 600.0}"]')).to_be_attached()
    resume = page.get_by_role("button", name="Resume")
    _press_while(page, resume, lambda: mock.control_call("clock", {"resume": True}, method="POST"))
    page.mouse.up()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert mock.control_call("clock")["state"] != "paused"


def _press_while(page: Page, button: Locator, change: Callable[[], object]) -> None:
    """Press, and keep pressed until a refresh has exchanged the button."""
    button.hover()
    page.mouse.down()
    old = page.locator("#mock-clock").element_handle()
    change()
    page.wait_for_function("(old) => !old.isConnected", arg=old)
