"""How the thread of one order waits: for time, or for what other threads bring it. An interrupt
ends every wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from classic_rescue.hook.exits import Interrupted


def real_s() -> float:
    """The clock of all threads, in real seconds."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait so many real seconds, whatever happens."""
    time.sleep(seconds)


class Waiting:
    """The waiting of one thread. `stop` may come from any."""

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.Lock())
        self.is_stopped = False

    def clock(self) -> float:
        """Seconds of the order's time: real ones."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so much of the order's time pass. Raises Interrupted."""
        self.rest(seconds)

    def close(self) -> None:
        """Wait no more."""

    def stop(self) -> None:
        """End the wait that goes on, and each that follows."""
        with self._condition:
            self.is_stopped = True
            self._condition.notify_all()

    def wake(self) -> None:
        """Let the thread look whether what it waits for is there."""
        with self._condition:
            self._condition.notify_all()

    def rest(self, seconds: float) -> None:
        """Wait so many real seconds. Raises Interrupted."""
        self.until(lambda: False, seconds)

    def until(self, is_there: Callable[[], bool], within_s: float) -> bool:
        """Wait until it is there, and `wake` was called since; at most so many real seconds.

        Returns whether it is there. Raises Interrupted.
        """
        give_up = real_s() + within_s
        with self._condition:
            while not is_there():
                left_s = give_up - real_s()
                if self.is_stopped:
                    raise Interrupted
                if left_s <= 0:
                    return False
                self._condition.wait(left_s)
        return True
