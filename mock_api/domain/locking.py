"""The locks of files, which only POSIX has."""

from __future__ import annotations

WHY_NOT = (
    "this Python has no fcntl, which keeps two mocks from one file; use Linux, macOS, or on Windows"
    " the WSL: https://learn.microsoft.com/windows/wsl/"
)

try:
    import fcntl
except ImportError:
    raise ImportError(WHY_NOT) from None

__all__ = ["fcntl"]
