"""How fast requests go out, so that a service that counts them refuses none.

The limit is the account's, and others use it, too: runs on other machines, people, the portal. So
the pace falls to half at a refusal and rises again slowly (additive increase, multiplicative
decrease), by which several that share a line without knowing each other come to equal parts of it.
"""

from __future__ import annotations

import threading
from collections import deque

from classic_rescue.conductor.waiting import Waiting, real_s

DEFAULT_PACE = 45.0
"""Requests a second where nobody says otherwise. The service quotes a limit of 50 for an account
(`classic-api.md` 4.8); requests that leave evenly do not arrive evenly, and some belong to others.
"""

SLOWEST_PACE = 0.5
"""Requests a second below which the pace does not fall."""

RISE_S = 20.0
"""How long the way from nothing back to the full pace takes."""

HOLD_S = 1.0
"""How long nothing goes out after a refusal: the time over which the service counts. More refusals
within it are of the same excess.
"""


BURST_S = 0.1
"""How much lost time is made up for: a thread that wakes late must not slow all down."""


class Pacer:
    """Lets requests out one by one, in their order, those that change a device first.

    `limit` is how many a second at most. `speed` is how many times as fast as real time the
    service's clock runs, for a mock.
    """

    def __init__(self, limit: float = DEFAULT_PACE, *, speed: float = 1.0) -> None:
        self._limit = limit * speed
        self._slowest = min(SLOWEST_PACE, limit) * speed
        self._hold_s = HOLD_S / speed
        self._burst_s = BURST_S / speed
        self._rise = self._limit * speed / RISE_S
        self._changed = threading.Condition(threading.Lock())
        self._urgent: deque[_Place] = deque()
        self._others: deque[_Place] = deque()
        self._pace = self._limit
        self._pace_at = real_s()
        self._next = self._pace_at
        self._held_until = self._pace_at
        self._is_over = False
        threading.Thread(target=self._run, name="pacer", daemon=True).start()

    def take(self, waiting: Waiting, *, is_urgent: bool = False, within_s: float = 3600.0) -> bool:
        """Wait until one request may go out. Returns whether it may; False after `within_s`.

        Raises Interrupted.
        """
        place = _Place(waiting)
        with self._changed:
            (self._urgent if is_urgent else self._others).append(place)
            self._changed.notify()
        try:
            return waiting.until(lambda: place.is_called, within_s)
        finally:
            place.is_left = True

    def refused(self) -> None:
        """Take it that a request was refused since there were too many."""
        with self._changed:
            now = real_s()
            if now < self._held_until:
                return
            self._pace = max(self._pace_now(now) / 2, self._slowest)
            self._pace_at = now
            self._held_until = now + self._hold_s
            self._next = max(self._next, self._held_until)

    @property
    def pace(self) -> float:
        """Requests a second, now."""
        with self._changed:
            return self._pace_now(real_s())

    def _pace_now(self, now: float) -> float:
        return min(self._limit, self._pace + (now - self._pace_at) * self._rise)

    def close(self) -> None:
        """Let nothing out any more."""
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._urgent and not self._others and not self._is_over:
                    self._changed.wait()
                if self._is_over:
                    return
                left_s = self._next - real_s()
                if left_s > 0:
                    self._changed.wait(left_s)
                    continue
                place = (self._urgent or self._others).popleft()
                if place.is_left:
                    continue
                now = real_s()
                self._next = max(self._next, now - self._burst_s) + 1 / self._pace_now(now)
                place.is_called = True
            place.waiting.wake()


class _Place:
    """One request in the line. `is_left`: nobody stands there any more."""

    def __init__(self, waiting: Waiting) -> None:
        self.waiting = waiting
        self.is_called = False
        self.is_left = False
