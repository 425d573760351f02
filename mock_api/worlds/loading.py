"""Reading world files."""

from __future__ import annotations

from pathlib import Path

from mock_api.domain.document import DocumentError, read_document
from mock_api.domain.world import WorldDocument

_DEMO = Path(__file__).with_name("demo.json")


def demo() -> WorldDocument:
    """The default world."""
    return load_file(_DEMO)


def load_file(path: Path) -> WorldDocument:
    """The world of a JSON file. Raises DocumentError with file, place, what was given and what is allowed."""
    try:
        return read_document(path.read_bytes(), path.name if path == _DEMO else str(path))
    except OSError as error:
        raise DocumentError(f"{path}: the world file cannot be read ({error.strerror}).") from None
