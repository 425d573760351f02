"""Plans: a mask against the table of types,
compiled once to functions that make answers of objects.

Rendering is what most requests spend their time on, so a plan is Python source of its own, as
dataclasses are: an answer is one dict display that computes only what was asked for. Half the time
of a loop over closures, measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol, cast

from mock_api.domain.errors import BadMask
from mock_api.http.filters import EVERYTHING, Selection
from mock_api.http.masks.syntax import Asked, Mask, Node, read_struct, read_text
from mock_api.operations import surface
from mock_api.operations.types import ApiType, Look, Property, type_of


class Plan(Protocol):
    """Makes the answer of an object. `unplayed` are the properties in it that the service documents
    and the mock does not play, as TYPE::NAME.
    """

    unplayed: tuple[str, ...]

    def __call__(self, obj: Any, look: Look, /) -> dict[str, object]:  # noqa: ANN401 any object of the world
        """The answer of one object."""


Render = Callable[[Any, Look], dict[str, object]]
_LONGEST_KEPT = (
    8192  # slcli's longest mask has 2,000 characters; longer ones are compiled each time
)


def compile_mask(
    type_name: str,
    mask: str | Mapping[str, object] | None = None,
    selection: Selection = EVERYTHING,
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


@lru_cache(maxsize=128)  # a plan of slcli's longest mask takes some 60 kB
def _keep(type_name: str, text: str) -> Plan:
    return _compile(type_name, read_text(text), EVERYTHING)


def _compile(type_name: str, mask: Mask, selection: Selection) -> Plan:
    unplayed: list[str] = []
    kept = selection if mask.filtered else EVERYTHING
    plan = cast(Plan, _plan(type_of(type_name), mask.asked, kept, unplayed))
    plan.unplayed = tuple(dict.fromkeys(unplayed))
    return plan


def _plan(given: ApiType, asked: Asked, selection: Selection, unplayed: list[str]) -> Render:
    row, node = _applying(given, asked)
    asked_for = {name: cast(Property, row.find(name)) for name in node.names}
    restricted = not node.keeps_local and any(
        prop.local and prop.type is None and prop.pick is None for prop in asked_for.values()
    )
    names = (
        {} if restricted else {name: prop for name, prop in row.properties.items() if prop.local}
    )
    unplayed += [f"{row.name}::{name}" for name, prop in asked_for.items() if not prop.is_played]
    source = _Source()
    for name, prop in {**names, **asked_for}.items():
        below = node.names.get(name, {})
        keep = selection.below.get(name, EVERYTHING)
        if prop.pick is not None:
            plans = _by_type(prop.variants, below, keep, unplayed)
            source.add_related(name, prop, _picking(plans, prop.pick), keep)
        elif prop.type is None:
            _check_plain(row, name, below)
            source.add_value(name, prop)
        else:
            source.add_related(name, prop, _plan(type_of(prop.type), below, keep, unplayed), keep)
    return source.compile()


def _by_type(
    variants: tuple[str, ...], asked: Asked, keep: Selection, unplayed: list[str]
) -> dict[str, Render]:
    """A plan for each type that an object may have.

    Raises BadMask for a name that none of the types has.
    """
    for name in asked.get(None, Node()).names:
        if not any(type_of(variant).find(name) for variant in variants):
            raise BadMask(name, variants[0])
    return {
        variant: _plan(type_of(variant), _known(type_of(variant), asked), keep, unplayed)
        for variant in variants
    }


def _picking(plans: Mapping[str, Render], pick: Callable[[Any], str]) -> Render:
    """Renders each object by its own type."""
    return lambda obj, look: plans[pick(obj)](obj, look)


def _known(row: ApiType, asked: Asked) -> Asked:
    """What is asked of objects of several types, as far as one of the types has it."""
    plain = {name: below for name, below in asked.get(None, Node()).names.items() if row.find(name)}
    return {**asked, None: Node(plain, asked.get(None, Node()).keeps_local)}


def _applying(row: ApiType, asked: Asked) -> tuple[ApiType, Node]:
    """The type that the objects are looked at as, and all that is asked of them as that type.

    Raises BadMask.
    """
    plain = Node()
    special = Node()
    wider = row
    for type_name, node in asked.items():
        if type_name is None or row.is_a(type_name):
            plain.add(node)
        elif surface.is_type(type_name) and type_of(type_name).is_a(row.name):
            # The objects behind SoftLayer_Hardware are all servers,
            # so a mask for servers applies to them.
            wider = type_of(type_name)
            special.add(node)
    _check_names(row, plain)
    plain.add(special)
    _check_names(wider, plain)
    return wider, plain


def _check_names(row: ApiType, node: Node) -> None:
    for name in node.names:
        if not row.find(name):
            raise BadMask(name, row.name)


def _check_plain(row: ApiType, name: str, asked: Asked) -> None:
    """A plain value has no properties; how the service words that is assumed."""
    for node in asked.values():
        for below in node.names:
            raise BadMask(below, f"{row.name}::{name}")


class _Source:
    """The source of one plan, key by key. Every name in it is the table's, never a mask's."""

    def __init__(self) -> None:
        self._always: list[str] = []
        self._if_there: list[str] = []
        self._objects: dict[str, object] = {}

    def add_value(self, name: str, prop: Property) -> None:
        """A key with a plain value."""
        if prop.local or not prop.is_played:
            self._always.append(f"{name!r}: {self._read(name, prop)}")
        else:
            self._add_if_there(name, self._read(name, prop), "value")

    def add_related(self, name: str, prop: Property, plan: Render, keep: Selection) -> None:
        """A key with a related object, or with the list of those that the filter keeps."""
        made = f"{self._name('plan', name, plan)}(value, look)"
        keeps = f"{self._name('keeps', name, keep.passes)}(value, look)" if keep.passes else ""
        if prop.many:
            condition = f" if {keeps}" if keeps else ""
            rows = f"look.spend({self._read(name, prop)})"
            self._always.append(f"{name!r}: [{made} for value in {rows}{condition}]")
            return
        if prop.local:
            self._always.append(f"{name!r}: None")
        self._add_if_there(name, self._read(name, prop), made, f" and {keeps}" if keeps else "")

    def compile(self) -> Render:
        """The function `render(obj, look)`."""
        display = f"{{{', '.join(self._always)}}}"
        body = (
            [f"answer = {display}", *self._if_there, "return answer"]
            if self._if_there
            else [f"return {display}"]
        )
        text = "\n    ".join(["def render(obj, look):", *body])
        exec(text, self._objects)  # noqa: S102 # nothing in the text comes from a request
        return cast(Render, self._objects["render"])

    def _add_if_there(self, name: str, read: str, made: str, condition: str = "") -> None:
        """A relational property that is not there is left out, never null (classic-api.md 2.3)."""
        self._if_there.append(
            f"if (value := {read}) is not None{condition}: answer[{name!r}] = {made}"
        )

    def _read(self, name: str, prop: Property) -> str:
        """The expression that reads a property."""
        if prop.constant is not None:
            return self._name("constant", name, prop.constant.value)
        if prop.attribute is not None:
            return f"obj.{prop.attribute}"
        return f"{self._name('compute', name, prop.compute)}(obj, look)"

    def _name(self, kind: str, name: str, thing: object) -> str:
        """A name in the source for an object outside it."""
        self._objects[f"{kind}_{name}"] = thing
        return f"{kind}_{name}"
