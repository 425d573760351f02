"""The end of what a machine printed at its console, made harmless to show.

A machine prints what it likes, and as much as it likes: nothing of it may steer whoever looks.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

END_BYTES = 64 * 1024
"""How much of a file is read at most: it grows as long as the machine runs."""

LINES = 40
LONGEST_LINE = 400

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, where to write, what to erase
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # titles
    r"|\x1b[ -/]*[0-~]?"
)
"""Sequences of a terminal, also those that are cut off. The classes of characters exclude what
begins another one, so a file of beginnings takes no longer than any other.
"""


def find_mark(path: Path) -> tuple[int, int] | None:
    """Size and time of a file, of which nothing is read; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def read_end(path: Path) -> tuple[str, ...]:
    """The last lines; none where nothing was printed yet. Raises OSError."""
    try:
        # A pipe in the place of the file must not keep anybody waiting.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return ()
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        start = max(0, found.st_size - END_BYTES)
        return shown_lines(os.pread(number, END_BYTES, start), is_cut=start > 0)
    finally:
        os.close(number)


def shown_lines(printed: bytes, *, is_cut: bool = False) -> tuple[str, ...]:
    """What a terminal would show of this as its last lines, without what steers one. Where the
    beginning was cut off, the first line is left out if there is another one.
    """
    text = _SEQUENCE.sub("", printed.decode(errors="replace"))
    lines = text.split("\n")
    if is_cut and len(lines) > 1:
        del lines[0]
    if not lines[-1].strip():
        del lines[-1]  # the last line has ended
    return tuple(_shown_line(line) for line in lines[-LINES:])


def _shown_line(line: str) -> str:
    """Progress is written over itself: its last state counts."""
    states = [state for state in line.split("\r") if state.strip()]
    typed = _typed(states[-1]) if states else ""
    # What is not printable: control characters, and those that turn the direction of a text.
    whole = "".join(character for character in typed.expandtabs() if character.isprintable())
    whole = whole.rstrip()
    return f"{whole[: LONGEST_LINE - 1]}…" if len(whole) > LONGEST_LINE else whole


def _typed(text: str) -> str:
    """What is left where characters were taken back."""
    kept: list[str] = []
    for character in text:
        if character == "\b":
            del kept[-1:]
        else:
            kept.append(character)
    return "".join(kept)
