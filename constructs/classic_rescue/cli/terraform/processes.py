"""How running Terraforms are told to stop: each leads a process group of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType


@dataclass(slots=True)
class StopRequests:
    """Ctrl-C and SIGTERM while Terraform runs: the first one stops it in order, a second
    Ctrl-C kills it.

    SIGTERM after Ctrl-C does not count: a cancelled job of GitHub gets both, 7.5 seconds apart, and
    only wants to end.
    """

    count: int = 0
    told: set[int] = field(default_factory=set)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals, and give them back at the end."""
        before = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.count or number == signal.SIGINT:
            self.count += 1

    def stop(self, groups: set[int]) -> None:
        """Tell these process groups, each once, what was asked for so far;
        call it again and again.
        """
        if self.count > 1:
            _send(signal.SIGKILL, groups)
        elif self.count:
            _send(signal.SIGINT, groups - self.told)
            self.told |= groups


def _send(number: signal.Signals, groups: Iterable[int]) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
