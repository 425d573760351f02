"""The operations of object filters: each makes a test of one value (classic-api.md 4.6; SLDN,
article object-filters).

The conditions become the WHERE clause of an SQL query (SLDN, slides of the article), so null passes
`is null` alone; that it fails the negated operations, too, is assumed from that. An operation that
is not well formed gives no test: the service ignores it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, core_schema

from mock_api.domain import dates
from mock_api.http.filters.values import (
    DAY_S,
    as_flag,
    as_instant,
    as_number,
    as_text,
    wanted_instant,
)
from mock_api.operations.types import Look

Test = Callable[[object], bool]
Leaf = Mapping[str, object]
Compare = Callable[[Any, Any], bool]
_LONGEST_PATTERN = 1000


def make_test(leaf: Leaf, look: Look) -> Test | None:
    """The test of a leaf, or None if it is not well formed."""
    operation = leaf.get("operation")
    named = _NAMED.get(operation) if isinstance(operation, str) else None
    return named(leaf, look) if named else _literal(operation, look)


def options(leaf: Leaf, name: str) -> list[object]:
    """The values of an option; a lone value is a list of one."""
    given = leaf.get("options")
    for option in given if isinstance(given, list) else []:
        if isinstance(option, Mapping) and option.get("name") == name:
            found = option.get("value")
            return found if isinstance(found, list) else [found]
    return []


def _literal(operation: object, look: Look) -> Test | None:
    """The test of `>= 1024`, `^= tor`, 5 or whatever else needs no options."""
    if not isinstance(operation, str):
        return _equals(operation) if isinstance(operation, int | float) else None
    if operation in NULL_TESTS:
        return NULL_TESTS[operation]
    for symbol, make in _SYMBOLS:
        if operation.startswith(symbol):
            return make(operation[len(symbol) :].strip(), look)
    return _equals(operation)


def _equals(wanted: object) -> Test:
    """Numbers equal numbers and texts equal texts, to the letter."""
    text = as_text(wanted)
    number = as_number(wanted)
    if number is None:
        number = as_flag(text)

    def test(value: object) -> bool:
        if isinstance(value, str):
            return value == text
        return value is not None and value == number

    return test


def _any_of(wanted: Iterable[object]) -> Test | None:
    """One of several values, as `_equals` has it for one."""
    given = [item for item in wanted if isinstance(item, str | int | float)]
    if not given:
        return None
    texts = {as_text(item) for item in given}
    numbers = {as_number(item) for item in given} | {as_flag(text) for text in texts}

    def test(value: object) -> bool:
        return value in texts if isinstance(value, str) else value is not None and value in numbers

    return test


def _not(test: Test | None) -> Test | None:
    return None if test is None else lambda value: value is not None and not test(value)


Make = Callable[[str, Look], Test | None]


def _negated(make: Make) -> Make:
    return lambda wanted, look: _not(make(wanted, look))


def _on_text(compare: Callable[[str, str], bool]) -> Make:
    """A comparison that ignores case (SP utils.query_filter)."""

    def build(wanted: str, look: Look) -> Test | None:
        low = wanted.lower()
        return lambda value: value is not None and compare(as_text(value).lower(), low)

    return build


def _regex(wanted: str, look: Look) -> Test | None:
    """A regular expression, found anywhere in the text.

    Matched by the Rust engine that pydantic ships: it takes time linear in the text, whatever the
    pattern, where Python's own could be made to hang the mock. It has no look-around and no
    back-references; such a pattern is not well formed here, nor is one that compiles to more than
    the engine's limit.
    """
    if len(wanted) > _LONGEST_PATTERN:
        return None
    try:
        matches = SchemaValidator(
            core_schema.str_schema(pattern=wanted, regex_engine="rust-regex")
        ).isinstance_python
    except SchemaError:
        return None
    return lambda value: value is not None and matches(as_text(value))


def _ordered(compare: Compare) -> Make:
    """Dates compare as instants, numbers as numbers, other texts as texts;
    what is of another kind does not pass.
    """

    def build(wanted: str, look: Look) -> Test | None:
        instant = wanted_instant(wanted, look)
        number = as_number(wanted)
        if instant is not None:
            return _when(lambda found: compare(found, instant), look)
        if number is not None:
            return lambda value: (found := as_number(value)) is not None and compare(found, number)
        return (lambda value: isinstance(value, str) and compare(value, wanted)) if wanted else None

    return build


def _when(passes: Callable[[float], bool], look: Look) -> Test:
    tz = look.world.tz
    return lambda value: (found := as_instant(value, tz)) is not None and passes(found)


def _date(leaf: Leaf, look: Look, name: str) -> float | None:
    """The instant of an option, or None if it is missing or no date."""
    return wanted_instant(next(iter(options(leaf, name)), None), look)


def _is_date(leaf: Leaf, look: Look) -> Test | None:
    """Any time on the day of the date; that a time in the option makes no difference is assumed."""
    instant = _date(leaf, look, "date")
    if instant is None:
        return None
    start_s = dates.midnight(instant, look.world.tz)
    return _when(lambda found: start_s <= found < start_s + DAY_S, look)


def _beside_date(compare: Compare) -> Callable[[Leaf, Look], Test | None]:
    def build(leaf: Leaf, look: Look) -> Test | None:
        instant = _date(leaf, look, "date")
        return None if instant is None else _when(lambda found: compare(found, instant), look)

    return build


def _between_dates(leaf: Leaf, look: Look) -> Test | None:
    """Both ends belong to it, as in SQL's BETWEEN."""
    start_s = _date(leaf, look, "startDate")
    end_s = _date(leaf, look, "endDate")
    if start_s is None or end_s is None:
        return None
    return _when(lambda found: start_s <= found <= end_s, look)


def _combined(quantify: Callable[[Iterable[bool]], bool]) -> Callable[[Leaf, Look], Test | None]:
    """`and`, `or`: several literal operations on one value (SLDN, article object-filters).

    All must be well formed.
    """

    def build(leaf: Leaf, look: Look) -> Test | None:
        given = [_literal(item, look) for item in options(leaf, "data")]
        tests = [test for test in given if test is not None]
        if not tests or len(tests) < len(given):
            return None
        return lambda value: quantify(test(value) for test in tests)

    return build


NULL_TESTS: dict[str, Test] = {
    "is null": lambda value: value is None,
    "not null": lambda value: value is not None,
}
_NAMED: dict[str, Callable[[Leaf, Look], Test | None]] = {
    "in": lambda leaf, look: _any_of(options(leaf, "data")),
    "not in": lambda leaf, look: _not(_any_of(options(leaf, "data"))),
    "and": _combined(all),
    "or": _combined(any),
    "isDate": _is_date,
    "greaterThanDate": _beside_date(operator.gt),
    "lessThanDate": _beside_date(operator.lt),
    "betweenDate": _between_dates,
}
_EQUAL = _on_text(operator.eq)
_BEGINS = _on_text(str.startswith)
_ENDS = _on_text(str.endswith)
_CONTAINS = _on_text(operator.contains)
# The longer symbol first: `!^=` before `!=`, `>=` before `>`.
_SYMBOLS: tuple[tuple[str, Make], ...] = (
    ("!^=", _negated(_BEGINS)),
    ("!$=", _negated(_ENDS)),
    ("!*=", _negated(_CONTAINS)),
    ("!~", _negated(_regex)),
    ("!=", lambda wanted, look: _not(_equals(wanted))),
    ("^=", _BEGINS),
    ("$=", _ENDS),
    ("*=", _CONTAINS),
    ("_=", _EQUAL),
    ("~", _regex),
    (">=", _ordered(operator.ge)),
    ("<=", _ordered(operator.le)),
    (">", _ordered(operator.gt)),
    ("<", _ordered(operator.lt)),
)
