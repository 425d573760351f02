"""The tests in the pages of the mock run as they stand."""

from __future__ import annotations

import re

import pytest

from tests.plugin.project import ROOT, Project

pytestmark = pytest.mark.slow


def block(page: str, language: str) -> str:
    """The one example in that language."""
    shown = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (text,) = re.findall(rf"```{language}\b.*?\n(.*?)```", shown, re.DOTALL)
    return str(text)


def test_the_example_tests_pass(project: Project) -> None:
    """The page's tests can be copied into an empty project."""
    project.write("test_it.py", block("mock-pytest.md", "python"))
    result = project.run()
    assert result.counts() == {"passed": 4}, result.output
