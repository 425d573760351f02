"""How a field's own check refuses, in our words, through pydantic."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from classic_rescue.fleet.scalars import BareBoolean

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
    if isinstance(value, str) and value.isdecimal():
        return refuse(
            f"digits in quotes, or with leading zeros, are a text, not {wanted}; drop the quotes",
            allowed,
        )
    return refuse(f"{_sort_of(value)} is not {wanted}", allowed)


def refuse_no_text(
    value: object, wanted: str, allowed: str, *, part: str = ""
) -> PydanticCustomError:
    """Return the error for what is no text where a text belongs:
    YAML has made something else of it.
    """
    quotes = ", in quotes" if isinstance(value, BareBoolean | int | float) else ""
    return refuse(f"{_sort_of(value)} is not {wanted}", allowed + quotes, part=part)


def _sort_of(value: object) -> str:
    if isinstance(value, BareBoolean):
        return f"without quotes YAML reads `{value.written}` as yes or no, which"
    sorts = {type(None): "nothing", dict: "a mapping", list: "a list", str: "a text"}
    return sorts.get(type(value), "a number")
