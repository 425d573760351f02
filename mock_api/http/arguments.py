"""Arguments against a row's parameters.

Numbers may come as numeric texts, as `slcli call-api` sends them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from mock_api.contract import Operation, Parameter
from mock_api.domain.errors import InvalidValue

Reader = Callable[[Parameter, object], object]


def read_arguments(
    row: Operation, given: Sequence[object], *, has_null: bool = True
) -> tuple[object, ...]:
    """One value a parameter, None for what was left out: without `has_null` also for an empty text.

    Raises InvalidValue.
    """
    if len(given) > len(row.parameters):
        raise InvalidValue(
            f"{row.name} takes {len(row.parameters)} parameters, {len(given)} were given."
        )
    padded = [*given, *[None] * (len(row.parameters) - len(given))]
    return tuple(
        None if not has_null and parameter.optional and value == "" else _read(parameter, value)
        for parameter, value in zip(row.parameters, padded, strict=True)
    )


def _read(parameter: Parameter, value: object) -> object:
    if value is None:
        if parameter.optional:
            return None
        raise _invalid(parameter, value)
    return _KINDS[parameter.kind][0](parameter, value)


def _read_string(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str) or (parameter.allowed and value not in parameter.allowed):
        raise _invalid(parameter, value)
    return value


def _read_int(parameter: Parameter, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    raise _invalid(parameter, value)


def _read_boolean(parameter: Parameter, value: object) -> bool:
    words: dict[object, bool] = {
        True: True,
        False: False,
        "true": True,
        "false": False,
        "1": True,
        "0": False,
    }
    if not isinstance(value, Hashable) or value not in words:
        raise _invalid(parameter, value)
    return words[value]


def _read_object(parameter: Parameter, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _invalid(parameter, value)
    return value


def _list_of(read: Reader) -> Reader:
    def read_all(parameter: Parameter, value: object) -> list[object]:
        if not isinstance(value, list):
            raise _invalid(parameter, value)
        return [read(parameter, item) for item in value]

    return read_all


_KINDS: dict[str, tuple[Reader, str]] = {
    "string": (_read_string, "a text"),
    "strings": (_list_of(_read_string), "a list of texts"),
    "int": (_read_int, "a number"),
    "ints": (_list_of(_read_int), "a list of numbers"),
    "boolean": (_read_boolean, "true or false"),
    "object": (_read_object, "an object"),
    "objects": (_list_of(_read_object), "a list of objects"),
}


def _invalid(parameter: Parameter, value: object) -> InvalidValue:
    allowed = " or ".join(parameter.allowed) or _KINDS[parameter.kind][1]
    return InvalidValue(
        f"Invalid value provided for '{parameter.name}': {value!r}. Allowed is {allowed}."
    )
