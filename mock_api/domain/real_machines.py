"""What is known of the real machines behind devices. Who drives them is not the domain's business:
the stage asks whoever does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class MachineState(StrEnum):
    """What a machine does."""

    RUNNING = "running"
    PAUSED = "paused"
    OFF = "off"
    FAILED = "failed"
    """It could not be started."""
    ABSENT = "absent"
    """This mock was started without real machines."""
    NONE = "none"
    """The device has none."""


@dataclass(frozen=True)
class MachineNow:
    """A machine as it is now. `problem` is a sentence where it could not be started or its console
    cannot be read, otherwise empty. `lines` are the last ones of its console, harmless to show.
    """

    state: MachineState
    problem: str = ""
    lines: tuple[str, ...] = ()


class RealMachines(Protocol):
    """The real machines of a mock, by the ids of their devices. Any thread may ask."""

    def mark(self, device: int) -> object:
        """Something that is equal as long as `read` gives the same; nothing is read for it."""

    def read(self, device: int) -> MachineNow:
        """The machine as it is now."""


class NoMachines:
    """A mock that was started without real machines."""

    def mark(self, device: int) -> object:
        """Always the same."""
        return None

    def read(self, device: int) -> MachineNow:
        """That it is absent."""
        return MachineNow(MachineState.ABSENT)
