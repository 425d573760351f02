"""Reading a filter, as JSON text or as a struct, against the type of the rows.

What the service would ignore, this ignores: properties that the type does not have, operations that
are not well formed (SLDN: "the API tends to just ignore the filter"). Each such part is named, so
that the journal can tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from mock_api.domain.errors import BadRequest
from mock_api.http.filters.operations import NULL_TESTS, Leaf, make_test, options
from mock_api.http.filters.selection import (
    EVERYTHING,
    Order,
    Selection,
    all_of,
    on_presence,
    on_related,
    on_value,
)  # fmt: skip
from mock_api.http.filters.values import as_number
from mock_api.operations.types import ApiType, Look, Property, type_of
from mock_api.operations.types.table import Compute

DEEPEST = (
    64  # no client nests deeper than 8; a bound keeps hostile filters off the interpreter's stack
)
# Of one row, each part of an `and` or `or` counted; a list for `in` is as long as it likes.
MOST_TESTS = 1000
# Tests that a regular expression counts for: compiling a hostile one takes a tenth of a second.
_A_PATTERN = 50
Path = tuple[str, ...]
Item = tuple[str, object]


def parse_filter(
    given: str | Mapping[str, object] | None, roots: tuple[str, ...], type_name: str, look: Look
) -> Selection:
    """The selection of a filter for rows of a type.
    `roots`: its paths begin with one of these, if any.

    Raises BadRequest, also for more than the mock's bounds (the service's are not known).
    """
    raw = _read_json(given) if isinstance(given, str) else given
    if not raw:
        return EVERYTHING
    row = type_of(type_name)
    if not roots:
        return _Reader(look).whole(raw.items(), row)
    below = [names for root in roots if isinstance(names := raw.get(root), Mapping)]
    strangers = [
        str(name)
        for name, names in raw.items()
        if name not in roots or not isinstance(names, Mapping)
    ]
    return _Reader(look).whole([item for names in below for item in names.items()], row, strangers)


def _read_json(text: str) -> Mapping[str, object] | None:
    if not text:
        return None
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(raw, Mapping):
        raise BadRequest
    return raw


class _Reader:
    """Goes through a filter once; collects the orders and what has no effect."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._orders: list[Order] = []
        self._ignored: list[str] = []
        self._unplayed: list[str] = []
        self._tests = 0

    def whole(
        self, items: Iterable[Item], row: ApiType, strangers: Iterable[str] = ()
    ) -> Selection:
        """The selection of the rows themselves. `strangers` are names that belong to no root."""
        top = self._branch(items, row, (), lambda obj, look: obj)
        orders = tuple(sorted(self._orders, key=lambda order: order.rank))
        return replace(
            top, orders=orders, ignored=(*strangers, *self._ignored), unplayed=tuple(self._unplayed)
        )

    def _branch(self, items: Iterable[Item], row: ApiType, path: Path, way: Compute) -> Selection:
        """What the filter says about objects of a type.

        `way` leads to such an object from a row.
        """
        if len(path) > DEEPEST:
            raise BadRequest
        parts: list[Selection] = []
        below: dict[str, Selection] = {}
        for name, raw in items:
            prop = row.find(str(name))
            here = (*path, str(name))
            if (
                prop is None
                or not isinstance(raw, Mapping)
                or (prop.type is None and "operation" not in raw)
            ):
                self._ignored.append(".".join(here))
                continue
            if not prop.is_played:
                self._unplayed.append(f"{row.name}::{name}")
            if "operation" in raw:
                parts.append(self._leaf(prop, raw, here, _further(way, prop)))
            else:
                below[name] = self._branch(
                    raw.items(), type_of(cast(str, prop.type)), here, _further(way, prop)
                )
                parts.append(on_related(prop, below[name]))
        return all_of(parts, below)

    def _leaf(self, prop: Property, raw: Leaf, path: Path, way: Compute) -> Selection:
        """A condition or an order. What is related can only be tested for null."""
        operation = raw["operation"]
        if operation == "orderBy":
            order = _read_order(raw, path, way) if prop.type is None else None
            if order is not None:
                self._orders.append(order)
                return EVERYTHING
        elif isinstance(operation, str | int | float) and (
            prop.type is None or operation in NULL_TESTS
        ):
            self._count(raw)
            test = make_test(raw, self._look)
            if test is not None:
                return on_value(prop, test) if prop.type is None else on_presence(prop, test)
        self._ignored.append(".".join(path))
        return EVERYTHING

    def _count(self, raw: Leaf) -> None:
        literals = options(raw, "data") if raw["operation"] in ("and", "or") else [raw["operation"]]
        self._tests += sum(
            _A_PATTERN if str(item).startswith(("~", "!~")) else 1 for item in literals
        )
        if self._tests > MOST_TESTS:
            raise BadRequest


def _further(way: Compute, prop: Property) -> Compute:
    """The way on to a property; of a list, to its first object
    (assumed: SLDN sorts by local properties only).
    """
    compute = prop.compute
    many = prop.many

    def find(obj: object, look: Look) -> object:
        here = way(obj, look)
        value = None if here is None else compute(here, look)
        return (
            next(iter(cast(Sequence[object], value)), None) if many and value is not None else value
        )

    return find


def _read_order(raw: Leaf, path: Path, way: Compute) -> Order | None:
    """An orderBy; ascending if it does not say (assumed).

    `sortOrder` is an option, the smaller number first (SLDN).
    """
    direction = str(next(iter(options(raw, "sort")), "ASC")).upper()
    if direction not in ("ASC", "DESC"):
        return None
    rank = as_number(next(iter(options(raw, "sortOrder")), raw.get("sortOrder")))
    return Order(path, way, direction == "DESC", rank or 0)
