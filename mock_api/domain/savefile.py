"""The save file: the whole world, written whole and atomically, but encoded only where it changed.

A 1,000-device world is about half a megabyte, so that writing it takes a few milliseconds; encoding it again every time
would take ten times as long. So the text of every device state and event is kept until that state changes.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter

from mock_api.domain.document import DOCUMENT, MOVING, DocumentError, check, read_value
from mock_api.domain.events import Event
from mock_api.domain.fault_rules import FaultRule
from mock_api.domain.people import Profile
from mock_api.domain.transitions import DeviceState
from mock_api.domain.world import Device, Moving, World, WorldDocument

_STATE = TypeAdapter(DeviceState)
_EVENT = TypeAdapter(Event)
_FAULTS = TypeAdapter(tuple[FaultRule, ...])
_PROFILES = TypeAdapter(Mapping[int, Profile])


class SaveFileError(Exception):
    """The save file cannot be used; the text is one sentence for people."""


class SaveFile:
    """A file that one mock at a time writes. Keeps an exclusive lock on FILE.lock while it lives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _lock(path)
        self._states: dict[int, tuple[DeviceState, bytes]] = {}
        self._events: list[tuple[Event, bytes]] = []
        self._documents: list[tuple[WorldDocument, bytes]] = []

    def restore(self) -> tuple[WorldDocument, WorldDocument] | None:
        """The starting world and the saved one, or None if nothing was saved yet. Raises DocumentError, OSError."""
        if not self.path.exists():
            return None
        source = str(self.path)
        raw = _read(self.path)
        starting = check(read_value(DOCUMENT, raw.get("starting"), f"{source}: starting"), source)
        document = starting
        if raw.get("document") is not None:
            document = check(read_value(DOCUMENT, raw["document"], f"{source}: document"), source)
        moving = read_value(MOVING, raw.get("moving"), f"{source}: moving")
        return starting, _with_moving(document, moving)

    def encode(self, starting: WorldDocument, world: World) -> list[bytes]:
        """The file's content in pieces. Call it with the stage's lock held."""
        document = world.document
        other = b"null" if _same_base(document, starting) else self._document(document)
        moving = world.moving_head()
        return [
            b'{"format":1,\n"starting":', self._document(starting),
            b',\n"document":', other,
            b',\n"moving":{"now_s":', json.dumps(moving.now_s).encode(),
            b',"speed":', json.dumps(moving.speed).encode(),
            b',"next_id":', str(moving.next_id).encode(),
            b',"draws":', str(moving.draws).encode(),
            b',"resume_speed":', json.dumps(moving.resume_speed).encode(),
            b',\n"states":{', b",\n".join(self._state(row) for row in world.all_devices() if row.has_moved),
            b'},\n"events":[', b",\n".join(self._event_texts(world.events)),
            b'],\n"faults":', _FAULTS.dump_json(world.faults),
            b',\n"profiles":', _PROFILES.dump_json(world.profiles),
            b"}}\n",
        ]  # fmt: skip

    def write(self, chunks: Sequence[bytes]) -> None:
        """Replace the file atomically: a reader or a crash sees the old world or the new one. Raises OSError."""
        fresh = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(chunks))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path)

    def close(self) -> None:
        """Let another mock use the file."""
        self._lock.close()

    def _document(self, document: WorldDocument) -> bytes:
        for known, text in self._documents:
            if known is document:
                return text
        text = DOCUMENT.dump_json(_with_moving(document, None))
        self._documents = [*self._documents[-1:], (document, text)]
        return text

    def _state(self, device: Device) -> bytes:
        number, state = device.facts.id, device.state
        known = self._states.get(number)
        if known and known[0] is state:
            return known[1]
        text = f'"{number}":'.encode() + _STATE.dump_json(state)
        self._states[number] = (state, text)
        return text

    def _event_texts(self, events: Sequence[Event]) -> list[bytes]:
        known = self._events
        if known and (len(known) > len(events) or known[-1][0] is not events[len(known) - 1]):
            known.clear()
        known.extend((event, _EVENT.dump_json(event)) for event in events[len(known) :])
        return [text for _, text in known]


def _with_moving(document: WorldDocument, moving: Moving | None) -> WorldDocument:
    return replace(document, moving=moving)


def _same_base(document: WorldDocument, starting: WorldDocument) -> bool:
    # Comparing two big worlds is slow; a world that came from the starting one shares its users and devices.
    shares = document.users is starting.users and document.guests is starting.guests
    return document is starting or (shares and document.settings == starting.settings)


def _read(path: Path) -> dict[str, object]:
    try:
        raw = json.loads(path.read_bytes())
    except ValueError as error:
        raise DocumentError(f"{path}: this is not a saved world ({error}).") from None
    if not isinstance(raw, dict):
        raise DocumentError(f"{path}: this is not a saved world: an object is needed.")
    return raw


def _lock(path: Path) -> IO[str]:
    try:
        file = open(path.with_name(path.name + ".lock"), "w")  # noqa: SIM115 (held open as long as the mock runs)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = f"{path}: another mock already uses this save file; stop it or give another --save."
        raise SaveFileError(text) from None
    except OSError as error:
        raise SaveFileError(f"{path}: the save file cannot be used ({error.strerror}); give another --save.") from None
    return file
