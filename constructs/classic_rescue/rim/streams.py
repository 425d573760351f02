"""Standard output and error that stop nothing: closed, broken or full, and without secrets."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Protocol, TextIO

_MODES = {0: "r", 1: "w", 2: "w"}


class Writer(Protocol):
    """What takes lines for a person."""

    def write(self, text: str, /) -> object:
        """Take it."""

    def flush(self) -> object:
        """Let it out."""


class Outlet(io.TextIOBase):
    """A stream that hides what must not get out, and outlives its reader.

    Where it cannot be written any more, what follows is dropped: a device must not be left half way
    since a terminal was closed. `lost` is the problem then, but for a reader who went away: that is
    how `| head` works. With `ends_with_reader` that is a BrokenPipeError. `has_text`: something was
    to be written.
    """

    def __init__(
        self, stream: TextIO, hide: Callable[[str], str], *, ends_with_reader: bool = False
    ) -> None:
        self._stream = stream
        self._hide = hide
        self._ends_with_reader = ends_with_reader
        self._is_dead = False
        self.lost: OSError | None = None
        self.has_text = False

    def write(self, text: str) -> int:
        """Write it without secrets. Raises no other OSError than BrokenPipeError."""
        hidden = self._hide(text)
        self.has_text = self.has_text or bool(text)
        self._try(lambda: self._stream.write(hidden))
        return len(text)

    def flush(self) -> None:
        """Raises no other OSError than BrokenPipeError."""
        self._try(self._stream.flush)

    def _try(self, do: Callable[[], object]) -> None:
        if self._is_dead:
            return
        try:
            do()
        except OSError as problem:
            self._is_dead = True
            if problem.errno != errno.EPIPE:
                self.lost = problem
            self._drop_the_rest()
            if problem.errno == errno.EPIPE and self._ends_with_reader:
                raise

    def _drop_the_rest(self) -> None:
        """What is still in a buffer would fail once more at the end of the process."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError):  # a stream without a descriptor
            pass

    def writable(self) -> bool:
        """Yes."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor; raises OSError where there is none."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override] # io calls it an attribute
        """That of the stream."""
        return self._stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override] # io calls it an attribute
        """That of the stream."""
        return self._stream.errors


def open_missing_streams() -> None:
    """Give a process that was started with closed streams (`>&-`) ones that lead nowhere.

    Else the next file that it opens gets their number, and what is printed would go there.
    """
    for number, mode in _MODES.items():
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        name = ("stdin", "stdout", "stderr")[number]
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 for good
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        # A terminal in Latin-1 has no arrow: an escape, as Python has it for standard error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
