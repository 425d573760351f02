"""resultLimit against classic-api.md 4.2 and 4.4."""

from __future__ import annotations

import pytest

from mock_api.http.limits import ALL, Limit, read_struct, read_text

ROWS = list(range(10))


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (None, ALL),
        ("", ALL),
        ("3", Limit(0, 3)),
        ("2,3", Limit(2, 3)),
        (" 2 , 3 ", Limit(2, 3)),
        ("20,0", Limit(20, 0)),
        ("0,100", Limit(0, 100)),
        ("007", Limit(0, 7)),
        ("9" * 100, Limit(0, int("9" * 100))),
    ],
)
def test_rest_texts(text: str | None, limit: Limit) -> None:
    """OFFSET,LIMIT or LIMIT, with spaces and of any size."""
    assert read_text(text) == limit


@pytest.mark.parametrize(
    "text", ["x", "-1", "1,-1", "1,2,3", "1.5", ",5", "5,", "٣", "1 2", "9" * 5000, "\n,"]
)
def test_what_is_no_limit_limits_nothing(text: str) -> None:
    """A text that is no limit is none (assumed)."""
    assert read_text(text) == ALL


@pytest.mark.parametrize(
    ("struct", "limit"),
    [
        ({}, ALL),
        ({"limit": 5}, Limit(0, 5)),
        ({"offset": 5}, Limit(5, 0)),
        ({"limit": 5, "offset": 2}, Limit(2, 5)),
        ({"limit": "5", "offset": "2"}, Limit(2, 5)),
        ({"limit": None, "offset": ""}, ALL),
        ({"limit": -5, "offset": 2.5}, ALL),
        ({"limit": True, "offset": [1]}, ALL),
    ],
)
def test_xmlrpc_structs(struct: dict[str, object], limit: Limit) -> None:
    """Either number may be missing, and what is no number is."""
    assert read_struct(struct) == limit


@pytest.mark.parametrize(
    ("limit", "page"),
    [
        (ALL, ROWS),
        (Limit(0, 3), [0, 1, 2]),
        (Limit(8, 5), [8, 9]),
        (Limit(4), [4, 5, 6, 7, 8, 9]),
        (Limit(10, 5), []),
        (Limit(10**30, 10**30), []),
        (Limit(0, 10**30), ROWS),
    ],
)
def test_pages(limit: Limit, page: list[int]) -> None:
    """A page begins at the offset and has at most the count; without a count it has the rest."""
    assert limit.page(ROWS) == page
