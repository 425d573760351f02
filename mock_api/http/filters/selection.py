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

    `below` has what it says about related objects; filteredMask applies that. `absent_passes`:
    whether it lets an object pass that is not there, as an outer join with only `is null`
    conditions would (assumed). `facts_only`: it reads nothing but a device's facts, so a device
    needs no view to be tested.
    """

    passes: Predicate | None = None
    absent_passes: bool = True
    below: Mapping[str, Selection] = field(default_factory=dict)
    facts_only: bool = False
    orders: tuple[Order, ...] = ()
    ignored: tuple[str, ...] = ()
    unplayed: tuple[str, ...] = ()


EVERYTHING = Selection()


def select(rows: Sequence[object], selection: Selection, look: Look) -> Sequence[object]:
    """The rows that pass, in order."""
    kept = _passing(rows, selection, look)
    orders = selection.orders
    if orders and orders[0].path == ("id",) and isinstance(rows, DeviceRows):
        return kept[::-1] if orders[0].descending else kept  # they come in the order of their ids
    for order in reversed(orders):
        kept = sorted(kept, key=_key_by(order.value, look), reverse=order.descending)
    return kept


def _passing(rows: Sequence[object], selection: Selection, look: Look) -> Sequence[object]:
    passes = selection.passes
    if passes is None:
        return rows
    if selection.facts_only and isinstance(rows, DeviceRows):
        return rows.where(lambda device: passes(device, look))
    return [row for row in rows if passes(row, look)]


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
    if prop.attribute is not None:
        read = attrgetter(prop.attribute)
        facts_only = prop.attribute.startswith("facts.")
        return Selection(lambda obj, look: test(read(obj)), test(None), facts_only=facts_only)
    compute = prop.compute
    return Selection(lambda obj, look: test(compute(obj, look)), test(None))


def on_presence(prop: Property, test: Test) -> Selection:
    """A null test of a relation: an object that is not there, or a list without any, is null."""
    compute = prop.compute
    many = prop.many

    def passes(obj: object, look: Look) -> bool:
        value = compute(obj, look)
        return test(None if many and not value else value)

    return Selection(passes, test(None))


def on_related(prop: Property, inner: Selection) -> Selection:
    """The related object passes; of a list, one object passes,
    the same one all conditions below.
    """
    compute = prop.compute
    passes = inner.passes
    absent_passes = inner.absent_passes
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
    told = [part for part in parts if part.passes is not None]
    tests = [part.passes for part in told if part.passes is not None]
    return Selection(
        passes=_all(tests),
        absent_passes=all(part.absent_passes for part in told),
        below=below,
        facts_only=all(part.facts_only for part in told),
    )


def _all(tests: Sequence[Predicate]) -> Predicate | None:
    if len(tests) < 2:
        return tests[0] if tests else None
    return lambda obj, look: all(passes(obj, look) for passes in tests)
