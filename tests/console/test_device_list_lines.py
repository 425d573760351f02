"""One line a device at 1,280 pixels, and twenty of them on a screen of 800."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import SoftLayer
from playwright.sync_api import Browser, Page, expect

from tests.conftest import KEY, USER, Mock, running_mock
from tests.console.conftest import WAIT_MS

pytestmark = pytest.mark.slow
LONG_NAME = "webserver-frankfurt"
SCREEN = {"width": 1280, "height": 800}
LINES = """() => [...document.querySelectorAll(".devices tbody tr")].map((row) => {
  const box = row.getBoundingClientRect();
  const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  let lines = 1;
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const tops = new Set([...range.getClientRects()].map((part) => Math.round(part.top)));
    if (texts.currentNode.data.trim()) lines = Math.max(lines, tops.size);
  }
  return { lines, height: box.height, isSeen: box.bottom <= innerHeight };
})"""
CUT = """() => [...document.querySelectorAll(".devices tbody :is(th a, time)")]
  .filter((part) => part.closest("th, td").scrollWidth > part.closest("th, td").clientWidth)
  .map((part) => part.textContent)"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The console of sixty devices that vary, some of them at work and some in rescue."""
    log = tmp_path_factory.mktemp("many") / "mock.log"
    with running_mock(log, "--generate=40,20,mixed", "--seed=7") as mock:
        _put_to_work(mock)
        yield mock.control.replace("/_mock/", "/console/")
    assert Path(log).read_text() == ""


def _put_to_work(mock: Mock) -> None:
    """Each kind of row: in rescue, on an image, at work, with a name as long as a host's may be."""
    mock.control_call("clock", {"pause": True}, method="POST")
    sl = SoftLayer.Client(
        username=USER, api_key=KEY, endpoint_url=mock.rest, config_file=os.devnull
    )
    servers = [row["id"] for row in sl.call("Account", "getHardware", mask="mask[id]")]
    guests = [row["id"] for row in sl.call("Account", "getVirtualGuests", mask="mask[id]")]
    sl.call("Hardware_Server", "bootToRescueLayer", id=servers[0])
    sl.call("Virtual_Guest", "executeRescueLayer", id=guests[0])
    mock.pass_s(3_600)
    sl.call("Hardware_Server", "bootToRescueLayer", id=servers[1])
    mock.pass_s(20)
    sl.call("Hardware_Server", "editObject", {"hostname": LONG_NAME}, id=servers[2])


@pytest.fixture(params=["en", "it"])
def page(browser: Browser, console: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The device list, in each language."""
    context = browser.new_context(locale=request.param, reduced_motion="reduce", viewport=SCREEN)  # type: ignore[arg-type] # a size
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(f"{console}sign-in")
    page.locator("button", has_text=USER).click()
    expect(page.get_by_role("table")).to_be_visible()
    yield page
    context.close()


def test_every_device_has_one_line_and_twenty_fit(page: Page) -> None:
    """Whatever its name, image or transaction: what does not fit is cut, not wrapped."""
    lines = page.evaluate(LINES)
    assert len(lines) >= 50
    assert {line["lines"] for line in lines} == {1}
    assert max(line["height"] for line in lines) < 2 * min(line["height"] for line in lines)
    assert sum(line["isSeen"] for line in lines) >= 20
    bar = page.get_by_role("progressbar").bounding_box()
    cell = page.locator("td:has(progress)").bounding_box()
    assert bar
    assert cell
    assert bar["x"] + bar["width"] <= cell["x"] + cell["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"]


def test_names_and_dates_are_whole(page: Page) -> None:
    """They are what people look for and compare."""
    assert page.evaluate(CUT) == []
