"""Answers that stay open for as long as somebody looks, such as the live updates of a page.

Who serves the port gives each of them room and hands a `Streaming` to the app. Enter it before the
answer has a status, so that a refusal can still be one; leave it when the answer's body is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Streaming = Callable[["WSGIEnvironment"], AbstractContextManager[Callable[[], bool]]]
"""Lets the answer to a request stay open; what it gives says whether to end now,
so ask it at least once a second.
"""


class StreamRefused(Exception):
    """No further answer can stay open; the text is one sentence."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
