"""Which scripts were started in which rescue: `.classic-rescue/scripts.json`.

The device itself knows as long as its rescue system runs. This tells one that has restarted since
from one in which nothing was started yet.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from classic_rescue.witness.private_files import changing_alone, write_private

NAME = "scripts.json"
VERSION = 1


class Started(NamedTuple):
    """One script in one device, by the service's time. `code` is None as long as nobody has seen
    its end; `is_lost`: nobody ever will. `is_leaving`: the device was to go home after it.
    """

    at: datetime
    code: int | None = None
    is_lost: bool = False
    is_leaving: bool = False


def read_started(folder: str) -> dict[str, Started]:
    """By device and script: see `key_of`. Raises ValueError for a damaged file, OSError."""
    path = os.path.join(folder, NAME)
    try:
        with open(path, encoding="utf-8") as stream:
            tree = json.load(stream)
        if tree["version"] != VERSION:
            raise ValueError(f"version {tree['version']!r}")
        return {
            str(key): Started(
                datetime.fromisoformat(row["at"]),
                row["code"],
                is_lost=row.get("is_lost", False),
                is_leaving=row.get("is_leaving", False),
            )
            for key, row in tree["scripts"].items()
        }
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise ValueError(f"{path} is damaged: move it away, and a new one is made") from None


def keep_started(folder: str, key: str, one: Started | None) -> None:
    """Remember one script in one device; None: it is forgotten. Raises OSError, ValueError."""
    path = os.path.join(folder, NAME)
    with changing_alone(path):
        scripts = read_started(folder)
        if one is None:
            if scripts.pop(key, None) is None:
                return
        else:
            scripts[key] = one
        _write(path, scripts)


def _write(path: str, scripts: Mapping[str, Started]) -> None:
    rows = {key: {**one._asdict(), "at": one.at.isoformat()} for key, one in scripts.items()}
    write_private(path, json.dumps({"version": VERSION, "scripts": rows}, indent=1))


def key_of(device: str, digest: str) -> str:
    """How a script in a device is named there."""
    return f"{device} {digest}"
