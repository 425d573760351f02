"""What commands write is for this user only, whatever the umask."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """The umask lets everything pass, and is the same after the command."""
    before = os.umask(0)
    yield
    assert os.umask(before) == 0


def mode(path: str) -> int:
    """The permissions of a file or folder."""
    return Path(path).stat().st_mode & 0o777


@pytest.mark.slow
def test_a_plan_and_all_around_it_are_private(run: Run, project: Path) -> None:
    """The folder, the essence, the reports and the synthesised stacks."""
    ended = run("plan", "--out", "reviewed")
    assert ended.exit_code == 2, ended.stderr
    folders = {"reviewed", ".classic-rescue", ".classic-rescue/cdktf.out"}
    files = {str(path) for folder in folders for path in Path(folder).glob("*") if path.is_file()}
    assert "reviewed/essence.json" in files
    assert {name: mode(name) for name in folders} == dict.fromkeys(folders, 0o700)
    assert {name: mode(name) for name in files} == dict.fromkeys(files, 0o600)


@pytest.mark.slow
def test_a_report_is_private_unless_the_file_was_there(run: Run, project: Path) -> None:
    """What replaces a file keeps its permissions."""
    Path("shown.md").write_text("")
    Path("shown.md").chmod(0o644)
    for name in ("shown.md", "fresh.md"):
        assert run("preflight", "--markdown", name).exit_code in (0, 3)
    assert (mode("shown.md"), mode("fresh.md")) == (0o644, 0o600)
