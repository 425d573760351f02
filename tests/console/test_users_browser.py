"""The users' pages in a browser: what one person grants, another one's open page shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.conftest import Mock
from tests.console import axe
from tests.console.conftest import MASTER, Person, without_aborts
from tests.mock.stagehand import NEWCOMER

pytestmark = pytest.mark.slow


def test_what_is_granted_shows_in_the_newcomer_s_open_page(
    people: Callable[..., Person], mock: Mock
) -> None:
    """The owner gives a device and a permission; the newcomer's page changes by itself."""
    theirs = people()
    theirs.sign_in(NEWCOMER)
    page = theirs.page
    page.get_by_role("link", name="Users").click()
    page.get_by_role("link", name="Nia Newcomer").click()
    expect(page.get_by_text("Nobody changes their own permissions")).to_be_visible()
    expect(page.locator("#user-devices li")).to_have_count(0)
    add_tickets = page.locator("#user-permissions").get_by_label("Add Tickets")
    expect(add_tickets).not_to_be_checked()

    listed = people().sign_in(NEWCOMER).locator("#devices")
    expect(listed).not_to_contain_text("web-1")
    before = listed.get_by_text("Unknown Device").count()

    owner = people().sign_in(MASTER)
    owner.get_by_role("link", name="Users").click()
    owner.get_by_role("link", name="Nia Newcomer").click()
    owner.wait_for_load_state()  # what is typed before htmx has started is searched for by nobody
    owner.get_by_label("Search devices").fill("web-1")
    owner.get_by_role("button", name="Give access to web-1.example.com").press("Enter")
    expect(
        owner.get_by_role("button", name="Take access to web-1.example.com away")
    ).to_be_focused()
    expect(page.locator("#user-devices")).to_contain_text("web-1.example.com")
    expect(listed).to_contain_text("web-1")
    expect(listed.get_by_text("Unknown Device")).to_have_count(before - 1)

    owner.locator("#user-permissions").get_by_label("Add Tickets").check()
    owner.locator("#set-permissions").click()
    expect(owner.get_by_text("Given, at once: TICKET_ADD")).to_be_visible()
    expect(add_tickets).to_be_checked()
    expect(add_tickets).to_be_disabled()


def test_ticks_that_are_not_sent_survive_what_others_do(
    people: Callable[..., Person], mock: Mock
) -> None:
    """While boxes are ticked the sheet stays as it is;
    nothing that another manager gave is lost by sending it.
    """
    first = people().sign_in(MASTER)
    second = people().sign_in(MASTER)
    for page in (first, second):
        page.get_by_role("link", name="Users").click()
        page.get_by_role("link", name="Nia Newcomer").click()
    first.locator("#user-permissions").get_by_label("View Tickets").check()
    second.locator("#user-permissions").get_by_label("Search Tickets").check()
    second.locator("#set-permissions").click()
    second.wait_for_load_state()
    second.get_by_label("Search devices").fill("db-1")
    second.get_by_role("button", name="Give access to db-1").click()
    expect(first.locator("#user-devices")).to_contain_text("db-1")  # so the news of both came here
    expect(first.locator("#user-permissions").get_by_label("View Tickets")).to_be_checked()
    first.locator("#set-permissions").click()
    expect(first.get_by_text("Given, at once: TICKET_VIEW")).to_be_visible()
    expect(first.locator("#user-permissions").get_by_label("Search Tickets")).to_be_checked()


def test_a_search_that_is_typed_on_takes_back_the_one_before(
    people: Callable[..., Person],
) -> None:
    """htmx reports it as an error, which it is not; another failure is."""
    person = people()
    page = person.sign_in(MASTER)
    page.get_by_role("link", name="Users").click()
    page.get_by_role("link", name="Nia Newcomer").click()
    page.route("**/devices?q=d", lambda route: None)  # no answer comes
    search = page.get_by_label("Search devices")
    with page.expect_request("**/devices?q=d"):
        search.fill("d")
    search.fill("db-1")
    expect(page.locator("#user-devices")).to_contain_text("db-1")
    told = person.complaints
    assert [text.partition(",")[0] for text in told] == ["htmx:afterRequest", "htmx:sendAbort"]
    assert without_aborts(["a", *told, told[0]]) == ["a", told[0]]


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_users_are_accessible_and_fit_a_phone(
    people: Callable[..., Person], language: str
) -> None:
    """axe finds nothing serious in light and dark, and nothing is wider than the screen."""
    person = people(language, viewport={"width": 390, "height": 800})
    page = person.sign_in(MASTER)
    page.get_by_role("link", name={"en": "Users", "it": "Utenti"}[language]).click()
    for name in ("Nia Newcomer", ""):
        expect(page.locator("h1")).to_be_visible()
        assert axe.complaints_in_both_schemes(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        if name:
            page.get_by_role("link", name=name).click()
            expect(page.locator("#user-devices")).to_be_visible()
