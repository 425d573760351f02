"""`python -m mock_api.worlds.schema` prints the JSON Schema of a world file, for editors."""

from __future__ import annotations

import json
import sys
from typing import Any

from mock_api.domain.consistency import CHOICES, RANGES, SETTING, TEXTS
from mock_api.domain.defaults import LEFT_OUT
from mock_api.domain.document import DOCUMENT
from mock_api.domain.labels import NAMES, REFUSALS
from mock_api.domain.people import Status

_RECORDS = {
    "guests": "GuestFacts",
    "hardware": "HardwareFacts",
    "users": "User",
    "image_groups": "ImageGroup",
}


def json_schema() -> dict[str, Any]:
    """The model as pydantic describes it, with what the defaults,
    the ranges and the choices add.
    """
    schema = DOCUMENT.adapter.json_schema()
    records = {**schema["$defs"], "WorldDocument": schema}
    for name, left_out in LEFT_OUT.items():
        record = records[name]
        record["required"] = [
            field for field in record.get("required", []) if field not in left_out
        ]
    for record in records.values():
        if "description" in record:  # a docstring, folded as source is
            record["description"] = " ".join(record["description"].split())
        for field, row in record.get("properties", {}).items():
            row.pop("title", None)
            _limit(row, field)
    for row in records["Settings"]["properties"].values():
        _limit(row, SETTING)
    for (name, field), allowed in CHOICES.items():
        row = records[_RECORDS[name]]["properties"][field]
        row.get("items", row)["enum"] = sorted(allowed)
    for name in ("User", "Profile"):
        records[name]["properties"]["status_id"]["enum"] = sorted(Status)
    labels = records["Labels"]["properties"]
    labels["names"]["propertyNames"] = {"enum": sorted(NAMES)}
    labels["refusals"]["propertyNames"] = {"enum": sorted(REFUSALS)}
    schema["properties"]["$schema"] = {
        "type": "string",
        "description": "where an editor finds this schema",
    }
    schema["title"] = "World of the classic API mock"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _limit(row: dict[str, Any], field: str) -> None:
    kind = row.get("type")
    if field in RANGES and kind in ("integer", "number"):
        row["minimum"], row["maximum"] = RANGES[field]
    if field in TEXTS and kind == "string":
        row["pattern"] = f"^{TEXTS[field][0].pattern}$"


def render() -> str:
    """The schema as it stands in docs/world.schema.json."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
