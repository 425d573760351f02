"""Bodies of control requests and their errors."""

from __future__ import annotations

import json


class ControlError(Exception):
    """A control request that cannot be done; the text is one sentence for people."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def read_object(body: bytes, what: str) -> dict[str, object]:
    """The JSON object of a body; an empty body is an empty object. Raises ControlError."""
    try:
        raw = json.loads(body) if body.strip() else {}
    except ValueError:
        raise ControlError(400, f"{what}: the body is not JSON.") from None
    if not isinstance(raw, dict):
        raise ControlError(400, f"{what}: the body must be a JSON object.")
    return raw


def check_fields(raw: dict[str, object], allowed: tuple[str, ...], what: str) -> None:
    """Refuse fields that nobody knows. Raises ControlError."""
    unknown = sorted(set(raw) - set(allowed))
    if unknown:
        raise ControlError(400, f"{what}: the field {unknown[0]!r} is not known; allowed are {', '.join(allowed)}.")


def read_number(raw: dict[str, object], name: str, what: str) -> float | None:
    """A number of a body, or None if it is not there. Raises ControlError."""
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ControlError(400, f"{what}: {name} must be a number; given was {value!r}.")
    return float(value)
