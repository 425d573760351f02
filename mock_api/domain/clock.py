"""The virtual clock: real time times a speed, or advanced by hand. It is the only source of time in the mock."""

from __future__ import annotations

from collections.abc import Callable


class VirtualClock:
    """A clock whose instant is epoch seconds; `real_s` is any steadily growing real clock (seconds)."""

    def __init__(self, real_s: Callable[[], float], now_s: float, speed: float = 1.0) -> None:
        self._real_s = real_s
        self._anchor_now_s = now_s
        self._anchor_real_s = real_s()
        self._speed = check_speed(speed)

    @property
    def speed(self) -> float:
        """Virtual seconds a real second; 0 stands still."""
        return self._speed

    def now_s(self) -> float:
        """The virtual instant, epoch seconds."""
        return self._anchor_now_s + (self._real_s() - self._anchor_real_s) * self._speed

    def set_speed(self, speed: float) -> None:
        """Change the speed and keep the current instant. Raises ValueError for a negative speed."""
        checked = check_speed(speed)
        self._anchor(self.now_s())
        self._speed = checked

    def advance(self, seconds_s: float) -> None:
        """Move forward by hand. Raises ValueError for a negative number: time never runs backwards."""
        if not 0 <= seconds_s < float("inf"):
            raise ValueError(f"The clock can only go forward: {seconds_s} s was given, a number >= 0 is allowed.")
        self._anchor(self.now_s() + seconds_s)

    def _anchor(self, now_s: float) -> None:
        self._anchor_now_s, self._anchor_real_s = now_s, self._real_s()


def check_speed(speed: float) -> float:
    """The speed itself if it is allowed (0 or more, finite). Raises ValueError."""
    if not 0 <= speed < float("inf"):
        raise ValueError(f"The speed {speed} is not allowed: give 0 (stands still) or a positive number.")
    return speed
