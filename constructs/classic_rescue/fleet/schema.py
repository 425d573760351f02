"""`python -m classic_rescue.fleet.schema` prints the JSON Schema of a fleet file."""

from __future__ import annotations

import json
import sys

from classic_rescue.fleet.editor_schema import json_schema


def render() -> str:
    """Return the schema as it stands in docs/fleet.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
