"""Which endpoint, as which user: from the environment, `~/.softlayer` and the fleet file. Secrets
stay in here.

Precedence, as `slcli` has it (SoftLayer/config.py): environment before file; for the endpoint:
`--endpoint`, then CLASSIC_RESCUE_ENDPOINT, then the fleet file, then the file's endpoint_url, then
the public one.
"""

from __future__ import annotations

import base64
import os.path
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from classic_rescue.api.errors import SettingsError
from classic_rescue.boot import environment

PUBLIC_ENDPOINT = "https://api.softlayer.com/rest/v3.1/"
PRIVATE_ENDPOINT = "https://api.service.softlayer.com/rest/v3.1/"
HOW_TO_SIGN_IN = (
    "set SL_USERNAME and SL_API_KEY (user `apikey` with an IBM Cloud API key), or IC_IAM_TOKEN (a"
    " bearer token), or write them to ~/.softlayer (`slcli config setup`)"
)


class Credentials(NamedTuple):
    """The value of the Authorization header, and from where it is.

    `secrets` are the texts that no output may hold; repr leaves both out.
    """

    user: str
    source: str
    authorization: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Credentials(user={self.user!r}, source={self.source!r})"


class Settings(NamedTuple):
    """A usable connection. `endpoint_source` says who chose the endpoint;
    `timeout_s` is for one request.
    """

    endpoint: str
    endpoint_source: str
    credentials: Credentials
    timeout_s: float = 60.0
    proxy: str | None = None
    proxy_source: str = ""


class _File(NamedTuple):
    values: dict[str, str]
    name: str


def read_settings(
    environ: Mapping[str, str], *, endpoint: str | None = None, fleet: str | None = None
) -> Settings | None:
    """The connection that is configured; None where there is neither endpoint nor credentials.

    `endpoint` is the command line's choice, `fleet` the fleet file's.
    Raises SettingsError for what is half configured.
    """
    file = _read_file(environ)
    credentials = _credentials(environ, file)
    chosen, source = _endpoint(environ, file, endpoint, fleet)
    if not credentials and not chosen:
        return None
    if not credentials:
        raise SettingsError(
            f"endpoint {chosen} ({source}) is configured, but no credentials: {HOW_TO_SIGN_IN}"
        )
    proxy = (
        environ.get(environment.HTTPS_PROXY_SMALL)
        or environ.get(environment.HTTPS_PROXY)
        or file.values.get("proxy")
    )
    url = checked_endpoint(chosen or PUBLIC_ENDPOINT, source)
    return Settings(
        url,
        source,
        credentials,
        timeout_s=_timeout_s(file),
        proxy=None if is_loopback(url) else proxy,
    )


def _credentials(environ: Mapping[str, str], file: _File) -> Credentials | None:
    user = environ.get(environment.SL_USERNAME, "")
    key = environ.get(environment.SL_API_KEY, "")
    if bool(user) != bool(key):
        given, missing = (
            (environment.SL_USERNAME, environment.SL_API_KEY)
            if user
            else (environment.SL_API_KEY, environment.SL_USERNAME)
        )
        raise SettingsError(f"{given} is set, but {missing} is not; set both")
    if user:
        return basic(user, key, environment.SL_USERNAME)
    if token := environ.get(environment.IAM_TOKEN):
        return _bearer(token, environment.IAM_TOKEN)
    user = file.values.get("username", "")
    key = file.values.get("api_key", "")
    if user and key:
        return basic(user, key, file.name)
    token = file.values.get("access_token", "")
    return _bearer(token, file.name) if token else None


def basic(user: str, key: str, source: str) -> Credentials:
    """Credentials of a classic API key, or of an IBM Cloud API key with the user `apikey`."""
    encoded = base64.b64encode(f"{user}:{key}".encode()).decode()
    return Credentials(user, source, f"Basic {encoded}", _worth_hiding(key, encoded))


def _bearer(token: str, source: str) -> Credentials:
    bare = token.removeprefix("Bearer ").strip()
    return Credentials("(bearer token)", source, f"Bearer {bare}", _worth_hiding(bare))


def _worth_hiding(*secrets: str) -> tuple[str, ...]:
    """Secrets of five characters or more: hiding shorter ones would garble every text,
    and no real key is as short.
    """
    return tuple(secret for secret in secrets if len(secret) >= 5)


def _endpoint(
    environ: Mapping[str, str], file: _File, option: str | None, fleet: str | None
) -> tuple[str | None, str]:
    choices = (
        (option, "--endpoint"),
        (environ.get(environment.ENDPOINT), environment.ENDPOINT),
        (fleet, "fleet file"),
        (file.values.get("endpoint_url"), file.name),
    )
    return next(
        ((value, source) for value, source in choices if value), (None, "the public default")
    )


def checked_endpoint(url: str, source: str) -> str:
    """The REST endpoint of this URL, ending in a slash; an XML-RPC one, as slcli writes it, is
    turned into REST.

    Raises SettingsError: only https, or http on this machine,
    since the key travels with every request.
    """
    parts = urlsplit(url.strip())
    path = parts.path.replace("/xmlrpc/", "/rest/")
    allowed = f"allowed: {PUBLIC_ENDPOINT}, {PRIVATE_ENDPOINT} or another https URL with /rest/v3"
    if parts.scheme not in ("http", "https") or not parts.hostname or "/rest/v3" not in path:
        raise SettingsError(
            f"endpoint {url!r} ({source}) is not a REST endpoint of the classic API; {allowed}"
        )
    if parts.username or parts.password:
        raise SettingsError(f"endpoint of {source} holds credentials; {HOW_TO_SIGN_IN}")
    if parts.scheme == "http" and not is_loopback(url):
        raise SettingsError(
            f"endpoint {url!r} ({source}) would send the key unencrypted; {allowed}"
        )
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/") + "/", "", ""))


def is_loopback(url: str) -> bool:
    """Whether the URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    parts = host.split(".")
    is_127 = len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() for part in parts)
    return is_127 or host in ("localhost", "::1")


def _timeout_s(file: _File) -> float:
    given = file.values.get("timeout", "")
    try:
        return float(given) if given and float(given) > 0 else 60.0
    except ValueError:
        raise SettingsError(
            f"{file.name}: timeout = {given!r}; allowed: a number of seconds above 0"
        ) from None


def _read_file(environ: Mapping[str, str]) -> _File:
    """The `[softlayer]` sections that slcli reads, /etc first; empty where there are none."""
    home = environ.get(environment.HOME)
    paths = ["/etc/softlayer.conf", *([os.path.join(home, ".softlayer")] if home else [])]
    present = [path for path in paths if os.path.isfile(path)]
    if not present:
        return _File({}, "~/.softlayer")
    import configparser  # costs 3 % of a hook's start, and most have no file

    parser = configparser.RawConfigParser()
    try:
        parser.read(present, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError) as problem:
        words = type(problem).__name__  # never its text, which quotes the line
        raise SettingsError(
            f"{present[-1]}: not readable as an ini file ({words}); {HOW_TO_SIGN_IN}"
        ) from None
    values = dict(parser.items("softlayer")) if parser.has_section("softlayer") else {}
    return _File(values, "/etc/softlayer.conf" if present[-1] == paths[0] else "~/.softlayer")
