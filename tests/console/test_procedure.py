"""The written procedure (classic-api.md 7.1, 7.2), click by click, in both languages,
for every kind of device.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.conftest import Mock
from tests.console.conftest import Person
from tests.console.operator import at_device

pytestmark = pytest.mark.slow

People = Callable[..., Person]


def events(mock: Mock, device: int) -> list[str]:
    """The device's rows of the event log, oldest first, as the API shows them."""
    rows = mock.control_call("world")["moving"]["events"]
    return [row["event_name"] for row in rows if row["object_id"] == device]


@pytest.mark.parametrize("language", ["en", "it"])
def test_a_linux_guest_goes_to_rescue_and_is_rebooted_from_the_console(
    people: People, mock: Mock, language: str
) -> None:
    """Actions, Rescue mode, Yes; log in with the recorded password; leave by Reboot."""
    operator = at_device(people, mock, language, "web-1")
    operator.choose(operator.labels.rescue)
    operator.press(operator.labels.yes)
    operator.expect_done(
        "web-1 is being started in rescue mode."
        if language == "en"
        else "web-1 viene avviato in modalità di ripristino."
    )
    operator.pass_time(6)
    operator.expect_transaction("Rescue kernel is booting")
    operator.expect_runs(operator.labels.runs_os)
    operator.pass_time(300)
    operator.expect_runs(operator.labels.runs_rescue)
    expect(operator.page.locator("#device")).to_contain_text("/dev/xvda2")
    login = operator.read_login()
    assert "198.51.100.11" in login
    assert "Mock-Passw0rd-web-1-Kq7x" in login
    operator.choose(operator.labels.reboot)
    operator.press(operator.labels.yes)
    operator.expect_done("web-1")
    operator.settle()
    operator.expect_runs(operator.labels.runs_os)
    expect(operator.page.locator("#device-timeline li")).to_have_count(4)
    assert operator.timeline() == ["Reboot", "View Password", "Rescue Boot", "Rescue"]
    assert mock.changes() == ["executeRescueLayer 124929698", "rebootDefault 124929698"]
    assert events(mock, 124929698) == ["Rescue", "View Password", "Reboot"]


@pytest.mark.parametrize("language", ["en", "it"])
def test_a_windows_guest_boots_from_the_public_image_and_unloads_it(
    people: People, mock: Mock, language: str
) -> None:
    """Boot from image, the public WindowsRescueStandalone.iso, Boot from image;
    leave by Continue.
    """
    operator = at_device(people, mock, language, "win-1")
    labels = operator.labels
    operator.choose(labels.image)
    operator.press(labels.private)
    expect(operator.dialog).to_contain_text("ops-toolbox-1.4.iso")
    operator.press(labels.public)
    row = operator.dialog.get_by_role("listitem").filter(
        has_text="WindowsRescueStandalone.iso dal13"
    )
    row.get_by_role("button", name=labels.boot_this).click()
    expect(operator.dialog).to_contain_text("WindowsRescueStandalone.iso in dal13")
    assert mock.changes() == []
    operator.press(labels.image)
    operator.expect_done("win-1")
    operator.pass_time(6)
    operator.expect_transaction("Boot from image")
    operator.pass_time(200)
    operator.expect_runs(labels.runs_image)
    login = operator.read_login()
    assert "Administrator" in login
    assert "Mock-Passw0rd-win-1-Zr4m" in login
    operator.choose(labels.image)
    expect(operator.dialog).to_contain_text("WindowsRescueStandalone.iso")
    operator.press(labels.resume)
    operator.expect_done("win-1")
    operator.pass_time(6)
    operator.expect_transaction("Unload image")
    operator.settle()
    operator.expect_runs(labels.runs_os)
    assert mock.changes() == ["mountIsoImage 124929702", "unmountIsoImage 124929702"]
    assert events(mock, 124929702) == ["Boot From Image", "View Password", "Unload Image"]


@pytest.mark.parametrize("language", ["en", "it"])
def test_bare_metal_goes_to_rescue_and_restarts_from_inside(
    people: People, mock: Mock, language: str
) -> None:
    """The same for a server; leave by a restart from the rescue system,
    of which the API never learns.
    """
    operator = at_device(people, mock, language, "db-1")
    labels = operator.labels
    operator.choose(labels.rescue)
    operator.press(labels.yes)
    operator.expect_done("db-1")
    operator.pass_time(6)
    operator.expect_transaction("Rescue kernel is booting")
    operator.pass_time(700)
    operator.expect_runs(labels.runs_rescue)
    expect(operator.page.locator("#device")).to_contain_text("/dev/sda2")
    login = operator.read_login()
    assert "Mock-Passw0rd-db-1-Pf3v" in login
    assert "Mock-Ipmi-Passw0rd-db-1" in login
    operator.page.get_by_role("button", name=labels.inside).click()
    operator.press(labels.yes)
    operator.expect_done("db-1")
    operator.settle()
    operator.expect_runs(labels.runs_os)
    assert mock.changes() == ["bootToRescueLayer 218027101"]
    assert events(mock, 218027101) == ["Rescue", "View Password"]


def test_a_server_without_a_system_is_asked_which_rescue(people: People, mock: Mock) -> None:
    """The choice is the argument of the call."""
    operator = at_device(people, mock, "en", "spare-1")
    operator.choose(operator.labels.rescue)
    operator.dialog.get_by_label("Windows").check()
    operator.press("Yes")
    operator.expect_done("spare-1 is being started in rescue mode.")
    entry = mock.control_call("journal")[-1]
    assert (entry["method"], entry["parameters"], entry["status"]) == (
        "bootToRescueLayer",
        ["WINDOWS"],
        200,
    )


def test_no_means_no(people: People, mock: Mock) -> None:
    """No, Close and Escape send nothing and give the focus back to Actions."""
    operator = at_device(people, mock, "en", "web-1")
    for action, answer in (
        ("Rescue mode", "No"),
        ("Boot from image", "Close"),
        ("Reboot (hard)", "Escape"),
    ):
        operator.choose(action)
        if answer == "Escape":
            operator.page.keyboard.press("Escape")
        else:
            operator.press(answer)
        expect(operator.dialog).to_be_hidden()
        expect(operator.page.get_by_role("button", name="Actions")).to_be_focused()
    assert mock.changes() == []


def test_the_whole_procedure_without_a_mouse(people: People, mock: Mock) -> None:
    """Tab, Enter and Escape are enough, and the focus never gets lost."""
    operator = at_device(people, mock, "en", "web-1")
    page = operator.page
    keyboard = operator.page.keyboard
    actions = page.get_by_role("button", name="Actions")
    actions.focus()
    keyboard.press("Enter")
    keyboard.press("Tab")
    expect(page.locator("#actions-menu").get_by_role("button", name="Rescue mode")).to_be_focused()
    keyboard.press("Escape")
    expect(actions).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(operator.dialog.get_by_role("heading", name="Rescue mode")).to_be_focused()
    keyboard.press("Tab")
    expect(operator.dialog.get_by_role("button", name="Yes")).to_be_focused()
    keyboard.press("Enter")
    operator.expect_done("web-1 is being started in rescue mode.")
    expect(actions).to_be_focused()
    operator.pass_time(300)
    operator.expect_runs("rescue kernel")
    expect(actions).to_be_focused()
    for key in ("Enter", "Tab", "Tab", "Tab", "Enter"):
        keyboard.press(key)
    expect(operator.dialog.get_by_role("heading", name="Reboot")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")
    operator.expect_done("web-1 is being rebooted.")
    operator.settle()
    operator.expect_runs("operating system")
    assert mock.changes() == ["executeRescueLayer 124929698", "rebootDefault 124929698"]
