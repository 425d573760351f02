"""What the control plane is asked and answers; an HTTP door carries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mock_api.domain.stage import Stage

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes. A world of 10,000 devices takes about 5 MB; a door need not read a longer body."""


@dataclass(frozen=True)
class ControlRequest:
    """A request below /_mock/.

    `query` is the raw query string; names of headers are in lower case.
    """

    verb: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ControlAnswer:
    """Status, JSON text and headers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Control = Callable[[Stage, ControlRequest], ControlAnswer]
