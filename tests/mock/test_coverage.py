"""The generated page of what the mock serves."""

from __future__ import annotations

import re
from dataclasses import fields

from mock_api.contract import OPERATIONS, all_operations
from mock_api.coverage import coverage_page
from mock_api.domain.labels import NAMES, REFUSALS
from mock_api.domain.settings import ORIGINS, Settings
from tests.mock.stagehand import ROOT


def test_the_page_is_current() -> None:
    """`make docs` writes it; a stale one misleads."""
    assert (ROOT / "docs" / "mock-coverage.md").read_text() == coverage_page()


def test_every_row_is_on_the_page() -> None:
    """Operations with their evidence, property methods, names, refusals and settings."""
    page = as_read(coverage_page())
    for row in OPERATIONS:
        assert any(
            f"`{row.method}`" in line and f"| {row.evidence} | {row.source}" in line
            for line in lines(page)
        )
    for key in [row.method for row in all_operations()] + [*NAMES, *REFUSALS, *ORIGINS]:
        assert f"`{key}`" in page


def test_cited_sections_are_links() -> None:
    """Each of several sections leads to its own heading of the facts."""
    row = next(line for line in lines(coverage_page()) if "`executeRescueLayer`" in line)
    assert row.endswith(
        "| [classic-api.md 1.1](classic-api.md#11-entering-rescue),"
        " [1.2](classic-api.md#12-what-each-client-sends) |"
    )


def as_read(page: str) -> str:
    """The page as its reader sees it: links as their texts."""
    return re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", page)


def lines(page: str) -> list[str]:
    """The lines of the page."""
    return page.splitlines()


def test_the_counts_are_those_of_the_tables() -> None:
    """The last figure of a line is how many there are, and the others add up to it."""
    for what, total in (
        ("operations", len(OPERATIONS)),
        ("names in answers", len(NAMES)),
        ("refusals", len(REFUSALS)),
    ):
        cells = next(
            line for line in lines(coverage_page()) if line.startswith(f"| {what} |")
        ).split("|")[2:-1]
        assert int(cells[-1]) == total == sum(int(cell) for cell in cells[:-1])


def test_every_setting_says_how_its_default_is_known() -> None:
    """No setting without its origin, and no origin without its setting."""
    assert set(ORIGINS) == {field.name for field in fields(Settings)}


def test_rows_name_the_default_of_their_setting() -> None:
    """A permission that a world may choose is in the row as the setting's default."""
    for row in OPERATIONS:
        if row.permission_setting is not None:
            assert Settings().permission(row.permission_setting) == row.permission
