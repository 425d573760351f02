"""The JSON Schema of a fleet file, for editors: completion, help and warnings while typing."""

from __future__ import annotations

from typing import Any

from classic_rescue.fleet.backends import BACKENDS
from classic_rescue.fleet.model import FleetModel

DIALECT = (
    "http://json-schema.org/draft-07/schema#"  # what yaml-language-server and VS Code know best
)


def json_schema() -> dict[str, Any]:
    """Return the schema. It says as much as a schema can;
    `parse_fleet` knows more and has the last word.
    """
    schema = FleetModel.model_json_schema()
    _tidy(schema)
    properties = schema["properties"]
    choices = properties["backend"].pop("anyOf")[0]["oneOf"]
    properties["backend"]["oneOf"] = [{"type": "string", "enum": _lone_types()}, *choices]
    policy = properties["policy"]
    rules = policy.pop("anyOf")[0]
    file = {
        "type": "string",
        "minLength": 1,
        "description": "The path of a YAML file with the rules, relative to this one.",
    }
    policy["oneOf"] = [rules, file]
    parts = ("DefaultsModel.ssh", "DeviceModel.ssh", "DeviceModel.rdp", "SshModel.login")
    for model, key in (part.split(".") for part in parts):
        part = schema["$defs"][model]["properties"][key]
        part["allOf"] = part.pop("anyOf")[:1]  # draft 7 reads nothing beside a $ref
    ways = [{"required": ["key"]}, {"required": ["password"]}]
    schema["$defs"]["LoginModel"]["oneOf"] = ways
    return {"$schema": DIALECT, "title": "Fleet of classic devices", **schema}


def _lone_types() -> list[str]:
    """Return the types of backend that need nothing else, so that the word alone will do."""
    required = {
        name: [key for key, field in model.model_fields.items() if field.is_required()]
        for name, model in BACKENDS.items()
    }
    return [name for name, keys in required.items() if keys == ["type"]]


def _tidy(node: object) -> None:
    """Drop what nobody needs: titles that repeat the key, null as a default, folds of source."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        if isinstance(node.get("description"), str):
            node["description"] = " ".join(node["description"].split())
        if "default" in node and node["default"] is None:
            del node["default"]
        for part in node.values():
            _tidy(part)
    elif isinstance(node, list):
        for part in node:
            _tidy(part)
