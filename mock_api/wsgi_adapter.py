"""An adapter of `requests` that hands requests to a WSGI app of this process,
as if it were across a network.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from mock_api.wsgi import WsgiAnswer, open_wsgi

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


Timeout = Any  # seconds, a pair of connect and read seconds, or None
Cert = Any  # no certificate is looked at: there is no connection
Body = Any  # bytes, text, a file or pieces


class WsgiAdapter(BaseAdapter):
    """Mount it on a session.

    `take_delay_s` says how long the answer would have taken; nobody waits for it.

    A dropped connection, a body that ends early and a delay beyond the client's timeout raise what
    `requests` raises.
    """

    def __init__(self, app: WSGIApplication, take_delay_s: Callable[[], float]) -> None:
        super().__init__()
        self._app = app
        self._take_delay_s = take_delay_s

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Timeout = None,
        verify: bool | str = True, cert: Cert = None, proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:  # fmt: skip
        """The answer of the app."""
        headers = {name: _text(value) for name, value in request.headers.items()}
        answer = open_wsgi(
            self._app,
            str(request.method),
            str(request.url),
            headers=headers,
            body=_whole(request.body),
        )
        limit_s = timeout[1] if isinstance(timeout, tuple) else timeout
        if limit_s is not None and self._take_delay_s() > limit_s:
            raise requests.exceptions.ReadTimeout(
                f"Read timed out. (read timeout={limit_s})", request=request
            )
        if answer is None:
            raise requests.exceptions.ConnectionError(
                "Remote end closed connection without response", request=request
            )
        if not answer.is_whole:
            raise requests.exceptions.ChunkedEncodingError(
                f"Connection broken: IncompleteRead({len(answer.body)} bytes read)", request=request
            )
        return self._response(request, answer)

    def close(self) -> None:
        """Nothing is open."""

    def _response(self, request: requests.PreparedRequest, answer: WsgiAnswer) -> requests.Response:
        response = requests.Response()
        response.status_code = answer.status
        response.reason = answer.reason
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = get_encoding_from_headers(response.headers)
        response.url = str(request.url)
        response.request = request
        response.raw = io.BytesIO(answer.body)
        return response


def _whole(body: str | bytes | Body | None) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    return b"".join(_pieces(body)) if body else b""


def _pieces(body: Body) -> Iterable[bytes]:
    """A body that is read or walked through, as `requests` takes it."""
    rows = iter(body.read, b"") if hasattr(body, "read") else body
    return (row.encode() if isinstance(row, str) else row for row in rows)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
