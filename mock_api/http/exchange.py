"""One request on its way through the pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_api.contract import Operation
from mock_api.domain.faults import Effects
from mock_api.domain.journal import Entry
from mock_api.domain.people import User
from mock_api.domain.stage import Stage
from mock_api.http.masks import Plan

Identifier = int | str


@dataclass(frozen=True)
class Request:
    """What a door read off the wire. Doors (REST now, XML-RPC later) make it; the pipeline knows no other."""

    http_method: str
    path: str
    authorization: str | None = None
    mask: str | None = None
    filter: str | None = None
    limit: str | None = None
    body: bytes = b""


@dataclass
class Exchange:
    """A request and what the steps found out about it so far."""

    stage: Stage
    request: Request
    entry: Entry
    user: User | None = None
    service: str = ""
    identifier: Identifier | None = None
    method: str = ""
    arguments: list[object] = field(default_factory=list)
    operation: Operation | None = None
    plan: Plan | None = None
    effects: Effects = field(default_factory=Effects)
    result: object = None
    total: int | None = None

    @property
    def row(self) -> Operation:
        """The operation, once it was found."""
        assert self.operation is not None, "the step find_row comes first"  # noqa: S101 (order of the pipeline)
        return self.operation

    @property
    def caller(self) -> User:
        """The user, once authenticated."""
        assert self.user is not None, "the step authenticate comes first"  # noqa: S101 (order of the pipeline)
        return self.user


@dataclass(frozen=True)
class Answer:
    """What goes back: a JSON value, or nothing at all when the connection shall be closed."""

    status: int
    body: object
    total: int | None = None
    dropped: bool = False
