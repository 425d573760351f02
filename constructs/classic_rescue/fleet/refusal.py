"""How a field's own check refuses, in our words, through pydantic."""

from __future__ import annotations

import re

from pydantic_core import PydanticCustomError

from classic_rescue.fleet.scalars import BareBoolean
from classic_rescue.fleet.spelling import odd_number

REFUSED = "refused"
"""The pydantic error type that carries our own words."""


def refuse(
    message: str, allowed: str, *, part: str = "", is_secret: bool = False
) -> PydanticCustomError:
    """Return the error to raise.

    `part` names the key below the field that is meant; a secret value is never shown.
    """
    return PydanticCustomError(
        REFUSED,
        "{message}",
        {"message": message, "allowed": allowed, "part": part, "is_secret": is_secret},
    )


def refuse_number(value: object, wanted: str, allowed: str) -> PydanticCustomError:
    """Return the error for what is no number where a number belongs."""
    if isinstance(value, str) and re.fullmatch("0[0-9]+", value):
        return refuse(
            "digits with leading zeros are octal for some readers and decimal for others, so they"
            f" are not {wanted}; drop the zeros",
            allowed,
        )
    return refuse(f"{_sort_of(value)} is not {wanted}{_hint(value)}", allowed)


def refuse_no_text(
    value: object, wanted: str, allowed: str, *, part: str = ""
) -> PydanticCustomError:
    """Return the error for what is no text where a text belongs:
    YAML has made something else of it.
    """
    quotes = ", in quotes" if isinstance(value, BareBoolean | int | float) else ""
    return refuse(f"{_sort_of(value)} is not {wanted}{_hint(value)}", allowed + quotes, part=part)


def _hint(value: object) -> str:
    """What to do about one value in brackets."""
    return "; drop the brackets" if isinstance(value, list) and len(value) == 1 else ""


def _sort_of(value: object) -> str:
    if isinstance(value, BareBoolean):
        return f"without quotes YAML reads `{value.written}` as yes or no, which"
    if isinstance(value, str) and (odd := odd_number(value)):
        return odd
    sorts = {type(None): "nothing", dict: "a mapping", list: "a list", str: "a text"}
    return sorts.get(type(value), "a number")
