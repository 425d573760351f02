"""Which host keys devices have shown: `.classic-rescue/host-keys.json` in the project's folder.

A key of the operating system is recorded while the service's evidence says that it runs, and never
overwritten. All else that answers is remembered, so that an old key is known as one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from classic_rescue.boot.ssh import Protocol
from classic_rescue.witness.keys import Key
from classic_rescue.witness.private_files import changing_alone, write_private

FOLDER = ".classic-rescue"
NAME = "host-keys.json"
VERSION = 1
MOST_OTHERS = 20
"""How many keys of other systems are remembered a device."""


class Known(NamedTuple):
    """One key on record, and when it was heard first and last."""

    key: Key
    first: datetime
    last: datetime


class Device(NamedTuple):
    """What is on record of one device. `system` are the keys of its operating system by their
    types, `others` those of other systems, oldest first. `answers` is the key that answered last,
    and since when without another one in between.
    """

    name: str = ""
    system: Mapping[str, Known] = {}
    others: tuple[Known, ...] = ()
    answers: Known | None = None

    def system_of(self, protocol: Protocol) -> dict[str, Known]:
        """The keys of its operating system that a server of this kind shows: only such are compared
        with each other.
        """
        return {
            kind: known for kind, known in self.system.items() if known.key.protocol is protocol
        }


class Record:
    """The file in a folder. `devices` are read once; `kept` writes what a change makes of them."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, NAME)

    def read(self) -> dict[str, Device]:
        """What is on record, by the devices' keys. Raises OSError, and ValueError for a file that
        is damaged.
        """
        try:
            with open(self.path, encoding="utf-8") as stream:
                tree = json.load(stream)
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            raise ValueError(self._damaged("not JSON")) from None
        try:
            if tree["version"] != VERSION:
                raise ValueError(f"version {tree['version']!r}, and this one knows {VERSION}")
            return {str(key): _device(row) for key, row in tree["devices"].items()}
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            raise ValueError(self._damaged(f"{type(problem).__name__}: {problem}")) from None

    def _damaged(self, why: str) -> str:
        return f"{self.path} is damaged ({why}): move it away, and the keys are recorded again"

    @contextmanager
    def changing(self) -> Iterator[dict[str, Device]]:
        """What is on record, to be changed: written at the end, whole or not at all, and by one
        process at a time. Raises OSError, ValueError.
        """
        with changing_alone(self.path):
            devices = self.read()
            before = dict(devices)
            yield devices
            if devices != before:
                self._write(devices)

    def _write(self, devices: Mapping[str, Device]) -> None:
        rows = {key: _row(device) for key, device in sorted(devices.items())}
        write_private(self.path, json.dumps({"version": VERSION, "devices": rows}, indent=1))


def _known(row: Mapping[str, Any]) -> Known:
    key = Key(str(row["type"]), str(row["key"]))
    key.fingerprint  # noqa: B018 raises for what is no base64
    return Known(key, datetime.fromisoformat(row["first"]), datetime.fromisoformat(row["last"]))


def _device(row: Mapping[str, Any]) -> Device:
    system = [_known(one) for one in row["system"]]
    return Device(
        str(row["name"]),
        {known.key.kind: known for known in system},
        tuple(_known(one) for one in row["others"]),
        _known(row["answers"]) if row["answers"] else None,
    )


def _row(device: Device) -> dict[str, object]:
    return {
        "name": device.name,
        "system": [_row_of(known) for known in device.system.values()],
        "others": [_row_of(known) for known in device.others],
        "answers": device.answers and _row_of(device.answers),
    }


def _row_of(known: Known) -> dict[str, str]:
    return {
        "type": known.key.kind,
        "key": known.key.blob,
        "fingerprint": known.key.fingerprint,
        "first": known.first.isoformat(),
        "last": known.last.isoformat(),
    }
