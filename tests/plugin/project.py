"""Another people's project: its files in a folder of its own,
and its pytest in a process of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Result:
    """How a run of pytest ended."""

    code: int
    output: str

    def counts(self) -> dict[str, int]:
        """The numbers of the last line, such as {"passed": 2}."""
        return {
            word: int(number)
            for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", self.output)
        }


@dataclass
class Project:
    """The project. Nothing of this repository's tests or settings reaches it, only the package."""

    folder: Path
    package: Path = ROOT

    def write(self, name: str, text: str) -> None:
        """A file of the project."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *options: str) -> Result:
        """Run its tests with the plugin, and no other plugin that happens to be installed here."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST", "COV"))
        }
        environment |= {"PYTHONPATH": str(self.package), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "mock_api.pytest_plugin",
            "-p",
            "no:cacheprovider",
            *options,
        ]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Result(done.returncode, done.stdout + done.stderr)
