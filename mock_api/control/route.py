"""A control route: one row of the table in routes.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mock_api.control.reading import Model


@dataclass(frozen=True)
class Route:
    """A row. The handler gets the stage, the number in the path, the query and the body, as far as
    the row has them.

    `answer`, `query` and `body` are types. `patches`: the handler gets the JSON object itself, of
    which `body` tells the fields; what is left out stays as it is. `conflicts`: the state of a
    device may forbid it.
    """

    verb: str
    path: str
    handler: Callable[..., object]
    summary: str
    answer: Model
    query: Model = None
    body: Model = None
    patches: bool = False
    changes: bool = False
    conflicts: bool = False

    @property
    def has_number(self) -> bool:
        """Whether the path ends in the number of an object."""
        return self.path.endswith("/{number}")
