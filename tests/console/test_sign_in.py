"""Who comes in, and what a page from elsewhere can do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.console.axe import complaints_in_both_schemes
from tests.console.conftest import Person

pytestmark = pytest.mark.slow


def test_a_user_is_chosen_and_signs_out(people: Callable[..., Person]) -> None:
    """On one's own machine no key is asked for; signing out ends the session."""
    person = people()
    page = person.open()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Mia Master").click()
    expect(page.get_by_role("heading", name="Device list")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    person.open()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_italian_by_the_browser_and_by_the_switch(people: Callable[..., Person]) -> None:
    """The browser's language is taken, until the other one is chosen."""
    page = people("it-IT").open()
    expect(page.get_by_role("heading", name="Accedi")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_first_page_is_for_everybody(people: Callable[..., Person]) -> None:
    """axe finds nothing serious on the sign-in page and on one that does not exist,
    in light and dark, on a phone.
    """
    person = people(viewport={"width": 390, "height": 800})
    for path in ("sign-in", "nowhere"):
        page = person.open(path)
        assert complaints_in_both_schemes(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (
        len(person.take_complaints()) == 1
    )  # the browser's own word for the page that does not exist


def test_who_may_not_log_in_stays_out(people: Callable[..., Person]) -> None:
    """A disabled user is told what the API says."""
    person = people()
    page = person.open()
    page.get_by_role("button", name="Flo Former").click()
    expect(page.get_by_role("alert").filter(has_text="cannot sign in")).to_be_visible()
    assert person.take_complaints() == [
        "Failed to load resource: the server responded with a status of 401 (UNAUTHORIZED)"
    ]
