"""The console in a real browser: Debian's Chromium, headless, driven by Playwright,
against a mock of its own.

Its headless shell is the same engine without the windows of a desktop, which take as much time as
all the pages.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import IN_CI, USER, Mock, running_mock

MISSING = (
    "Chromium is missing, so the console is not tested: apt-get install chromium-headless-shell"
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 240_000  # for what a page shows late on a machine that is busy
MASTER = USER  # running_mock names the account's owner so

expect.set_options(timeout=WAIT_MS)


def find_chromium() -> str | None:
    """The browser of this machine."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser; where it is missing the tests are skipped loudly, and fail in CI."""
    path = find_chromium()
    if path is None:
        (pytest.fail if IN_CI else pytest.skip)(MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """One mock for all tests of this process; `mock` hands it out reset."""
    log = tmp_path_factory.mktemp("console") / "mock.log"
    with running_mock(log, is_measured=True) as started:
        yield started
    assert log.read_text() == ""


@pytest.fixture
def mock(server: Mock) -> Mock:
    """The demo world with its clock standing still: time passes when the test says so."""
    server.control_call("reset", method="POST")
    server.control_call("clock", {"pause": True}, method="POST")
    return server


@dataclass
class Person:
    """A browser of somebody's own, with what it complained about."""

    page: Page
    base: str
    complaints: list[str]

    def open(self, path: str = "") -> Page:
        """Go to a page of the console."""
        self.page.goto(self.base + path)
        return self.page

    def take_complaints(self) -> list[str]:
        """What the browser complained about so far; whoever expects it takes it away."""
        taken = list(self.complaints)
        self.complaints.clear()
        return taken

    def sign_in(self, username: str) -> Page:
        """Sign in by hand."""
        page = self.open("sign-in")
        page.locator("button", has_text=username).click()
        page.wait_for_url(self.base)
        return page


def without_aborts(complaints: list[str]) -> list[str]:
    """Without what htmx reports where a page itself takes back a request for a newer one
    (`hx-sync`): the end of the request, and right after it that it was aborted.
    """
    kept: list[str] = []
    for text in complaints:
        if text.startswith("htmx:sendAbort") and kept and kept[-1].startswith("htmx:afterRequest"):
            kept.pop()
        else:
            kept.append(text)
    return kept


@pytest.fixture
def people(browser: Browser, mock: Mock) -> Iterator[Callable[..., Person]]:
    """Makes people: people(language) gives a fresh browser;
    whatever its pages complain about fails the test.
    """
    contexts: list[BrowserContext] = []
    made: list[Person] = []

    def make(language: str = "en", **options: object) -> Person:
        context = browser.new_context(locale=language, reduced_motion="reduce", **options)  # type: ignore[arg-type] # Playwright's own options
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        person = Person(context.new_page(), mock.control.replace("/_mock/", "/console/"), [])
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        person.page.on(
            "console",
            lambda told: person.complaints.append(told.text) if told.type == "error" else None,
        )
        made.append(person)
        return person

    yield make
    # Before the browsers close: that cuts off what their pages ask for, and htmx says so.
    complaints = [text for person in made for text in without_aborts(person.complaints)]
    for context in contexts:
        context.close()
    assert complaints == [], complaints


@pytest.fixture
def master(people: Callable[..., Person]) -> Page:
    """The device list, as the account's owner."""
    return people().sign_in(MASTER)
