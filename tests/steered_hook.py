"""The Python that Terraform starts in tests, as `python [-S] -m classic_rescue.hook VERB`:
it runs the hook, which sleeps by asking the timekeeper (timekeeper.py).
"""

from __future__ import annotations

import os
import runpy
import socket
import sys
import time


class Steered:
    """The time of one hook: what the timekeeper said last."""

    def __init__(self, port: int, speed: float) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self._answers = self.socket.makefile()
        self._speed = speed
        self._now_s = float(self._answers.readline())

    def close(self) -> None:
        """Wait no more."""
        self._answers.close()
        self.socket.close()

    def monotonic(self) -> float:
        """In place of the clock."""
        return self._now_s / self._speed

    def sleep(self, seconds: float) -> None:
        """In place of waiting."""
        self.ask(seconds)
        self.hear()

    def ask(self, seconds: float) -> None:
        """Ask for that much time."""
        self.socket.sendall(str(seconds * self._speed).encode())

    def hear(self) -> None:
        """Wait until it is over."""
        self._now_s = float(self._answers.readline())


if __name__ == "__main__":
    steered = Steered(
        int(os.environ["TIMEKEEPER_PORT"]), float(os.environ["CLASSIC_RESCUE_CLOCK_SPEED"])
    )
    time.monotonic = steered.monotonic
    time.sleep = steered.sleep  # type: ignore[assignment] # the hook gives numbers
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of this file: hooks start with -P
    sys.argv = sys.argv[sys.argv.index("classic_rescue.hook") :]
    runpy.run_module("classic_rescue.hook", run_name="__main__", alter_sys=True)
