"""Plain values that this project itself wrote, as values of the domain, without a check.

The demo world and generated ones go this way, so that a start needs no pydantic, which would take a
third of its time; tests hold that both ways give the same. What anybody else wrote goes through
`document.read_world`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from types import NoneType
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from mock_api.domain.shapes import Hint

T = TypeVar("T")
Read = Callable[[Any], Any]


def read_trusted(kind: type[T], raw: object) -> T:
    """The value of that type."""
    read: Read | None = _reader(kind)  # type: ignore[arg-type] # a class is hashable, says its own type
    value: T = read(raw) if read else cast(T, raw)
    return value


@cache
def _reader(hint: Hint) -> Read | None:
    """What turns a plain value into one of that type; None if it is one already."""
    if isinstance(hint, type) and is_dataclass(hint):
        return _record_reader(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    origin: object = get_origin(hint)
    parts = get_args(hint)
    if origin is Annotated:
        return _reader(parts[0])
    if origin is tuple:
        inner = _reader(parts[0])
        return (lambda raw: tuple(map(inner, raw))) if inner else tuple
    if origin is frozenset:
        return frozenset
    if origin is Mapping and (value := _reader(parts[1])):
        return lambda raw: {key: value(row) for key, row in raw.items()}
    if NoneType in parts and (other := _reader(parts[0])):
        return lambda raw: None if raw is None else other(raw)
    return None


def _record_reader(record: type) -> Read:
    readers = {
        name: inner for name, hint in get_type_hints(record).items() if (inner := _reader(hint))
    }

    def read(raw: dict[str, object]) -> object:
        given = {**raw}
        for name in readers.keys() & raw.keys():
            given[name] = readers[name](raw[name])
        return record(**given)

    return read
