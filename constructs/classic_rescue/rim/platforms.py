"""On what it runs: docs/supported.md."""

from __future__ import annotations

import sys
from importlib.util import find_spec

WHY_NOT = (
    "this Python has no fcntl, which keeps two runs from working on one device; use Linux, macOS,"
    " or on Windows the WSL: https://learn.microsoft.com/windows/wsl/"
)


def stop_elsewhere(program: str) -> None:
    """End with a sentence where nothing could run, before an import fails."""
    if find_spec("fcntl") is None:
        sys.stderr.write(f"{program}: {WHY_NOT}\n")
        sys.exit(1)
