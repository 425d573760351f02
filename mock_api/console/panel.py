"""What the panel of the mock's own controls shows.

Looking takes no control plane; acting does (views/steering.py).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from mock_api.console.desk import get_desk, why_not_steered
from mock_api.domain.fault_rules import FaultRule
from mock_api.domain.faults import Fault

SPEEDS = (1, 10, 60, 600)


@dataclass(frozen=True)
class Panel:
    """The clock and the fault rules now.

    `why_off` says why this browser may not steer, or is None.
    """

    now_s: float
    speed: float
    is_paused: bool
    rules: tuple[FaultRule, ...]
    why_off: str | None
    speeds: tuple[int, ...] = SPEEDS

    @property
    def speed_text(self) -> str:
        """The speed as short as it can be written."""
        return f"{self.speed:.6f}".rstrip("0").rstrip(".")

    @property
    def state(self) -> str:
        """The key of the word for how the clock runs."""
        if self.is_paused:
            return "mock.paused"
        return {0.0: "mock.standing", 1.0: "mock.real_time"}.get(self.speed, "mock.speed_now")


def read_panel() -> Panel:
    """The panel as it is now, for this browser."""
    why_off = why_not_steered()
    stage = get_desk().stage
    with stage.lock:
        clock = stage.world.clock
        return Panel(
            now_s=clock.now_s(),
            speed=clock.speed,
            is_paused=clock.resume_speed is not None,
            rules=stage.world.faults,
            why_off=why_off,
        )


def details(fault: Fault) -> list[tuple[str, str]]:
    """The fields of a fault with their values, without its kind."""
    return [
        (row.name, str(getattr(fault, row.name))) for row in fields(fault) if row.name != "kind"
    ]
