"""One request to a URL that is not the service's: to that address and no other."""

from __future__ import annotations

import urllib.request
from typing import IO, Any

from classic_rescue.api.settings import is_loopback


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


def open_url(
    url: str,
    content: bytes | None,
    timeout_s: float,
    *,
    content_type: str,
    authorization: str = "",
    method: str | None = None,
) -> Any:  # noqa: ANN401 http.client.HTTPResponse
    """POST the content, or GET without any; another `method` where one is given.

    Raises OSError, ValueError and http.client.HTTPException. The caller has checked the scheme.
    """
    headers = {"Content-Type": content_type, "Accept": content_type, "User-Agent": "classic-rescue"}
    request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310 as said
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    proxies = urllib.request.ProxyHandler({} if is_loopback(url) else None)
    return urllib.request.build_opener(proxies, _NoRedirects).open(request, timeout=timeout_s)
