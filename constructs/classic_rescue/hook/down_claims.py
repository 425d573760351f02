"""Who is down and who is about to be: what the hooks of one machine tell each other, under one
lock.

Hooks run side by side, up to a hundred. Two that count at once would both send the last device that
is allowed, and one that was sent down a moment ago is not visible yet. So a hook counts and claims
under a lock, and the claim is a file that its process keeps locked: however the process ends, the
system releases it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import IO, Any, NamedTuple

FOLDER = ".policy"
READING_AGE_S = 30.0
"""How old a look at the fleet may be: one serves all hooks that ask within this time."""

LOCK_TRIES = 6000
LOCK_PAUSE_S = 0.1
"""Ten minutes: the hook before may be looking at ten thousand devices, with retries."""

Claim = IO[str]
"""The open file of a claim."""


class Reading(NamedTuple):
    """One look at the declared devices: when it began and ended, in seconds of the system's clock.

    `down` says of each device by its key why it counts as down; it is empty for one that runs its
    operating system.
    """

    account: str
    began: float
    ended: float
    down: Mapping[str, str]


class DownClaims:
    """The folder of one app's output in which its hooks meet.

    `now` gives the seconds of the system's clock.
    """

    def __init__(
        self,
        root: str,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        appear_s: float,
        age_s: float,
    ) -> None:
        self._folder = os.path.join(root, FOLDER)
        self._now = now
        self._sleep = sleep
        self._appear_s = appear_s
        self._age_s = age_s

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one hook counts at a time. Raises OSError where no lock can be had."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        with open(os.path.join(self._folder, "lock"), "w", encoding="utf-8") as stream:
            for _ in range(LOCK_TRIES):
                if _try_lock(stream):
                    yield
                    return
                self._sleep(LOCK_PAUSE_S)
        raise TimeoutError(
            f"another hook has been counting for {LOCK_TRIES * LOCK_PAUSE_S / 60:.0f} minutes"
        )

    def fresh_reading(self, account: str, keys: set[str]) -> Reading | None:
        """The last look at these devices, if it is fresh enough and a look at all of them."""
        try:
            with open(self._path("reading.json"), encoding="utf-8") as stream:
                reading = Reading(*json.load(stream))
            is_fresh = 0 <= self._now() - reading.ended <= self._age_s
            is_whole = reading.account == account and keys <= set(reading.down)
            return reading if is_fresh and is_whole else None
        except (OSError, ValueError, TypeError):  # none yet, or one that a full disk cut off
            return None

    def keep(self, reading: Reading) -> None:
        """Keep a look for the hooks that ask next.

        A disk that is full costs them a look of their own.
        """
        with suppress(OSError), open(self._path("reading.json"), "w", encoding="utf-8") as stream:
            json.dump(reading, stream)

    def claimed(self, reading: Reading) -> set[str]:
        """The devices that hooks have sent down or are about to.

        What the reading must show by itself is forgotten.
        """
        claims = self._path("claims")
        os.makedirs(claims, mode=0o700, exist_ok=True)
        found = set()
        for name in os.listdir(claims):
            path = os.path.join(claims, name)
            key, at, is_live = _read_claim(path)
            if is_live or self._is_due(reading, at):
                found.add(key)
            else:
                os.unlink(path)
        return found

    def _is_due(self, reading: Reading, at: float) -> bool:
        """Whether what a dead hook may have sent at this moment is perhaps not to be seen in the
        reading yet.

        A moment in the future is one of a clock that was set since.
        """
        return reading.began < at + self._appear_s and at <= self._now() + self._appear_s

    def claim(self, key: str) -> Claim | None:
        """Count a device as down as long as the file stays open, and a little longer.

        None: a hook does already.
        """
        path = os.path.join(self._path("claims"), sha256(key.encode()).hexdigest()[:32])
        stream = open(path, "a+", encoding="utf-8")  # noqa: SIM115 it stays open until the process ends
        if not _try_lock(stream):
            stream.close()
            return None
        stream.truncate(0)
        json.dump([key, self._now()], stream)
        stream.flush()
        return stream

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)


def _try_lock(stream: IO[Any]) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_claim(path: str) -> tuple[str, float, bool]:
    """The device of a claim, when it was made, and whether its process lives.

    A claim that a full disk cut off names no device: its hook has sent nothing.
    """
    with open(path, encoding="utf-8") as stream:
        is_live = not _try_lock(stream)
        try:
            key, at = json.load(stream)
            return str(key), float(at), is_live
        except (ValueError, TypeError):
            return "", 0.0, is_live
