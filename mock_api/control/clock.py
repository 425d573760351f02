"""The clock: looking at it, its speed, and moving it by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from mock_api.control.devices import get_device
from mock_api.control.errors import BadRequest
from mock_api.domain import dates
from mock_api.domain.clock import MAX_SPEED
from mock_api.domain.facts import Record
from mock_api.domain.shapes import Limits
from mock_api.domain.stage import Stage
from mock_api.domain.world import World


@dataclass(frozen=True)
class ClockChange(Record):
    """What to do to the clock; several are done in the order written here.

    `speed` is virtual seconds a real second, 0 stands still. `pause` stands still until `resume`,
    which goes back to the speed before. `advance_s` moves on by virtual seconds. `run_until_stable`
    moves on to the end of the last move under way, of all devices or of the one that `device_id`
    names; what never ends is not waited for.
    """

    speed: Annotated[float, Limits(ge=0, le=MAX_SPEED)] | None = None
    pause: bool = False
    resume: bool = False
    advance_s: Annotated[float, Limits(ge=0)] | None = None
    run_until_stable: bool = False
    device_id: int | None = None


@dataclass(frozen=True)
class ClockNow:
    """The instant, also as seconds since 1970, and the speed. `is_stable`: nothing is under way
    that will end.

    `resume_speed` is null unless the clock is paused.
    """

    now: str
    now_s: float
    speed: float
    resume_speed: float | None
    is_stable: bool
    state: Literal["running", "standing", "paused"]


def get_clock(stage: Stage) -> ClockNow:
    """The clock now."""
    with stage.lock:
        clock = stage.world.clock
        now_s = clock.now_s()
        standing: Literal["running", "standing"] = "running" if clock.speed else "standing"
        return ClockNow(
            now=dates.utc_text(now_s),
            now_s=now_s,
            speed=clock.speed,
            resume_speed=clock.resume_speed,
            is_stable=stage.world.last_due_s() is None,
            state="paused" if clock.resume_speed is not None else standing,
        )


def change_clock(stage: Stage, change: ClockChange) -> ClockNow:
    """Change speed and instant; all that is asked for, or nothing."""
    if change.pause and change.resume:
        raise BadRequest("clock: pause and resume exclude each other; give one of them.")
    if change.device_id is not None and not change.run_until_stable:
        raise BadRequest("clock: device_id goes with run_until_stable; give both.")
    with stage.lock:
        world = stage.world
        devices = (
            None if change.device_id is None else [get_device(world, change.device_id, "clock")]
        )
        try:
            world.clock.advance(change.advance_s or 0.0)  # first, since it alone can be refused
        except ValueError as error:
            raise BadRequest(f"clock: {error}") from None
        _set_speed(world, change)
        due_s = world.last_due_s(devices) if change.run_until_stable else None
        if due_s is not None:
            world.clock.advance_to(due_s)
        stage.mark_changed()
        return get_clock(stage)


def _set_speed(world: World, change: ClockChange) -> None:
    if change.speed is not None:
        world.clock.set_speed(change.speed)
    if change.pause:
        world.clock.pause()
    if change.resume:
        world.clock.resume()
