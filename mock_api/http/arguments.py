"""Arguments against a row's parameters. Numbers may come as numeric texts, as `slcli call-api` sends them."""

from __future__ import annotations

from collections.abc import Sequence

from mock_api.contract import Operation, Parameter
from mock_api.domain.errors import InvalidValue


def read_arguments(row: Operation, given: Sequence[object]) -> tuple[object, ...]:
    """One value a parameter, None for what was left out. Raises InvalidValue."""
    if len(given) > len(row.parameters):
        raise InvalidValue(f"{row.name} takes {len(row.parameters)} parameters, {len(given)} were given.")
    padded = [*given, *[None] * (len(row.parameters) - len(given))]
    return tuple(_read(parameter, value) for parameter, value in zip(row.parameters, padded, strict=True))


def _read(parameter: Parameter, value: object) -> object:
    if value is None:
        if parameter.optional:
            return None
        raise _invalid(parameter, value)
    if parameter.kind == "int":
        return _read_int(parameter, value)
    if not isinstance(value, str) or (parameter.allowed and value not in parameter.allowed):
        raise _invalid(parameter, value)
    return value


def _read_int(parameter: Parameter, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    raise _invalid(parameter, value)


def _invalid(parameter: Parameter, value: object) -> InvalidValue:
    allowed = " or ".join(parameter.allowed) or ("a number" if parameter.kind == "int" else "a text")
    return InvalidValue(f"Invalid value provided for '{parameter.name}': {value!r}. Allowed is {allowed}.")
