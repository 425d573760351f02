"""One run of cdktf: its process, its log file, and what is worth reading in it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classic_rescue.cli.terminal.hidden import hide_in_log
from classic_rescue.cli.terraform.processes import StopRequests
from classic_rescue.cli.terraform.toolchain import Toolchain

TICK_S = 0.1
LAST_WORDS_S = 5.0
"""How long hooks get to say what is under way after their Terraform was stopped."""

KEPT_LOGS = 10
SHOWN_LINES = 24
ERROR_LINES = 8
"""How much of one error is shown, where no frame tells its end."""

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FRAME_END = "╵"
_FRAME = re.compile(r"^[^│╷╵]*[│╷╵]\s?")


@dataclass(frozen=True, slots=True)
class Ended:
    """How cdktf ended."""

    code: int
    is_interrupted: bool


def run_cdktf(
    tools: Toolchain,
    arguments: Sequence[str],
    *,
    cwd: Path,
    log: Path,
    held_open: int,
    tick: Callable[[], None],
    sleep: Callable[[float], None],
) -> Ended:
    """Run cdktf to its end, with its output in the log. `tick` is called ten times a second, and
    once at the end.

    `held_open` is the descriptor of a lock that must live as long as cdktf. Ctrl-C stops it in
    order; see `processes`.
    """
    stop = StopRequests()
    with _hidden_afterwards(log), log.open("wb") as output, stop.listening():
        process = subprocess.Popen(  # noqa: S603 programs of the project, and no word of it from a user
            [*tools.command, *arguments],
            cwd=cwd,
            env=tools.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the terminal's Ctrl-C must not reach it directly
            pass_fds=(held_open,),
        )
        try:
            while process.poll() is None:
                tick()
                stop.pass_on(process.pid)
                sleep(TICK_S)
        finally:
            if process.poll() is None:
                stop.count += 1
                stop.pass_on(process.pid)
            code = process.wait()
        for _ in range(round(LAST_WORDS_S / TICK_S)):
            if stop.are_all_gone():
                break
            sleep(TICK_S)
    tick()
    return Ended(code, stop.count > 0)


@contextmanager
def _hidden_afterwards(log: Path) -> Iterator[None]:
    try:
        yield
    finally:
        hide_in_log(log)


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
    """The lines of a cdktf log that tell what went wrong; its last lines where none says so."""
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
