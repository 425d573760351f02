"""The coverage page: what the mock serves and how each part is known,
from the tables that the mock itself runs on.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from mock_api.contract import OPERATIONS, SERVICES, Operation, Parameter, all_operations
from mock_api.domain.errors import NotPlayed
from mock_api.domain.labels import NAMES, REFUSALS, Evidence
from mock_api.domain.settings import ORIGINS, Settings
from mock_api.operations import surface
from mock_api.operations.types import TYPES

_INTRO = """# What the mock serves

`make docs` writes this page from the tables that the mock runs on. \
`GET /_mock/contract` answers its operations, names
and refusals as JSON.

| evidence | means |
| --- | --- |
| `recorded` | seen in a reply of the real service that somebody captured |
| `real_client` | what a real client sends, and reads from the answer |
| `documented` | said by the service's own documentation |
| `assumed` | nobody outside IBM has shown it: a world file can say it otherwise |

Sources: [what is known of the API](classic-api.md), \
which also says what SLDN, SP and the other short names are.
"""

_FACTS = Path(__file__).resolve().parents[1] / "docs" / "classic-api.md"
_CITED = re.compile(r"classic-api\.md (\d+(?:\.\d+)?(?:, \d+(?:\.\d+)?)*)")
_NUMBERED = re.compile(r"^#+ (\d+(?:\.\d+)?)\.? .*", re.MULTILINE)


def coverage_page() -> str:
    """The page as Markdown."""
    parts = [_INTRO, *_counts(), *_surface(), *_operations(), *_names(), *_refusals(), *_settings()]
    return "\n".join(parts)


def _counts() -> Iterator[str]:
    yield "## How much is known\n"
    counted: list[tuple[str, list[Evidence]]] = [
        ("operations", [row.evidence for row in OPERATIONS]),
        ("property methods", [row.evidence for row in _property_rows()]),
        (
            "permissions that operations check",
            [row.permission_evidence for row in OPERATIONS if row.permission_evidence],
        ),
        ("names in answers", [row.evidence for row in NAMES.values()]),
        ("refusals", [row.evidence for row in REFUSALS.values()]),
        ("settings", [row.evidence for row in ORIGINS.values()]),
    ]
    rows = [
        (what, *(Counter(found)[evidence] for evidence in Evidence), len(found))
        for what, found in counted
    ]
    yield from _table(("what", *Evidence, "in all"), rows)


def _surface() -> Iterator[str]:
    yield "## What is known, and what of it is played\n"
    yield (
        "The mock knows every type, property and method that the service documents. What it"
        " does not play it never calls unknown: a property has no value, no object, an empty list"
        " or a count of 0; a `getX` of a property X answers that; any other method is refused with"
        f" `{NotPlayed.code}` (HTTP {NotPlayed.status}). The header `X-Classic-Mock-Not-Played`"
        " names what it was, and `GET /_mock/journal?kind=not-played` lists the requests.\n"
    )
    yield from _table(("service", "methods known", "played"), map(_methods_of, SERVICES))
    types = sorted(name for name in TYPES if surface.is_type(name))
    yield from _table(("type", "properties known", "played"), map(_properties_of, types))


def _methods_of(service: str) -> tuple[str, int, int]:
    known = surface.methods_of(service)
    played = {row.method for row in all_operations() if row.service == service}
    return service, len(known), len(played & set(known))


def _properties_of(name: str) -> tuple[str, int, int]:
    known = surface.names_of(name)
    return name, len(known), len(set(known) & set(TYPES[name].properties))


def _operations() -> Iterator[str]:
    yield "## Operations\n"
    yield (
        "Parameters are positional; one in square brackets may be left out."
        " `*` marks an operation that changes something."
        " Property methods are those that the reference lists for every relational property.\n"
    )
    for service in SERVICES:
        yield f"### {service}\n"
        rows = [_operation(row) for row in OPERATIONS if row.service == service]
        yield from _table(
            ("method", "parameters", "returns", "permission", "evidence", "source"), rows
        )
        methods = [row for row in _property_rows() if row.service == service]
        if methods:
            yield (
                "Property methods (`documented`):"
                f" {', '.join(_property(row) for row in methods)}.\n"
            )


def _operation(row: Operation) -> tuple[str, ...]:
    parameters = ", ".join(_parameter(parameter) for parameter in row.parameters)
    star = " *" if row.changes else ""
    return (
        f"`{row.method}`{star}",
        parameters,
        _returns(row),
        _permission(row),
        row.evidence,
        row.source,
    )


def _parameter(parameter: Parameter) -> str:
    allowed = f" ({', '.join(parameter.allowed)})" if parameter.allowed else ""
    text = f"`{parameter.name}`: {parameter.kind}{allowed}"
    return f"[{text}]" if parameter.optional else text


def _permission(row: Operation) -> str:
    if row.permission is None:
        return ""
    setting = f"; setting `{row.permission_setting}`" if row.permission_setting else ""
    return f"`{row.permission}` ({row.permission_evidence}{setting})"


def _property(row: Operation) -> str:
    return f"`{row.method}` → {_returns(row)}"


def _returns(row: Operation) -> str:
    return row.returns.removeprefix("SoftLayer_") + ("[]" if row.many else "")


def _property_rows() -> list[Operation]:
    return [row for row in all_operations() if row.property_name is not None]


def _names() -> Iterator[str]:
    yield "## Names in answers\n\nA world file words them otherwise under `labels.names`.\n"
    rows = [(f"`{key}`", row.text, row.evidence, row.source) for key, row in NAMES.items()]
    yield from _table(("key", "text", "evidence", "source"), rows)


def _refusals() -> Iterator[str]:
    yield "## Refusals\n\nA world file words them otherwise under `labels.refusals`.\n"
    rows = [
        (
            f"`{key}`",
            row.status,
            row.code.removeprefix("SoftLayer_Exception_"),
            row.text,
            row.evidence,
            row.source,
        )
        for key, row in REFUSALS.items()
    ]
    yield from _table(
        ("key", "status", "`SoftLayer_Exception_`", "text", "evidence", "source"), rows
    )


def _settings() -> Iterator[str]:
    yield "## Settings\n\nA world file sets them under `settings`; times are virtual seconds.\n"
    defaults = asdict(Settings())
    rows = [
        (f"`{key}`", json.dumps(defaults[key]), row.evidence, row.note)
        for key, row in ORIGINS.items()
    ]
    yield from _table(("setting", "default", "evidence", "about"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(_linked(str(cell).replace("|", "\\|")) for cell in row) + " |"
    yield ""


def _linked(cell: str) -> str:
    """A cell with links to the sections that it cites."""
    return _CITED.sub(lambda cited: ", ".join(_links(cited[1].split(", "))), cell)


def _links(sections: Sequence[str]) -> Iterator[str]:
    name = "classic-api.md "
    for section in sections:
        yield f"[{name}{section}](classic-api.md#{_anchors()[section]})"
        name = ""


@cache
def _anchors() -> dict[str, str]:
    """GitHub's anchor of each numbered section of the facts."""
    found = _NUMBERED.finditer(_FACTS.read_text(encoding="utf-8"))
    return {match[1]: _anchor(match[0].lstrip("# ")) for match in found}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(coverage_page())
