"""Flask with two routes and nothing behind them, on the mock's own waitress:
`python -m benchmarks.mock_bare PORT`.
"""

from __future__ import annotations

import sys
from functools import cache

from flask import Flask

from mock_api.listener import Listener

FIELD = "x" * 20
FIELD_BYTES = 32  # of one field of the larger answer, with its name and punctuation


def bare_app() -> Flask:
    """The app: a small JSON object, and one of about a number of bytes."""
    app = Flask("bare")

    @app.get("/small")
    def small() -> dict[str, object]:
        return {"id": 1000001, "hostname": "vg-0001"}

    @app.get("/sized/<int:size>")
    def sized(size: int) -> dict[str, str]:
        return _object(size)

    return app


@cache
def _object(size: int) -> dict[str, str]:
    return {f"name{number:04d}": FIELD for number in range(size // FIELD_BYTES)}


if __name__ == "__main__":
    Listener(bare_app(), "127.0.0.1", int(sys.argv[1])).run()
