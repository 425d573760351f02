"""One request on its way: what came off the wire, what a door read from it,
and what the pipeline found out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mock_api.contract import Operation
from mock_api.domain.faults import Effects
from mock_api.domain.journal import Entry
from mock_api.domain.people import User
from mock_api.domain.stage import Stage
from mock_api.http.credentials import Login
from mock_api.http.drilldown import Leaf
from mock_api.http.filters import EVERYTHING, Selection
from mock_api.http.limits import ALL, Limit
from mock_api.http.masks import Plan

Identifier = int | str


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request below a door's prefix. The query parameters are only REST's."""

    http_method: str
    path: str
    authorization: str | None = None
    mask: str | None = None
    filter: str | None = None
    limit: str | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of an operation, in no transport's language.

    `further` are path segments below the method. Without `has_null` an empty text stands for null.
    """

    service: str
    identifier: Identifier | None
    method: str
    arguments: tuple[object, ...] = ()
    further: tuple[str, ...] = ()
    has_null: bool = True
    mask: str | Mapping[str, object] | None = None
    filter: str | Mapping[str, object] | None = None
    limit: Limit = ALL


class Door(Protocol):
    """How a transport is read. Both methods raise ApiError for what cannot be read."""

    request: Request

    def read_login(self) -> Login | None:
        """The credentials that the request carries."""

    def read_invocation(self) -> Invocation:
        """The call that the request makes. Raises also UnknownService."""


@dataclass
class Exchange:
    """A request and what the steps found out about it so far."""

    stage: Stage
    door: Door
    entry: Entry
    user: User | None = None
    call: Invocation | None = None
    operation: Operation | None = None
    leaf: Leaf | None = None
    selection: Selection = EVERYTHING
    plan: Plan | None = None
    effects: Effects = field(default_factory=Effects)
    result: object = None
    total: int | None = None

    @property
    def invocation(self) -> Invocation:
        """The call, once it was read."""
        assert self.call is not None, "the step route comes first"  # noqa: S101 (order of the pipeline)
        return self.call

    @property
    def row(self) -> Operation:
        """The operation, once it was found."""
        assert self.operation is not None, "the step find_row comes first"  # noqa: S101 (order of the pipeline)
        return self.operation

    @property
    def answers(self) -> Leaf:
        """What the answer is made of, once the row was found."""
        assert self.leaf is not None, "the step find_row comes first"  # noqa: S101 (order of the pipeline)
        return self.leaf

    @property
    def caller(self) -> User:
        """The user, once authenticated."""
        assert self.user is not None, "the step authenticate comes first"  # noqa: S101 (order of the pipeline)
        return self.user


@dataclass(frozen=True)
class Answer:
    """What goes back: a JSON value, or nothing at all when the connection must be closed;
    `effects` may spoil it. `unplayed` is what the service documents and the mock does not play.
    """

    status: int
    body: object
    total: int | None = None
    dropped: bool = False
    unplayed: tuple[str, ...] = ()
    effects: Effects = field(default_factory=Effects)
