"""How many requests the last run from this folder has sent, as its conductor counted them: a note
in `.classic-rescue`, gone where the folder is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from classic_rescue.api.settings import is_loopback
from classic_rescue.cli.session.embedded_mock import STATE_FOLDER
from classic_rescue.cli.session.session import Session


class Counts(NamedTuple):
    """One run: which command, since when, its requests, and those refused for the rate."""

    command: str
    began: datetime
    requests: int
    refused: int


def write_counts(session: Session, command: str, told: Mapping[str, object]) -> None:
    """Note what a conductor has told. A disk that is full costs the note alone."""
    if not told:
        return
    row = {"command": command, "began": session.opened.isoformat(), **told}
    path = _path(session)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(row), encoding="utf-8")
        fresh.replace(path)


def read_counts(session: Session) -> Counts | None:
    """What was noted last; None where nothing was, or nothing that can be understood."""
    try:
        row = json.loads(_path(session).read_text(encoding="utf-8"))
        began = datetime.fromisoformat(row["began"])
        return Counts(str(row["command"]), began, int(row["requests"]), int(row["refused"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(session: Session) -> Path:
    """A rehearsal has a note of its own."""
    is_rehearsal = is_loopback(session.connection.settings.endpoint)
    name = "rehearsal-counts.json" if is_rehearsal else "counts.json"
    return session.project / STATE_FOLDER / name
