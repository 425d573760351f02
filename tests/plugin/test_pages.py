"""The examples in the mock's pages run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mock_api import worlds
from tests.plugin.project import ROOT, Project

pytestmark = pytest.mark.slow


def block(page: str, language: str) -> str:
    """The one example in that language."""
    (text,) = re.findall(
        rf"```{language}\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL
    )
    return str(text)


def test_the_example_world_is_one(tmp_path: Path) -> None:
    """The page's file can be copied."""
    (tmp_path / "my-world.yaml").write_text(block("mock-worlds.md", "yaml"))
    world = worlds.load_file(tmp_path / "my-world.yaml")
    assert [row.hostname for row in world.guests] == ["web-1", "win-1"]
    assert [row.hostname for row in world.hardware] == ["db-1"]


def test_the_example_tests_pass(project: Project) -> None:
    """The page's tests can be copied into an empty project."""
    project.write("test_it.py", block("mock-pytest.md", "python"))
    result = project.run()
    assert result.counts() == {"passed": 4}, result.output
