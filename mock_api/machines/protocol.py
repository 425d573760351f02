"""What a driver of real machines does, and what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol

from mock_api.domain.states import BY_NAME, OUTCOMES, Boot, Power
from mock_api.domain.transitions import DeviceState


class Ended(StrEnum):
    """How a machine stopped by itself."""

    RESTARTED = "restarted from inside"
    POWERED_OFF = "powered off from inside"
    DIED = "its process ended"


class Wanted(NamedTuple):
    """What a machine must do. `generation` is when the device came up in what it runs: another one
    is another boot, also of the same system.
    """

    power: Power
    boot: Boot = Boot.OS
    generation: float | None = None


OFF = Wanted(Power.HALTED)


class MachineError(Exception):
    """A machine cannot be started: one sentence, with what to do."""


class Machines(Protocol):
    """Real machines, by the ids of their devices. Used by one thread."""

    def boot(self, device: int, what: Boot) -> None:
        """Start it, or start it again, with this system. Raises MachineError."""

    def off(self, device: int) -> None:
        """Switch it off, as by the power button held down."""

    def pause(self, device: int) -> None:
        """Let it stand still."""

    def resume(self, device: int) -> None:
        """Let it go on."""

    def ended(self) -> Iterable[tuple[int, Ended]]:
        """Which ended by themselves since the last call."""

    def console(self, device: int) -> Path:
        """The file that gets what it prints at its console. Any thread may ask."""

    def close(self) -> None:
        """Switch all off."""


def wanted(state: DeviceState) -> Wanted:
    """What a device's settled state wants of its machine.

    A move that leads to a boot takes the device down at once, whatever its table says of the time
    in between, and brings it up when it is due.
    """
    pending = state.pending
    if pending is not None and OUTCOMES[pending.outcome].reaches and BY_NAME[pending.move].after:
        return OFF
    if state.power is Power.HALTED:
        return OFF
    return Wanted(state.power, state.boot, state.booted_s)
