"""Requests to a WSGI app of this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from waitress.channel import ClientDisconnected
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True)
class WsgiAnswer:
    """What the app answers."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def is_whole(self) -> bool:
        """Whether the body is as long as its header says."""
        lengths = [int(value) for name, value in self.headers if name.lower() == "content-length"]
        return lengths in ([], [len(self.body)])


def open_wsgi(
    app: WSGIApplication, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> WsgiAnswer | None:
    """The answer to one request, or None where the app drops the connection."""
    parts = urlsplit(url)
    builder = EnvironBuilder(
        path=parts.path, query_string=parts.query, base_url=f"{parts.scheme}://{parts.netloc}/",
        method=method, headers=list(headers.items()), data=body,
    )  # fmt: skip
    try:
        pieces, status, answered = run_wsgi_app(app, builder.get_environ(), buffered=True)
    except ClientDisconnected:
        return None
    number, _, reason = status.partition(" ")
    return WsgiAnswer(int(number), reason, list(answered), b"".join(pieces))
