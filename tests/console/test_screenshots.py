"""The pictures of docs/console.md: `make screenshots` writes them; without it the same steps run
and the files go to waste.

docs/console/made-from.txt holds what they were made from,
so that a picture of an older console is noticed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import ROOT, USER, Mock
from tests.console import machine_pictures
from tests.console.conftest import Person

CONSOLE = ROOT / "mock_api" / "console"
PICTURES = ROOT / "docs" / "console"
MADE_FROM = "made-from.txt"
NAMES = ("list", "device", "confirmation", "timeline")
NOW = {"now": "2026-12-01T02:00:00+00:00", "speed": 0}


def digest() -> str:
    """A checksum of everything that a page's look comes from,
    and of the steps that lead to the pictures.
    """
    sources = [
        path for path in CONSOLE.rglob("*") if path.suffix in (".html", ".css", ".js", ".svg")
    ]
    words = (CONSOLE / "words").glob("*.py")
    text = b"".join(path.read_bytes() for path in sorted([*sources, *words, Path(__file__)]))
    return hashlib.sha256(text).hexdigest()


def test_the_pictures_are_of_this_console() -> None:
    """Whoever changes a page makes the pictures again: `make screenshots`."""
    assert (PICTURES / MADE_FROM).read_text() == f"{digest()}\n"
    page = (ROOT / "docs" / "console.md").read_text()
    for name in NAMES:
        assert (PICTURES / f"{name}.png").stat().st_size > 10_000
        assert f"console/{name}.png" in page


def test_the_pictures_of_machines_are_of_this_console() -> None:
    """Whoever changes what shows a machine makes them again, in QEMU: `make pictures`."""
    assert (PICTURES / machine_pictures.MADE_FROM).read_text() == f"{machine_pictures.digest()}\n"
    drill = (ROOT / "docs" / "drill.md").read_text()
    for name in machine_pictures.NAMES:
        assert 10_000 < (PICTURES / f"{name}.png").stat().st_size < 150_000
        assert f"console/{name}.png" in drill


@pytest.mark.slow
def test_the_pictures_can_be_made(
    people: Callable[..., Person], mock: Mock, tmp_path: Path
) -> None:
    """The same night in four pictures: two devices in rescue, one on its way."""
    folder = Path(os.environ.get("CONSOLE_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    put_on_stage(mock)
    page = people(viewport={"width": 1280, "height": 760}, device_scale_factor=1).sign_in(USER)
    expect(page.get_by_role("progressbar")).to_be_visible()
    take(page, folder, "list")

    page.get_by_role("link", name="web-1").click()
    expect(page.get_by_role("heading", name="web-1")).to_be_visible()
    take(page, folder, "device")
    timeline = (
        page.locator("section, article, .sheet")
        .filter(has=page.get_by_role("heading", name="Timeline"))
        .last
    )
    timeline.screenshot(path=folder / "timeline.png")

    page.goto(page.url.replace("124929698", "124929706"))
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Rescue mode").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Yes")).to_be_visible()
    take(page, folder, "confirmation")
    (folder / MADE_FROM).write_text(f"{digest()}\n")
    assert all((folder / f"{name}.png").stat().st_size > 10_000 for name in NAMES)


def put_on_stage(mock: Mock) -> None:
    """web-1 was in rescue, came back and is in rescue again; db-1 is on its way."""
    world = mock.control_call("world")
    del world["moving"]
    mock.control_call("world", {**world, "clock": NOW}, method="PUT")
    for method in ("executeRescueLayer", "rebootDefault", "executeRescueLayer"):
        mock.call_as_somebody_else("SoftLayer_Virtual_Guest", 124929698, method)
        mock.control_call("clock", {"advance_s": 900}, method="POST")
    mock.call_as_somebody_else("SoftLayer_Hardware_Server", 218027101, "bootToRescueLayer")
    mock.control_call("clock", {"advance_s": 200}, method="POST")


def take(page: Page, folder: Path, name: str) -> None:
    """The window as a person sees it, from its top: the driver scrolls to what it clicks."""
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / f"{name}.png", animations="disabled")
