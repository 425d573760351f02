"""The form that adds a fault rule: its fields are those of the fault classes,
so that a new kind needs no new form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from math import isfinite
from typing import get_args, get_type_hints

from mock_api.domain.faults import Fault, When

_RULE_NUMBERS = ("device_id", "nth", "times", "probability")


class NoNumber(ValueError):
    """A text in a field for a number; `name` is the field's."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text!r} is no number")
        self.name = name
        self.text = text


@dataclass(frozen=True)
class FormField:
    """A field of a kind of fault; `default` is what it has where nothing is written."""

    name: str
    is_number: bool
    choices: tuple[str, ...]
    default: str


@cache
def kinds() -> Mapping[str, tuple[FormField, ...]]:
    """The fields of every kind of fault, by the kind's name."""
    found = {}
    for row in get_args(Fault):
        types = get_type_hints(row)
        found[get_args(types.pop("kind"))[0]] = tuple(
            FormField(
                name=part.name,
                is_number=types[part.name] in (int, float),
                choices=tuple(When) if types[part.name] is When else (),
                default="" if part.default is MISSING else str(part.default),
            )
            for part in fields(row)
            if part.name != "kind"
        )
    return found


def read_number(form: Mapping[str, str], name: str) -> float | int | None:
    """The number of a field, with a point or a comma; None where nothing is written.

    Raises NoNumber.
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise NoNumber(name, text) from None
    if not isfinite(number):
        raise NoNumber(name, text)
    return int(number) if number.is_integer() else number


def read_rule(form: Mapping[str, str]) -> dict[str, object]:
    """The rule as the control plane takes it, from a form; what is left empty stays out.

    Raises NoNumber.
    """
    kind = form.get("kind", "")
    fault: dict[str, object] = {"kind": kind}
    for row in kinds().get(kind, ()):
        value = read_number(form, row.name) if row.is_number else form.get(row.name, "")
        if value not in (None, ""):
            fault[row.name] = value
    rule: dict[str, object] = {
        "fault": fault,
        "operation": form.get("operation", "").strip() or "*",
    }
    numbers = {name: read_number(form, name) for name in _RULE_NUMBERS}
    # Only `times` has a meaning where it is empty: until the rule is deleted.
    return rule | {
        name: number for name, number in numbers.items() if number is not None or name == "times"
    }
