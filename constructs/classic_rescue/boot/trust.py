"""Who may be given credentials: the service itself, and hosts that somebody outside the fleet file
has named. A line in that file alone must not decide where a key goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from classic_rescue.boot import environment

PUBLISHED_HOSTS = frozenset({"api.softlayer.com", "api.service.softlayer.com"})
"""Those of the service (SLDN: REST; `documented`)."""

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?|[0-9a-f:]{2,45}")


def trusted_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """The hosts of CLASSIC_RESCUE_TRUSTED_HOSTS. Raises ValueError for what is none."""
    names = re.split(r"[\s,]+", environ.get(environment.TRUSTED_HOSTS, "").strip().casefold())
    hosts = frozenset(name.strip("[]").removesuffix(".") for name in names if name)
    for host in sorted(hosts):
        if not _HOST.fullmatch(host):
            raise ValueError(
                f"{environment.TRUSTED_HOSTS}: {host!r} is no host; allowed: names or addresses,"
                " without scheme, port and path, with commas between them"
            )
    return hosts


def why_untrusted(url: str, environ: Mapping[str, str]) -> str:
    """Why a URL that the fleet file names gets no credentials, and what would allow it; empty where
    it may have them. Raises ValueError as `trusted_hosts` does.
    """
    host = (urlsplit(url).hostname or "").removesuffix(".")
    if host in PUBLISHED_HOSTS | trusted_hosts(environ):
        return ""
    return (
        f"only the fleet file names {host!r}, so it gets no credentials; where this is run, set"
        f" {environment.TRUSTED_HOSTS}={host} to allow it"
    )
