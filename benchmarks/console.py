"""The console in a real browser: first paint, ready to use, bytes of the first load, and how soon a
change is seen.

Beside each page stands an empty one of the same mock in the same browser: the floor that the
browser itself takes.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from playwright.sync_api import Browser, Page, Request, sync_playwright

from benchmarks.measure import KEY, USER, mock, print_table

SIZES = (10, 1000, 10_000)
ROUNDS = 9
PAGES = 20
CHANGES = 25
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
# First paint as the browser notes it;
# usable when the scripts have run (the modules run before DOMContentLoaded).
_TIMES = """async () => ({
  paint: await new Promise((resolve) => new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("first-contentful-paint")) resolve(entry.startTime);
  }).observe({ type: "paint", buffered: true })),
  usable: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
})"""
# The instant, in the page's own clock, at which the row of a device first says what it must.
_WATCH = """([row, text]) => {
  window.seen = new Promise((resolve) => {
    const look = () => {
      if (!document.getElementById(row).textContent.includes(text)) return;
      changes.disconnect();
      resolve(Date.now());
    };
    const changes = new MutationObserver(look);
    changes.observe(document.getElementById("devices"), { subtree: true, childList: true });
    look();
  });
}"""


def main() -> None:
    """Print both tables."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        print_table(
            f"First load of the device list, median of {ROUNDS} (goal: under 150 KB)",
            ("devices", "first paint, ms", "beside an empty page", "ready to use, ms", "KB sent"),
            [_first_load(browser, size) for size in SIZES],
        )
        print_table(
            f"From an API call until the row has changed, {PAGES} open pages, {CHANGES} calls"
            " (goal: p95 under 1 s)",
            ("devices", "median, ms", "p95, ms", "worst, ms"),
            [_delays(browser, size) for size in SIZES],
        )


def _chromium() -> str:
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    return path or sys.exit("benchmarks: Chromium is missing; run make chromium")


def _first_load(browser: Browser, size: int) -> tuple[object, ...]:
    with _generated(size) as base:
        rounds = [
            (_load(browser, base, ""), _load(browser, base, "nowhere")) for _ in range(ROUNDS)
        ]
    median = {name: statistics.median(page[name] for page, _ in rounds) for name in rounds[0][0]}
    beside = statistics.median(page["paint"] / floor["paint"] for page, floor in rounds)
    paint = median["paint"]
    usable = median["usable"]
    kilobytes = median["bytes"] / 1000
    return f"{size:,}", f"{paint:.0f}", f"{beside:.2f}", f"{usable:.0f}", f"{kilobytes:.0f}"


def _load(browser: Browser, base: str, path: str) -> dict[str, float]:
    """One visit with an empty cache."""
    with _visitor(browser, base) as page:
        finished: list[Request] = []
        page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 (Playwright marks it)
        page.goto(base + path, wait_until="load")
        sizes = [_size(request) for request in list(finished) if "/live" not in request.url]
        return {**page.evaluate(_TIMES), "bytes": float(sum(sizes))}


def _size(request: Request) -> int:
    sizes = request.sizes()
    return int(sizes["responseHeadersSize"] + sizes["responseBodySize"])


def _delays(browser: Browser, size: int) -> tuple[object, ...]:
    with _generated(size) as base:
        pages = [_opened(browser, base) for _ in range(PAGES)]
        try:
            delays = sorted(
                delay for number in range(CHANGES) for delay in _change(pages, base, number)
            )
        finally:
            for page in pages:
                page.context.close()
    p95 = delays[int(len(delays) * 0.95)]
    return f"{size:,}", f"{statistics.median(delays):.0f}", f"{p95:.0f}", f"{delays[-1]:.0f}"


def _opened(browser: Browser, base: str) -> Page:
    page = browser.new_context().new_page()
    _sign_in(page, base)
    return page


def _change(pages: list[Page], base: str, number: int) -> list[float]:
    """How many milliseconds each page takes to show its first device powered off or on."""
    link = pages[0].locator("tbody a").first.get_attribute("href") or ""
    kind, device = link.rstrip("/").split("/")[-2:]
    service = "SoftLayer_Virtual_Guest" if kind == "virtual-guest" else "SoftLayer_Hardware_Server"
    method, shown = (("powerOff", "Stopped"), ("powerOn", "Running"))[number % 2]
    for page in pages:
        page.evaluate(_WATCH, [f"device-{device}", shown])
    url = f"{base.replace('/console/', '/rest/v3.1/')}{service}/{device}/{method}.json"
    login = urllib3.make_headers(basic_auth=f"{USER}:{KEY}")
    begin_ms = time.time() * 1000
    reply = urllib3.request("GET", url, headers=login)
    if reply.status != 200:
        sys.exit(f"benchmarks: the change was refused: {reply.data!r}")
    return [page.evaluate("() => window.seen") - begin_ms for page in pages]


@contextmanager
def _generated(size: int) -> Iterator[str]:
    with mock("--generate", f"{size - size // 10},{size // 10}") as environment:
        yield environment["MOCK_CONTROL"].replace("/_mock/", "/console/")


@contextmanager
def _visitor(browser: Browser, base: str) -> Iterator[Page]:
    """A signed-in browser that has nothing in its cache."""
    context = browser.new_context()
    try:
        page = context.new_page()
        _sign_in(page, base)
        context.new_cdp_session(page).send("Network.clearBrowserCache")
        yield page
    finally:
        context.close()


def _sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}sign-in")
    page.locator("form[action$='sign-in'] button").first.click()
    page.wait_for_url(base)


if __name__ == "__main__":
    main()
