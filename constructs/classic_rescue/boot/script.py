"""A script that is to be run in a rescue system: read, checked and named by its content."""

from __future__ import annotations

import os
import re
import shlex
import stat
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

READY = ("fsck", "mount", "collect", "fstab-check", "grow-root")
"""The scripts that ship, by their names."""

MOST_BYTES = 1 << 20
_FOLDER = Path(__file__).resolve().parents[1] / "repairs"
_INTERPRETER = re.compile(r"#! *(/[!-~]+(?: [ -~]*)?)")


class Script(NamedTuple):
    """`name` is what people call it. `interpreter` are the words that run it."""

    name: str
    content: bytes
    interpreter: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of its content."""
        return sha256(self.content).hexdigest()

    @property
    def lines(self) -> int:
        """How many."""
        return len(self.content.splitlines())

    def __str__(self) -> str:
        """Say which it is: name, digest and length."""
        noun = "line" if self.lines == 1 else "lines"
        return f"{self.name}, sha256 {self.digest[:12]}, {self.lines} {noun}"


def as_path(path: str) -> str:
    """The path of a file, told from the name of a script that ships."""
    return os.path.join(os.curdir, path) if path in READY else path


def read_script(name: str, folder: str = "") -> Script:
    """The script of a path relative to a folder, or one that ships. Raises ValueError: what is
    wrong, and what to do.
    """
    path = _FOLDER / f"{name}.sh" if name in READY else Path(folder, name)
    try:
        with open(path, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ValueError(f"{name}: not a regular file")
            content = stream.read(MOST_BYTES + 1)
    except OSError as problem:
        ready = "" if os.sep in name else f"; ready ones: {', '.join(READY)}"
        raise ValueError(f"{name}: {problem.strerror or problem}{ready}") from None
    return checked(name, content)


def checked(name: str, content: bytes) -> Script:
    """A script of this content. Raises ValueError."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"{name}: more than 1 MB; a script fetches what is larger")
    if not content.strip():
        raise ValueError(f"{name}: empty; a script has a command at least")
    if b"\0" in content:
        raise ValueError(f"{name}: a binary file; what runs is a text")
    if b"\r\n" in content:
        number = content.partition(b"\r\n")[0].count(b"\n") + 1
        raise ValueError(
            f"{name}, line {number}: ends as in Windows (CRLF), which no shell reads; `dos2unix`"
            " or your editor writes it with LF"
        )
    first = content.partition(b"\n")[0].decode(errors="replace")
    if not first.startswith("#!"):
        return Script(name, content, ("sh",))
    found = _INTERPRETER.fullmatch(first.strip())
    if not found:
        raise ValueError(f"{name}, line 1: not `#!` and the path of a program")
    try:
        return Script(name, content, tuple(shlex.split(found[1])))
    except ValueError as problem:
        raise ValueError(f"{name}, line 1: {problem}") from None
