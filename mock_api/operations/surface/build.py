"""Writes the tables of the surface from two lists of the service's metadata, as
`python -m mock_api.operations.surface.build TYPES METHODS`.

Both are tab-separated, with a `#` before the heading. TYPES has type, base type, property and value
(`int`, `SoftLayer_X`, `list of SoftLayer_X`), METHODS has service, method, parameters
(`NAME: VALUE, …`) and answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from mock_api.operations.surface import PREFIX

_HERE = Path(__file__).parent
_PLURALS = (("ies", "y"), ("es", ""), ("s", ""), ("", ""))


def types_table(source: str) -> str:
    """The text of types.txt: a line for each type, with its base and its properties."""
    kinds: dict[str, tuple[str, dict[str, str]]] = {}
    for name, base, prop, value in _rows(source, 4):
        properties = kinds.setdefault(name, (base, {}))[1]
        if prop:
            properties[prop] = _short(value)
    lines = (
        "\t".join([_short(name), _short(base), *_pairs(properties)])
        for name, (base, properties) in sorted(kinds.items())
    )
    return "\n" + "".join(f"{line}\n" for line in lines)


def methods_table(source: str) -> str:
    """The text of methods.txt: a line for each service, with its methods."""
    services: dict[str, list[str]] = {}
    for service, method, parameters, answer in _rows(source, 4):
        given = [
            "=".join(_short(word) for word in part.split(": "))
            for part in parameters.split(", ")
            if part
        ]
        services.setdefault(service, []).append(
            " ".join([method, *given, _short(answer) or "void"])
        )
    lines = ("\t".join([_short(name), *rows]) for name, rows in sorted(services.items()))
    return "\n" + "".join(f"{line}\n" for line in lines)


def _pairs(properties: dict[str, str]) -> Iterator[str]:
    lists = {
        f"{name.removesuffix(many)}{one}Count": name
        for many, one in reversed(_PLURALS)
        for name, value in properties.items()
        if value.startswith("*") and name.endswith(many)
    }
    for name, value in properties.items():
        is_count = value == "unsignedInt" and name.endswith("Count")
        yield f"{name}={'#' + lists.get(name, '') if is_count else value}"


def _short(value: str) -> str:
    return value.replace("list of ", "*").replace(PREFIX, "")


def _rows(source: str, columns: int) -> Iterator[list[str]]:
    for line in source.splitlines():
        if line and not line.startswith("#"):
            cells = line.split("\t")
            yield cells + [""] * (columns - len(cells))


if __name__ == "__main__":
    for file, table, given in (
        ("types.txt", types_table, sys.argv[1]),
        ("methods.txt", methods_table, sys.argv[2]),
    ):
        text = Path(given).read_text(encoding="utf-8")
        (_HERE / file).write_text(table(text), encoding="ascii")
