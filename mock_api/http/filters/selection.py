"""Selections: a filter against the types, made to functions, and the rows that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

from mock_api.http.filters.operations import Test
from mock_api.operations.types import Look, Property
from mock_api.operations.types.rows import DeviceRows
from mock_api.operations.types.table import Compute

Predicate = Callable[[Any, Look], bool]


@dataclass(frozen=True)
class Order:
    """What to sort by; the smallest rank decides first."""

    path: tuple[str, ...]
    value: Compute
    descending: bool
    rank: float


@dataclass(frozen=True)
class Selection:
    """What a filter says about objects of one type. `passes` None: nothing.

    `below` has what it says about related objects; filteredMask applies that. `absent_passes`: whether it lets an
    object pass that is not there, as an outer join with only `is null` conditions would (assumed).
    """

    passes: Predicate | None = None
    absent_passes: bool = True
    below: Mapping[str, Selection] = field(default_factory=dict)
    orders: tuple[Order, ...] = ()
    ignored: tuple[str, ...] = ()


EVERYTHING = Selection()


def select(rows: Sequence[object], selection: Selection, look: Look) -> Sequence[object]:
    """The rows that pass, in order."""
    passes, orders = selection.passes, selection.orders
    kept = rows if passes is None else [row for row in rows if passes(row, look)]
    if orders and orders[0].path == ("id",) and isinstance(rows, DeviceRows):
        return kept[::-1] if orders[0].descending else kept  # they come in the order of their ids
    for order in reversed(orders):
        kept = sorted(kept, key=_key_by(order.value, look), reverse=order.descending)
    return kept


def _key_by(value: Compute, look: Look) -> Callable[[object], tuple[int, float, str]]:
    """A sort key: nothing first, then numbers, then texts; where null stands is assumed."""

    def key(row: object) -> tuple[int, float, str]:
        found = value(row, look)
        if found is None:
            return (0, 0, "")
        return (1, found, "") if isinstance(found, int | float) else (2, 0, str(found))

    return key


def on_value(prop: Property, test: Test) -> Selection:
    """A test of a plain property."""
    compute = prop.compute
    passes: Predicate = lambda obj, look: test(compute(obj, look))  # noqa: E731 # the shorter of two
    if prop.attribute is not None:
        read = attrgetter(prop.attribute)
        passes = lambda obj, look: test(read(obj))  # noqa: E731 # likewise
    return Selection(passes, test(None))


def on_presence(prop: Property, test: Test) -> Selection:
    """A null test of a relation: an object that is not there, or a list without any, is null."""
    compute, many = prop.compute, prop.many

    def passes(obj: object, look: Look) -> bool:
        value = compute(obj, look)
        return test(None if many and not value else value)

    return Selection(passes, test(None))


def on_related(prop: Property, inner: Selection) -> Selection:
    """The related object passes; of a list, one object passes, the same one all conditions below."""
    compute, passes, absent_passes = prop.compute, inner.passes, inner.absent_passes
    if passes is None:
        return EVERYTHING

    def one(obj: object, look: Look) -> bool:
        value = compute(obj, look)
        return absent_passes if value is None else passes(value, look)

    def several(obj: object, look: Look) -> bool:
        values = look.spend(cast(Sequence[object], compute(obj, look)))
        return any(passes(value, look) for value in values) if values else absent_passes

    return Selection(several if prop.many else one, absent_passes)


def all_of(parts: Sequence[Selection], below: Mapping[str, Selection]) -> Selection:
    """What passes all parts."""
    absent_passes = all(part.absent_passes for part in parts)
    tests = [part.passes for part in parts if part.passes is not None]
    if len(tests) > 1:
        return Selection(lambda obj, look: all(passes(obj, look) for passes in tests), absent_passes, below)
    return Selection(tests[0] if tests else None, absent_passes, below)
