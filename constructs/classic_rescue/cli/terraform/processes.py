"""Which processes cdktf has started, and how they and Terraform itself are told to stop.

cdktf starts Terraform on a terminal of its own, so each Terraform leads a process group of its own.
SIGINT for cdktf makes cdktf end at once, and with the terminal gone Terraform is killed by SIGHUP:
state unsaved, lock left (tried with cdktf-cli 0.21, 2026-11-23). So the Terraforms are told to
stop, and cdktf ends by itself after them.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

ProcessRow = tuple[int, int, int]
"""Process id, parent's id, process group."""


def groups_below(root: int, table: Iterable[ProcessRow]) -> set[int]:
    """The process groups of all descendants of a process, without its own group."""
    children = defaultdict(list)
    groups = {}
    for pid, parent, group in table:
        children[parent].append(pid)
        groups[pid] = group
    found: set[int] = set()
    todo = [root]
    while todo:
        below = children[todo.pop()]
        found.update(groups[pid] for pid in below)
        todo += below
    return found - {groups.get(root, root)}


def process_table() -> list[ProcessRow]:
    """Every process of this machine."""
    if Path("/proc/self/stat").exists():
        return [row for path in Path("/proc").glob("[0-9]*") if (row := _row_of(path))]
    said = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid="],  # noqa: S607 the system's ps, wherever it is
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return [
        (int(pid), int(parent), int(group))
        for pid, parent, group in map(str.split, said.splitlines())
    ]


def _row_of(path: Path) -> ProcessRow | None:
    try:
        stat = (path / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None  # it ended meanwhile
    after_name = stat.rpartition(")")[2].split()
    return int(path.name), int(after_name[1]), int(after_name[2])


@dataclass(slots=True)
class StopRequests:
    """Ctrl-C and SIGTERM while cdktf or Terraform runs: the first one stops it in order, a second
    Ctrl-C kills it.

    SIGTERM after Ctrl-C does not count: a cancelled job of GitHub gets both, 7.5 seconds apart, and
    only wants to end.
    """

    count: int = 0
    told: set[int] = field(default_factory=set)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals, and give them back at the end."""
        before = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.count or number == signal.SIGINT:
            self.count += 1

    def stop(self, groups: set[int]) -> None:
        """Tell these process groups, each once, what was asked for so far;
        call it again and again.
        """
        if self.count > 1:
            _send(signal.SIGKILL, groups)
        elif self.count:
            _send(signal.SIGINT, groups - self.told)
            self.told |= groups

    def pass_on(self, cdktf: int) -> None:
        """Tell the processes what was asked for so far; call it again and again,
        since new ones may start.
        """
        if not self.count:
            return
        groups = groups_below(cdktf, process_table())
        if self.count > 1:
            _send(signal.SIGKILL, groups | {cdktf})
        elif groups - self.told:
            _send(signal.SIGINT, groups - self.told)
        elif not self.told:
            _send(signal.SIGINT, {cdktf})  # no Terraform runs: nothing is under way
            groups = {cdktf}
        self.told |= groups

    def are_all_gone(self) -> bool:
        """Whether every process that was told to stop has ended."""
        return not any(_is_there(group) for group in self.told)


def _send(number: signal.Signals, groups: Iterable[int]) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
