"""Who is down and who is about to be, counted in one place for all orders of a run: by one look and
one list, in memory. Hooks that run alone in the same app still meet these claims, in one file.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from classic_rescue.hook.app_files import CONFIGURATION, MANIFEST, output_folder, stack_folders
from classic_rescue.hook.down_claims import Claim, DownClaims, Reading
from classic_rescue.hook.members import Member, read_members

LOOK_UP_S = 0.5
"""How often one that waits for its turn to count looks whether it was interrupted."""

Signature = tuple[tuple[int, int, int], ...]


class Place(NamedTuple):
    """When a device was claimed, and whether its order is still under way."""

    at: float
    is_live: bool


class App:
    """What the orders of one app share. `turn` is held by who counts. `own_file` has its claims,
    from the first one on.
    """

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.reading: Reading | None = None
        self.places: dict[str, Place] = {}
        self.own_file = ""
        self._lock = threading.Lock()
        self._descriptor = -1
        self._members: Sequence[Member] = ()
        self._read_from: Signature = ()

    def members(self, directory: str) -> Sequence[Member]:
        """The declared devices, read again where a file has changed. Raises ValueError."""
        found = _signature(directory)
        if not found or found != self._read_from:
            self._members = read_members(directory)
            self._read_from = found
        return self._members

    def hold(self, folder: str, key: str, at: float) -> None:
        """Remember that a device is claimed, and write all claims down in this folder, for hooks
        that run alone. Raises OSError; then it is not claimed.
        """
        with self._lock:
            if self._descriptor < 0:
                self._make_file(folder)
            places = {**self.places, key: Place(at, is_live=True)}
            self._write(places)
            self.places = places

    def let_go(self, key: str) -> None:
        """The order of this device has ended."""
        with self._lock, suppress(OSError):  # others then count it until this process ends
            self.places[key] = self.places[key]._replace(is_live=False)
            self._write(self.places)

    def forget(self, key: str) -> None:
        """Take it that nothing needs this claim any more."""
        with self._lock:
            del self.places[key]

    def _make_file(self, folder: str) -> None:
        """Under a name that no other process has, nor one that has died: its claims may count."""
        os.makedirs(folder, mode=0o700, exist_ok=True)
        for number in itertools.count():
            name = f"conductor-{number}"
            with suppress(FileExistsError):
                path = os.path.join(folder, name)
                self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                break
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.own_file = name

    def _write(self, places: Mapping[str, Place]) -> None:
        content = json.dumps([[key, *place] for key, place in places.items()]).encode()
        if os.pwrite(self._descriptor, content, 0) != len(content):
            raise OSError(None, "only a part could be written: the disk is full")
        os.ftruncate(self._descriptor, len(content))


def _signature(directory: str) -> Signature:
    """What tells that a file of the app has changed; empty where that cannot be told."""
    output = output_folder(directory)
    try:
        paths = [os.path.join(output, MANIFEST)]
        paths += [os.path.join(one, CONFIGURATION) for one in stack_folders(output).values()]
        found = [os.stat(path) for path in paths]
    except (OSError, ValueError):
        return ()
    return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)


class SharedClaims(DownClaims):
    """`DownClaims` of one order among many."""

    def __init__(
        self,
        app: App,
        root: str,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        appear_s: float,
        age_s: float,
    ) -> None:
        super().__init__(root, now=now, sleep=sleep, appear_s=appear_s, age_s=age_s)
        self.app = app

    @property
    def own_file(self) -> str:
        """Where this process has its claims for others."""
        return self.app.own_file

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one order counts at a time, and no hook of another process meanwhile."""
        while not self.app.turn.acquire(timeout=LOOK_UP_S):
            self._sleep(0)
        try:
            with super().locked():
                yield
        finally:
            self.app.turn.release()

    def fresh_reading(self, account: str, keys: set[str]) -> Reading | None:
        """The last look of this run, or of others."""
        kept = self.app.reading
        if kept and self.serves(kept, account, keys):
            return kept
        return super().fresh_reading(account, keys)

    def keep(self, reading: Reading) -> None:
        """Keep a look for the orders that ask next."""
        self.app.reading = reading
        super().keep(reading)

    def claimed(self, reading: Reading) -> set[str]:
        """The devices that orders and other hooks have sent down or are about to."""
        found = super().claimed(reading)
        for key, place in list(self.app.places.items()):
            if place.is_live or self.is_due(reading, place.at):
                found.add(key)
            else:
                self.app.forget(key)
        return found

    def claim(self, key: str) -> Claim | None:
        """Count a device as down as long as its order lasts, and a little longer."""
        place = self.app.places.get(key)
        if place and place.is_live:
            return None
        self.app.hold(self._path("claims"), key, self._now())
        return Held(self.app, key)

    def members(self, directory: str) -> Sequence[Member]:
        """The devices of all stacks of the app, read once as long as no file of it changes."""
        return self.app.members(directory)


class Held(NamedTuple):
    """A place that an order holds."""

    app: App
    key: str

    def close(self) -> None:
        """Its request shows by itself from now on, or soon."""
        self.app.let_go(self.key)
