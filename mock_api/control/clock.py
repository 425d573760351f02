"""The clock: looking at it, its speed, and moving it by hand."""

from __future__ import annotations

from mock_api.control.body import ControlError, check_fields, read_number, read_object
from mock_api.domain import dates
from mock_api.domain.stage import Stage

_FIELDS = ("speed", "pause", "advance_s", "run_until_stable")


def get_clock(stage: Stage, body: bytes) -> object:
    """Instant, speed, and whether anything is under way that will end."""
    with stage.lock:
        clock = stage.world.clock
        now_s = clock.now_s()
        return {
            "now": dates.utc_text(now_s),
            "now_s": now_s,
            "speed": clock.speed,
            "is_stable": stage.world.last_due_s() is None,
        }


def change_clock(stage: Stage, body: bytes) -> object:
    """Any of: {"speed": X}, {"pause": true}, {"advance_s": N}, {"run_until_stable": true}; speed first."""
    raw = read_object(body, "clock")
    check_fields(raw, _FIELDS, "clock")
    speed, advance_s = read_number(raw, "speed", "clock"), read_number(raw, "advance_s", "clock")
    with stage.lock:
        clock = stage.world.clock
        try:
            if speed is not None or raw.get("pause"):
                clock.set_speed(0.0 if raw.get("pause") else speed or 0.0)
            if advance_s is not None:
                clock.advance(advance_s)
        except ValueError as error:
            raise ControlError(400, f"clock: {error}") from None
        if raw.get("run_until_stable"):
            last_s = stage.world.last_due_s()
            clock.advance(max(0.0, (last_s or 0.0) - clock.now_s()))
        stage.mark_changed()
        return get_clock(stage, b"")
