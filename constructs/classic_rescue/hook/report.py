"""What the hook tells: one plain line a step, the same as JSON, and the run's event file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TextIO

from classic_rescue.boot.durations import duration as duration
from classic_rescue.boot.evidence import clock_time
from classic_rescue.rim.hiding import Form, hide
from classic_rescue.rim.printing import no_command, printable

Field = str | int | float | None


class Report:
    """Lines of one device. `now` gives the time in UTC; `events_path` is a file that several hooks
    append to.

    `told` are all fields said so far; of each the last one.
    """

    def __init__(
        self,
        name: str,
        device: str,
        *,
        now: Callable[[], datetime],
        out: TextIO,
        err: TextIO,
        as_json: bool = False,
        events_path: str | None = None,
        secrets: tuple[Form, ...] = (),
    ) -> None:
        self.name = name
        self.device = device
        self.now = now
        self.out = out
        self.err = err
        self.as_json = as_json
        self.events_path = events_path
        self.secrets = secrets
        self.told: dict[str, Field] = {}
        self.is_interrupted = False

    def say(self, step: str, text: str, **fields: Field) -> None:
        """Print one step. `fields` go into the JSON forms only."""
        text = clean(text, self.secrets)
        event: Mapping[str, Field] = {
            "time": clock_time(self.now()),
            "name": clean(self.name, self.secrets),
            "device": self.device,
            "step": step,
            "text": text,
            **{
                key: clean(value, self.secrets) if isinstance(value, str) else value
                for key, value in fields.items()
            },
        }
        self.told.update(event)
        line = json.dumps(event)
        self._append(line)
        printed = line if self.as_json else f"{event['time']} {event['name']}: {text}"
        print(no_command(printed), file=self.out, flush=True)

    @property
    def has_ended(self) -> bool:
        """Whether the run has told how it ended."""
        return self.told.get("step") in ("done", "stopped")

    def _append(self, line: str) -> None:
        """Add the line to the event file.

        A file that cannot be written is said once, and stops no transition.
        """
        if not self.events_path:
            return
        try:
            _append(self.events_path, line)
        except OSError as problem:
            self.err.write(f"note: {self.events_path} cannot be written: {problem.strerror}\n")
            self.events_path = None


def clean(text: str, secrets: tuple[Form, ...]) -> str:
    """The text without secrets, and without control characters:
    names and texts come from elsewhere.
    """
    return printable(hide(text, secrets))


def _append(path: str, line: str) -> None:
    """One write in append mode, so that lines of hooks running side by side never mix."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)
