"""Where Python has no `fcntl`, as on Windows, a sentence says so, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HIDE = "import sys; sys.modules['fcntl'] = None; sys.path[:0] = sys.argv.pop(1).split(':');"
"""An import of it fails then as on Windows."""


def without_fcntl(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A program on such a platform."""
    paths = f"{ROOT}:{ROOT / 'constructs'}"
    command = [sys.executable, "-c", f"{HIDE}{program}", paths, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "program",
    [
        "from classic_rescue.cli import main; main()",
        "import runpy; runpy.run_module('classic_rescue.hook', run_name='__main__')",
        "import sys; from mock_api.__main__ import main; sys.exit(main())",
        f"import runpy; runpy.run_path({str(ROOT / '.ci' / 'setup.py')!r})",
    ],
    ids=["commands", "hook", "mock", "setup"],
)
def test_every_program_says_what_is_missing(program: str) -> None:
    """And where it runs instead."""
    ended = without_fcntl(program)
    assert ended.returncode == 1
    assert "this Python has no fcntl" in ended.stderr
    assert "WSL" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_who_imports_it_is_told_the_same() -> None:
    """There is a traceback then, and this is its last line; the mock inside a test keeps no file,
    and needs no lock.
    """
    assert without_fcntl("import mock_api.harness").stderr == ""
    ended = without_fcntl("import mock_api.command_line")
    assert "ImportError: this Python has no fcntl" in ended.stderr.splitlines()[-1]
