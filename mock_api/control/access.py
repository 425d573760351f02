"""Who may use the control plane: it can read every key and change everything, so it never faces a
network by accident.

On loopback it is on, and safe from web pages: a page that a developer's browser shows cannot reach
it under a name of its own (DNS rebinding: the Host header must name this machine) nor send it
changes (CSRF: Origin must be its own). Elsewhere it is off until `--control` turns it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from mock_api.control.errors import Forbidden
from mock_api.domain.steering import ControlRequest

_READS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Access:
    """`reason_off` is why it is off, or None;
    `only_loopback_names` refuses requests for other hosts.
    """

    reason_off: str | None = None
    only_loopback_names: bool = False

    def check(self, request: ControlRequest) -> None:
        """Let the request pass. Raises Forbidden."""
        if self.reason_off is not None:
            raise Forbidden(self.reason_off)
        host = request.headers.get("host", "")
        if self.only_loopback_names and host and not is_loopback(_host_name(host)):
            raise Forbidden(
                f"The Host header {host[:100]!r} does not name this machine; call the control plane"
                " as 127.0.0.1 or localhost, or start the mock with another --host and --control."
            )
        origin = request.headers.get("origin")
        if (
            origin is not None
            and request.verb not in _READS
            and _origin_host(origin) != host.lower()
        ):
            raise Forbidden(
                f"The control plane takes no changes from web pages of {origin[:100]!r}."
            )


def access_of(host: str, wanted: bool | None) -> Access:
    """The access of a mock that listens on `host`; `wanted` is --control (True),
    --no-control (False) or neither.
    """
    if wanted is False:
        return Access("The control plane is off: this mock was started with --no-control.")
    if is_loopback(host):
        return Access(only_loopback_names=True)
    if wanted is None:
        return Access(
            f"The control plane is off: this mock listens on {host or 'every address'}, where other"
            " machines may reach it; start it with --control to turn it on."
        )
    return Access()


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine alone."""
    name = host.strip("[]").lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _host_name(host: str) -> str:
    """A Host header without its port."""
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]


def _origin_host(origin: str) -> str:
    """Host and port of an Origin header; nothing for `null` and nonsense."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
