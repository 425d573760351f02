"""Lists read page by page, from a service that changes them
meanwhile and cannot make every page.
"""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.errors import ApiError, Refused, Unanswered
from classic_rescue.api.lists import SMALLEST_PAGE, Pages, Question
from classic_rescue.api.reading import NotUnderstood

QUESTION = Question("SoftLayer_Account", "getVirtualGuests", "mask[id]", {})


class Service:
    """A list of rows, sorted by id.

    After each answer the next of `changes` happens: ids that go, ids that come.
    """

    def __init__(
        self, ids: set[int], changes: list[tuple[set[int], set[int]]], largest_page: int = 1000
    ) -> None:
        self.ids = set(ids)
        self.changes = list(changes)
        self.largest_page = largest_page
        self.total_items: int | None = None
        self.tells_total = True
        self.problem: ApiError = Unanswered("the service failed: Internal Error")
        self.pages: list[tuple[int, int]] = []

    def call(self, service: str, method: str, *, offset: int, limit: int, **more: object) -> object:
        """A page, or the refusal of a page that is too large."""
        self.pages.append((offset, limit))
        if limit > self.largest_page:
            raise self.problem
        self.total_items = len(self.ids) if self.tells_total else None
        rows = [{"id": number} for number in sorted(self.ids)[offset : offset + limit]]
        if self.changes:
            gone, come = self.changes.pop(0)
            self.ids = (self.ids - gone) | come
        return rows


def _as_read(answer: object, more: dict[str, object]) -> object:
    """The answer, through the reader that the caller gives with its call."""
    read = more["read"]
    assert callable(read)
    return read(answer)


def pages(service: Service, size: int = 10) -> Pages:
    """The reader of this service's list."""
    return Pages(cast(ClassicApi, service), QUESTION, size)


NUMBERS = st.integers(1, 60)
CHANGES = st.lists(
    st.tuples(st.sets(NUMBERS, max_size=25), st.sets(st.integers(100, 130), max_size=3)), max_size=8
)


@given(ids=st.sets(NUMBERS), changes=CHANGES, tells_total=st.booleans(), size=st.integers(2, 15))
def test_who_stays_is_listed_whoever_goes_meanwhile(
    ids: set[int], changes: list[tuple[set[int], set[int]]], tells_total: bool, size: int
) -> None:
    """A device that is there all the time is never left out, and none is invented."""
    service = Service(ids, changes)
    service.tells_total = tells_total
    found = set(pages(service, size).by_id())
    gone = set().union(*(gone for gone, _ in changes))
    assert ids - gone <= found <= ids.union(*(come for _, come in changes))


def test_a_page_repeats_only_the_last_row_of_the_one_before() -> None:
    """So a quiet list of 100 costs 11 calls of 10."""
    service = Service(set(range(1, 101)), [])
    assert len(pages(service).by_id()) == 100
    assert service.pages == [(9 * number, 10) for number in range(11)]


@pytest.mark.parametrize(
    "problem",
    [
        Unanswered("the service failed: Internal Error"),
        Unanswered("no answer came"),
        Refused("call", 500, "SoftLayer_Exception_Public", "too slow today", is_certain=False),
    ],
)
def test_a_page_that_is_too_much_is_halved_and_stays_small(problem: ApiError) -> None:
    """The list goes on from where it was, and does not try the large page again."""
    service = Service(set(range(1, 301)), [], largest_page=50)
    service.problem = problem
    assert len(pages(service, 200).by_id()) == 300
    assert [limit for _, limit in service.pages] == [200, 100, *[50] * 7]


def test_a_service_that_cannot_make_any_page_is_an_error() -> None:
    """The smallest page is asked for with all patience; its error is the answer."""
    with pytest.raises(Unanswered, match="Internal Error"):
        pages(Service({1}, [], largest_page=SMALLEST_PAGE - 1), 40).by_id()


def test_other_refusals_do_not_make_pages_smaller() -> None:
    """A missing permission is no matter of size."""
    service = Service({1}, [], largest_page=1)
    service.problem = Refused("call", 400, "SoftLayer_Exception_InvalidValue", "no")
    with pytest.raises(Refused, match="no"):
        pages(service, 200).by_id()
    assert service.pages == [(0, 200)]


def test_a_list_of_one_that_comes_bare_is_a_list() -> None:
    """The service leaves the brackets out at times (`classic-api.md` 4.2)."""

    class Bare(Service):
        def call(self, service: str, method: str, **more: object) -> object:
            return _as_read({"id": 7}, more)

    assert list(pages(Bare(set(), [])).by_id()) == [7]


@pytest.mark.parametrize(
    "answer", [{"message": "maintenance"}, "maintenance", 42, [None], [{"id": "x"}], [{"id": None}]]
)
def test_what_is_no_list_is_no_empty_list(answer: object) -> None:
    """JSON of something else between us and the service must
    not turn every device into one that is gone. The client turns it into an Unanswered.
    """

    class Odd(Service):
        def call(self, service: str, method: str, **more: object) -> object:
            return _as_read(answer, more)

    with pytest.raises(NotUnderstood, match=r"not a list|not an object|not a whole number"):
        pages(Odd(set(), [])).by_id()


@pytest.mark.parametrize("rows", [0, 1])
def test_a_list_that_breaks_off_is_no_whole_list(rows: int) -> None:
    """Its header says how long it is: what is missing would count as devices that are gone."""

    class BreaksOff(Service):
        def call(
            self, service: str, method: str, *, offset: int, limit: int, **more: object
        ) -> object:
            page = super().call(service, method, offset=offset, limit=limit)
            return page[:rows] if isinstance(page, list) and offset > 10 else page

    with pytest.raises(Unanswered, match=r"getVirtualGuests: the list breaks off at row \d+ of 40"):
        pages(BreaksOff(set(range(1, 41)), [])).by_id()
