"""Fixtures of the plugin's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project of other people."""
    project = Project(tmp_path)
    project.write("pytest.ini", "[pytest]\n")
    return project
