"""The stage: the one world that runs, its lock, its journal,
its starting point and where it is saved.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from mock_api.domain import dates
from mock_api.domain.clock import VirtualClock
from mock_api.domain.errors import NotSaved, RateLimited
from mock_api.domain.journal import Journal
from mock_api.domain.real_machines import NoMachines, RealMachines
from mock_api.domain.savefile import SaveFile
from mock_api.domain.world import World, WorldDocument, without_device


@dataclass(frozen=True)
class Second:
    """The requests of one second of virtual time, which began with the first of them. Those that
    were refused count, too.
    """

    start_s: float = -math.inf
    requests: int = 0

    def counted(self, now_s: float) -> Second:
        """With one more, or the next second with its first."""
        if not self.start_s <= now_s < self.start_s + 1:
            return Second(now_s, 1)
        return replace(self, requests=self.requests + 1)


class Stage:
    """Holds the running world. Everything that reads or changes it holds `lock`. `machines` are the
    real ones behind its devices, for whoever looks; who drives them puts itself there.

    `real_s` is a steadily growing real clock; `today_s` is the real instant for worlds without a
    `clock.now`.
    """

    def __init__(
        self,
        starting: WorldDocument,
        real_s: Callable[[], float],
        today_s: float,
        save_file: SaveFile | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.journal = Journal()
        self.machines: RealMachines = NoMachines()
        self.save_file = save_file
        self.starting = starting
        self._real_s = real_s
        self._today_s = today_s
        self._revision = 0
        self._saved_revision = -1
        self._save_lock = threading.Lock()
        self._second = Second()
        self.world = self._build(starting)

    def load(self, document: WorldDocument) -> None:
        """Put another world on the stage; `reset` still goes back to the starting one."""
        with self.lock:
            self.world = self._build(document)
            self.mark_changed()

    def remove(self, number: int) -> None:
        """Take a device out of the running world; `reset` brings it back."""
        with self.lock:
            self.load(without_device(self.document(), number))

    def reset(self) -> None:
        """The starting world again, with its clock, and an empty journal."""
        with self.lock:
            self.load(self.starting)
            self.journal = Journal()

    def document(self) -> WorldDocument:
        """The world as a document that `load` takes back."""
        with self.lock:
            return replace(self.world.document, moving=self.world.moving())

    def admit(self) -> None:
        """Count a request of the account. Raises RateLimited for one beyond its limit."""
        with self.lock:
            most = self.world.settings.requests_per_second
            if most is not None:
                self._second = self._second.counted(self.world.clock.now_s())
                if self._second.requests > most:
                    raise RateLimited(most)

    def mark_changed(self) -> None:
        """Note that the world differs from the saved one. The caller holds the lock."""
        self._revision += 1

    def save(self) -> None:
        """Write the world if it changed and nobody else wrote that change meanwhile. Raises
        NotSaved.

        Requests that change the world side by side share one write.
        """
        if self.save_file is None:
            return
        wanted = self._revision
        with self._save_lock:
            if self._saved_revision >= wanted:
                return
            with self.lock:
                writing = self._revision
                chunks = self.save_file.encode(self.starting, self.world)
            try:
                self.save_file.write(chunks)
            except OSError as error:
                raise NotSaved(str(self.save_file.path), error.strerror or str(error)) from error
            self._saved_revision = writing

    def save_time(self) -> None:
        """Note the running clock in the save file, for a mock that is killed between two changes.

        Raises OSError.
        """
        if self.save_file is not None:
            with self._save_lock:
                self.save_file.keep_time(self.world.clock.now_s())

    def _build(self, document: WorldDocument) -> World:
        clock = document.clock
        moving = document.moving
        if moving:
            return World(
                document,
                VirtualClock(self._real_s, moving.now_s, moving.speed, moving.resume_speed),
            )
        now_s = dates.parse(clock.now, dates.zone(clock.utc_offset)) if clock.now else self._today_s
        return World(
            document, VirtualClock(self._real_s, now_s, 1.0 if clock.speed is None else clock.speed)
        )
