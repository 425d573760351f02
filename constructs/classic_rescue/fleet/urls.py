"""The URLs of a fleet file: they carry no credentials and do not send any in the clear."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from classic_rescue.fleet.refusal import refuse, refuse_no_text
from classic_rescue.fleet.spelling import trim

ENDPOINT_ALLOWED = "a URL such as https://api.softlayer.com/rest/v3.1/"


def read_endpoint(value: object) -> str:
    """Return the URL of the REST API."""
    url = read_url(value, ENDPOINT_ALLOWED)
    if not re.search(r"/rest/v3(\.[0-9]+)?(/|$)", urlsplit(url).path):
        raise refuse("the path of the URL holds no /rest/v3 or /rest/v3.1", ENDPOINT_ALLOWED)
    return url


def read_url(value: object, allowed: str) -> str:
    """Return an http(s) URL that carries no credentials and does not send them in the clear."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a URL", allowed)
    value = trim(value)
    if not re.fullmatch(r"[!-~]{1,2000}", value) or "${" in value or "%{" in value:
        raise refuse("a URL has no blanks, control characters, `${` or `%{`", allowed)
    scheme, host, has_user = _read_url_parts(value, allowed)
    if has_user:
        raise refuse(
            "a URL here carries no user name or password",
            f"{allowed}; credentials go into the environment",
        )
    if scheme == "http" and not _is_loopback(host):
        raise refuse(
            "with http the credentials would travel in the clear",
            f"{allowed}; http only for this machine",
        )
    return value


def _read_url_parts(value: str, allowed: str) -> tuple[str, str, bool]:
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port  # both raise on nonsense
    except ValueError:
        raise refuse("this is not a URL", allowed) from None
    if parts.scheme not in ("http", "https") or not host:
        raise refuse("this is not an http or https URL", allowed)
    if parts.query or parts.fragment:
        raise refuse("a URL here has no `?` and no `#`", allowed)
    return parts.scheme, host, "@" in parts.netloc


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
