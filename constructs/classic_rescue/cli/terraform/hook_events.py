"""What the hooks of a run have told so far: their event file, read as it grows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class HookEvent:
    """One line of the event file (`hook.report`).

    `fields` are those beyond the five that every line has.
    """

    time: str
    name: str
    device: str
    step: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_last(self) -> bool:
        """Whether the hook ends with it."""
        return self.step in ("done", "stopped")

    def number(self, key: str) -> float | None:
        """A number among the fields; None where there is none."""
        value = self.fields.get(key)
        return float(value) if isinstance(value, int | float) else None

    def word(self, key: str) -> str:
        """A text among the fields; empty where there is none."""
        value = self.fields.get(key)
        return value if isinstance(value, str) else ""


@dataclass(slots=True)
class EventFile:
    """The event file of one run. A line that is not whole yet is left for the next look."""

    path: Path
    _offset: int = 0

    def read_new(self) -> list[HookEvent]:
        """The events since the last look, oldest first."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                whole, newline, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        self._offset += len(whole) + len(newline)
        return [event for line in whole.splitlines() if (event := event_in(line))]


def event_in(line: bytes) -> HookEvent | None:
    """The event that a line holds; None for a line that is none."""
    try:
        given = json.loads(line)
        known = {key: str(given.pop(key)) for key in ("time", "name", "device", "step", "text")}
    except (ValueError, KeyError, AttributeError, TypeError):
        return None  # the file is open to every hook; a line that none of ours wrote tells nothing
    return HookEvent(**known, fields=given)


@dataclass(slots=True)
class DeviceProgress:
    """One device of a run. `since` is when the current step began, by the clock of `Progress`."""

    name: str
    key: str
    since: float
    events: list[HookEvent] = field(default_factory=list)

    @property
    def last(self) -> HookEvent:
        """What it told last."""
        return self.events[-1]

    @property
    def outcome(self) -> HookEvent | None:
        """How it ended: a hook that stopped weighs more than one that changed something, and that
        more than the rest.

        A device can have two hooks: one finds that it only moved to another stack, the other brings
        it to its goal.
        """
        weights = {"stopped": 2, "done": 0}
        ends = [event for event in self.events if event.is_last]
        return max(
            ends,
            key=lambda end: weights[end.step] + (end.word("result") in ("changed", "repaired")),
            default=None,
        )

    @property
    def usual_s(self) -> float | None:
        """How long the current request usually takes, in seconds of the device's clock."""
        told = [event.number("usual_s") for event in self.events if event.number("usual_s")]
        return told[-1] if told else None


@dataclass(slots=True)
class Progress:
    """All devices of a run for which a hook has told something, by key.

    `clock` counts seconds of the devices.
    """

    clock: Callable[[], float]
    devices: dict[str, DeviceProgress] = field(default_factory=dict)

    def take(self, event: HookEvent) -> None:
        """Add one event."""
        now = self.clock()
        device = self.devices.setdefault(
            event.device, DeviceProgress(event.name, event.device, now)
        )
        if event.step != "wait" or not device.events or device.last.step != "wait":
            device.since = now  # waiting is one step, however often it is told
        device.events.append(event)

    @property
    def under_way(self) -> list[DeviceProgress]:
        """The devices with a hook that has not ended."""
        return [device for device in self.devices.values() if not device.last.is_last]
