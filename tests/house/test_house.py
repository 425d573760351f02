"""What does not fit the other rules of the house: public names, generated pages,
paths of one machine.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import classic_rescue.fleet
import classic_rescue.stack
from classic_rescue.cli.pages.commands_page import commands_page
from classic_rescue.cli.pages.reference import reference_page
from tests.house.sources import ROOT


@pytest.mark.parametrize(
    "package", [classic_rescue.fleet, classic_rescue.stack], ids=lambda package: package.__name__
)
def test_public_names_are_complete_and_sorted(package: object) -> None:
    """What users import is listed, in order, and exists."""
    names = list(package.__all__)  # type: ignore[attr-defined]  # a module with __all__
    assert names == sorted(names)
    assert all(hasattr(package, name) for name in names)


def test_generated_pages_are_current() -> None:
    """`make docs` writes them; a stale one misleads."""
    assert (ROOT / "docs" / "reference.md").read_text() == reference_page()
    assert (ROOT / "docs" / "commands.md").read_text() == commands_page()


def test_the_version_has_a_dated_section_and_a_way_to_it() -> None:
    """It stands in pyproject.toml alone; the changelog and the page about upgrades know it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    version = project["project"]["version"]
    sections = re.findall(
        r"^## (\S+)(?: - \d{4}-\d\d-\d\d)?$", (ROOT / "CHANGELOG.md").read_text(), re.M
    )
    assert sections[:2] == ["Unreleased", version]
    assert f"to {version}\n" in (ROOT / "docs" / "upgrading.md").read_text()


def test_no_path_of_one_machine_is_committed() -> None:
    """Every path is relative, free-chosen or a parameter."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    home = str(Path.home())
    for name in tracked:
        path = ROOT / name
        if path.is_file() and path.suffix in (
            ".py",
            ".md",
            ".json",
            ".yaml",
            ".toml",
            ".txt",
            ".lock",
        ):
            text = path.read_text(errors="replace")
            assert str(ROOT) not in text, name
            assert len(home) < 4 or f"{home}/" not in text, name


def test_words_are_plain() -> None:
    """A device must run what the file says, and is looked at again: in every text and message."""
    found = subprocess.run(
        ["git", "grep", "-IniwE", "shall|anew", "--", ":!LICENSE", ":!tests/house/test_house.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.splitlines() == []
