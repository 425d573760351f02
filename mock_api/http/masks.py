"""Object masks: parsing the text, compiling it against the table of types, and rendering objects with it.

A mask is compiled once a text and type; rendering computes only what was asked for (classic-api.md 4.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from mock_api.domain.errors import BadMask, MaskSyntax
from mock_api.operations.types import TYPES, ApiType, Look
from mock_api.operations.types.table import Compute

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[\[\](),.;]|\S")
_ROOTS = ("mask", "filteredMask")


@dataclass
class Node:
    """A named property and what is asked of it."""

    children: dict[str, Node] = field(default_factory=dict)

    def child(self, name: str) -> Node:
        """The node of a name; naming it twice is naming it once."""
        return self.children.setdefault(name, Node())


@dataclass(frozen=True)
class Section:
    """One `mask(T)[...]`; without T it is for every type."""

    type: str | None
    node: Node


@dataclass(frozen=True, slots=True)
class Step:
    """How one key of an answer is made."""

    name: str
    compute: Compute
    plan: Plan | None
    many: bool
    optional: bool


Plan = tuple[Step, ...]


def compile_mask(type_name: str, text: str | None) -> Plan:
    """The plan that renders objects of a type. Raises MaskSyntax or BadMask."""
    return _compile(type_name, text or "")


@lru_cache(maxsize=1024)
def _compile(type_name: str, text: str) -> Plan:
    row = TYPES[type_name]
    plain, typed = Node(), Node()
    wider = row
    for section in Parser(text).sections():
        if section.type is None or row.is_a(section.type):
            _merge(plain, section.node)
        elif section.type in TYPES and TYPES[section.type].is_a(type_name):
            # The objects behind SoftLayer_Hardware are all servers, so a mask for servers applies to them.
            wider = TYPES[section.type]
            _merge(typed, section.node)
    _check_names(row, plain)
    _merge(plain, typed)
    return _plan(wider, plain)


def render(plan: Plan, obj: object, look: Look) -> dict[str, object]:
    """The object as the plan wants it. A relational property that is not there is left out, never null."""
    answer: dict[str, object] = {}
    for step in plan:
        value = step.compute(obj, look)
        if value is None and step.optional:
            continue
        plan_below = step.plan
        if plan_below is None or value is None:
            answer[step.name] = value
        elif step.many:
            answer[step.name] = [render(plan_below, item, look) for item in cast(list[object], value)]
        else:
            answer[step.name] = render(plan_below, value, look)
    return answer


def _check_names(row: ApiType, node: Node) -> None:
    for name in node.children:
        if name not in row.properties:
            raise BadMask(name, row.name)


def _merge(into: Node, node: Node) -> None:
    for name, child in node.children.items():
        _merge(into.child(name), child)


def _plan(row: ApiType, node: Node) -> Plan:
    _check_names(row, node)
    properties = row.properties
    restricted = any(properties[name].local and properties[name].type is None for name in node.children)
    names = dict.fromkeys([] if restricted else [name for name, prop in properties.items() if prop.local])
    names.update(dict.fromkeys(node.children))
    return tuple(_step(row, name, node.children.get(name, Node())) for name in names)


def _step(row: ApiType, name: str, node: Node) -> Step:
    prop = row.properties[name]
    if prop.type is None and node.children:
        raise BadMask(next(iter(node.children)), f"{row.name}::{name}")
    plan = _plan(TYPES[prop.type], node) if prop.type is not None else None
    return Step(name, prop.compute, plan, prop.many, not prop.local)


class Parser:
    """Reads a mask text: bracketed, dotted, typed, several at once, or the old `a;b.c`."""

    def __init__(self, text: str) -> None:
        self._tokens = [(found.group(), found.start() + 1) for found in _TOKEN.finditer(text)]
        self._end = len(text) + 1
        self._at = 0

    def sections(self) -> Iterator[Section]:
        """The sections of the text. Raises MaskSyntax."""
        if not self._tokens:
            return
        several = self._accept("[")
        yield self._section()
        while self._accept(",") or (not several and self._accept(";")):
            yield self._section()
        if several:
            self._expect("]")
        if self._at < len(self._tokens):
            self._fail("END")

    def _section(self) -> Section:
        node = Node()
        if self._peek() not in _ROOTS:
            self._property(node)
            return Section(None, node)
        self._at += 1
        type_name = self._type()
        if self._accept("."):
            self._property(node)
        elif self._peek() == "[":
            self._list(node)
        return Section(type_name, node)

    def _type(self) -> str | None:
        if not self._accept("("):
            return None
        name = self._name()
        self._expect(")")
        return name

    def _list(self, node: Node) -> None:
        self._expect("[")
        while not self._accept("]"):
            self._property(node)
            if self._peek() != "]":
                self._expect(",")

    def _property(self, node: Node) -> None:
        child = node.child(self._name())
        self._type()
        if self._accept("."):
            self._property(child)
        elif self._peek() == "[":
            self._list(child)

    def _name(self) -> str:
        token = self._peek()
        if token is None or not (token[0].isalpha() or token[0] == "_"):
            self._fail("PROPERTY")
        self._at += 1
        return cast(str, token)

    def _peek(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def _accept(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            self._fail(f"'{token}'")

    def _fail(self, expected: str) -> None:
        got, column = self._tokens[self._at] if self._at < len(self._tokens) else ("end of input", self._end)
        raise MaskSyntax(column, expected, got)
