"""The event log for many devices at once: what was requested of them, and their newest events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from classic_rescue.api import reading
from classic_rescue.api.client import Json, PatientApi
from classic_rescue.api.devices import EVENTS_READ
from classic_rescue.api.lists import Pages, Question, one_of, order_by
from classic_rescue.boot.facts import Event
from classic_rescue.boot.labels import Label, Meaning, label_of, meaning_of

PAGE = 500
LAST_PAGE = 4
"""How many pages are read of one filter, 2,000 entries."""

IDS_A_CALL = 400
"""As many ids as go into the filter of one URL: 5 kB."""

LEAVES_OS = frozenset({Meaning.RESCUE, Meaning.IMAGE, Meaning.UNLOAD, Meaning.UNCLEAR})
"""What an entry may say that takes a device out of its operating system,
or leaves open whether it did.
"""

Item = TypeVar("Item")


class Requests(NamedTuple):
    """When each object was last asked to leave its operating system.

    `read_back_to` is None for the whole log.
    """

    at: dict[int, datetime]
    read_back_to: datetime | None


class EventLog:
    """The log of one account. Reading it raises Denied or NotFound where the user may not."""

    def __init__(self, api: PatientApi, labels: Sequence[Label]) -> None:
        self._api = api
        self._labels = labels

    def requests(self) -> Requests:
        """The newest request of every object, by the words of the labels:
        most often one call for the account.

        Where no transaction shows it, a request is recorded nowhere else.
        """
        words = {
            max(" ".join(row.words).split(), key=len)
            for row in self._labels
            if row.meaning in LEAVES_OS
        }
        wanted = one_of([f"*= {word}" for word in sorted(words)], "or")
        found: dict[int, datetime] = {}
        read_back_to: datetime | None = None
        for number, rows in enumerate(self._newest_first({"eventName": wanted}), 1):
            for object_id, event in rows:
                read_back_to = event.at
                if meaning_of([event.name], self._labels) in LEAVES_OS:
                    found.setdefault(object_id, event.at)
            if number == LAST_PAGE:
                return Requests(found, read_back_to)
        return Requests(found, None)

    def newest(
        self, since: Mapping[int, datetime | None]
    ) -> tuple[dict[int, tuple[Event, ...]], set[int]]:
        """The newest events of these objects, and the objects of which too few could be read.

        `since` tells for each object from when on events count; None: all do. It is enough to know
        an object's newest event that has a meaning.
        """
        found: dict[int, tuple[Event, ...]] = {}
        missed: set[int] = set()
        for numbers in in_parts(sorted(since), IDS_A_CALL):
            events, open_ones = self._newest_of({number: since[number] for number in numbers})
            found |= events
            missed |= open_ones
        return found, missed

    def _newest_of(
        self, since: Mapping[int, datetime | None]
    ) -> tuple[dict[int, tuple[Event, ...]], set[int]]:
        events: defaultdict[int, list[Event]] = defaultdict(list)
        left = set(since)
        for number, rows in enumerate(self._newest_first({"objectId": one_of(sorted(since))}), 1):
            for object_id, event in rows:
                if len(events[object_id]) < EVENTS_READ and event not in events[object_id]:
                    events[object_id].append(event)
                if label_of([event.name], self._labels):
                    left.discard(object_id)
            back_to = rows[-1][1].at if rows else None
            left = {
                one
                for one in left
                if not _is_before(back_to, since[one]) and len(events[one]) < EVENTS_READ
            }
            if not left or number == LAST_PAGE:
                break
        else:
            left = set()
        return {number: tuple(rows) for number, rows in events.items()}, left

    def _newest_first(self, wanted: dict[str, Json]) -> Iterator[list[tuple[int, Event]]]:
        newest_first = {**wanted, "eventCreateDate": order_by("DESC")}
        question = Question(
            "SoftLayer_Event_Log", "getAllObjects", reading.EVENT_MASK, newest_first
        )
        for rows in Pages(self._api, question, PAGE).each():
            yield [
                (int(row["objectId"]), event)
                for row in rows
                for event in reading.events_from([row])
                if _names(row)
            ]


def _names(row: reading.Reply) -> bool:
    return isinstance(row.get("objectId"), int)


def _is_before(moment: datetime | None, other: datetime | None) -> bool:
    return moment is not None and other is not None and moment < other


def in_parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in parts of this size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
