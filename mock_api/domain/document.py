"""World documents: plain JSON values in, values of the domain out,
with every mistake named at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from mock_api.domain.consistency import find_mistakes
from mock_api.domain.defaults import complete
from mock_api.domain.mistakes import NOTHING, DocumentError, Locate, Mistake, Trail, one_of, refuse
from mock_api.domain.settings import Settings
from mock_api.domain.shapes import Hint, Shape
from mock_api.domain.world import Moving, WorldDocument

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = [
    "DOCUMENT", "SETTINGS", "DocumentError", "check", "explain", "read_document", "read_value",
    "read_world", "to_json", "with_master",
]  # fmt: skip

T = TypeVar("T")
DOCUMENT: Shape[WorldDocument] = Shape(WorldDocument)
SETTINGS: Shape[Settings] = Shape(Settings)
FORMAT = 1

# What pydantic calls a mistake, in words for people who edit the file.
_MESSAGES = {
    "missing": "this field is needed",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number with an end",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text; write it in quotes",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be an object",
    "mapping_type": "must be an object",
    "dataclass_type": "must be an object",
}
_WITHOUT_GIVEN = {"missing", "unexpected_keyword_argument"}


def read_document(text: str | bytes, source: str) -> WorldDocument:
    """The world of a JSON text. Raises DocumentError."""
    return read_world(parse_json(text, source), source)


def parse_json(text: str | bytes, source: str) -> object:
    """The plain value of a JSON text.

    Raises DocumentError, also for a key that an object holds twice.
    """
    twice: list[Mistake] = []

    def read_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice.extend(
                Mistake((key,), "this key is there twice") for key in found if keys.count(key) > 1
            )
        return found

    try:
        value: object = json.loads(text, object_pairs_hook=read_pairs)
    except json.JSONDecodeError as error:
        place = f"{source}:{error.lineno}:{error.colno}"
        raise DocumentError(f"{place}: this is not JSON: {error.msg}.") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # not UTF-8, a number of thousands of digits, nested too deep
        raise DocumentError(f"{source}: this is not JSON that can be read: {error}.") from None
    if twice:
        raise refuse(twice, source)
    return value


def read_world(
    raw: object, source: str, locate: Locate | None = None, mistakes: Sequence[Mistake] = ()
) -> WorldDocument:
    """The world of plain values, completed.

    Raises DocumentError with these mistakes and all that are found.
    """
    whole = complete(raw)
    document: WorldDocument | None
    document, found = _validate(DOCUMENT, whole)
    # A number in quotes is a number in the document,
    # so the rules look at that one where there is one.
    plain = DOCUMENT.adapter.dump_python(document) if document else whole
    if isinstance(plain, Mapping):
        found += [*_check_format(plain), *find_mistakes(plain)]
    if found or mistakes or document is None:
        raise refuse([*mistakes, *found], source, locate)
    return document


def read_value(shape: Shape[T], raw: object, source: str) -> T:
    """The value of parsed JSON. Raises DocumentError."""
    value: T
    value, mistakes = _validate(shape, raw)
    if mistakes:
        raise refuse(mistakes, source)
    return value


def check(document: WorldDocument, source: str) -> WorldDocument:
    """The document itself if its parts fit together. Raises DocumentError."""
    mistakes = find_mistakes(DOCUMENT.adapter.dump_python(document))
    if mistakes:
        raise refuse(mistakes, source)
    return document


def _validate(shape: Shape[Any], raw: object) -> tuple[Any, list[Mistake]]:
    from pydantic import ValidationError

    try:
        return shape.adapter.validate_python(raw), []
    except ValidationError as errors:
        return None, _mistakes(shape, errors)


def explain(shape: Shape[Any], errors: ValidationError, source: str) -> DocumentError:
    """What pydantic found in the value of a shape, in words for people."""
    return refuse(_mistakes(shape, errors), source)


def _mistakes(shape: Shape[Any], errors: ValidationError) -> list[Mistake]:
    return [_mistake(shape, error) for error in errors.errors(include_url=False)]


def _mistake(shape: Shape[Any], error: ErrorDetails) -> Mistake:
    kind = error["type"]
    path = error["loc"]
    message = _MESSAGES.get(kind) or error["msg"][:1].lower() + error["msg"][1:]
    if kind == "unexpected_keyword_argument":
        known = _field_names(shape.kind, path[:-1])
        message = "this field is not known" + (f"; {one_of(known, path[-1])}" if known else "")
    # The value of an unknown field may be a secret with a slip in its name, and an object is too
    # long to show.
    hides = (
        kind in _WITHOUT_GIVEN
        or isinstance(error["input"], (dict, list))
        or kind == "dataclass_type"
    )
    return Mistake(path, message, NOTHING if hides else error["input"])


def _field_names(kind: Hint, path: Trail) -> list[str]:
    """The fields that the record at the top of a shape, or one level down, may have;
    empty further down.
    """
    names = [part for part in path if isinstance(part, str)]
    if len(names) > 1:
        return []
    record = _record_in(get_type_hints(kind).get(names[0])) if names else kind
    return [field.name for field in fields(record)] if record else []


def _record_in(hint: Hint) -> Hint:
    """The record that a field holds: itself, or the first one in a list or a choice."""
    if is_dataclass(hint):
        return hint
    return next((found for part in get_args(hint) if (found := _record_in(part))), None)


def _check_format(world: Mapping[str, object]) -> Iterator[Mistake]:
    given = world.get("format", FORMAT)
    if isinstance(given, (int, float)) and given != FORMAT:
        yield Mistake(("format",), f"this mock reads format {FORMAT}", given)


def with_master(document: WorldDocument, username: str, api_key: str) -> WorldDocument:
    """The document with another name and key for its master user.

    Raises DocumentError if the name is taken.
    """
    if any(user.username == username and not user.master for user in document.users):
        raise DocumentError(
            f"--master-user: the name {username!r} already belongs"
            " to an ordinary user of the world."
        )
    users = tuple(
        replace(user, username=username, api_key=api_key) if user.master else user
        for user in document.users
    )
    return replace(document, users=users, moving=_with_key(document, api_key))


def _with_key(document: WorldDocument, api_key: str) -> Moving | None:
    """The moving part, in which a key that a call gave the
    master user does not come before this one.
    """
    moving = document.moving
    master = next(user for user in document.users if user.master)
    if moving is None or master.id not in moving.profiles:
        return moving
    profile = replace(moving.profiles[master.id], api_key=api_key)
    return replace(moving, profiles={**moving.profiles, master.id: profile})


def to_json(document: WorldDocument) -> str:
    """The document as JSON text."""
    return DOCUMENT.adapter.dump_json(document).decode()
