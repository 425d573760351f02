"""The query language of SoftLayer_Search, as far as slcli writes it (SP managers/search.py).

A query is a row of terms: `_objectType:TYPE`, `field: value`, or a word. Every term must fit
(assumed); `*` stands for any text, and case does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from mock_api.domain.facts import Kind
from mock_api.operations.types import TYPES, Look
from mock_api.operations.types.search import SEARCHED, Found
from mock_api.operations.types.topology import account_vlans, visible

_TERM = re.compile(r"""(?:([A-Za-z_][\w.]*):\s*)?("[^"]*"|[^\s"]+)""")
_TYPE_FIELD = "_objectType"
_OBJECTS: dict[str, Callable[[Look], Sequence[object]]] = {
    "SoftLayer_Hardware": lambda look: visible(look, Kind.HARDWARE),
    "SoftLayer_Network_Vlan": account_vlans,
    "SoftLayer_Virtual_Guest": lambda look: visible(look, Kind.GUEST),
}
# A word without a field is looked for in these, where a type has them.
_WORD_FIELDS = (
    "hostname", "domain", "fullyQualifiedDomainName", "primaryIpAddress", "primaryBackendIpAddress",
    "notes", "tagReferences.tag.name", "datacenter.name", "datacenter.longName",
    "fullyQualifiedName", "vlanNumber",
)  # fmt: skip


@dataclass(frozen=True)
class Term:
    """A term; without `field` it is a word."""

    field: str | None
    text: str

    def fits(self, value: str) -> bool:
        """Whether a value is what the term asks for."""
        return fnmatchcase(value.lower(), self.text.lower().replace("[", "[[]").replace("?", "[?]"))


@dataclass(frozen=True)
class Query:
    """The types to look through, all if there are none, and the terms."""

    types: tuple[str, ...]
    terms: tuple[Term, ...]


def read_query(text: str) -> Query:
    """The query of a text. A term of nothing but stars asks for nothing."""
    terms = [Term(field or None, value.strip('"')) for field, value in _TERM.findall(text)]
    types = tuple(
        name for term in terms if term.field == _TYPE_FIELD for name in term.text.split(",")
    )
    return Query(
        types, tuple(term for term in terms if term.field != _TYPE_FIELD and term.text.strip("*"))
    )


def find(query: Query, look: Look) -> list[Found]:
    """What fits a query, in the order of types and ids.

    A type that is not searchable gives nothing.
    """
    return [
        Found(resource, matched)
        for name in SEARCHED
        if not query.types or name in query.types
        for resource in _OBJECTS[name](look)
        if (matched := _matched(query.terms, resource, name, look)) is not None
    ]


def _matched(
    terms: tuple[Term, ...], resource: object, type_name: str, look: Look
) -> tuple[str, ...] | None:
    found: list[str] = []
    for term in terms:
        fields = (term.field,) if term.field else _WORD_FIELDS
        hits = [
            f"{name}:|{value}|"
            for name in fields
            for value in _values(resource, type_name, name.split("."), look)
            if term.fits(value)
        ]
        if not hits:
            return None
        found.extend(hits)
    return tuple(found)


def _values(obj: object, type_name: str, path: list[str], look: Look) -> Iterator[str]:
    """The values at a path, as texts; a list on the way gives several,
    nothing at all gives none.
    """
    prop = TYPES[type_name].properties.get(path[0])
    value: Any = prop.compute(obj, look) if prop else None
    if prop is None or value is None:
        return
    for item in value if prop.many else [value]:
        if prop.type is None:
            yield str(item)
        elif len(path) > 1:
            yield from _values(item, prop.type, path[1:], look)
