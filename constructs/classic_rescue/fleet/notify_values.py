"""The values of `notify:`, one function each: it returns the value or raises the refusal."""

from __future__ import annotations

import re
from email.headerregistry import Address
from enum import StrEnum
from typing import TypeVar

from classic_rescue.boot import environment
from classic_rescue.boot.channels import Form, Kind, Tls
from classic_rescue.fleet.nearest import did_you_mean
from classic_rescue.fleet.refusal import refuse, refuse_no_text
from classic_rescue.fleet.scalars import show
from classic_rescue.fleet.spelling import trim, word
from classic_rescue.fleet.values import HOSTNAME_PATTERN, is_ip, read_line

VARIABLE_PATTERN = rf"{environment.NOTIFY_PREFIX}[A-Z0-9_]{{1,64}}"
NAME_PATTERN = r"[a-z0-9][a-z0-9_-]{0,31}"
MAIL_PATTERN = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}"
MAX_CHANNELS = 20
MAX_RECIPIENTS = 20
MAX_WORDS = 50
MAX_CHARACTERS = 1000

CHANNELS_ALLOWED = (
    "a list such as [{name: ops, webhook: {form: slack, url_from:"
    f" {environment.NOTIFY_PREFIX}OPS}}}}]"
)
CHANNEL_ALLOWED = "a mapping with a `name` and one of webhook, email, command"
NAME_ALLOWED = "1 to 32 of a-z, digits, `_` and `-`, the first a letter or a digit"
WEBHOOK_ALLOWED = f"a mapping such as {{form: slack, url_from: {environment.NOTIFY_PREFIX}OPS}}"
EMAIL_ALLOWED = (
    "a mapping such as {host: mail.example.com, from: rescue@example.com, to: [ops@example.com]}"
)
VARIABLE_ALLOWED = (
    f"the name of an environment variable that begins with {environment.NOTIFY_PREFIX}, such as"
    f" {environment.NOTIFY_PREFIX}OPS"
)
HOST_ALLOWED = "a host name or an address, such as mail.example.com; the port goes into `port`"
MAIL_ALLOWED = "an address such as ops@example.com, without a name"
COMMAND_ALLOWED = "a list of words such as [./page.sh, --quiet]; no shell reads it"
FORM_ALLOWED = ", ".join(Form)
TLS_ALLOWED = ", ".join(Tls)
EVENTS_ALLOWED = f"a list of {', '.join(sorted(Kind))}"

_Word = TypeVar("_Word", bound=StrEnum)


def read_channels(value: object) -> object:
    """Return the list of channels, each to be read by itself."""
    if not isinstance(value, list):
        raise refuse("the channels are a list", CHANNELS_ALLOWED, is_secret=True)
    if len(value) > MAX_CHANNELS:
        raise refuse(f"{len(value)} channels are too many", f"at most {MAX_CHANNELS}")
    return value


def read_channel_shape(value: object) -> object:
    """Return a channel with exactly one way. Nothing of it is shown: a URL may stand anywhere."""
    if not isinstance(value, dict):
        raise refuse("a channel is a mapping", CHANNEL_ALLOWED, is_secret=True)
    ways = [key for key in ("webhook", "email", "command") if key in value]
    if len(ways) > 1:
        text = f"a channel is one way, here {' and '.join(ways)}"
        raise refuse(text, CHANNEL_ALLOWED, part=ways[1], is_secret=True)
    known = {"name", "events", "devices", "tags"}
    if not ways and known.issuperset(map(str, value)):
        raise refuse("it does not say how to tell somebody", CHANNEL_ALLOWED, is_secret=True)
    return value


def read_webhook_shape(value: object) -> object:
    """Return what is to be read as a mapping; a text here is most likely the URL."""
    if not isinstance(value, dict):
        raise _no_url(WEBHOOK_ALLOWED)
    if "url" in value:
        raise _no_url(f"`url_from:` with {VARIABLE_ALLOWED}", part="url")
    return value


def _no_url(allowed: str, part: str = "") -> Exception:
    text = "a URL does not go into this file: whoever knows it can post there"
    return refuse(text, allowed, part=part, is_secret=True)


def read_email_shape(value: object) -> object:
    """Return what is to be read as a mapping, with one way to the host."""
    if not isinstance(value, dict):
        raise refuse("this must be a mapping", EMAIL_ALLOWED, is_secret=True)
    for key in ("user", "password"):
        if key in value:
            text = "a login does not go into this file"
            allowed = f"`{key}_from:` with {VARIABLE_ALLOWED}"
            raise refuse(text, allowed, part=key, is_secret=True)
    if ("host" in value) == ("host_from" in value):
        raise refuse("the mail server is named once", "one of host, host_from", is_secret=True)
    if "password_from" in value and "user_from" not in value:
        raise refuse("a password without its user", "user_from beside it", part="password_from")
    return value


def read_variable(value: object) -> str:
    """Return the name of a variable. Anything else may be the secret itself, and is not shown."""
    if isinstance(value, str) and "://" in value:
        raise _no_url(VARIABLE_ALLOWED)
    if not isinstance(value, str) or not re.fullmatch(VARIABLE_PATTERN, trim(value)):
        raise refuse("this names no variable for this", VARIABLE_ALLOWED, is_secret=True)
    return trim(value)


def read_channel_name(value: object) -> str:
    """Return what people call a channel."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a channel's name", NAME_ALLOWED)
    if not re.fullmatch(NAME_PATTERN, trim(value)):
        raise refuse("this cannot be a channel's name", NAME_ALLOWED)
    return trim(value)


def read_host(value: object) -> str:
    """Return the mail server."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a mail server", HOST_ALLOWED)
    host = trim(value).removesuffix(".").lower()
    if not (is_ip(host) or (len(host) <= 253 and re.fullmatch(HOSTNAME_PATTERN, host))):
        raise refuse("this is not a host", HOST_ALLOWED)
    return host


def read_mail(value: object) -> str:
    """Return an address of mail: what goes into a header must not begin another one."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "an address", MAIL_ALLOWED)
    text = trim(value)
    try:
        is_address = bool(re.fullmatch(MAIL_PATTERN, text) and Address(addr_spec=text).domain)
    except (ValueError, IndexError):
        is_address = False
    if not is_address:
        raise refuse("this is not an address of mail", MAIL_ALLOWED)
    return text


def read_recipients(value: object) -> object:
    """Return the list of addresses, each to be read by itself; one alone is a list of one."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_RECIPIENTS:
        raise refuse("addresses are a list", f"1 to {MAX_RECIPIENTS} addresses: {MAIL_ALLOWED}")
    return given


def read_command(value: object) -> tuple[str, ...]:
    """Return the words of a command."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_WORDS:
        raise refuse("a command is a list of words", COMMAND_ALLOWED, is_secret=True)
    for part in value:
        if isinstance(part, str) and "://" in part:
            raise _no_url("a variable that the command itself reads")
        read_line(part, "a word of a command", COMMAND_ALLOWED, MAX_CHARACTERS)
    return tuple(map(str, value))


def read_form(value: object) -> Form:
    """Return what a webhook takes."""
    return _one_of(Form, value, "a form")


def read_tls(value: object) -> Tls:
    """Return how a mail server is spoken to."""
    written = getattr(value, "written", value)  # YAML reads a bare `off` as a boolean
    return _one_of(Tls, written, "a way of encryption")


def read_events(value: object) -> frozenset[Kind]:
    """Return the kinds of events that a channel takes."""
    if not isinstance(value, list) or not value:
        raise refuse("events are a list", EVENTS_ALLOWED)
    return frozenset(_one_of(Kind, one, "an event") for one in value)


def _one_of(words: type[_Word], value: object, what: str) -> _Word:
    allowed = ", ".join(sorted(words))
    if not isinstance(value, str):
        raise refuse_no_text(value, what, allowed)
    text = str(word(value)).lower().replace("-", "_").replace(" ", "_")
    if text not in set(words):
        raise refuse(f"no such word: {show(value)}{did_you_mean(text, tuple(words))}", allowed)
    return words(text)
