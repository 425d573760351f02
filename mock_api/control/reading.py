"""Reading what a control request brings: JSON bodies, query strings and numbers in paths,
checked against a type.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from mock_api.control.errors import BadRequest, TooLarge, WrongBodyType
from mock_api.domain.document import explain
from mock_api.domain.shapes import Shape
from mock_api.domain.steering import BODY_LIMIT, ControlRequest

JSON_TYPES = ("application/json", "application/merge-patch+json")
_MAX_FIELDS = 50
Model = Hashable
"""A type that pydantic reads and writes, such as a dataclass or tuple[FaultRule, ...]."""


@cache
def shape_of(model: Model) -> Shape[Any]:
    """How values of a type are read, written and described."""
    return Shape(model)


def check_size(request: ControlRequest) -> None:
    """Refuse a body over the limit, read or not. Raises TooLarge."""
    stated = request.headers.get("content-length", "")
    size = max(len(request.body), int(stated) if stated.isdecimal() and len(stated) < 20 else 0)
    if size > BODY_LIMIT:
        raise TooLarge(f"The body has {size} bytes; allowed are {BODY_LIMIT}.")


def read_json(request: ControlRequest, what: str) -> object:
    """The JSON value of a body; an empty body is an empty object.

    Raises WrongBodyType, BadRequest.
    """
    from pydantic_core import from_json

    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not request.body.strip():
        return {}
    if kind not in ("", *JSON_TYPES):
        raise WrongBodyType(
            f"{what}: the body is said to be {kind[:100]!r};"
            f" send JSON as Content-Type: {JSON_TYPES[0]}."
        )
    try:
        return from_json(request.body, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"{what}: the body is not JSON ({error}).") from None


def read_object(request: ControlRequest, what: str) -> dict[str, object]:
    """The JSON object of a body. Raises WrongBodyType, BadRequest."""
    raw = read_json(request, what)
    if not isinstance(raw, dict):
        raise BadRequest(f"{what}: the body must be a JSON object.")
    return raw


def read_body(model: Model, request: ControlRequest, what: str) -> object:
    """The value of a body, no type bent to another.

    Raises WrongBodyType, BadRequest, DocumentError.
    """
    return fitting(model, read_object(request, what), what)


def fitting(model: Model, raw: object, what: str) -> Any:  # noqa: ANN401 (the type that `model` names)
    """The value of parsed JSON, no type bent to another. Raises DocumentError."""
    from pydantic import ValidationError

    try:
        # pydantic is only strict in JSON's terms (a list for a tuple, a text for an enum) when it
        # reads JSON text.
        return shape_of(model).adapter.validate_json(json.dumps(raw), strict=True)
    except ValidationError as errors:
        raise explain(shape_of(model), errors, what) from None


def read_query(model: Model, request: ControlRequest, what: str) -> object:
    """The value of a query string. Raises BadRequest, DocumentError."""
    from pydantic import ValidationError

    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise BadRequest(
            f"{what}: the query has too many parameters; {_MAX_FIELDS} are allowed."
        ) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest(f"{what}: a query parameter is there twice.")
    try:
        return shape_of(model).adapter.validate_strings(fields)
    except ValidationError as errors:
        raise explain(shape_of(model), errors, what) from None


def read_number(text: str, name: str, what: str) -> int:
    """A number in a path. Raises BadRequest."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise BadRequest(f"{what}: the {name} must be a whole number; given was {text[:80]!r}.")
    return int(text)
