"""What a search finds: devices, dedicated hosts, VLANs and audit rows by their fields
(SP managers/search.py; classic-api.md 4.10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mock_api.domain.errors import Refused
from mock_api.domain.facts import Kind
from mock_api.operations.search_words import BadSearch, Search, Term, read_search
from mock_api.operations.types import Look, type_of
from mock_api.operations.types.search import SEARCHABLE, SEARCHED, Found, kind_of
from mock_api.operations.types.topology import account_vlans, visible
from mock_api.operations.types.users import hosts_of

_OBJECTS: dict[str, Callable[[Look], Sequence[object]]] = {
    "SoftLayer_Event_Log": lambda look: (
        look.world.events if look.user.holds("USER_EVENT_LOG_VIEW") else ()
    ),
    "SoftLayer_Hardware": lambda look: visible(look, Kind.HARDWARE),
    "SoftLayer_Network_Vlan": account_vlans,
    "SoftLayer_Virtual_DedicatedHost": lambda look: hosts_of(look.user, look),
    "SoftLayer_Virtual_Guest": lambda look: visible(look, Kind.GUEST),
}
# A word without a field is looked for in these, where a type has them.
_WORD_FIELDS = (
    "hostname", "domain", "fullyQualifiedDomainName", "primaryIpAddress", "primaryBackendIpAddress",
    "notes", "tagReferences.tag.name", "datacenter.name", "datacenter.longName",
    "fullyQualifiedName", "vlanNumber",
)  # fmt: skip


def find(text: str, look: Look) -> list[Found]:
    """What fits a search, in the order of types and ids unless it sorts.

    Raises Refused for what cannot be understood: words, a type that is not searchable, a field that
    none of the types has.
    """
    try:
        search = read_search(text, look.now_s)
        _check(search)
    except BadSearch as problem:
        refusal = look.world.labels.refusal("bad_search")
        raise Refused(refusal, id=str(problem)[:100]) from None
    found = [
        Found(resource, matched)
        for name in SEARCHED
        if not search.types or name in search.types
        for resource in _OBJECTS[name](look)
        if (matched := _matched(search, resource, name, look)) is not None
    ]
    for field, is_descending in reversed(search.order):
        found.sort(key=lambda row: _key(row, field, look), reverse=is_descending)
    return found


def _check(search: Search) -> None:
    for name in search.types:
        if name not in SEARCHABLE:
            raise BadSearch(f"_objectType:{name}")
    types = search.types or tuple(SEARCHED)
    for term in (term for group in search.groups for term in group):
        if term.field and not any(_has(name, term.field.split(".")) for name in types):
            raise BadSearch(f"{term.field}:{term.text}")


def _has(type_name: str, path: list[str]) -> bool:
    """Whether a type has a plain value at a path."""
    prop = type_of(type_name).find(path[0])
    if prop is None:
        return False
    if prop.type is None or len(path) == 1:
        return prop.type is None and len(path) == 1
    return _has(prop.type, path[1:])


def _key(row: Found, field: str, look: Look) -> tuple[bool, bool, float, str]:
    """Numbers by their size, then texts; without the field at the end."""
    path = field.split(".")
    value = next(_values(row.resource, kind_of(row.resource), path, look), None)
    is_number = value is not None and value.isdecimal()
    return value is None, not is_number, float(value or 0) if is_number else 0.0, value or ""


def _matched(
    search: Search, resource: object, type_name: str, look: Look
) -> tuple[str, ...] | None:
    """What fitted of the first group of which everything does, or None."""
    for group in search.groups:
        hits: list[str] = []
        for term in group:
            here = list(_hits(term, resource, type_name, look))
            if bool(here) is term.is_not:
                break
            hits += here
        else:
            return tuple(hits)
    return None


def _hits(term: Term, resource: object, type_name: str, look: Look) -> Iterator[str]:
    for name in (term.field,) if term.field else _WORD_FIELDS:
        for value in _values(resource, type_name, name.split("."), look):
            if term.fits(value):
                yield f"{name}:|{value}|"


def _values(obj: object, type_name: str, path: list[str], look: Look) -> Iterator[str]:
    """The values at a path, as texts; a list on the way gives several,
    nothing at all gives none.
    """
    prop = type_of(type_name).find(path[0])
    value: Any = prop.compute(obj, look) if prop else None
    if prop is None or value is None:
        return
    for item in value if prop.many else [value]:
        if prop.type is None:
            yield str(item)
        elif len(path) > 1:
            yield from _values(item, prop.type, path[1:], look)
