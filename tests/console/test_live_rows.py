"""What an open list fetches when devices change: the rows that differ,
or everything where that is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from mock_api.console.catalogue import Shelf
from mock_api.domain.world import World
from tests.conftest import USER, Mock
from tests.console.conftest import Person
from tests.console.desk import Front, Visitor
from tests.mock.stagehand import DB, GUEST, NEWCOMER, WEB

_HIDE = """(hidden) => {
  const put = (name, value) => Object.defineProperty(document, name, { value, configurable: true });
  put("hidden", hidden);
  put("visibilityState", hidden ? "hidden" : "visible");
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class OpenList:
    """A list that somebody looks at, and what it fetches."""

    def __init__(self, front: Front, visitor: Visitor, **query: str) -> None:
        self.front = front
        self.visitor = visitor
        self.query = query
        self.page = visitor.get("parts/devices?" + urlencode(query))

    def refresh(self) -> tuple[bool, list[int]]:
        """Whether all is drawn again, and the rows that the answer has."""
        self.front.play.real.now_s += 1  # the feed looks again
        shown = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page))
        answer = self.visitor.client.get(
            "/console/parts/devices?" + urlencode({**self.query, **shown})
        )
        self.page = answer.text
        is_whole = answer.headers.get("HX-Reswap") != "none"
        assert is_whole is ("<table" in self.page) is ("hx-swap-oob" not in self.page)
        return is_whole, [int(number) for number in re.findall(r'<tr id="device-(\d+)"', self.page)]


@pytest.fixture
def front() -> Front:
    """The demo world."""
    front = Front()
    front.play.steer("POST", "clock", {"pause": True})
    return front


def test_only_the_row_that_changed(front: Front) -> None:
    """A rescue sends its row, not the seven others; nothing new sends none."""
    opened = OpenList(front, front.enter())
    assert opened.refresh() == (False, [])
    front.play.guest("executeRescueLayer")
    assert opened.refresh() == (False, [WEB])
    assert opened.refresh() == (False, [])
    front.play.steer("POST", "clock", {"advance_s": 6})
    assert opened.refresh() == (False, [WEB])
    assert "Rescue kernel is booting" in opened.page


def test_the_order_may_change_with_a_row(front: Front) -> None:
    """A new name moves its row: the list is drawn again. By boot state a rescue does the same."""
    opened = OpenList(front, front.enter())
    front.play.call(GUEST, "editObject", WEB, {"hostname": "a-web"})
    assert opened.refresh()[0] is True
    by_state = OpenList(front, front.enter(), sort="boot", order="desc")
    front.play.server("bootToRescueLayer", number=DB)
    front.play.steer("POST", "clock", {"run_until_stable": True})
    assert by_state.refresh()[0] is True


def test_a_filter_that_lets_another_row_in(front: Front) -> None:
    """A list of what is in rescue gets the device that arrives there."""
    opened = OpenList(front, front.enter(), boot="rescue")
    front.play.guest("executeRescueLayer")
    front.play.steer("POST", "clock", {"run_until_stable": True})
    assert opened.refresh() == (True, [WEB])


def test_what_is_more_than_rows_is_drawn_anew(front: Front) -> None:
    """Other people's permissions and another world change more than rows."""
    opened = OpenList(front, front.enter())
    front.play.call(
        "SoftLayer_User_Customer", "addPortalPermission", 7651004, {"keyName": "HARDWARE_VIEW"}
    )
    assert opened.refresh()[0] is True
    front.play.steer("POST", "reset")
    opened = OpenList(front, front.enter())
    opened.page = opened.page.replace('name="seen" value="', 'name="seen" value="99')
    assert opened.refresh()[0] is True


def test_a_user_without_access_gets_no_row(front: Front) -> None:
    """Not even that something changed."""
    opened = OpenList(front, front.enter(NEWCOMER))
    front.play.guest("executeRescueLayer")
    assert opened.refresh() == (False, [])


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "٣"])
def test_a_number_that_is_none_draws_everything(front: Front, seen: str) -> None:
    """Whatever a browser sends."""
    opened = OpenList(front, front.enter())
    opened.page = re.sub(r'name="seen" value="\d+"', f'name="seen" value="{seen}"', opened.page)
    assert opened.refresh()[0] is True


@pytest.mark.slow
def test_no_change_is_lost_however_fast_they_come(
    people: Callable[..., Person], mock: Mock
) -> None:
    """The last of many changes is what both pages show."""
    listed = people().sign_in(USER)
    opened = people().sign_in(USER)
    opened.get_by_role("link", name="web-1").click()
    chip = opened.locator("#device .chip")
    expect(chip).to_be_visible()
    for method in ("powerOff", "powerOn") * 20 + ("powerOff",):
        mock.call_as_somebody_else(GUEST, WEB, method)
    row = listed.get_by_role("row").filter(has_text="web-1")
    expect(row).to_contain_text("powered off")
    expect(opened.locator("#device")).to_contain_text("Stopped")


@pytest.mark.slow
def test_a_tab_that_comes_back_catches_up(people: Callable[..., Person], mock: Mock) -> None:
    """A hidden tab holds no stream; when somebody looks at it again it shows what happened."""
    page = people().sign_in(USER)
    row = page.get_by_role("row").filter(has_text="web-1")
    page.evaluate(_HIDE, True)
    mock.call_as_somebody_else(GUEST, WEB, "powerOff")
    expect(row).to_contain_text("Running")
    page.evaluate(_HIDE, False)
    expect(row).to_contain_text("powered off")


def test_what_changes_while_a_page_is_made_is_told_once_more(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number that a page starts from is older than what it shows, never newer."""
    visitor = front.enter()
    desk = front.app.extensions["console"]
    read = desk.catalogue.shelf

    def change_meanwhile(world: World) -> Shelf:
        shelf: Shelf = read(world)
        front.play.real.now_s += 1
        return shelf

    monkeypatch.setattr(desk.catalogue, "shelf", change_meanwhile)
    before = desk.feed.newest()
    front.play.guest("powerOff")
    page = visitor.get()
    assert f"since={before}" in page
