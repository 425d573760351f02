"""One run of a project at a time: two would write the same output folder. Who has the project says
so in the lock's file, for whoever comes second.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import say

STEP_S = 0.5
TOLD_EVERY_S = 60.0


def _no_pause(seconds: float) -> None:
    return


@dataclass(frozen=True, slots=True)
class Turn:
    """A command that asks for the project. `wait_s` is how long it waits where another has it."""

    command: str = ""
    now: datetime | None = None
    wait_s: float = 0.0
    sleep: Callable[[float], None] = _no_pause


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the project, as the lock's file tells."""

    command: str
    who: str
    since: str
    pid: int

    def __str__(self) -> str:
        """Say it in a sentence's middle."""
        gone = "" if _is_there(self.pid) else ", which has ended, but what it started still runs"
        return f"`{self.command}` of {self.who}, since {self.since}, process {self.pid}{gone}"


@contextmanager
def taken(path: Path, turn: Turn) -> Iterator[int]:
    """The project, for this command alone; gives the lock's descriptor. It is released with the
    last process that has the descriptor. Raises Failure that says who has it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, turn)
        _write(descriptor, turn)
        yield descriptor
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def who_has(path: Path) -> str:
    """Who seems to have the project, without asking for it; empty where nobody does."""
    try:
        holder = _read(path.read_bytes())
    except OSError:
        return ""
    return str(holder) if holder and _is_there(holder.pid) else ""


def _take(descriptor: int, turn: Turn) -> None:
    waited_s = 0.0
    while not _is_taken(descriptor):
        who = _holder(descriptor)
        if waited_s >= turn.wait_s:
            raise Failure(_refusal(who, waited_s))
        if waited_s % TOLD_EVERY_S == 0:
            left = duration(turn.wait_s - waited_s)
            say(f"waiting for {who}; up to {left} more, Ctrl-C ends that", err=True)
        turn.sleep(STEP_S)
        waited_s += STEP_S


def _refusal(who: str, waited_s: float) -> str:
    after = f" after {duration(waited_s)} of waiting" if waited_s else ""
    return (
        f"this project is taken{after} by {who}; nothing was touched: run again when that has"
        " ended, or wait for it with --wait"
    )


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(descriptor: int, turn: Turn) -> None:
    holder = Holder(
        command=turn.command or "a command",
        who=user_at_host(),
        since=clock_time(turn.now) if turn.now else "an unknown time",
        pid=os.getpid(),
    )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)


def _holder(descriptor: int) -> str:
    holder = _read(os.pread(descriptor, 4096, 0))
    return str(holder or "another deploy or destroy, which has not said who it is")


def _read(content: bytes) -> Holder | None:
    try:
        given = json.loads(content)
        return Holder(**{**given, "pid": int(given["pid"])})
    except (ValueError, KeyError, TypeError):
        return None


def user_at_host() -> str:
    """Who runs this, and where."""
    return f"{_user()}@{os.uname().nodename}"


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.getuid())


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
