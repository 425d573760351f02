"""What the hook tells: one plain line a step, the same as JSON, and the run's event file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime

from classic_rescue.boot.durations import duration as duration
from classic_rescue.boot.evidence import clock_time
from classic_rescue.rim.hiding import Form, hide
from classic_rescue.rim.printing import no_command, printable
from classic_rescue.rim.streams import Writer

Field = str | int | float | None


class Report:
    """Lines of one device. `now` gives the time in UTC; `events` takes each as JSON, too.

    `told` are all fields said so far; of each the last one.
    """

    def __init__(
        self,
        name: str,
        device: str,
        *,
        now: Callable[[], datetime],
        out: Writer,
        err: Writer,
        as_json: bool = False,
        events: Callable[[str], None] | None = None,
        secrets: tuple[Form, ...] = (),
    ) -> None:
        self.name = name
        self.device = device
        self.now = now
        self.out = out
        self.err = err
        self.as_json = as_json
        self._events = events
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
        if self._events:
            self._events(line)
        printed = line if self.as_json else f"{event['time']} {event['name']}: {text}"
        print(no_command(printed), file=self.out, flush=True)

    @property
    def has_ended(self) -> bool:
        """Whether the run has told how it ended."""
        return self.told.get("step") in ("done", "stopped")


def clean(text: str, secrets: tuple[Form, ...]) -> str:
    """The text without secrets, and without control characters:
    names and texts come from elsewhere.
    """
    return printable(hide(text, secrets))


def appender(path: str, err: Writer) -> Callable[[str], None]:
    """What adds lines to a file that several hooks append to.

    A file that cannot be written is said once, and stops no transition.
    """
    lost: list[str] = []

    def append(line: str) -> None:
        try:
            if not lost:
                _append(path, line)
        except OSError as problem:
            lost.append(path)
            err.write(f"note: {path} cannot be written: {problem.strerror}\n")

    return append


def _append(path: str, line: str) -> None:
    """One write in append mode, so that lines of hooks running side by side never mix."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)
