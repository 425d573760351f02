"""The journal of API requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Annotated

from mock_api.control.faults import Deleted
from mock_api.domain.facts import Record
from mock_api.domain.journal import KEPT_ENTRIES, Entry
from mock_api.domain.shapes import Limits
from mock_api.domain.stage import Stage
from mock_api.domain.world import World


class EntryKind(StrEnum):
    """What an entry's operation does; `unknown` is one with a service, method, or part of a mask or
    filter that there is not, `not-played` one with what the service documents and the mock does not
    play.
    """

    CHANGING = "changing"
    READ_ONLY = "read-only"
    UNKNOWN = "unknown"
    NOT_PLAYED = "not-played"


@dataclass(frozen=True)
class JournalQuery(Record):
    """Which entries; those left out match everything.

    `device_id` also finds requests that named the device by its GUID. `since` is a sequence number:
    entries after it. `limit` keeps the first ones, so that `since` with the last number seen gives
    the next page.
    """

    service: str | None = None
    method: str | None = None
    device_id: int | None = None
    user: str | None = None
    status: Annotated[int, Limits(ge=100, le=599)] | None = None
    kind: EntryKind | None = None
    since: Annotated[int, Limits(ge=0)] = 0
    limit: Annotated[int, Limits(ge=1, le=KEPT_ENTRIES)] = KEPT_ENTRIES


def get_journal(stage: Stage, query: JournalQuery) -> tuple[Entry, ...]:
    """The entries that the query matches, oldest first."""
    with stage.lock:
        matches = _matcher(query, stage.world)
        return tuple(islice(filter(matches, stage.journal.entries()), query.limit))


def _matcher(query: JournalQuery, world: World) -> Callable[[Entry], bool]:
    wanted = {name: getattr(query, name) for name in ("service", "method", "user", "status")}
    plain = [(name, value) for name, value in wanted.items() if value is not None]

    def matches(entry: Entry) -> bool:
        return (
            entry.sequence > query.since
            and all(getattr(entry, name) == value for name, value in plain)
            and (query.kind is None or _is_of(entry, query.kind))
            and query.device_id in (None, _number(entry, world))
        )

    return matches


def _is_of(entry: Entry, kind: EntryKind) -> bool:
    if kind is EntryKind.NOT_PLAYED:
        return bool(entry.unplayed)
    is_unknown = bool(entry.nearest or entry.unknown)
    return is_unknown if kind is EntryKind.UNKNOWN else entry.kind == kind


def _number(entry: Entry, world: World) -> int | None:
    text = (entry.id or "").lower()
    return int(text) if text.isdecimal() else world.device_ids_by_guid.get(text)


def delete_journal(stage: Stage) -> Deleted:
    """Forget all entries."""
    with stage.lock:
        return Deleted(stage.journal.clear())
