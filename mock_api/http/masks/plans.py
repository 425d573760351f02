"""Plans: a mask against the table of types, compiled once to functions that make answers of objects.

A plan computes only what was asked for, and reads all plain attributes of an object in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any

from mock_api.domain.errors import BadMask
from mock_api.http.filters import EVERYTHING, Selection
from mock_api.http.masks.syntax import Asked, Mask, Node, read_struct, read_text
from mock_api.operations.types import TYPES, ApiType, Look, Property
from mock_api.operations.types.table import Compute

Plan = Callable[[Any, Look], dict[str, object]]
_LONGEST_KEPT = 8192  # slcli's longest mask has 2,000 characters; longer ones are compiled each time


def compile_mask(
    type_name: str, mask: str | Mapping[str, object] | None = None, selection: Selection = EVERYTHING
) -> Plan:
    """The plan that makes answers of objects of a type. `selection` matters to filteredMask alone.

    Raises MaskSyntax, MaskTooDeep or BadMask.
    """
    if isinstance(mask, Mapping):
        return _compile(type_name, read_struct(mask), selection)
    text = mask or ""
    if len(text) <= _LONGEST_KEPT and not (selection.below and "filteredMask" in text):
        return _keep(type_name, text)
    return _compile(type_name, read_text(text), selection)


@lru_cache(maxsize=512)
def _keep(type_name: str, text: str) -> Plan:
    return _compile(type_name, read_text(text), EVERYTHING)


def _compile(type_name: str, mask: Mask, selection: Selection) -> Plan:
    return _plan(TYPES[type_name], mask.asked, selection if mask.filtered else EVERYTHING)


def _plan(given: ApiType, asked: Asked, selection: Selection) -> Plan:
    row, node = _applying(given, asked)
    properties = row.properties
    restricted = any(properties[name].local and properties[name].type is None for name in node.names)
    names = [] if restricted else [name for name, prop in properties.items() if prop.local]
    parts = _Parts()
    for name in dict.fromkeys([*names, *node.names]):
        prop, below = properties[name], node.names.get(name, {})
        if prop.type is None:
            _check_plain(row, name, below)
            parts.add(name, prop, prop.compute)
        else:
            keep = selection.below.get(name, EVERYTHING)
            parts.add(name, prop, _related(prop, _plan(TYPES[prop.type], below, keep), keep))
    return parts.plan()


def _applying(row: ApiType, asked: Asked) -> tuple[ApiType, Node]:
    """The type that the objects are looked at as, and all that is asked of them as that type. Raises BadMask."""
    plain, special, wider = Node(), Node(), row
    for type_name, node in asked.items():
        if type_name is None or row.is_a(type_name):
            plain.add(node)
        elif type_name in TYPES and TYPES[type_name].is_a(row.name):
            # The objects behind SoftLayer_Hardware are all servers, so a mask for servers applies to them.
            wider = TYPES[type_name]
            special.add(node)
    _check_names(row, plain)
    plain.add(special)
    _check_names(wider, plain)
    return wider, plain


def _check_names(row: ApiType, node: Node) -> None:
    for name in node.names:
        if name not in row.properties:
            raise BadMask(name, row.name)


def _check_plain(row: ApiType, name: str, asked: Asked) -> None:
    """A plain value has no properties."""
    for node in asked.values():
        for below in node.names:
            raise BadMask(below, f"{row.name}::{name}")


def _related(prop: Property, plan: Plan, keep: Selection) -> Compute:
    compute, passes = prop.compute, keep.passes
    if prop.many and passes is None:
        return lambda obj, look: [plan(item, look) for item in look.spend(compute(obj, look))]  # type: ignore[attr-defined] # a `many` computes a list
    if prop.many:
        return lambda obj, look: [plan(item, look) for item in look.spend(compute(obj, look)) if passes(item, look)]  # type: ignore[attr-defined,misc] # likewise

    def related(obj: object, look: Look) -> object:
        value = compute(obj, look)
        return plan(value, look) if value is not None and (passes is None or passes(value, look)) else None

    return related


@dataclass
class _Parts:
    """The keys of an answer by how they are made: always there or only with a value, read, computed or constant."""

    template: dict[str, object] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    computed: dict[str, Compute] = field(default_factory=dict)
    optional: dict[str, Compute] = field(default_factory=dict)

    def add(self, name: str, prop: Property, compute: Compute) -> None:
        """A key. A relational property that is not there is left out, never null (classic-api.md 2.3)."""
        if not prop.local:
            self.optional[name] = compute
            return
        self.template[name] = prop.constant.value if prop.constant else None
        if prop.attribute is not None:
            self.read[name] = prop.attribute
        elif not prop.constant:
            self.computed[name] = compute

    def plan(self) -> Plan:
        """The function over all keys. Steps that have nothing to do are left out."""
        template, names = self.template, tuple(self.read)
        computed, optional = tuple(self.computed.items()), tuple(self.optional.items())
        read = _reader(tuple(self.read.values()))
        if names and len(names) == len(template) and not optional:
            return lambda obj, look: dict(zip(names, read(obj), strict=False))

        def answer(obj: object, look: Look) -> dict[str, object]:
            made = template.copy()
            if names:
                made.update(zip(names, read(obj), strict=False))
            for name, compute in computed:
                made[name] = compute(obj, look)
            for name, compute in optional:
                value = compute(obj, look)
                if value is not None:
                    made[name] = value
            return made

        return answer


def _reader(paths: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    """A function that reads all attribute paths of an object at once."""
    if not paths:
        return lambda obj: ()
    # attrgetter gives a tuple for two paths or more; what the second reading gives is not looked at.
    return attrgetter(*paths) if len(paths) > 1 else attrgetter(*paths, *paths)
