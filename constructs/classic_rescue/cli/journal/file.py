"""The journal read from its end: a million lines must not be in the way of the last twenty."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO

from classic_rescue.api.errors import SettingsError
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.hook import journal
from classic_rescue.review.runs import Run, run_from

BLOCK_BYTES = 1 << 16
MOST_RUNS = 20_000
"""How many runs are read at most, newest first:
enough for every question that a screen can answer.
"""

GET_TIMEOUT_S = 30.0
NUMBERED_DAMAGES = 5
LONGEST_LINE_BYTES = 1 << 20
_SKEW = timedelta(hours=1)
"""How far apart the clocks of machines that share a journal may be,
and how long a run may wait to be written.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """Runs, newest first, and a sentence for each line that is none.

    `is_missing`: there is no journal yet.
    """

    runs: list[Run] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    is_missing: bool = False


def read_journal(
    place: str,
    key: str | None,
    *,
    names: Sequence[str] = (),
    since: datetime | None = None,
    most: int = MOST_RUNS,
) -> Reading:
    """The newest runs of a journal, wherever it is; of these devices only, if any are named. `key`
    is that of `hook.journal.key_of`.

    Raises Failure for one that cannot be read.
    """
    if journal.is_table(place):
        return _read_table(place, key, names, since=since, most=most)
    with ExitStack() as opened:
        try:
            stream: IO[bytes]
            if "://" in place:
                # Into a file without a name, so that it is read from its end like any other.
                stream = opened.enter_context(tempfile.TemporaryFile())
                _download(place, key, stream)
            else:
                stream = opened.enter_context(_opened(place))
            return _read(stream, names, since, most)
        except FileNotFoundError:
            return Reading(is_missing=True)
        except (OSError, ValueError, SettingsError, http.client.HTTPException) as problem:
            said = journal.said(place) if "://" in place else place
            why = getattr(problem, "strerror", None) or problem
            raise Failure(f"the journal {said} cannot be read: {why}") from None


def _read_table(
    place: str, key: str | None, names: Sequence[str], *, since: datetime | None, most: int
) -> Reading:
    from classic_rescue.hook.journal_table import JournalTable, TableError

    table = JournalTable(place, key)
    try:
        lines = table.lines(names, since, most)
    except TableError as problem:
        raise Failure(f"{journal.said(place)} cannot be read: {problem}") from None
    finally:
        table.close()
    if lines is None:
        return Reading(is_missing=True)
    found = Reading()
    for number, line in lines:
        try:
            found.runs.append(run_from(json.loads(line)))
        except (ValueError, RecursionError) as problem:
            found.damaged.append(f"row {number} is not understood ({problem}); it is skipped")
    return found


def _opened(path: str) -> IO[bytes]:
    # O_NONBLOCK: a pipe that nobody writes to would be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise ValueError("not a regular file")
    return stream


def _download(url: str, token: str | None, stream: IO[bytes]) -> None:
    from classic_rescue.api.posting import open_url

    if refusal := journal.refusal_of(url):
        raise ValueError(refusal)
    authorization = journal.authorization(token)
    with open_url(
        url, None, GET_TIMEOUT_S, content_type=journal.CONTENT_TYPE, authorization=authorization
    ) as reply:
        shutil.copyfileobj(reply, stream)


def _read(stream: IO[bytes], names: Sequence[str], since: datetime | None, most: int) -> Reading:
    found = Reading()
    # As they stand in a line: reading JSON costs more.
    wanted = [json.dumps(name)[1:-1].encode() for name in names]
    size = stream.seek(0, os.SEEK_END)
    for position, line in _backwards(stream, size):
        if wanted and not any(name in line for name in wanted):
            continue
        try:
            run = run_from(json.loads(line))
        except (ValueError, RecursionError) as problem:
            found.damaged.append(_damage(stream, position, str(problem), len(found.damaged)))
            continue
        if since and since - run.time > _SKEW:
            break
        is_recent = since is None or run.time >= since
        if is_recent and (not names or any(run.is_of(name) for name in names)):
            found.runs.append(run)
        if len(found.runs) >= most:
            break
    return found


def _backwards(stream: IO[bytes], size: int) -> Iterator[tuple[int, bytes]]:
    """The lines before `size`, last one first, each with its position; empty ones are left out."""
    end = size
    rest = b""
    while end > 0:
        begin = max(0, end - BLOCK_BYTES)
        stream.seek(begin)
        head, *lines = (stream.read(end - begin) + rest).split(b"\n")
        after = end + len(rest)
        for line in reversed(lines):
            after -= len(line)
            if line.strip():
                yield after, line
            after -= 1
        end = begin
        rest = head
        if len(rest) > LONGEST_LINE_BYTES:
            raise ValueError("a line of more than 1 MB: this is no journal")
    if rest.strip():
        yield 0, rest


def _damage(stream: IO[bytes], position: int, why: str, before: int) -> str:
    """A sentence about one line.

    Counting lines takes a while, so only the first few are told by their number.
    """
    where = f"line {_line_number(stream, position)}" if before < NUMBERED_DAMAGES else "a line"
    return f"{where} is not understood ({why}); it is skipped"


def _line_number(stream: IO[bytes], position: int) -> int:
    """Which line stands at this position, from 1:
    counted only for a line that somebody has to look at.
    """
    stream.seek(0)
    number = 1
    left = position
    while left > 0:
        block = stream.read(min(left, 1 << 20))
        number += block.count(b"\n")
        left -= len(block)
    return number
