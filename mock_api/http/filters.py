"""Object filters: which rows of a list stay, and in which order (classic-api.md 4.6).

The service ignores operators that it does not know; so does this, and says so in the journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from mock_api.domain import dates
from mock_api.domain.errors import BadRequest
from mock_api.operations.types import TYPES, Look

Test = Callable[[object], bool]
Named = Callable[[Mapping[str, object], Look], Test | None]
Leaf = tuple[tuple[str, ...], Mapping[str, object]]
_RELATIVE = re.compile(r"^(sysdate|currentDate)(?:\s*-\s*(\d+))?$", re.IGNORECASE)
_DATE = re.compile(r"^(\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4})")


@dataclass(frozen=True)
class Condition:
    """A property path and the test that one of its values must pass."""

    path: tuple[str, ...]
    test: Test


@dataclass(frozen=True)
class Order:
    """A property path to sort by; the smallest rank decides first."""

    path: tuple[str, ...]
    descending: bool
    rank: int


@dataclass(frozen=True)
class Selection:
    """A parsed filter. `ignored` names the parts without effect."""

    conditions: tuple[Condition, ...] = ()
    orders: tuple[Order, ...] = ()
    ignored: tuple[str, ...] = ()


def parse_filter(given: str | Mapping[str, object], roots: tuple[str, ...], look: Look) -> Selection:
    """The selection of a filter. `roots`: its paths begin with one of these, if any. Raises BadRequest."""
    try:
        raw = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(raw, Mapping):
        raise BadRequest
    leaves = [leaf for root in roots for leaf in _leaves(raw.get(root), ())] if roots else list(_leaves(raw, ()))
    strangers = [name for name in raw if name not in roots] if roots else []
    return _selection(leaves, strangers, look)


def _selection(leaves: Sequence[Leaf], strangers: list[str], look: Look) -> Selection:
    conditions, orders, ignored = [], [], list(strangers)
    for path, leaf in leaves:
        if leaf.get("operation") == "orderBy":
            orders.append(_order(path, leaf))
            continue
        test = make_test(leaf, look)
        if test is None:
            ignored.append(".".join(path))
        else:
            conditions.append(Condition(path, test))
    return Selection(tuple(conditions), tuple(sorted(orders, key=lambda order: order.rank)), tuple(ignored))


def _leaves(raw: object, path: tuple[str, ...]) -> Iterator[Leaf]:
    if not isinstance(raw, Mapping):
        return
    if "operation" in raw:
        yield path, raw
        return
    for name, below in raw.items():
        yield from _leaves(below, (*path, str(name)))


def _order(path: tuple[str, ...], leaf: Mapping[str, object]) -> Order:
    words = [str(word).upper() for word in _option(leaf, "sort")]
    rank = leaf.get("sortOrder")
    return Order(path, "DESC" in words, rank if isinstance(rank, int) else 0)


def _option(leaf: Mapping[str, object], name: str) -> list[object]:
    options = leaf.get("options")
    for option in options if isinstance(options, list) else []:
        if isinstance(option, Mapping) and option.get("name") == name:
            found = option.get("value")
            return found if isinstance(found, list) else [found]
    return []


def select(rows: Sequence[object], selection: Selection, type_name: str, look: Look) -> list[object]:
    """The rows that pass every condition, in order."""
    kept = [
        row for row in rows
        if all(any(map(rule.test, _values(row, type_name, rule.path, look))) for rule in selection.conditions)
    ]  # fmt: skip
    for order in reversed(selection.orders):
        kept.sort(key=lambda row, path=order.path: _sort_key(row, type_name, path, look), reverse=order.descending)  # type: ignore[misc] # mypy cannot infer a lambda with a default
    return kept


def _values(obj: object, type_name: str, path: tuple[str, ...], look: Look) -> Iterator[object]:
    """The values at a path; a list on the way gives several, nothing at all gives one None."""
    row = TYPES[type_name]
    prop = row.properties.get(path[0])
    value = prop.compute(obj, look) if prop else None
    if prop is None or value is None:
        yield None
        return
    below = cast(Sequence[object], value) if prop.many else [value]
    if prop.type is None or len(path) == 1:
        yield from below
        return
    for item in below:
        yield from _values(item, prop.type, path[1:], look)


def _sort_key(row: object, type_name: str, path: tuple[str, ...], look: Look) -> tuple[int, float, str]:
    value = next(iter(_values(row, type_name, path, look)), None)
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, (int, float)):
        return (1, float(value), "")
    return (2, 0.0, str(value))


def make_test(leaf: Mapping[str, object], look: Look) -> Test | None:
    """The test of one operation, or None if the operation is not known."""
    operation = leaf.get("operation")
    if isinstance(operation, (int, float)):
        return _equals(operation)
    if not isinstance(operation, str):
        return None
    named = _NAMED.get(operation)
    if named:
        return named(leaf, look)
    for symbol, make in _SYMBOLS:
        if operation.startswith(symbol):
            return make(operation[len(symbol) :].strip(), look)
    return _equals(operation)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _plain(wanted: object) -> str:
    """A wanted value as text; `true` and `false` mean the flags 1 and 0."""
    text = _text(wanted)
    return {"true": "1", "false": "0"}.get(text.lower(), text)


def _equals(wanted: object) -> Test:
    text = _plain(wanted)
    return lambda value: value is not None and (_text(value) == text or _text(value) == _text(wanted))


def _negated(make: Callable[[str, Look], Test | None]) -> Callable[[str, Look], Test | None]:
    def build(wanted: str, look: Look) -> Test | None:
        test = make(wanted, look)
        return None if test is None else lambda value: not test(value)

    return build


def _on_text(compare: Callable[[str, str], bool]) -> Callable[[str, Look], Test | None]:
    """A comparison of texts that ignores case, as the service's LIKE does."""

    def build(wanted: str, look: Look) -> Test | None:
        low = wanted.lower()
        return lambda value: value is not None and compare(_text(value).lower(), low)

    return build


def _regex(wanted: str, look: Look) -> Test | None:
    try:
        pattern = re.compile(wanted)
    except re.error:
        return None
    return lambda value: value is not None and pattern.search(_text(value)) is not None


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[str, Look], Test | None]:
    def build(wanted: str, look: Look) -> Test | None:
        limit = _number(wanted, look)
        if limit is None:
            return None
        return lambda value: (found := _number(value, look)) is not None and compare(found, limit)

    return build


def _number(value: object, look: Look) -> float | None:
    """A value as a number: numbers as they are, dates as epoch seconds, `sysdate - 30` in days."""
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str):
        return None
    relative = _RELATIVE.match(value.strip())
    if relative:
        days = int(relative[2] or 0)
        from_midnight = relative[1].lower() == "currentdate"
        return dates.midnight_before(look.now_s, days, look.world.tz) if from_midnight else look.now_s - days * 86400
    try:
        return dates.parse(value, look.world.tz) if _DATE.match(value.strip()) else float(value)
    except ValueError:
        return None


def _in_list(leaf: Mapping[str, object], look: Look) -> Test | None:
    wanted = {_plain(item) for item in _option(leaf, "data")}
    return lambda value: value is not None and _text(value) in wanted


def _not_in_list(leaf: Mapping[str, object], look: Look) -> Test | None:
    wanted = {_plain(item) for item in _option(leaf, "data")}
    return lambda value: value is None or _text(value) not in wanted


def _is_null(leaf: Mapping[str, object], look: Look) -> Test | None:
    return lambda value: value is None


def _not_null(leaf: Mapping[str, object], look: Look) -> Test | None:
    return lambda value: value is not None


def _between(low: str | None, high: str | None, *, days: bool = False) -> Named:
    """A date test: above the option named `low`, below the one named `high`; `days`: on the same day as `low`."""

    def build(leaf: Mapping[str, object], look: Look) -> Test | None:
        bottom = _number(next(iter(_option(leaf, low)), None), look) if low else float("-inf")
        top = _number(next(iter(_option(leaf, high)), None), look) if high else float("inf")
        if bottom is None or top is None:
            return None
        if days:
            top = bottom + 86400
            return lambda value: (found := _number(value, look)) is not None and bottom <= found < top
        return lambda value: (found := _number(value, look)) is not None and bottom <= found <= top

    return build


_NAMED: dict[str, Named] = {
    "in": _in_list,
    "not in": _not_in_list,
    "is null": _is_null,
    "not null": _not_null,
    "is not null": _not_null,
    "isDate": _between("date", None, days=True),
    "greaterThanDate": _between("date", None),
    "lessThanDate": _between(None, "date"),
    "betweenDate": _between("startDate", "endDate"),
    "and": lambda leaf, look: None,  # not served yet: ignored, as the service does with what it does not know
    "or": lambda leaf, look: None,
}
_EQUAL = _on_text(lambda value, wanted: value == wanted)
_BEGINS = _on_text(str.startswith)
_ENDS = _on_text(str.endswith)
_CONTAINS = _on_text(lambda value, wanted: wanted in value)
# The longer symbol first: `!^=` before `!=`, `>=` before `>`.
_SYMBOLS: tuple[tuple[str, Callable[[str, Look], Test | None]], ...] = (
    ("!^=", _negated(_BEGINS)),
    ("!$=", _negated(_ENDS)),
    ("!*=", _negated(_CONTAINS)),
    ("!~", _negated(_regex)),
    ("!=", _negated(lambda wanted, look: _equals(wanted))),
    ("^=", _BEGINS),
    ("$=", _ENDS),
    ("*=", _CONTAINS),
    ("_=", _EQUAL),
    ("~", _regex),
    (">=", _ordered(lambda value, limit: value >= limit)),
    ("<=", _ordered(lambda value, limit: value <= limit)),
    (">", _ordered(lambda value, limit: value > limit)),
    ("<", _ordered(lambda value, limit: value < limit)),
)
