"""On what it runs: docs/supported.md."""

from __future__ import annotations

import sys

WHY_NOT = (
    "this Python has no fcntl, which keeps two runs from working on one device; use Linux, macOS,"
    " or on Windows the WSL: https://learn.microsoft.com/windows/wsl/"
)


def stop_elsewhere(program: str) -> None:
    """End with a sentence where nothing could run, before an import fails."""
    try:
        import fcntl  # noqa: F401 a look with importlib.util would cost each hook a millisecond
    except ImportError:
        sys.stderr.write(f"{program}: {WHY_NOT}\n")
        sys.exit(1)
