"""What a type and a property are, and the short forms in which the type files write them.

A property is computed from a domain object and a Look, only when somebody asks for it. A relational
property that computes to None is left out of the answer, never null (classic-api.md 2.3); a local
one is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar

from mock_api.domain.dates import to_text
from mock_api.domain.errors import TooMuchData
from mock_api.domain.people import User
from mock_api.domain.world import World
from mock_api.operations import surface

MOST_RELATED = 500_000
Rows = TypeVar("Rows", bound=Sized)


class Budget:
    """How many related objects one call may still go through."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_RELATED


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at which world, and when. Make one a call."""

    world: World
    user: User
    now_s: float
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)

    def spend(self, rows: Rows) -> Rows:
        """The related rows themselves, counted.

        Raises TooMuchData when a call goes through too many: a mask or filter may go from guests
        to users and back to guests as often as it likes. The service answers "too much data" as
        this does (classic-api.md 4.7); where its limit lies is not known.
        """
        self.budget.left -= len(rows)
        if self.budget.left < 0:
            raise TooMuchData
        return rows

    def date(self, instant_s: float | None) -> str | None:
        """An instant as the API writes it, or None."""
        return None if instant_s is None else to_text(instant_s, self.world.tz)


Compute = Callable[[Any, Look], object]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is the same for every object."""

    value: object


@dataclass(frozen=True)
class Property:
    """A property: `type` is the related type, or None for a plain value; `local` ones come without
    being asked for.

    One with objects of several types has `variants`, and `pick` says which of them an object is.

    `attribute` and `constant` say what `compute` does where it only reads an attribute path or
    gives a constant: many such properties are read in one go.

    One that is not `is_played` is only known: its value is what an object without it has.
    """

    compute: Compute
    type: str | None = None
    many: bool = False
    local: bool = False
    variants: tuple[str, ...] = ()
    pick: Callable[[Any], str] | None = None
    attribute: str | None = None
    constant: Constant | None = None
    is_played: bool = True


@dataclass(frozen=True)
class ApiType:
    """A type with its own properties; `extends` adds those of another type. `properties` are those
    that the mock plays, `find` knows the service's others, too: those of `known_as`, where a name
    of ours stands for a documented type.
    """

    name: str
    own: Mapping[str, Property]
    extends: ApiType | None = None
    known_as: str = ""
    properties: dict[str, Property] = field(init=False)

    def __post_init__(self) -> None:
        base = self.extends.properties if self.extends else {}
        counts = {count_name(name): _count(row) for name, row in self.own.items() if row.many}
        object.__setattr__(self, "properties", {**base, **counts, **self.own})

    def find(self, name: str) -> Property | None:
        """A property that the service documents, played or not, or None."""
        row = self.properties.get(name)
        if row is not None:
            return row
        value = surface.value_of(self.known_as or self.name, name)
        return None if value is None else self._known(value)

    def _known(self, value: str) -> Property:
        counted = self.properties.get(value[1:]) if value.startswith("#") else None
        if counted is not None:
            return _count(counted)
        if value.startswith("#"):
            return _unplayed(0)
        kind = value.removeprefix("*")
        type_name = kind if surface.is_type(kind) else None
        if value.startswith("*"):
            return _unplayed((), type_name, many=type_name is not None)
        return _unplayed(None, type_name)

    def is_a(self, name: str) -> bool:
        """Whether this type is the named one or extends it."""
        return self.name == name or (self.extends is not None and self.extends.is_a(name))


def local(source: str | Compute) -> Property:
    """A local property: an attribute path of the domain object, or a function."""
    return Property(_compute(source), local=True, attribute=_attribute(source))


def date(source: str) -> Property:
    """A local date: an attribute path that gives epoch seconds."""
    read = attrgetter(source)
    return Property(lambda obj, look: look.date(read(obj)), local=True)


def constant(value: object) -> Property:
    """A local property that is the same for every object."""
    return Property(lambda obj, look: value, local=True, constant=Constant(value))


def value(source: str | Compute) -> Property:
    """A relational property with a plain value."""
    return Property(_compute(source), attribute=_attribute(source))


def one(type_name: str, source: str | Compute | None = None) -> Property:
    """A relational property: one object of another type,
    by default the same domain object seen as that type.
    """
    compute = _compute(source) if source is not None else lambda obj, look: obj
    return Property(compute, type_name, attribute=_attribute(source))


def many(type_name: str, source: str | Compute) -> Property:
    """A relational property: a list of objects of another type."""
    return Property(_compute(source), type_name, many=True, attribute=_attribute(source))


def count_name(name: str) -> str:
    """The pseudo-property that counts a list: virtualGuests -> virtualGuestCount."""
    return (name[:-1] if name.endswith("s") else name) + "Count"


def _unplayed(value: object, type_name: str | None = None, *, many: bool = False) -> Property:
    """What the mock only knows: no value, no object, an empty list, or a count of 0."""
    return Property(
        lambda obj, look: value, type_name, many, constant=Constant(value), is_played=False
    )


def _count(row: Property) -> Property:
    compute = row.compute
    return Property(lambda obj, look: len(compute(obj, look)))  # type: ignore[arg-type] # a `many` computes a sized list


def _compute(source: str | Compute) -> Compute:
    if not isinstance(source, str):
        return source
    read = attrgetter(source)
    return lambda obj, look: read(obj)


def _attribute(source: str | Compute | None) -> str | None:
    return source if isinstance(source, str) else None
