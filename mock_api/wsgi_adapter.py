"""An adapter of `requests` that hands requests to a WSGI app of this process, as if it were across a network."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from mock_api.wsgi import WsgiAnswer, open_wsgi

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class WsgiAdapter(BaseAdapter):
    """Mount it on a session. `take_delay_s` says how long the answer would have taken; nobody waits for it.

    A dropped connection, a body that ends early and a delay beyond the client's timeout raise what `requests` raises.
    """

    def __init__(self, app: WSGIApplication, take_delay_s: Callable[[], float]) -> None:
        super().__init__()
        self._app = app
        self._take_delay_s = take_delay_s

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, verify: Any = True,
        cert: Any = None, proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:  # fmt: skip
        """The answer of the app."""
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else bytes(body)
        answer = open_wsgi(self._app, str(request.method), str(request.url), request.headers, data)
        limit_s = timeout[1] if isinstance(timeout, tuple) else timeout
        if limit_s is not None and self._take_delay_s() > limit_s:
            raise requests.exceptions.ReadTimeout(f"Read timed out. (read timeout={limit_s})", request=request)
        if answer is None:
            raise requests.exceptions.ConnectionError("Remote end closed connection without response", request=request)
        if not answer.is_whole:
            raise requests.exceptions.ChunkedEncodingError(
                f"Connection broken: IncompleteRead({len(answer.body)} bytes read)", request=request
            )
        return self._response(request, answer)

    def close(self) -> None:
        """Nothing is open."""

    def _response(self, request: requests.PreparedRequest, answer: WsgiAnswer) -> requests.Response:
        response = requests.Response()
        response.status_code, response.reason = answer.status, answer.reason
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = get_encoding_from_headers(response.headers)
        response.url, response.request = str(request.url), request
        response.raw = io.BytesIO(answer.body)
        return response
