"""The control plane's OpenAPI document, made from the table
of routes and the types that its rows name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from mock_api.control import errors
from mock_api.control.reading import JSON_TYPES, Model, shape_of
from mock_api.control.route import Route

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_Mode = Literal["validation", "serialization"]
_READING: _Mode = "validation"
_WRITING: _Mode = "serialization"
_ABOUT = """\
The control plane of the mock of the IBM Cloud classic API: it steers the mock, never a device.

No GET changes anything, and `POST /reset` restores everything. Errors have one shape for every
route. It is off where the mock listens on an address that is not loopback, unless the mock was
started with `--control`."""


@dataclass(frozen=True)
class Problem:
    """Why a request was refused: one sentence that says what was given,
    what is allowed and what to do.
    """

    error: str


class _Schemas:
    """The JSON schemas of all types that the rows name, with shared parts under components."""

    def __init__(self, rows: Iterable[Route]) -> None:
        from pydantic import TypeAdapter

        models: list[tuple[Model, _Mode]] = [(Problem, _WRITING)]
        for row in rows:
            models += [
                (row.answer, _WRITING),
                *((model, _READING) for model in (row.query, row.body) if model),
            ]
        inputs: list[tuple[tuple[str, _Mode], _Mode, TypeAdapter[Any]]] = [
            ((str(model), mode), mode, shape_of(model).adapter)
            for model, mode in dict.fromkeys(models)
        ]
        template = "#/components/schemas/{model}"
        self._by_model, common = TypeAdapter.json_schemas(inputs, ref_template=template)
        self.components: dict[str, Any] = common.get("$defs", {})

    def of(self, model: Model, mode: _Mode) -> dict[str, Any]:
        """The schema of a type."""
        schema: dict[str, Any] = self._by_model[((str(model), mode), mode)]
        return schema

    def parameters(self, model: Model) -> list[dict[str, Any]]:
        """The query parameters that a type's fields are."""
        schema = self.of(model, _READING)
        fields = self.components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        return [
            {"name": name, "in": "query", "required": False, "schema": _without_null(field)}
            for name, field in fields["properties"].items()
        ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a query parameter: it is left out where a field would be null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


@cache
def document(rows: tuple[Route, ...]) -> dict[str, Any]:
    """The OpenAPI document of the rows."""
    schemas = _Schemas(rows)
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(f"/{row.path}", {})[row.verb.lower()] = _operation(row, schemas)
        if row.verb == "POST" and (links := _links(row, rows)):
            paths[f"/{row.path}"]["post"]["responses"]["200"]["links"] = links
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mock of the IBM Cloud classic API: control plane",
            "version": "1",
            "description": _ABOUT,
        },
        "servers": [{"url": "/_mock"}],
        "paths": paths,
        "components": {"schemas": schemas.components},
    }


def _links(row: Route, rows: tuple[Route, ...]) -> dict[str, Any]:
    """What can be done next with the object that a row made:
    the rows for one object by its number.
    """
    names = [other.handler.__name__ for other in rows if other.path == f"{row.path}/{{number}}"]
    return {
        name: {"operationId": name, "parameters": {"number": "$response.body#/id"}}
        for name in names
    }


def _operation(row: Route, schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": row.handler.__name__,
        "summary": row.summary,
        "tags": [row.path.partition("/")[0]],
        "responses": _responses(row, schemas),
    }
    parameters = schemas.parameters(row.query) if row.query else []
    if row.has_number:
        number = {"type": "integer", "minimum": 0}
        parameters = [{"name": "number", "in": "path", "required": True, "schema": number}]
    if parameters:
        operation["parameters"] = parameters
    if row.body is not None:
        types = JSON_TYPES if row.patches and row.verb == "PATCH" else JSON_TYPES[:1]
        content = {name: {"schema": schemas.of(row.body, _READING)} for name in types}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _responses(row: Route, schemas: _Schemas) -> dict[str, Any]:
    refusals = [errors.BadRequest, errors.Forbidden, errors.TooLarge, errors.Broken]
    if row.has_number or row.body is not None:
        refusals.append(errors.NotFound)
    if row.body is not None:
        refusals.append(errors.WrongBodyType)
    if row.conflicts:
        refusals.append(errors.Conflict)
    responses = {"200": _response("The answer", schemas.of(row.answer, _WRITING))}
    for refusal in sorted(refusals, key=lambda kind: kind.status):
        responses[str(refusal.status)] = _response(
            str(refusal.__doc__), schemas.of(Problem, _WRITING)
        )
    return responses


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
