"""A journal behind a URL: one request, to that address and no other."""

from __future__ import annotations

import urllib.request
from typing import IO, Any

from classic_rescue.api.settings import is_loopback
from classic_rescue.api.values import checked_token
from classic_rescue.boot import environment


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Another address might not be encrypted, and would get the token."""

    def redirect_request(
        self,
        req: Any,  # noqa: ANN401 the library's own signature
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,  # noqa: ANN401 as above
        newurl: str,
    ) -> None:
        """Follow none: the reply itself becomes an HTTPError."""


def open_url(url: str, token: str | None, content: bytes | None, timeout_s: float) -> Any:  # noqa: ANN401 http.client.HTTPResponse
    """POST the content, or GET without any.

    Raises SettingsError for a token that cannot be sent, OSError, ValueError and
    http.client.HTTPException.
    """
    headers = {
        "Content-Type": "application/x-ndjson",
        "Accept": "application/x-ndjson",
        "User-Agent": "classic-rescue",
    }
    request = urllib.request.Request(url, content, headers)  # noqa: S310 the caller checked the scheme
    if token := token and checked_token(token, environment.JOURNAL_TOKEN):
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    proxies = urllib.request.ProxyHandler({} if is_loopback(url) else None)
    return urllib.request.build_opener(proxies, _NoRedirects).open(request, timeout=timeout_s)
