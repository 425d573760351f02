"""The parts of which a JSON Schema is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]
Fields = dict[str, tuple[Schema, str]]

TEXT: Schema = {"type": "string"}
OPTIONAL: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SECONDS: Schema = {"type": ["number", "null"], "minimum": 0}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}


def maybe(schema: Schema) -> Schema:
    """This, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def list_of(items: Schema) -> Schema:
    """Any number of these."""
    return {"type": "array", "items": items}


def words_of(words: Iterable[str]) -> Schema:
    """One of these words, as programs get them."""
    return {"enum": [word.casefold().replace(" ", "_") for word in words]}


def closed(fields: Fields, *, may_lack: tuple[str, ...] = ()) -> Schema:
    """An object with these fields and no others; each has its form and what it means."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in fields if name not in may_lack],
        "properties": {
            name: {**form, "description": text} for name, (form, text) in fields.items()
        },
    }
