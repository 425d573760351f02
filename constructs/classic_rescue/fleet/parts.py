"""What several parts of a fleet file are made of: the closed level,
and the fields that occur in more than one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from classic_rescue.fleet import values

LINE = r"[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*"
"""One line that is not blank, for editors."""


def as_text(pattern: str | None = None, **more: str | int) -> WithJsonSchema:
    """Return the schema of a text that matches a pattern from end to end."""
    return WithJsonSchema(
        {"type": "string", **({"pattern": f"^{pattern}$"} if pattern else {}), **more}
    )


def as_whole(highest: int) -> WithJsonSchema:
    """Return the schema of a whole number from 1 on."""
    return WithJsonSchema({"type": "integer", "minimum": 1, "maximum": highest})


IMAGE_SCHEMA = {
    "oneOf": [
        {"type": "integer", "minimum": 1, "maximum": values.MAX_ID},
        {
            "type": "string",
            "pattern": f"^(?![0-9]+$){LINE}$",
            "maxLength": values.MAX_IMAGE_CHARACTERS,
        },
    ]
}

Image = Annotated[int | str, PlainValidator(values.read_image), WithJsonSchema(IMAGE_SCHEMA)]
Reason = Annotated[
    str | None,
    PlainValidator(values.read_reason),
    as_text(LINE, maxLength=values.MAX_REASON_CHARACTERS),
]
Until = Annotated[datetime | None, PlainValidator(values.read_until), as_text(values.TIME_PATTERN)]
Timeout = Annotated[
    int | None,
    PlainValidator(values.read_timeout_s),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "integer", "minimum": 1, "maximum": values.MAX_TIMEOUT_S},
                {"type": "string", "pattern": f"^{values.DURATION_PATTERN}$"},
            ]
        }
    ),
]
Flag = Annotated[bool, PlainValidator(values.read_flag), WithJsonSchema({"type": "boolean"})]


class Part(BaseModel):
    """A level of the file: no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
