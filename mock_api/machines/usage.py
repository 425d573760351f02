"""What machines use: a row a boot, in a file beside the disk, for whoever measures."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mock_api.domain.states import Boot

FILE = "boots.json"


@dataclass(frozen=True)
class Row:
    """One boot. Times are of the real clock, in seconds since 1970; the device was told to go down
    at `asked_s`, and the service says since `began_s` that it is there.
    """

    what: str
    asked_s: float
    began_s: float
    cpu_s: float = 0.0
    peak_mb: float = 0.0


class Boots:
    """The boots of one device. `place` gets the file; `clock` tells the seconds since 1970."""

    def __init__(self, place: Path, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._file = place / FILE
        self._rows: list[Row] = []
        self._process: int | None = None
        self._ended_s: float | None = None

    def began(self, process: int, what: Boot) -> None:
        """A machine has been started."""
        now_s = self._clock()
        asked_s = now_s if self._ended_s is None else self._ended_s
        self._rows.append(Row(str(what), asked_s, now_s))
        self._process = process
        self._write()

    def look(self) -> None:
        """Note what it has used up to now."""
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has just ended
            used = used_by(self._process)
            self._rows[-1] = replace(self._rows[-1], cpu_s=used[0], peak_mb=used[1])

    def ended(self) -> None:
        """It is switched off now, or has ended."""
        self.look()
        self._ended_s = self._clock()
        self._process = None
        self._write()

    def _write(self) -> None:
        self._file.write_text(json.dumps([asdict(row) for row in self._rows]))


def read(place: Path) -> list[Row]:
    """The boots of the device whose folder this is. Raises OSError."""
    return [Row(**row) for row in json.loads((place / FILE).read_text())]


def used_by(process: int | None, proc: Path = Path("/proc")) -> tuple[float, float]:
    """CPU seconds, and the most memory in MB, of a process. Raises OSError, ValueError, and
    IndexError for one that has ended.
    """
    folder = proc / str(process)
    peak = next(
        (one for one in (folder / "status").read_text().splitlines() if one.startswith("VmHWM:")),
        "",
    )
    # The name of the program stands in brackets, and may have spaces.
    words = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(words[11]) + int(words[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) / 1024
