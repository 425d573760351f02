"""The panel of the mock's own controls, in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Mock
from tests.console import axe
from tests.console.conftest import MASTER, Person

pytestmark = pytest.mark.slow


def opened(page: Page) -> Page:
    """The page with the panel open."""
    page.locator("#mock > summary").click()
    return page


def test_pause_speed_and_advance(master: Page, mock: Mock) -> None:
    """What is clicked steers the mock, and the head of the panel ticks with its clock."""
    mock.control_call("clock", {"speed": 1}, method="POST")
    page = opened(master)
    head = page.locator("#mock > summary")
    page.locator("#mock-speed-600").click()
    expect(head).to_contain_text("600 times as fast")
    expect(page.locator("#mock-speed-600")).to_have_attribute("aria-pressed", "true")
    shown = head.inner_text()
    expect(head).not_to_have_text(shown)  # it ticks
    page.get_by_role("button", name="Pause").click()
    expect(head).to_contain_text("paused")
    before = float(mock.control_call("clock")["now_s"])
    page.get_by_role("button", name="10 minutes").click()
    page.get_by_label("Seconds").first.fill("5,5")
    page.get_by_label("Seconds").first.press("Enter")
    expect(page.locator(f'#mock-clock[data-clock-now="{before + 605.5}"]')).to_be_attached()
    page.get_by_role("button", name="Resume").click()
    expect(head).to_contain_text("600 times as fast")


def test_what_another_person_steers_is_seen_here(master: Page, mock: Mock) -> None:
    """The panel follows the mock by itself and keeps what is being typed;
    it stays open from page to page.
    """
    page = opened(master)
    page.get_by_label("Speed (0 stands still)").fill("12")
    mock.control_call("clock", {"speed": 30}, method="POST")
    mock.control_call(
        "faults", {"fault": {"kind": "stuck_transaction"}, "operation": "*.reboot*"}, method="POST"
    )
    expect(page.locator("#mock > summary")).to_contain_text("30 times as fast")
    expect(page.locator("#mock-faults")).to_contain_text("The transaction never ends")
    expect(page.get_by_label("Speed (0 stands still)")).to_have_value("12")
    page.reload()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_fault_by_keyboard(master: Page, mock: Mock) -> None:
    """A rule is added, seen and deleted without a mouse, and the focus is never lost."""
    page = master
    page.locator("#mock > summary").press("Enter")
    page.get_by_text("Add a fault").first.press("Enter")
    page.get_by_label("What happens").select_option("delay")
    expect(page.get_by_label("HTTP status")).to_have_count(0)
    page.get_by_label("Operation").focus()
    expect(
        page.locator("#mock-operations option[value$='Guest.executeRescueLayer']")
    ).to_be_attached()
    page.get_by_label("Operation").fill("*.executeRescueLayer")
    page.locator("#mock-fields").get_by_label("Seconds").fill("soon")
    page.get_by_label("Operation").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="needs a number")).to_be_visible()
    page.locator("#mock-fields").get_by_label("Seconds").fill("0.5")
    page.get_by_label("Operation").press("Enter")
    expect(page.locator("#mock-faults")).to_contain_text(
        "Delay, in real seconds on *.executeRescueLayer"
    )
    expect(page.get_by_role("alert").filter(has_text="needs a number")).to_have_count(0)
    assert [rule["fault"]["seconds"] for rule in mock.control_call("faults")] == [0.5]
    page.get_by_role("button", name="Delete rule 1").press("Enter")
    expect(page.locator("#mock-faults-count")).to_be_focused()
    assert mock.control_call("faults") == []


def test_focus_stays_on_the_button(master: Page) -> None:
    """Who pauses by keyboard can resume with the next key press."""
    page = opened(master)
    page.get_by_role("button", name="1 minute").press("Enter")
    expect(page.get_by_role("button", name="1 minute")).to_be_focused()
    page.get_by_role("button", name="Resume").press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()


def test_reset_is_asked_for_and_shown(master: Page, mock: Mock) -> None:
    """No answers nothing; yes brings the starting world back, and the user stays signed in."""
    mock.control_call(
        "faults", {"fault": {"kind": "drop"}, "operation": "*.reboot*"}, method="POST"
    )
    page = opened(master)
    page.get_by_role("button", name="Reset the world").click()
    page.get_by_role("dialog").get_by_role("button", name="No").click()
    assert len(mock.control_call("faults")) == 1
    page.get_by_role("button", name="Reset the world").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset the world").click()
    expect(page.locator("#mock-faults")).to_contain_text("No faults")
    expect(page.get_by_role("heading", name="Device list")).to_be_visible()
    assert mock.control_call("faults") == []


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_panel_is_accessible_and_fits_a_phone(
    people: Callable[..., Person], mock: Mock, language: str
) -> None:
    """axe finds nothing serious in light and dark, and nothing is wider than the screen."""
    mock.control_call(
        "faults", {"fault": {"kind": "error", "code": "x" * 300}, "operation": "*"}, method="POST"
    )
    page = people(language, viewport={"width": 390, "height": 800}).sign_in(MASTER)
    opened(page)
    page.locator("#mock details > summary").click()
    expect(page.locator("#mock-fields")).to_be_visible()
    assert axe.complaints_in_both_schemes(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
