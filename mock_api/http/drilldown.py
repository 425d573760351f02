"""What an answer is made of: the operation's own result, or what a REST path names below it
(classic-api.md 4.1).

`SoftLayer_Account/getHardware/218027101/getNetworkComponents` takes from a list the object of an
id, and from an object a property. Every name is checked before the operation runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import cast

from mock_api.contract import Operation
from mock_api.domain.errors import ObjectNotFound, UnknownMethod
from mock_api.http.identifiers import read_identifier
from mock_api.operations.types import Look, is_object, type_of
from mock_api.operations.types.table import Property

# The objects behind SoftLayer_Hardware are all servers,
# so their paths go on with a server's properties.
_WIDER = {"SoftLayer_Hardware": "SoftLayer_Hardware_Server"}
Step = Callable[[object, Look], object]


@dataclass(frozen=True)
class Leaf:
    """The type of an answer, where its filters begin,
    and the steps that lead there from the operation's result.
    """

    type: str
    many: bool
    filterable: bool = True
    roots: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    def reach(self, result: object, look: Look) -> object:
        """What the path names, from the operation's result. Raises ObjectNotFound."""
        for step in self.steps:
            if result is None:
                return None
            result = step(result, look)
        return result


def leaf_of(row: Operation, further: Iterable[str]) -> Leaf:
    """The leaf of a row and the path segments below it.

    Raises UnknownMethod for a name that is not there.
    """
    leaf = Leaf(
        row.returns, row.many, row.filterable, (row.root, *row.roots_accepted) if row.root else ()
    )
    for segment in further:
        leaf = _below(leaf, segment)
    return leaf


def _below(leaf: Leaf, segment: str) -> Leaf:
    if leaf.many and segment[:1].isdigit():
        return replace(
            leaf, many=False, steps=(*leaf.steps, _pick(leaf.type, read_identifier(segment)))
        )
    found = None if leaf.many else _find_property(leaf.type, segment)
    if found is None:
        raise UnknownMethod(segment)
    name, prop = found
    return Leaf(prop.type or "value", prop.many, roots=(name,), steps=(*leaf.steps, prop.compute))


def _find_property(type_name: str, word: str) -> tuple[str, Property] | None:
    """A property by its own name in any first letter, or by its getter: networkComponents,
    getNetworkComponents.
    """
    if not is_object(type_name):
        return None
    row = type_of(_WIDER.get(type_name, type_name))
    for name in (word, _lower_first(word), _lower_first(word.removeprefix("get"))):
        if prop := row.find(name):
            return name, prop
    return None


def _lower_first(word: str) -> str:
    return word[:1].lower() + word[1:]


def _pick(type_name: str, number: int | str) -> Step:
    identify = _find_property(type_name, "id" if isinstance(number, int) else "globalIdentifier")

    def pick(rows: object, look: Look) -> object:
        for row in cast(Iterable[object], rows) if identify else ():
            if identify and identify[1].compute(row, look) == number:
                return row
        raise ObjectNotFound(number)

    return pick
