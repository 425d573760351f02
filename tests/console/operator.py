"""Somebody who works at the console with the documentation beside the keyboard: what is clicked,
and what is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.conftest import Mock
from tests.console.conftest import Person

OWNER = "Mia Master"


@dataclass(frozen=True)
class Labels:
    """What the procedure names, in one language."""

    actions: str
    rescue: str
    image: str
    boot_this: str
    reboot: str
    resume: str
    yes: str
    close: str
    public: str
    private: str
    show: str
    hide: str
    inside: str
    runs_os: str
    runs_rescue: str
    runs_image: str


ENGLISH = Labels(
    actions="Actions",
    rescue="Rescue mode",
    image="Boot from image",
    boot_this="Boot from this image",
    reboot="Reboot",
    resume="Continue",
    yes="Yes",
    close="Close",
    public="Public",
    private="Private",
    show="Show password",
    hide="Hide password",
    inside="Restart from inside the operating system",
    runs_os="operating system",
    runs_rescue="rescue kernel",
    runs_image="image",
)
ITALIAN = Labels(
    actions="Azioni",
    rescue="Modalità di ripristino",
    image="Avvia da immagine",
    boot_this="Avvia da questa immagine",
    reboot="Riavvia",
    resume="Continua",
    yes="Sì",
    close="Chiudi",
    public="Pubbliche",
    private="Private",
    show="Mostra password",
    hide="Nascondi password",
    inside="Riavvia dall'interno del sistema operativo",
    runs_os="sistema operativo",
    runs_rescue="kernel di ripristino",
    runs_image="immagine",
)
LANGUAGES = {"en": ENGLISH, "it": ITALIAN}


@dataclass
class Operator:
    """A person at a device's page."""

    page: Page
    labels: Labels
    mock: Mock

    @property
    def dialog(self) -> Locator:
        """The question or the answer that is open."""
        return self.page.get_by_role("dialog")

    def choose(self, action: str) -> None:
        """Open the Actions menu and choose."""
        self.page.get_by_role("button", name=self.labels.actions).click()
        self.page.locator("#actions-menu").get_by_role("button", name=action, exact=True).click()
        expect(self.dialog.get_by_role("heading", name=action)).to_be_visible()

    def press(self, name: str) -> None:
        """Press a button of the dialog."""
        self.dialog.get_by_role("button", name=name, exact=True).click()

    def expect_done(self, text: str) -> None:
        """The dialog is closed, and a message says what happens now."""
        expect(self.page.locator("#device-said")).to_contain_text(text)
        expect(self.dialog).to_be_hidden()

    def expect_runs(self, text: str) -> None:
        """What the page says that the device runs."""
        expect(self.page.locator("#device .chip")).to_have_text(text)

    def expect_transaction(self, name: str) -> None:
        """The transaction that the page shows under way, with its progress."""
        expect(self.page.locator("#device").get_by_text(name)).to_be_visible()
        expect(self.page.locator("#device progress")).to_be_visible()

    def pass_time(self, seconds_s: float) -> None:
        """Let the mock's time pass."""
        self.mock.control_call("clock", {"advance_s": seconds_s}, method="POST")

    def settle(self) -> None:
        """Let time pass until nothing is under way."""
        self.mock.control_call("clock", {"run_until_stable": True}, method="POST")

    def read_login(self) -> str:
        """The logins, which are hidden until they are asked for."""
        login = self.page.locator("#device-login")
        expect(login).not_to_contain_text("Passw0rd")
        login.get_by_role("button", name=self.labels.show).click()
        expect(login.get_by_role("button", name=self.labels.hide)).to_be_visible()
        text = login.inner_text()
        login.get_by_role("button", name=self.labels.hide).click()
        expect(login).not_to_contain_text("Passw0rd")
        return text

    def timeline(self) -> list[str]:
        """The names of what happened, newest first."""
        return self.page.locator("#device-timeline li strong").all_inner_texts()


def at_device(
    people: Callable[..., Person], mock: Mock, language: str, name: str, *, user: str = OWNER
) -> Operator:
    """Sign in, Devices, Device list, the device's name: step 1 and 2 of the documentation."""
    page = people("it-IT" if language == "it" else "en").sign_in(user)
    page.get_by_role(
        "link", name="Dispositivi" if language == "it" else "Devices", exact=True
    ).click()
    page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    mock.changes()
    return Operator(page, LANGUAGES[language], mock)
