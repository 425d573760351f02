"""Which proxy stands between here and the endpoint: urllib's rules, for https alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from classic_rescue.api.errors import SettingsError
from classic_rescue.api.softlayer_file import Entry
from classic_rescue.api.values import checked_url
from classic_rescue.boot import environment

ALLOWED = "allowed: http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, where blanks are %20"


class Proxy(NamedTuple):
    """Its URL, which may hold a password, and who chose it."""

    url: str
    source: str


def find_proxy(endpoint: str, environ: Mapping[str, str], filed: Entry | None) -> Proxy | None:
    """The proxy for this endpoint: the environment's, or the file's; none where NO_PROXY says so.

    Raises SettingsError for one that cannot be used.
    """
    chosen = _first(environ, (environment.HTTPS_PROXY_SMALL, environment.HTTPS_PROXY))
    text, source = chosen or filed or ("", "")
    text = text.strip()
    if not text or _is_passed_by(endpoint, environ):
        return None
    parts = checked_url(text if "://" in text else f"http://{text}", source, ALLOWED)
    if parts.scheme not in ("http", "https"):
        kind = f" of the kind {parts.scheme}" if parts.scheme.startswith("socks") else ""
        raise SettingsError(f"{source}: a proxy{kind} is not supported; {ALLOWED}")
    return Proxy(urlunsplit((parts.scheme, parts.netloc, "", "", "")), source)


def _first(environ: Mapping[str, str], names: tuple[str, str]) -> Entry | None:
    """The variable in small letters counts where it is set; set and empty, it switches both off."""
    name = next((name for name in names if name in environ), names[0])
    return Entry(environ[name], name) if environ.get(name) else None


def _is_passed_by(endpoint: str, environ: Mapping[str, str]) -> bool:
    said = _first(environ, (environment.NO_PROXY_SMALL, environment.NO_PROXY))
    if not said:
        return False
    # Costs a tenth of a hook's start, and most have no proxy.
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # not in typeshed

    parts = urlsplit(endpoint)
    host = f"{parts.hostname}:{parts.port or 443}"
    return bool(proxy_bypass_environment(host, {"no": said.text.strip()}))
