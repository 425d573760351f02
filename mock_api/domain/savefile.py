"""The save file: one file that holds the whole world, and after it every change since.

A change is one appended line, safe on disk before its answer is sent. When the changes outgrow the
world, and when another world is put on stage, the file is written again beside the old one and
renamed over it.

Measured with 10,000 devices, a change at its quickest: 0.3 ms and 900 bytes here; as an SQLite
database 0.9 ms and 43 kB with a rollback journal, 0.4 ms and 32 kB with a write-ahead log. Neither
of those is one file that can be copied at any moment: copied alone while it was written, it was
refused or was no database at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from mock_api.domain.document import DOCUMENT, DocumentError, read_value, read_world
from mock_api.domain.savelog import SaveFileError, SaveLog
from mock_api.domain.shapes import Shape
from mock_api.domain.world import Moving, World, WorldDocument

__all__ = ["SaveFile", "SaveFileError"]

FieldValue = Any  # what a field of `Moving` holds
_MOVING: Shape[Moving] = Shape(Moving)


@dataclass(frozen=True)
class Writing:
    """What one save writes: a whole world or a change, as JSON,
    and what the file holds afterwards.
    """

    is_whole: bool
    record: bytes
    starting: WorldDocument
    document: WorldDocument
    moving: Moving


class SaveFile:
    """A file that one mock at a time writes.

    Raises SaveFileError where another one holds it, or it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = SaveLog(path)
        self._written: Writing | None = None

    def restore(self) -> tuple[WorldDocument, WorldDocument] | None:
        """The starting world and the saved one, or None if nothing was saved yet.

        Raises SaveFileError.
        """
        records = self._log.read()
        if not records:
            return None
        try:
            return _read_worlds(_fold(records), str(self.path), self._log.now_s)
        except (KeyError, TypeError, AttributeError, DocumentError) as error:
            said = f"this saved world cannot be read by this version of the mock: {error}"
            raise SaveFileError(f"{self.path}: {said.splitlines()[0]}") from None

    def encode(self, starting: WorldDocument, world: World) -> Writing:
        """What `write` writes. The caller holds the stage's lock."""
        before = self._written
        document = world.document
        touched = world.moved.take_touched()
        if (
            before
            and before.starting is starting
            and before.document is document
            and not self._log.needs_replacing
        ):
            moving = world.moving(touched)
            change = _CHANGES.between(before.moving, moving)
            return Writing(False, change, starting, document=document, moving=moving)
        moving = world.moving()
        # A restored world is the starting one but for what moves; comparing tuples that both share
        # is quick.
        same = replace(document, moving=None) == replace(starting, moving=None)
        other = b"null" if same else _encode(document)
        parts = (
            b'{"starting":',
            _encode(starting),
            b',"document":',
            other,
            b',"moving":',
            _CHANGES.whole(moving),
            b"}",
        )
        return Writing(True, b"".join(parts), starting, document=document, moving=moving)

    def write(self, writing: Writing) -> None:
        """Put it on disk: a crash at any moment leaves the world before it or after it.

        Raises OSError.
        """
        # A failed write may have left anything behind the good part; the next one writes
        # everything.
        self._written = None
        (self._log.replace if writing.is_whole else self._log.append)(
            writing.record, writing.moving.now_s
        )
        self._written = writing

    def keep_time(self, now_s: float) -> None:
        """Note how far the clock is, so that a killed mock goes on from there. Raises OSError."""
        if self._written:
            self._log.keep_time(now_s)

    def close(self) -> None:
        """Let another mock use the file."""
        self._log.close()


def _encode(document: WorldDocument) -> bytes:
    return DOCUMENT.adapter.dump_json(replace(document, moving=None))


class _Changes:
    """How the fields of `Moving` are written: each by its own type, and of long ones only what
    changed.

    The states come as those that changed, since looking through ten thousand takes longer than
    writing one. What else changed is told by identity first: the values are frozen, so that the
    same object is the same value.
    """

    @cached_property
    def shapes(self) -> dict[str, Shape[Any]]:
        """The shape of every field."""
        hints = get_type_hints(Moving, include_extras=True)
        return {field.name: Shape(hints[field.name]) for field in fields(Moving)}

    def whole(self, moving: Moving) -> bytes:
        """All fields."""
        return _object({name: self._json(name, getattr(moving, name)) for name in self.shapes})

    def between(self, before: Moving, after: Moving) -> bytes:
        """{FIELD: CHANGE}; a change is {"all": VALUE}, {"put": VALUES, "drop": KEYS} or {"add":
        ROWS}.
        """
        changed = {}
        for name in self.shapes:
            old = getattr(before, name)
            new = getattr(after, name)
            if name == "states":
                changed[name] = _object({"put": self._json(name, new), "drop": b"[]"})
            elif old is not new and (change := self._change(name, old, new)):
                changed[name] = change
        return _object(changed)

    def _change(self, name: str, old: FieldValue, new: FieldValue) -> bytes | None:
        if isinstance(new, Mapping):
            put = {
                key: row
                for key, row in new.items()
                if (was := old.get(key)) is not row and was != row
            }
            drop = (
                [str(key) for key in old.keys() - new.keys()]
                if len(old) + len(put) > len(new)
                else []
            )
            return (
                _object({"put": self._json(name, put), "drop": json.dumps(drop).encode()})
                if put or drop
                else None
            )
        if isinstance(new, tuple):
            kept = len(old)
            if kept > len(new) or (kept and old[-1] is not new[kept - 1]):
                return _object({"all": self._json(name, new)})
            return _object({"add": self._json(name, new[kept:])}) if len(new) > kept else None
        return _object({"all": self._json(name, new)}) if old != new else None

    def _json(self, name: str, value: object) -> bytes:
        return self.shapes[name].adapter.dump_json(value)


_CHANGES = _Changes()


def _object(parts: Mapping[str, bytes]) -> bytes:
    return (
        b"{"
        + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in parts.items())
        + b"}"
    )


def _fold(records: list[bytes]) -> dict[str, Any]:
    """The whole world with all changes after it."""
    whole: dict[str, Any] = json.loads(records[0])
    moving = whole["moving"]
    for record in records[1:]:
        for name, change in json.loads(record).items():
            if "all" in change:
                moving[name] = change["all"]
            elif "add" in change:
                moving[name].extend(change["add"])
            else:
                for key in change["drop"]:
                    del moving[name][key]
                moving[name].update(change["put"])
    return whole


def _read_worlds(
    whole: dict[str, Any], source: str, now_s: float
) -> tuple[WorldDocument, WorldDocument]:
    starting = read_world(whole["starting"], source)
    document = starting if whole["document"] is None else read_world(whole["document"], source)
    moving = read_value(
        _MOVING, {**whole["moving"], "now_s": max(now_s, whole["moving"]["now_s"])}, source
    )
    return starting, replace(document, moving=moving)
