"""Numbers for Prometheus, in its forms: `prometheus_client` writes and escapes them."""

from __future__ import annotations

import base64
import http.client
import urllib.error
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import prometheus_client
from prometheus_client.openmetrics import exposition as open_exposition

from classic_rescue.api.posting import open_url
from classic_rescue.api.settings import is_loopback
from classic_rescue.boot import environment

PREFIX = "classic_rescue_"
JOB = "classic-rescue"
ALLOWED = "allowed: an https URL without a login, or http where no password is set"


class Gauge(NamedTuple):
    """One metric: a number for each row of its labels. Labels are names of the fleet file and words
    of ours, so that there are no more of them than devices.
    """

    name: str
    help: str
    labels: tuple[str, ...]
    rows: Mapping[tuple[str, ...], float]


def _registry(gauges: Sequence[Gauge]) -> prometheus_client.CollectorRegistry:
    registry = prometheus_client.CollectorRegistry()
    for gauge in gauges:
        made = prometheus_client.Gauge(
            PREFIX + gauge.name, gauge.help, gauge.labels, registry=registry
        )
        for labels, value in gauge.rows.items():
            (made.labels(*labels) if labels else made).set(value)
    return registry


def openmetrics(gauges: Sequence[Gauge]) -> str:
    """OpenMetrics 1.0."""
    write: Callable[[object], bytes] = open_exposition.generate_latest
    return write(_registry(gauges)).decode()


def text_format(gauges: Sequence[Gauge]) -> str:
    """Prometheus' own text format, which node_exporter and the Pushgateway read."""
    return prometheus_client.generate_latest(_registry(gauges)).decode()


def push(
    gateway: str,
    gauges: Sequence[Gauge],
    *,
    fleet: str,
    environ: Mapping[str, str],
    longest_s: float,
) -> str:
    """Replace what a Pushgateway has of this fleet. Returns why it cannot; empty when it has."""
    user = environ.get(environment.PUSH_USER, "")
    password = environ.get(environment.PUSH_PASSWORD, "")
    if refusal := _refusal(gateway, has_login=bool(user or password)):
        return refusal
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    authorization = f"Basic {login}" if user or password else ""

    def handler(
        url: str,
        method: str,
        timeout: float | None,
        headers: Sequence[tuple[str, str]],
        data: bytes,
    ) -> Callable[[], None]:
        content_type = dict(headers)["Content-Type"]

        def send() -> None:
            with open_url(
                url,
                data,
                longest_s,
                content_type=content_type,
                authorization=authorization,
                method=method,
            ):
                pass

        return send

    try:
        prometheus_client.push_to_gateway(
            gateway,
            job=JOB,
            registry=_registry(gauges),
            grouping_key={"fleet": fleet},
            timeout=longest_s,
            handler=handler,
        )
    except urllib.error.HTTPError as problem:
        problem.close()
        return f"the Pushgateway at {_host(gateway)} answered HTTP {problem.code}"
    except (OSError, ValueError, http.client.HTTPException) as problem:
        reason = getattr(problem, "reason", None) or problem
        said = getattr(reason, "strerror", None) or reason
        return f"the Pushgateway at {_host(gateway)} was not told: {said}"
    return ""


def _host(url: str) -> str:
    """Without its path, which may hold a secret."""
    return urlsplit(url).netloc


def _refusal(url: str, *, has_login: bool) -> str:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return f"not a usable URL; {ALLOWED}"
    if not is_usable or not all("!" <= sign <= "~" for sign in url):
        return f"not a usable URL; {ALLOWED}"
    if parts.username or parts.password:
        return f"the URL holds a login, which belongs into {environment.PUSH_PASSWORD}; {ALLOWED}"
    if has_login and parts.scheme == "http" and not is_loopback(url):
        return f"the password would travel in the clear; {ALLOWED}"
    return ""
