"""What the address of the device list means."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from mock_api.console.list_query import COLUMNS, ListQuery, read_query
from mock_api.domain.facts import Kind

PLACES = {"dal13", "fra02"}


@pytest.mark.parametrize(
    "query",
    [
        ListQuery(),
        ListQuery(
            text="web dal", kind="hardware", datacenter="fra02", boot="rescue", status="busy"
        ),
        ListQuery(sort="since", descending=True, page=3),
        ListQuery(text="<script>&=%"),
    ],
)
def test_an_address_gives_the_query_that_made_it(query: ListQuery) -> None:
    """A list can be kept and sent; what is usual is not written."""
    assert read_query(query.values(), PLACES) == query
    assert ListQuery().values() == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "kind=router",
        "datacenter=moon",
        "boot=dos",
        "status=ill",
        "sort=colour",
        "order=up",
        "page=many",
        "page=-1",
    ],
)
def test_what_is_not_understood_is_ignored_and_named(wrong: str) -> None:
    """The list comes as if it were not there."""
    name, _, value = wrong.partition("=")
    assert read_query({name: value, "q": "web"}, PLACES) == ListQuery(text="web", ignored=(wrong,))


def test_endless_values_are_cut() -> None:
    """Neither a text nor a number of any length costs anything."""
    query = read_query({"q": "x" * 10_000, "page": "9" * 19, "kind": "y" * 10_000}, PLACES)
    assert (len(query.text), query.page, len(query.ignored[0])) == (200, 10**6, 45)
    assert read_query({"page": "0"}, PLACES).page == 1


def test_another_selection_starts_at_its_first_page() -> None:
    """Who types on page 3 is not left on page 3 of what is found;
    a refresh of the same list stays there.
    """
    kept = {"page": "3", "shown": urlencode({"q": "web"})}
    assert read_query({**kept, "q": "web"}, PLACES).page == 3
    assert read_query({**kept, "q": "webs"}, PLACES).page == 1
    assert read_query({**kept, "q": "web", "sort": "os"}, PLACES).page == 1


def test_a_column_is_sorted_up_then_down() -> None:
    """A second click turns the order; another column begins upwards, on the first page,
    with the same filters.
    """
    query = ListQuery(text="web", kind=Kind.GUEST, page=4)
    for column in COLUMNS[1:]:
        up = query.sorted_by(column)
        assert (up.sort, up.descending, up.page, up.text) == (column, False, 1, "web")
        assert up.sorted_by(column).descending
        assert not up.sorted_by(column).sorted_by(column).descending
