"""The files that a script has left for the operator: one tar a run, in `.classic-rescue/files`. It
is only kept, and never unpacked: what is in it comes from a broken system.
"""

from __future__ import annotations

import os
import re

NAME = "files"
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


class LeftFiles:
    """The tar of one run. `name` says whose it is."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = os.path.join(folder, NAME)
        self.path = os.path.join(self._folder, f"{_NOT_PLAIN.sub('-', name)}.tar")
        # Several can look at one run at once, and each fetches its files.
        self._new = f"{self.path}.{os.getpid()}.new"
        self._descriptor: int | None = None

    def write(self, at: int, content: bytes) -> None:
        """A part of it; the first one begins it. Raises OSError."""
        if at == 0:
            self.drop()
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            self._descriptor = os.open(self._new, flags, 0o600)
        if self._descriptor is not None and os.pwrite(self._descriptor, content, at) < len(content):
            raise OSError(None, "only a part could be written: the disk is full")

    def keep(self) -> str:
        """It is whole. Returns its path, empty where there is none. Raises OSError."""
        if self._descriptor is None:
            return ""
        os.close(self._descriptor)
        self._descriptor = None
        os.replace(self._new, self.path)
        return self.path

    def drop(self) -> None:
        """Nothing of it stays."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None
        os.unlink(self._new)
