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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import IO, Any, NamedTuple, Protocol

from classic_rescue.hook.members import Member, read_members

FOLDER = ".policy"
READING_AGE_S = 30.0
"""How old a look at the fleet may be: one serves all hooks that ask within this time."""

LOCK_TRIES = 6000
LOCK_PAUSE_S = 0.1
"""Ten minutes: the hook before may be looking at ten thousand devices, with retries."""


class Claim(Protocol):
    """A place that is held until it is closed: of a hook alone, its open file."""

    def close(self) -> None:
        """Give it back."""


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

    @property
    def own_file(self) -> str:
        """The file of claims that this process remembers itself; none of a hook alone."""
        return ""

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
            return reading if self.serves(reading, account, keys) else None
        except (OSError, ValueError, TypeError):  # none yet, or one that a full disk cut off
            return None

    def serves(self, reading: Reading, account: str, keys: set[str]) -> bool:
        """Whether a look is fresh enough, by these eyes, and at all of these devices."""
        is_fresh = 0 <= self._now() - reading.ended <= self._age_s
        return is_fresh and reading.account == account and keys <= set(reading.down)

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
            if name == self.own_file:
                continue
            path = os.path.join(claims, name)
            counted = {
                key
                for key, at, is_live in _read_claims(path)
                if is_live or self.is_due(reading, at)
            }
            found |= counted
            if not counted:
                os.unlink(path)
        return found

    def is_due(self, reading: Reading, at: float) -> bool:
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
        json.dump([[key, self._now(), True]], stream)
        stream.flush()
        return stream

    def members(self, directory: str) -> Sequence[Member]:
        """The devices of all stacks of the app. Raises ValueError for what cannot be read."""
        return read_members(directory)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)


def _try_lock(stream: IO[Any]) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_claims(path: str) -> list[tuple[str, float, bool]]:
    """The devices of a file of claims, when each was claimed, and whether its run goes on.

    A file that a full disk cut off names no device: its hook has sent nothing.
    """
    with open(path, encoding="utf-8") as stream:
        has_ended = _try_lock(stream)
        try:
            return [
                (str(key), float(at), bool(is_live) and not has_ended)
                for key, at, is_live in json.load(stream)
            ]
        except (ValueError, TypeError):
            return []
