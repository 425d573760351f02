"""Which endpoint, as which user: from the environment, `~/.softlayer` and the fleet file. Secrets
stay in here.

Precedence, as `slcli` has it (SoftLayer/config.py): environment before file; for the endpoint:
`--endpoint`, then CLASSIC_RESCUE_ENDPOINT, then the fleet file, then the file's endpoint_url, then
the public one.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from classic_rescue.api.errors import SettingsError
from classic_rescue.api.proxies import find_proxy
from classic_rescue.api.softlayer_file import SettingsFile, read_softlayer_file
from classic_rescue.api.values import checked_secret, checked_token, checked_url, checked_user
from classic_rescue.boot import environment
from classic_rescue.boot.trust import why_untrusted

PUBLIC_ENDPOINT = "https://api.softlayer.com/rest/v3.1/"
PRIVATE_ENDPOINT = "https://api.service.softlayer.com/rest/v3.1/"
HOW_TO_SIGN_IN = (
    "set SL_USERNAME and SL_API_KEY (user `apikey` with an IBM Cloud API key), or IC_IAM_TOKEN (a"
    " bearer token), or write them to ~/.softlayer (`slcli config setup`)"
)
FLEET_FILE = "fleet file"
USUAL_TIMEOUT_S = 60.0
LONGEST_TIMEOUT_S = 3600.0


class Credentials(NamedTuple):
    """The value of the Authorization header, and from where it is: `source` names the user's
    origin, `key_source` the key's or token's.

    `secrets` are the texts that no output may hold; repr leaves both out.
    """

    user: str
    source: str
    authorization: str
    secrets: tuple[str, ...]
    key_source: str = ""

    @property
    def is_token(self) -> bool:
        """Whether it is a bearer token, which names no user."""
        return self.authorization.startswith("Bearer ")

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Credentials(user={self.user!r}, source={self.source!r})"


class Settings(NamedTuple):
    """A usable connection. `endpoint_source` and `proxy_source` say who chose endpoint and proxy;
    `timeout_s` is for one request.
    """

    endpoint: str
    endpoint_source: str
    credentials: Credentials
    timeout_s: float = 60.0
    proxy: str | None = None
    proxy_source: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that no output may hold."""
        password = urlsplit(self.proxy or "").password or ""
        return (*self.credentials.secrets, *_worth_hiding(password, unquote(password)))

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Settings(endpoint={self.endpoint!r}, credentials={self.credentials!r})"


def read_settings(
    environ: Mapping[str, str], *, endpoint: str | None = None, fleet: str | None = None
) -> Settings | None:
    """The connection that is configured; None where there is neither endpoint nor credentials.

    `endpoint` is the command line's choice, `fleet` the fleet file's.
    Raises SettingsError for what is half configured.
    """
    file = read_softlayer_file(environ)
    chosen, source = _endpoint(environ, file, endpoint, fleet)
    credentials = _credentials(environ, file)
    if not credentials and not chosen:
        return None
    url = checked_endpoint(chosen or PUBLIC_ENDPOINT, source)
    if source == FLEET_FILE:
        _refuse_untrusted(url, environ)
    if not credentials:
        raise SettingsError(
            f"endpoint {url} ({source}) is configured, but no credentials: {HOW_TO_SIGN_IN}"
        )
    proxy = None if is_loopback(url) else find_proxy(url, environ, file.find("proxy"))
    return Settings(
        url,
        source,
        credentials,
        timeout_s=_timeout_s(file),
        proxy=proxy and proxy.url,
        proxy_source=proxy.source if proxy else "",
    )


def _refuse_untrusted(url: str, environ: Mapping[str, str]) -> None:
    try:
        why = why_untrusted(url, environ)
    except ValueError as problem:
        raise SettingsError(str(problem)) from None
    if why:
        raise SettingsError(
            f"endpoint {url} ({FLEET_FILE}): {why}, or name the endpoint with --endpoint or"
            f" {environment.ENDPOINT}"
        )


def _credentials(environ: Mapping[str, str], file: SettingsFile) -> Credentials | None:
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
        return basic(
            checked_user(user, environment.SL_USERNAME),
            checked_secret(key, environment.SL_API_KEY, "the key"),
            environment.SL_USERNAME,
            key_source=environment.SL_API_KEY,
        )
    if token := environ.get(environment.IAM_TOKEN):
        return _bearer(token, environment.IAM_TOKEN, environment.IAM_TOKEN)
    return _filed_credentials(file) if file.name else None


def _filed_credentials(file: SettingsFile) -> Credentials:
    """Those of the file. One that is there without any is a mistake, and never means the mock."""
    user = file.find("username")
    key = file.find("api_key")
    if user and key:
        return basic(
            checked_user(user.text, user.where),
            checked_secret(key.text, key.where, "the key"),
            file.name,
            key_source=key.where,
        )
    if token := file.find("access_token"):
        return _bearer(token.text, file.name, token.where)
    if given := user or key:
        missing = "username" if key else "api_key"
        raise SettingsError(f"{given.where} is there, but {missing} is missing or empty: set both")
    raise SettingsError(
        f"{file.name} is there, but holds no username and api_key in a section [softlayer];"
        f" write them there, or {HOW_TO_SIGN_IN}; without that file the offline mock is used"
    )


def basic(user: str, key: str, source: str, *, key_source: str = "") -> Credentials:
    """Credentials of a classic API key, or of an IBM Cloud API key with the user `apikey`."""
    encoded = base64.b64encode(f"{user}:{key}".encode()).decode()
    return Credentials(
        user,
        source,
        f"Basic {encoded}",
        _worth_hiding(key, encoded),
        key_source=key_source or source,
    )


def _bearer(value: str, source: str, where: str) -> Credentials:
    token = checked_token(value, where)
    return Credentials(
        "(bearer token)", source, f"Bearer {token}", _worth_hiding(token), key_source=where
    )


def _worth_hiding(*secrets: str) -> tuple[str, ...]:
    """Secrets of five characters or more: hiding shorter ones would garble every text,
    and no real key is as short.
    """
    return tuple(secret for secret in secrets if len(secret) >= 5)


def _endpoint(
    environ: Mapping[str, str], file: SettingsFile, option: str | None, fleet: str | None
) -> tuple[str | None, str]:
    filed = file.find("endpoint_url")
    choices = (
        (option, "--endpoint"),
        (environ.get(environment.ENDPOINT), environment.ENDPOINT),
        (fleet, FLEET_FILE),
        (filed and filed.text, filed.where if filed else ""),
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
    allowed = f"allowed: {PUBLIC_ENDPOINT}, {PRIVATE_ENDPOINT} or another https URL with /rest/v3"
    parts = checked_url(url, f"endpoint of {source}", allowed)
    if parts.username or parts.password:
        raise SettingsError(f"endpoint of {source} holds credentials; {HOW_TO_SIGN_IN}")
    path = parts.path.replace("/xmlrpc/", "/rest/")
    shown = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    if parts.scheme not in ("http", "https") or not parts.hostname or "/rest/v3" not in path:
        raise SettingsError(
            f"endpoint {shown!r} ({source}) is not a REST endpoint of the classic API; {allowed}"
        )
    if parts.scheme == "http" and not is_loopback(shown):
        raise SettingsError(
            f"endpoint {shown!r} ({source}) would send the key unencrypted; {allowed}"
        )
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/") + "/", "", ""))


def is_loopback(url: str) -> bool:
    """Whether the URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    parts = host.split(".")
    is_127 = len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() for part in parts)
    return is_127 or host in ("localhost", "::1")


def _timeout_s(file: SettingsFile) -> float:
    """slcli writes 0 for "as usual"."""
    given = file.find("timeout")
    if not given:
        return USUAL_TIMEOUT_S
    try:
        timeout_s = float(given.text)
    except ValueError:
        timeout_s = -1.0
    if not 0 <= timeout_s <= LONGEST_TIMEOUT_S:  # also not a number
        raise SettingsError(
            f"{given.where} is not usable; allowed: a number of seconds up to"
            f" {LONGEST_TIMEOUT_S:g}, or 0 for the usual {USUAL_TIMEOUT_S:g}"
        )
    return timeout_s or USUAL_TIMEOUT_S
