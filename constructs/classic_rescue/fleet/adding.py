"""More devices in a fleet file: lines are added to its text,
and all else in it stays as it is, comments included.
"""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from classic_rescue.fleet.reading import LOADER
from classic_rescue.fleet.syntax import readable

DEFAULT_INDENT = "  "
BYTE_ORDER_MARK = "\ufeff"


class CannotAdd(Exception):
    """The text is written in a way to which lines cannot be added safely. It says which."""


def with_devices(text: str, blocks: Sequence[Sequence[str]]) -> str:
    """The text with these devices below its last one.
    A block is one device's lines, its name not indented.

    The text is a fleet file that was read without a problem. Raises CannotAdd.
    """
    if text.startswith(BYTE_ORDER_MARK):  # it counts for no column
        return BYTE_ORDER_MARK + with_devices(text.removeprefix(BYTE_ORDER_MARK), blocks)
    root = yaml.compose(readable(text), Loader=LOADER)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise CannotAdd("the file is not written one key a line")
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    found = next(((key, value) for key, value in root.value if key.value == "devices"), None)
    if found is None:
        return _inserted(
            lines, len(lines), ["devices:", *_indented(blocks, DEFAULT_INDENT)], newline
        )
    key, value = found
    if value.start_mark.index < key.end_mark.index:
        raise CannotAdd("`devices` refers to another part of the file (`*name`)")
    if isinstance(value, yaml.MappingNode) and value.value and not value.flow_style:
        indent = " " * value.value[0][0].start_mark.column
        return _inserted(lines, _end_of(*value.value[-1]), _indented(blocks, indent), newline)
    if isinstance(value, yaml.MappingNode) and value.value:
        raise CannotAdd("`devices` is written in braces on one line")
    if value.start_mark.line != value.end_mark.line:
        raise CannotAdd("`devices` is empty, but not written as `devices:` or `devices: {}`")
    line = key.start_mark.line
    start = value.start_mark.column
    end = value.end_mark.column
    if end > start and value.start_mark.line == line:  # the `{}`
        lines[line] = lines[line][:start].rstrip() + lines[line][end:]
    return _inserted(lines, line + 1, _indented(blocks, DEFAULT_INDENT), newline)


def _end_of(key: yaml.Node, value: yaml.Node) -> int:
    """The number of the line after a device's last one, from 0."""
    last = value
    while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
        child = last.value[-1]
        last = child[1] if isinstance(last, yaml.MappingNode) else child
    if last.start_mark.index < key.end_mark.index:
        raise CannotAdd("the last device refers to another part of the file (`*name`)")
    mark = last.end_mark
    return int(mark.line if mark.column == 0 else mark.line + 1)


def _indented(blocks: Sequence[Sequence[str]], indent: str) -> list[str]:
    return [indent + line for block in blocks for line in block]


def _inserted(lines: list[str], at: int, added: Sequence[str], newline: str) -> str:
    before = lines[:at]
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += newline
    return "".join([*before, *(line + newline for line in added), *lines[at:]])
