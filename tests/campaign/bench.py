"""What the benches of hooks and of commands share: a mock, a proxy before it, a folder, and
processes of ours.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.campaign.host import OUR_KEY, US, Host
from tests.campaign.meddlings import Director
from tests.campaign.plan import Plan
from tests.campaign.proxy import Heard, Proxy

SPEED = 300.0
ANSWER_WITHIN_S = 2.0
MOST_MENDINGS = 4
Row = dict[str, Any]


@dataclass(kw_only=True)
class Record:
    """What mock and proxy have recorded of one run of the campaign."""

    heard: list[Heard] = field(default_factory=list)
    deeds: list[tuple[Heard, str, str]] = field(default_factory=list)
    inside: list[tuple[int, int]] = field(default_factory=list)
    journal: list[Row] = field(default_factory=list)
    struck: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    before: dict[int, Row] = field(default_factory=dict)
    after: dict[int, Row] = field(default_factory=dict)


class ProcessBench:
    """Plays one run after the other. `place` is the folder of one, `threads` are the processes of
    ours that go beside others.
    """

    def __init__(self, folder: Path, *, speed: float = SPEED) -> None:
        self.folder = folder
        self.speed = speed
        self.host = Host(folder / "mock", speed)
        self.proxy = Proxy(self.host.port)
        self.place = folder / "run"
        self.threads: list[threading.Thread] = []

    def stop(self) -> None:
        """End everything."""
        self.proxy.stop()
        self.host.stop()

    def prepare(self, plan: Plan) -> None:
        """An empty folder, a client without patience, and the world of the plan after its past."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        (self.place / ".softlayer").write_text(f"[softlayer]\ntimeout = {ANSWER_WITHIN_S:g}\n")
        self.threads = []
        self.proxy.meddle = lambda heard, pass_on: pass_on()
        self.host.begin(plan)

    def start_beside(self, work: Callable[[], None]) -> None:
        """Do it at the same time."""
        thread = threading.Thread(target=work)
        self.threads.append(thread)
        thread.start()

    def mend(self, record: Record, director: Director) -> None:
        """Wait for what goes beside; then all goes well again."""
        for thread in self.threads:
            thread.join()
        self.threads = []
        director.is_on = False
        self.proxy.release()
        self.proxy.wait_for_late_calls()
        record.struck = [row for row in self.host.steer("GET", "faults") if row.get("struck")]
        self.host.mend()
        self.proxy.is_over = threading.Event()

    def gather(self, record: Record, director: Director) -> None:
        """What is known in the end."""
        record.heard = list(self.proxy.heard)
        record.failures = list(self.proxy.failures)
        record.deeds = [(heard, row.deed, row.value) for heard, row in director.deeds]
        record.inside = list(director.inside)
        record.journal = self.host.journal()
        record.after = self.host.devices()

    def environ(self, run: str) -> dict[str, str]:
        """The environment of a process of this run."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place),
            "SL_USERNAME": US,
            "SL_API_KEY": OUR_KEY,
            "CLASSIC_RESCUE_ENDPOINT": self.proxy.endpoint(run),
            "CLASSIC_RESCUE_CLOCK_SPEED": f"{self.speed:g}",
            "CLASSIC_RESCUE_LOCKS": str(self.place / "locks"),
        }


def processes(is_meant: Callable[[Path, int], bool]) -> list[tuple[int, list[str]]]:
    """The processes of this machine that are meant, oldest first, with their words.

    `is_meant` gets the folder of one in /proc, and its session; what has ended meanwhile is none.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if state != "Z" and is_meant(entry, int(session)):
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                found.append((int(entry.name), words))
    return sorted(found)
