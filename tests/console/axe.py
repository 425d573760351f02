"""What axe says of a page: the accessibility rules that a machine can check."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_SOURCE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_BAD = ("serious", "critical")
_BY_COLOUR = ["color-contrast", "link-in-text-block"]
"""The rules whose answer depends on the scheme; they are half of the work."""
_RUN = """async rules => {
    const say = node => node.html.slice(0, 200) + ' ' + node.failureSummary;
    const {violations} = await axe.run(document, {resultTypes: ['violations'], ...rules});
    return violations.map(row => [row.impact, row.id, row.help, row.nodes.map(say).join('; ')]);
}"""


@cache
def _source() -> str:
    return _SOURCE.read_text()


def complaints(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe calls serious or critical about the page as it is now shown, by these rules or all
    of them.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())  # through the debugger: the page's policy stays as strict as it is
    rows = page.evaluate(_RUN, {"runOnly": rules} if rules else {})
    return [
        f"{impact}: {rule}: {text}: {where}" for impact, rule, text, where in rows if impact in _BAD
    ]


def complaints_in_both_schemes(page: Page) -> list[str]:
    """The same in light and dark."""
    page.emulate_media(color_scheme="light")
    found = [f"light: {text}" for text in complaints(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {text}" for text in complaints(page, _BY_COLOUR)]
    page.emulate_media(color_scheme="null")
    return found
