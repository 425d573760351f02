"""A machine's console in a browser, while the file of what it prints grows. In QEMU's place is a
program that only answers as it does.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mock_api.machines import images
from mock_api.machines.console import LINES
from tests.conftest import USER, Mock, running_mock
from tests.console.axe import complaints_in_both_schemes
from tests.console.conftest import Person
from tests.console.test_device_page import fits
from tests.mock.test_machines import FAKE_QEMU, GUEST, WEB, WORLD

pytestmark = pytest.mark.slow

DEVICE = f"devices/virtual-guest/{WEB}"
MARKER = "login: "
PLACES = """() => ["device-machine", "device-login", "device-timeline"].map(
    (id) => document.getElementById(id).getBoundingClientRect().top + scrollY)"""


class Printer:
    """What the machine behind web-1 prints, and whether it can start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.console = folder / "machines/devices" / str(WEB) / "console"

    def prints(self, printed: bytes) -> None:
        """At its console."""
        with self.console.open("ab") as file:
            file.write(printed)

    def prints_lines(self, count: int) -> None:
        """So many, with a number each."""
        self.prints(b"".join(b"line %d\n" % number for number in range(count)))


@pytest.fixture
def printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Printer:
    """Images that nobody looks into, and a program that is called like QEMU."""
    made = tmp_path / "machines/images"
    made.mkdir(parents=True)
    for name in images._PARTS:
        (made / name).touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "qemu-system-x86_64"
    fake.write_text(FAKE_QEMU.format(python=sys.executable))
    fake.chmod(0o755)
    (tmp_path / "world.json").write_text(json.dumps(WORLD))
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    monkeypatch.setenv("FAKE_QEMU", str(tmp_path))
    return Printer(tmp_path)


@pytest.fixture
def mock(printer: Printer, tmp_path: Path) -> Iterator[Mock]:
    """A mock with a machine behind web-1."""
    given = ("--world", str(tmp_path / "world.json"), "--machines", str(tmp_path / "machines"))
    with running_mock(tmp_path / "mock.log", *given, is_measured=True) as started:
        yield started


@pytest.fixture
def page(people: Callable[..., Person]) -> Page:
    """The page of web-1, as the account's owner."""
    person = people(viewport={"width": 1280, "height": 760})
    person.sign_in(USER)
    return person.open(DEVICE)


def is_at_its_end(page: Page) -> bool:
    """Whether the last line that the console shows can be seen."""
    is_seen: bool = page.locator("#machine-console").evaluate(
        """(screen) => Math.abs(screen.querySelector("pre").getBoundingClientRect().bottom
            - screen.getBoundingClientRect().bottom) < 30"""
    )
    return is_seen


def press(page: Page, key: str) -> float:
    """How far the console is scrolled once a key has scrolled it."""
    page.locator("#machine-console").evaluate(
        """(screen) => { window.scrolled = new Promise((done) => {
            screen.addEventListener("scrollend", () => done(screen.scrollTop), { once: true });
        }); }"""
    )
    page.keyboard.press(key)
    scrolled: float = page.evaluate("() => window.scrolled")
    return scrolled


def test_what_a_machine_prints_is_shown_as_it_comes(page: Page, printer: Printer) -> None:
    """From before its first line to a progress that is written over itself; nothing moves."""
    console = page.locator("#machine-console")
    expect(page.locator("#device-machine .chip")).to_have_text("runs")
    expect(console).to_have_text("It has not printed anything yet.")
    before = page.evaluate(PLACES)
    printer.prints(b"\x1b[1mLinux\x1b[0m version 6.1\r\nfsck: 10 %\r")
    expect(console.locator("pre")).to_have_text("Linux version 6.1\nfsck: 10 %")
    printer.prints(b"fsck: 100 %\n\xff" + MARKER.encode())
    expect(console.locator("pre")).to_have_text(
        f"Linux version 6.1\nfsck: 100 %\n\ufffd{MARKER}".rstrip()
    )
    assert page.evaluate(PLACES) == before
    printer.prints_lines(3 * LINES)
    expect(console).to_contain_text(f"line {3 * LINES - 1}")
    expect(console).not_to_contain_text(f"line {2 * LINES - 1}\n")
    assert page.evaluate(PLACES) == before
    assert is_at_its_end(page)


def test_what_a_machine_prints_does_nothing(page: Page, printer: Printer) -> None:
    """No markup, no title of a terminal, no direction of the text."""
    printer.prints(b"<img src=x onerror=\"document.title='pwned'\"></pre><h1>\n")
    printer.prints(b"\x1b]0;pwned\x07\x1b[2Jhere\n\xe2\x80\xaeturned\n")
    expect(page.locator("#machine-console pre")).to_have_text(
        "<img src=x onerror=\"document.title='pwned'\"></pre><h1>\nhere\nturned"
    )
    assert "pwned" not in page.title()
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator("#machine-console *").count() == 1


def test_a_reader_keeps_the_place_and_the_keyboard(page: Page, printer: Printer) -> None:
    """The console is reached by Tab and scrolled by keys, and new lines take neither away."""
    printer.prints_lines(100)
    console = page.locator("#machine-console")
    expect(console).to_contain_text("line 99")
    page.locator("#actions").focus()
    page.keyboard.press("Tab")
    expect(console).to_be_focused()
    expect(console).to_have_accessible_name("The last lines of its serial console")
    read_px = press(page, "Home")
    assert read_px < -100  # from its end upwards
    printer.prints(b"one more\n")
    expect(console).to_contain_text("one more")
    expect(console).to_be_focused()
    assert console.evaluate("(screen) => screen.scrollTop") == read_px
    assert abs(press(page, "End")) <= 1
    printer.prints(b"the last\n")
    expect(console).to_contain_text("the last")
    assert is_at_its_end(page)


def test_a_machine_that_goes_off_keeps_its_last_words(
    page: Page, printer: Printer, mock: Mock
) -> None:
    """Until it says something else; why it does not start again is there, too."""
    chip = page.locator("#device-machine .chip")
    printer.prints(b"the last words\n")
    expect(page.locator("#machine-console")).to_contain_text("the last words")
    mock.call_as_somebody_else(GUEST, WEB, "powerOff")
    mock.control_call("clock", {"run_until_stable": True}, method="POST")
    expect(chip).to_have_text("off")
    expect(page.locator("#announcer")).to_contain_text("web-1: Real machine: off")
    expect(page.locator("#machine-console")).to_contain_text("the last words")
    (printer.folder / "refuse").write_text("Could not set up host forwarding rule")
    mock.call_as_somebody_else(GUEST, WEB, "powerOn")
    mock.control_call("clock", {"run_until_stable": True}, method="POST")
    expect(chip).to_have_text("not started")
    expect(page.locator("#device-machine")).to_contain_text("another process has this port")


def test_the_list_has_a_word_for_it(people: Callable[..., Person]) -> None:
    """At the device that has one, and it fetches nothing when that prints."""
    page = people().sign_in(USER)
    expect(page.locator(f"#device-{WEB}")).to_contain_text("machine")
    expect(page.locator(f"#device-{WEB + 1}")).not_to_contain_text("machine")
    assert complaints_in_both_schemes(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious(
    people: Callable[..., Person], printer: Printer, width: int
) -> None:
    """On a phone and on a desk, light and dark; a long line makes nothing wider than the window."""
    person = people(viewport={"width": width, "height": 800})
    person.sign_in(USER)
    page = person.open(DEVICE)
    assert complaints_in_both_schemes(page) == []
    printer.prints(b"x" * 350 + b"\n")
    printer.prints_lines(LINES)
    expect(page.locator("#machine-console")).to_contain_text(f"line {LINES - 1}")
    assert complaints_in_both_schemes(page) == []
    assert fits(page)
