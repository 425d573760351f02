"""What a fleet file names, and what would be given credentials only because of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from classic_rescue.boot import environment
from classic_rescue.boot.trust import why_untrusted
from classic_rescue.fleet.backends import HttpBackend, S3Backend
from classic_rescue.fleet.entries import Fleet


def untrusted(fleet: Fleet, environ: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each place of the file that nobody outside it has named, before anything is
    sent there. What the environment names instead does not count. Raises ValueError.
    """
    if fleet.endpoint and not environ.get(environment.ENDPOINT):
        yield from _about(f"endpoint: {fleet.endpoint}", fleet.endpoint, fleet, environ)
    if not environ.get(environment.BACKEND):
        for field, url in _backend_urls(fleet):
            yield from _about(f"backend: {field}: {url}", url, fleet, environ)


def _about(place: str, url: str, fleet: Fleet, environ: Mapping[str, str]) -> Iterator[str]:
    if why := why_untrusted(url, environ):
        yield f"{fleet.source}: {place}: {why}"


def _backend_urls(fleet: Fleet) -> Iterator[tuple[str, str]]:
    """Where Terraform would send TF_HTTP_PASSWORD or sign with the key of AWS."""
    backend = fleet.backend
    if isinstance(backend, HttpBackend):
        yield "address", backend.address
        if backend.lock_address:
            yield "lock_address", backend.lock_address
        if backend.unlock_address:
            yield "unlock_address", backend.unlock_address
    elif isinstance(backend, S3Backend) and backend.endpoint:
        yield "endpoint", backend.endpoint
