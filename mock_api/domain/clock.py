"""The virtual clock: real time times a speed, or advanced by hand.

It is the only source of time in the mock.
"""

from __future__ import annotations

from collections.abc import Callable

MAX_SPEED = 1_000_000.0
LAST_S = 253370764800.0
"""The instant at which the clock stops, 9999-01-01T00:00:00Z:
what is due later still has a date.
"""


class VirtualClock:
    """A clock that tells epoch seconds; `real_s` is any steadily growing real clock (seconds).

    `resume_speed` is the speed before the pause, of a clock that is paused.
    """

    def __init__(
        self,
        real_s: Callable[[], float],
        now_s: float,
        speed: float = 1.0,
        resume_speed: float | None = None,
    ) -> None:
        self._real_s = real_s
        self._anchor_now_s = check_instant(now_s)
        self._anchor_real_s = real_s()
        self._speed = check_speed(speed)
        self._resume_speed = resume_speed if resume_speed is None else check_speed(resume_speed)

    @property
    def speed(self) -> float:
        """Virtual seconds a real second; 0 stands still."""
        return self._speed

    @property
    def resume_speed(self) -> float | None:
        """The speed that `resume` goes back to; None if the clock is not paused."""
        return self._resume_speed

    @property
    def anchor(self) -> tuple[float, float, float, float | None]:
        """What differs as soon as anybody steers the clock, and only then."""
        return self._anchor_now_s, self._anchor_real_s, self._speed, self._resume_speed

    def now_s(self) -> float:
        """The virtual instant, epoch seconds."""
        return min(
            LAST_S, self._anchor_now_s + (self._real_s() - self._anchor_real_s) * self._speed
        )

    def set_speed(self, speed: float) -> None:
        """Change the speed and keep the current instant; ends a pause.

        Raises ValueError for a negative speed.
        """
        checked = check_speed(speed)
        self._anchor(self.now_s())
        self._speed = checked
        self._resume_speed = None

    def pause(self) -> None:
        """Stand still until `resume`; a second pause changes nothing."""
        if self._resume_speed is None:
            before = self._speed
            self.set_speed(0.0)
            self._resume_speed = before

    def resume(self) -> None:
        """Run on at the speed before the pause; a clock that is not paused stays as it is."""
        if self._resume_speed is not None:
            self.set_speed(self._resume_speed)

    def advance(self, seconds_s: float) -> None:
        """Move forward by hand.

        Raises ValueError for a negative number: time never runs backwards.
        """
        if not 0 <= seconds_s < float("inf"):
            raise ValueError(
                f"The clock can only go forward: {seconds_s} s was given, a number >= 0 is allowed."
            )
        self._anchor(check_instant(self.now_s() + seconds_s))

    def advance_to(self, instant_s: float) -> None:
        """Move forward to an instant, exactly; one that has passed changes nothing.

        Raises ValueError.
        """
        self._anchor(max(self.now_s(), check_instant(instant_s)))

    def _anchor(self, now_s: float) -> None:
        self._anchor_now_s = now_s
        self._anchor_real_s = self._real_s()


def check_speed(speed: float) -> float:
    """The speed itself if it is allowed. Raises ValueError."""
    if not 0 <= speed <= MAX_SPEED:
        raise ValueError(
            f"The speed {speed} is not allowed:"
            f" give 0 (stands still) or a positive number up to {MAX_SPEED:.0f}."
        )
    return speed


def check_instant(instant_s: float) -> float:
    """The instant itself if the clock can show it. Raises ValueError."""
    if not 0 <= instant_s <= LAST_S:
        raise ValueError(
            "The clock shows the years 1970 to 9998;"
            f" {instant_s:.6g} seconds since 1970 lies outside."
        )
    return instant_s
