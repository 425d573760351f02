"""Whole lists of the service, page by page: without gaps,
and in pages that the service can make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from classic_rescue.api.client import Json, PatientApi
from classic_rescue.api.errors import ApiError, Refused, Unanswered
from classic_rescue.api.reading import Reply, rows_in, whole_in

SMALLEST_PAGE = 10
"""A page that is refused as too much data is asked for again at half its size, down to this one."""


class Question(NamedTuple):
    """What is asked for page by page: a method that answers a list, with its mask and filter."""

    service: str
    method: str
    mask: str
    filter: Mapping[str, Json]


def order_by(direction: str) -> dict[str, Json]:
    """The filter that sorts by a property, `ASC` or `DESC` (`classic-api.md` 4.6)."""
    return {"operation": "orderBy", "options": [{"name": "sort", "value": [direction]}]}


def one_of(values: Sequence[int | str], operation: str = "in") -> dict[str, Json]:
    """The filter for one of several values; with `or` for one of
    several operations (`classic-api.md` 4.6).
    """
    return {"operation": operation, "options": [{"name": "data", "value": list(values)}]}


class Pages:
    """Reads pages of one list.

    `size` is how many rows it asks for at once: less after the service could not.
    """

    def __init__(self, api: PatientApi, question: Question, size: int) -> None:
        self._api = api
        self._question = question
        self.size = size

    def read(self, offset: int = 0) -> list[Reply]:
        """The rows from this one on, at most `size`. Raises ApiError.

        "Internal Error", or no answer in time, is how the service says that a page is too much
        (`classic-api.md` 4.7).
        """
        while True:
            is_smallest = self.size <= SMALLEST_PAGE
            try:
                rows = self._call(offset, is_patient=is_smallest)
            except ApiError as problem:
                if is_smallest or not _may_be_too_much(problem):
                    raise
                self.size = max(SMALLEST_PAGE, self.size // 2)
                continue
            return rows

    def _call(self, offset: int, *, is_patient: bool) -> list[Reply]:
        service, method, mask, wanted = self._question
        rows: list[Reply] = self._api.call(
            service,
            method,
            mask=mask,
            filter=wanted,
            limit=self.size,
            offset=offset,
            is_patient=is_patient,
            read=_numbered,
        )
        return rows

    def each(self) -> Iterator[list[Reply]]:
        """Every page, where rows are only ever added at the front: what moves comes twice,
        never not at all.
        """
        offset = 0
        while rows := self.read(offset):
            total = self._api.total_items
            offset += len(rows)
            yield rows
            if self._is_last(len(rows), offset, total):
                return

    def by_id(self) -> dict[int, Reply]:
        """All rows by their id, from a list that is sorted by it.

        Devices go while the list is read, and every later row then moves forward, past the end of
        the page before. So a page begins with the last row of the one before; where it begins later
        than that, the list is read again from a page before. Raises Unanswered for a list that
        breaks off before the end that its header tells.
        """
        found: dict[int, Reply] = {}
        offset = highest = 0
        while True:
            rows = self.read(offset)
            total = self._api.total_items
            is_last = self._is_last(len(rows), offset + len(rows), total)
            if len(rows) < 2 and not is_last:
                asked = f"{self._question.service}::{self._question.method}"
                raise Unanswered(
                    f"{asked}: the list breaks off at row {offset + len(rows)} of {total};"
                    " run again"
                )
            numbered = {int(row["id"]): row for row in rows if "id" in row}
            if offset and min(numbered, default=highest + 1) > highest:
                offset = max(0, offset - self.size)
                continue
            found |= numbered
            highest = max(found, default=0)
            if is_last:
                return found
            offset += len(rows) - 1

    def _is_last(self, rows: int, end: int, total: int | None) -> bool:
        """Whether the list ends here: as its header says,
        or by a page that is not full where there is none.
        """
        return end >= total if total else rows < self.size


def _numbered(value: Json) -> list[Reply]:
    """The rows of a page; an id that is there is a number."""
    return [
        {**row, "id": whole_in(row["id"], "id")} if "id" in row else row for row in rows_in(value)
    ]


def _may_be_too_much(problem: ApiError) -> bool:
    if isinstance(problem, Unanswered):
        return problem.may_pass
    return type(problem) is Refused and not problem.is_certain and problem.status >= 500
