"""What axe says of a page: the accessibility rules that a machine can check."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_SOURCE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_BAD = ("serious", "critical")
_RUN = """async () => {
    const say = node => node.html.slice(0, 200) + ' ' + node.failureSummary;
    const {violations} = await axe.run(document, {resultTypes: ['violations']});
    return violations.map(row => [row.impact, row.id, row.help, row.nodes.map(say).join('; ')]);
}"""


@cache
def _source() -> str:
    return _SOURCE.read_text()


def complaints(page: Page) -> list[str]:
    """What axe calls serious or critical about the page as it is now shown."""
    page.evaluate(_source())  # through the debugger, so the page's policy stays as strict as it is
    rows = page.evaluate(_RUN)
    return [
        f"{impact}: {rule}: {text}: {where}" for impact, rule, text, where in rows if impact in _BAD
    ]


def complaints_in_both_schemes(page: Page) -> list[str]:
    """The same in light and dark."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {text}" for text in complaints(page)]
    page.emulate_media(color_scheme="null")
    return found
