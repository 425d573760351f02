"""The service's whole surface: each type with its properties, each service with its methods, from
its own metadata. What of it the mock plays is the matter of `types` and of the contract.

`types.txt` and `methods.txt` are written by build.py, with `SoftLayer_` left out. They are read
when somebody asks for what the mock does not play, and not before.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

PREFIX = "SoftLayer_"
_HERE = Path(__file__).parent


class Method(NamedTuple):
    """A documented method: its parameters as NAME=VALUE, and what it answers."""

    parameters: tuple[str, ...]
    answer: str


class Kind(NamedTuple):
    """What a type is: the type that it is based on, and the value of each of its own properties.

    A value is a plain kind (`string`, `int`, `dateTime` …), the name of a type, either of them with
    a star in front for a list, or `#` and the list that it counts.
    """

    base: str
    properties: dict[str, str]


def is_type(name: str) -> bool:
    """Whether the service has such a type."""
    return _kind(name) is not None


def base_of(name: str) -> str:
    """The type that a type is based on, or nothing."""
    kind = _kind(name)
    return kind.base if kind else ""


def value_of(type_name: str, name: str) -> str | None:
    """What the value of a property is, or None where type and bases have none of this name."""
    while type_name and (kind := _kind(type_name)):
        if name in kind.properties:
            return kind.properties[name]
        type_name = kind.base
    return None


def names_of(type_name: str) -> list[str]:
    """All properties of a type and its bases."""
    names: list[str] = []
    while type_name and (kind := _kind(type_name)):
        names = [*kind.properties, *names]
        type_name = kind.base
    return list(dict.fromkeys(names))


def all_types() -> list[str]:
    """Every type."""
    return _names("types.txt")


def all_services() -> list[str]:
    """Every service that has a method."""
    return _names("methods.txt")


def is_service(name: str) -> bool:
    """Whether the service has such a service."""
    return bool(methods_of(name))


@lru_cache(maxsize=64)
def methods_of(service: str) -> dict[str, Method]:
    """The documented methods of a service by their names; none where there is no such service."""
    methods: dict[str, Method] = {}
    for part in _line("methods.txt", service):
        name, *parameters, answer = part.split(" ")
        methods[name] = Method(tuple(parameters), _whole(answer))
    return methods


@lru_cache(maxsize=256)
def _kind(name: str) -> Kind | None:
    cells = _line("types.txt", name)
    if not cells:
        return None
    base, *parts = cells
    pairs = (part.partition("=") for part in parts)
    return Kind(_whole(base), {name: _whole(value) for name, _, value in pairs})


def _whole(value: str) -> str:
    """A value with the whole name of a type."""
    star = "*" if value.startswith("*") else ""
    name = value.removeprefix("*")
    return f"{star}{PREFIX}{name}" if name[:1].isupper() else value


def _line(file: str, name: str) -> list[str]:
    """What stands behind a name in one of the tables."""
    if not name.startswith(PREFIX) or not name.isidentifier():
        return []
    text = _text(file)
    begin = text.find(f"\n{name.removeprefix(PREFIX)}\t") + 1
    return text[begin : text.index("\n", begin)].split("\t")[1:] if begin else []


def _names(file: str) -> list[str]:
    return [PREFIX + line.partition("\t")[0] for line in _text(file).split("\n")[1:-1]]


@cache
def _text(file: str) -> str:
    return (_HERE / file).read_text(encoding="ascii")
