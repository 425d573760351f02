"""What the orders of a conductor wait with in tests: each asks the timekeeper (timekeeper.py), as a
hook of its own does.
"""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress

from classic_rescue.conductor import clients
from classic_rescue.conductor.waiting import Waiting
from classic_rescue.hook.exits import Interrupted
from tests.steered_hook import Steered


class SteeredWaiting(Waiting):
    """Waits for time by asking the timekeeper, and for other threads as ever."""

    def __init__(self) -> None:
        super().__init__()
        self._bell, self._rope = socket.socketpair()
        self._steered = Steered(
            int(os.environ["TIMEKEEPER_PORT"]), float(os.environ["CLASSIC_RESCUE_CLOCK_SPEED"])
        )

    def clock(self) -> float:
        """In place of the clock."""
        return self._steered.monotonic()

    def sleep(self, seconds: float) -> None:
        """In place of waiting."""
        if self.is_stopped:
            raise Interrupted
        self._steered.ask(seconds)
        heard, _, _ = select.select([self._bell, self._steered.socket], [], [])
        if self._bell in heard:
            raise Interrupted
        self._steered.hear()

    def stop(self) -> None:
        """End the wait."""
        super().stop()
        with suppress(OSError):  # it has ended meanwhile
            self._rope.send(b".")

    def close(self) -> None:
        """Wait no more."""
        self._steered.close()
        self._rope.close()


def steer() -> None:
    """Let all orders of this process wait so."""
    clients.Waiting = SteeredWaiting  # type: ignore[attr-defined] # it is imported there
