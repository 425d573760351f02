"""The log files of what Terraform says, and what is worth reading in them."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

KEPT_LOGS = 10
SHOWN_LINES = 24
ERROR_LINES = 8
"""How much of one error is shown, where no frame tells its end."""

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FRAME_END = "╵"
_FRAME = re.compile(r"^[^│╷╵]*[│╷╵]\s?")


def new_log(folder: Path, verb: str, now: datetime, *, kept: int = KEPT_LOGS) -> Path:
    """The path of a fresh log file, readable for this user only.

    The newest ones are kept, with this one.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for old in logs[: max(0, len(logs) - kept + 1)]:
        with suppress(OSError):
            old.unlink()
    path = folder / f"{verb}-{now:%Y%m%dT%H%M%SZ}-{os.getpid()}.log"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return path


def errors_in(text: str) -> list[str]:
    """The lines of a log that tell what went wrong; its last lines where none says so."""
    chosen: list[str] = []
    lines: list[str] = []
    left = 0
    for raw in text.splitlines():
        line = plain(raw)
        if FRAME_END in raw:
            left = 0
        elif "Error" in line or "error:" in line:
            left = ERROR_LINES
        else:
            left -= 1
        if line:
            lines.append(line)
        if line and left > 0 and line not in chosen:
            chosen.append(line)
    return (chosen or lines)[-SHOWN_LINES:]


def plain(line: str) -> str:
    """A line of a log without colours and without the frame around it."""
    return _FRAME.sub("", _COLOUR.sub("", line)).strip()
