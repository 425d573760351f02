"""The device list in a browser: typing, keys, live changes, a phone, and what axe says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Mock
from tests.console.axe import complaints_in_both_schemes
from tests.console.conftest import MASTER, Person
from tests.mock.stagehand import DB, WEB

pytestmark = pytest.mark.slow
TRAINEE = "307608_trainee@example.com"


def test_typing_searches_and_the_focus_stays(master: Page) -> None:
    """The list follows the words without a new page, the address holds them,
    and a screen reader hears the count.
    """
    field = master.get_by_role("searchbox")
    field.press_sequentially("db production")
    expect(master.locator("#count")).to_contain_text("1 of 8 devices")
    expect(master.locator("#announcer")).to_have_text("1 of 8 devices")
    expect(master).to_have_url(re.compile(r"\?q=db\+production$"))
    expect(field).to_be_focused()
    master.reload()
    expect(master.get_by_role("rowheader")).to_have_text(["db-1.example.com"])
    expect(field).to_have_value("db production")


def test_a_filter_is_chosen_and_taken_back(master: Page) -> None:
    """A choice filters at once; a link shows everything again."""
    master.locator("#search select[name=kind]").select_option("bare metal server")
    expect(master.get_by_role("rowheader")).to_have_count(3)
    expect(master).to_have_url(re.compile(r"\?kind=hardware$"))
    master.get_by_role("link", name="Show all devices").click()
    expect(master.get_by_role("rowheader")).to_have_count(8)


def test_sorting_by_keyboard(master: Page) -> None:
    """Enter on a column's name sorts by it, again turns it, and the focus is still there."""
    link = master.get_by_role("columnheader", name="Data center").get_by_role("link")
    link.focus()
    master.keyboard.press("Enter")
    header = master.locator("th[aria-sort]")
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(master.locator("#sort-datacenter")).to_be_focused()
    master.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(header).to_contain_text("Data center")
    expect(master.locator("#sort-datacenter")).to_be_focused()


def test_a_row_changes_as_somebody_else_acts(master: Page, mock: Mock) -> None:
    """A colleague's rescue shows by itself; the focus stays,
    and a screen reader hears where it leads.
    """
    link = master.get_by_role("link", name="web-1.example.com")
    link.focus()
    row = master.locator(f"#device-{WEB}")
    mock.call_as_somebody_else("SoftLayer_Virtual_Guest", WEB, "executeRescueLayer")
    expect(row).to_contain_text("accepted")
    mock.control_call("clock", {"advance_s": 65}, method="POST")
    expect(row).to_contain_text("Rescue kernel is booting")
    expect(row.get_by_role("progressbar")).to_have_attribute("value", re.compile(r"0\.25"))
    mock.control_call("clock", {"advance_s": 200}, method="POST")
    expect(row.locator(".chip")).to_have_text("rescue kernel")
    expect(link).to_be_focused()
    expect(master.locator("#announcer")).to_have_text("web-1.example.com: rescue kernel")


def test_a_change_brings_a_device_into_a_filter(master: Page, mock: Mock) -> None:
    """What is typed and chosen holds for live changes, too."""
    master.locator("#search select[name=status]").select_option("something under way")
    expect(master.locator("#count")).to_contain_text("0 of 8 devices")
    mock.call_as_somebody_else("SoftLayer_Hardware_Server", DB, "bootToRescueLayer")
    expect(master.get_by_role("rowheader")).to_have_text(["db-1.example.com"])
    expect(master).to_have_url(re.compile(r"\?status=busy$"))


@pytest.mark.parametrize("language", ["en", "it"])
def test_a_phone_scrolls_one_way(people: Callable[..., Person], language: str) -> None:
    """At 390 pixels the rows are cards, and nothing is wider than the screen."""
    page = people(language, viewport={"width": 390, "height": 844}).sign_in(MASTER)
    expect(page.get_by_role("row").first).to_be_visible()
    for query in ("", "?q=nothing", "?kind=nonsense"):
        page.goto(page.url.partition("?")[0] + query)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("select[name=sort]")).to_be_visible()


@pytest.mark.parametrize("username", [MASTER, TRAINEE])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(
    people: Callable[..., Person], mock: Mock, username: str, width: int
) -> None:
    """With everything that a row can show, in light and dark, wide and narrow."""
    mock.call_as_somebody_else("SoftLayer_Virtual_Guest", WEB, "executeRescueLayer")
    mock.control_call("clock", {"advance_s": 300}, method="POST")
    mock.call_as_somebody_else("SoftLayer_Hardware_Server", DB, "bootToRescueLayer")
    mock.control_call("clock", {"advance_s": 10}, method="POST")
    page = people(viewport={"width": width, "height": 900}).sign_in(username)
    expect(page.get_by_role("table")).to_be_visible()
    assert complaints_in_both_schemes(page) == []


def test_without_scripts_it_is_a_form(people: Callable[..., Person]) -> None:
    """Search, filters and order work where no script runs."""
    page = people(java_script_enabled=False).sign_in(MASTER)
    page.get_by_role("searchbox").fill("win")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("rowheader")).to_have_text(["win-1.example.com", "winbm-1.example.com"])
