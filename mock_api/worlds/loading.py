"""Reading world files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mock_api.domain.defaults import complete
from mock_api.domain.document import DocumentError, read_world
from mock_api.domain.trusted import read_trusted
from mock_api.domain.world import WorldDocument
from mock_api.worlds.text import MOST_BYTES, read_text

DEMO = Path(__file__).with_name("demo.json")


def demo() -> WorldDocument:
    """The default world."""
    return read_trusted(WorldDocument, complete(demo_values()))


def demo_values() -> dict[str, Any]:
    """The default world as its file has it."""
    values: dict[str, Any] = json.loads(DEMO.read_bytes())
    return values


def load_file(path: Path) -> WorldDocument:
    """The world of a YAML or JSON file.

    Raises DocumentError with every mistake: line, field, what is allowed.
    """
    source = str(path)
    data = _read_bytes(path)
    text = read_text(data, source, _is_yaml(path, data))
    return read_world(text.value, source, text.locate, text.twice)


def _is_yaml(path: Path, data: bytes) -> bool:
    """What the file's name says, or else its first character: JSON worlds start with a brace."""
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml", ".json"):
        return suffix != ".json"
    return not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise DocumentError(f"{path}: the world file cannot be read ({reason}).") from None
