"""The operations and bounds of object filters,
on values and without a door (classic-api.md 4.6).
"""

from __future__ import annotations

import pytest

from mock_api.domain.errors import BadRequest
from mock_api.http.filters import EVERYTHING, parse_filter
from mock_api.http.filters.operations import make_test
from mock_api.operations.types import Look
from tests.mock.stagehand import GUEST, START_S, Play

PLAY = Play()
LOOK = Look(PLAY.stage.world, PLAY.stage.world.users[167758], START_S)


def data(*values: object) -> list[dict[str, object]]:
    """The option `data`."""
    return [{"name": "data", "value": list(values)}]


@pytest.mark.parametrize(
    "text",
    ["[]", "1", '"web-1"', "null", "{", "x", "[" * 100_000, '{"a":' * 100_000, " ", "9" * 5000],
)
def test_what_is_no_object_is_a_bad_request(text: str) -> None:
    """A filter is a JSON object."""
    with pytest.raises(BadRequest):
        parse_filter(text, (), GUEST, LOOK)


@pytest.mark.parametrize("given_filter", [None, "", {}, "{}"])
def test_an_empty_filter_is_none(given_filter: str | dict[str, object] | None) -> None:
    """No text, no struct, or one without members."""
    assert parse_filter(given_filter, ("virtualGuests",), GUEST, LOOK) == EVERYTHING


def test_filters_are_bounded() -> None:
    """Too deep or too many conditions are a bad request; a list for `in` may be long."""
    deep: dict[str, object] = {"id": {"operation": 1}}
    for _ in range(2000):
        deep = {"users": {"virtualGuests": deep}}
    many = {"hostname": {"operation": "or", "options": data(*["^= x"] * 1001)}}
    patterns = {
        "hostname": {
            "operation": "or",
            "options": data(*[f"~ a{{1000}}{{{n}}}" for n in range(900, 930)]),
        }
    }
    for refused in (deep, many, patterns):
        with pytest.raises(BadRequest):
            parse_filter(refused, (), GUEST, LOOK)
    assert (
        parse_filter(
            {"id": {"operation": "in", "options": data(*range(50_000))}}, (), GUEST, LOOK
        ).ignored
        == ()
    )


@pytest.mark.parametrize("digits", [299, 301, 4000, 5000])
def test_numbers_of_any_length_compare(digits: int) -> None:
    """A text of more digits than Python reads is no number, and no error."""
    for symbol in ("", "!=", "<", "^="):
        test = make_test({"operation": f"{symbol} {'9' * digits}".strip()}, LOOK)
        assert test is not None
        assert test(5) is (symbol == "!=" or (symbol == "<" and digits < 300))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a*)*b", "(a|aa)+$", "(.*a){20}", "a*a*a*a*a*a*b"])
def test_hostile_patterns_take_no_time(pattern: str) -> None:
    """A pattern that makes a backtracking engine run for years is answered at once."""
    test = make_test({"operation": f"~ {pattern}"}, LOOK)
    assert test is not None
    assert test("a" * 5000 + "!") is (pattern == "(.*a){20}")


@pytest.mark.parametrize(
    ("leaf", "passes"),
    [
        ("> sysdate - 30", [False, True, True]),
        (">= currentDate", [False, True, True]),
        ("< currentDate - 1", [True, False, False]),
        ("> sysdate+1", [False, False, False]),
        ("> SYSDATE - 1", [False, True, True]),
        ("<= 11/14/2023 00:00:00", [True, True, False]),
        ("> 11/13/2023", [False, True, True]),
        ("> 11/13/23", [False, True, True]),
        ("> 2023-11-14T00:00:00-06:00", [False, False, True]),
        ("> 2023-11-14T00:00:00.000001-06:00", [False, False, True]),
        ("> 2023-11-14", [False, False, True]),
    ],
)
def test_dates_compare_as_instants(leaf: str, passes: list[bool]) -> None:
    """Every way to write a date; a text without an offset is in the account's zone,
    where it is 11/14/2023 16:13:20.
    """
    test = make_test({"operation": leaf}, LOOK)
    assert test is not None
    dates = ("2023-10-01T00:00:00-06:00", "2023-11-14T00:00:00-06:00", "2023-11-14T22:13:19+00:00")
    assert [test(date) for date in dates] == passes


def dated(operation: str, **given_dates: str) -> dict[str, object]:
    """An operation on dates."""
    return {
        "operation": operation,
        "options": [{"name": name, "value": [date]} for name, date in given_dates.items()],
    }


@pytest.mark.parametrize(
    ("leaf", "passes"),
    [
        (dated("isDate", date="11/14/2023"), [False, True, True]),
        (dated("isDate", date="11/14/2023 16:13:20"), [False, True, True]),
        (dated("isDate", date="01/01/01"), [False, False, False]),
        (dated("lessThanDate", date="11/14/2023"), [True, False, False]),
        (dated("greaterThanDate", date="2023-11-14T00:00:00.000000-06:00"), [False, False, True]),
        (dated("greaterThanDate", date="sysdate - 1"), [False, True, True]),
        (
            dated("betweenDate", startDate="10/1/2023 0:0:0", endDate="11/14/2023 0:0:0"),
            [True, True, False],
        ),
        (
            dated(
                "betweenDate", startDate="2023-11-14T00:00:00.000000-06:00", endDate="11/15/2023"
            ),
            [False, True, True],
        ),
    ],
)
def test_operations_on_dates(leaf: dict[str, object], passes: list[bool]) -> None:
    """isDate is a whole day, the ends of betweenDate belong to it, before and after are strict."""
    test = make_test(leaf, LOOK)
    assert test is not None
    dates = (
        "2023-10-01T00:00:00-06:00",
        "2023-11-14T00:00:00-06:00",
        "2023-11-14T22:13:19.500000+00:00",
    )
    assert [test(date) for date in dates] == passes
    assert not any(map(test, [None, 5, "", "soon", "web-1"]))
