"""Object masks as texts and structs: what they ask for,
before any type is looked at (classic-api.md 4.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from mock_api.domain.errors import MaskSyntax, MaskTooDeep

DEEPEST = (
    64  # no client nests deeper than 8; a bound keeps hostile masks off the interpreter's stack
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(rf"{_NAME.pattern}|\S")
_ROOTS = ("mask", "filteredMask")


@dataclass
class Node:
    """The properties asked of an object.

    Below a name stands what is asked of its value, by the type it is asked as. What is named adds
    to the local properties where `keeps_local`, else it may take their place.
    """

    names: dict[str, Asked] = field(default_factory=dict)
    keeps_local: bool = False

    def child(self, name: str, type_name: str | None = None) -> Node:
        """The node of a name; naming it twice is naming it once."""
        return self.names.setdefault(name, {}).setdefault(type_name, Node())

    def add(self, other: Node) -> None:
        """Ask for what `other` asks for, too."""
        self.keeps_local |= other.keeps_local
        for name, asked in other.names.items():
            for type_name, node in asked.items():
                self.child(name, type_name).add(node)


Asked = dict[str | None, Node]  # None: whatever the type


@dataclass
class Mask:
    """A mask as it was read.

    `filtered`: the object filter also thins out the collections below (filteredMask).
    """

    asked: Asked = field(default_factory=dict)
    filtered: bool = False

    def section(self, type_name: str | None = None) -> Node:
        """What is asked of objects of a type."""
        return self.asked.setdefault(type_name, Node())


def read_text(text: str) -> Mask:
    """The mask of a text. Raises MaskSyntax, MaskTooDeep."""
    return _Parser(text).mask()


def read_struct(names: Mapping[str, object]) -> Mask:
    """The mask of an old struct, `{"datacenter": {"name": []}}`,
    as XML-RPC brings it: all local properties stay (SLDN, legacy object masks).

    Raises MaskTooDeep.
    """
    mask = Mask()
    _fill(mask.section(), names, 1)
    return mask


def _fill(node: Node, names: Mapping[str, object], depth: int) -> None:
    _check_depth(depth)
    node.keeps_local = True
    for name, below in names.items():
        child = node.child(name)
        if isinstance(below, Mapping):
            _fill(child, below, depth + 1)


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise MaskTooDeep(DEEPEST)


class _Parser:
    """Reads a mask text: bracketed, dotted, typed, several at once, or the old `a;b.c`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [(found.group(), found.start()) for found in _TOKEN.finditer(text)]
        self._at = 0
        self._mask = Mask()

    def mask(self) -> Mask:
        """The whole text."""
        if self._tokens:
            several = self._accept("[")
            self._section()
            while self._accept(",") or (not several and self._accept(";")):
                self._section()
            if several:
                self._expect("]")
            if self._at < len(self._tokens):
                self._fail("END")
        return self._mask

    def _section(self) -> None:
        root = self._peek()
        if root not in _ROOTS:
            self._property(self._mask.section(), 1)
            return
        self._mask.filtered |= root == "filteredMask"
        self._at += 1
        node = self._mask.section(self._type())
        if self._accept("."):
            self._property(node, 1)
        elif self._accept("["):
            self._properties(node, 1)

    def _type(self) -> str | None:
        if not self._accept("("):
            return None
        name = self._name("TYPE")
        self._expect(")")
        return name

    def _properties(self, node: Node, depth: int) -> None:
        if self._accept("]"):
            return
        self._property(node, depth)
        while self._accept(","):
            self._property(node, depth)
        self._expect("]")

    def _property(self, node: Node, depth: int) -> None:
        _check_depth(depth)
        name = self._name("PROPERTY")
        child = node.child(name, self._type())
        if self._accept("."):
            self._property(child, depth + 1)
        elif self._accept("["):
            self._properties(child, depth + 1)

    def _name(self, expected: str) -> str:
        token = self._peek()
        if token is None or not _NAME.match(token):
            self._fail(expected)
        self._at += 1
        return token

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

    def _fail(self, expected: str) -> NoReturn:
        got, at = (
            self._tokens[self._at]
            if self._at < len(self._tokens)
            else ("end of input", len(self._text))
        )
        line_start = self._text.rfind("\n", 0, at) + 1
        raise MaskSyntax(self._text.count("\n", 0, at) + 1, at - line_start + 1, expected, got)
