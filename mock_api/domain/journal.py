"""The list of API requests seen.

It holds no secrets: the writer passes parameters through `Secrets`.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import isfinite

KEPT_ENTRIES = 20000
_SECRET_NAME = re.compile("pass(word|wd)?|key(?!name)|token|secret|authenticat", re.IGNORECASE)


@dataclass
class Entry:
    """One request; the answer's part is filled in when it is sent.

    `nearest` are the operations nearest to one that there is not, `unknown` what of mask and filter
    there is not, `unplayed` what the service documents and the mock does not play.
    """

    sequence: int
    virtual_time: str
    http_method: str
    path: str
    user: str | None = None
    service: str | None = None
    method: str | None = None
    id: str | None = None
    parameters: list[object] = field(default_factory=list)
    kind: str | None = None
    status: int | None = None
    error_code: str | None = None
    dropped: str | None = None
    nearest: list[str] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    unplayed: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


class Journal:
    """The newest entries, oldest first. Appending needs no lock of its own under the stage's."""

    def __init__(self, kept: int = KEPT_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._next = 1

    def open_entry(self, virtual_time: str, http_method: str, path: str) -> Entry:
        """A new entry, already in the list."""
        entry = Entry(self._next, virtual_time, http_method, path)
        self._next += 1
        self._entries.append(entry)
        return entry

    def clear(self) -> int:
        """Forget everything, and tell how many entries that were; numbers go on,
        so that readers miss nothing.
        """
        count = len(self._entries)
        self._entries.clear()
        return count

    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first."""
        return tuple(self._entries)

    def rows(self) -> list[dict[str, object]]:
        """All entries as JSON values."""
        return [asdict(entry) for entry in self._entries]


@dataclass(frozen=True)
class Secrets:
    """What no log may show: `keys` of users, also inside longer texts, and `passwords` of devices,
    as whole texts.

    A big world has thousands of passwords,
    and looking for each inside every text would slow every request down.
    """

    keys: tuple[str, ...] = ()
    passwords: frozenset[str] = frozenset()

    def hide(self, value: object) -> object:
        """The value without secrets and without whatever sits under a name such as `password`."""
        if isinstance(value, dict):
            return {
                name: "***" if _SECRET_NAME.search(str(name)) else self.hide(row)
                for name, row in value.items()
            }
        if isinstance(value, list):
            return [self.hide(row) for row in value]
        if isinstance(value, float) and not isfinite(value):
            return str(value)  # NaN is no JSON
        return self._hide_text(value) if isinstance(value, str) else value

    def hide_path(self, path: str) -> str:
        """A path without segments that are secrets."""
        return "/".join(self._hide_text(part) for part in path.split("/"))

    def _hide_text(self, text: str) -> str:
        # Half a surrogate pair, as JSON may escape one, cannot be written as UTF-8.
        return "***" if self._shows(text) else text.encode("utf-8", "replace").decode()

    def _shows(self, text: str) -> bool:
        return text in self.passwords or self._any_key.search(text) is not None

    @cached_property
    def _any_key(self) -> re.Pattern[str]:
        return re.compile(
            "|".join(map(re.escape, self.keys)) or "(?!)"
        )  # without keys it finds nothing
