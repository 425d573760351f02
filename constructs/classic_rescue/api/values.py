"""Values that come from outside, checked where they are read.

A value that could not go into a header or a URL is refused here, by the name of its variable, or by
its file and line. No sentence quotes a value: it may be a secret, or hold one.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from classic_rescue.api.errors import SettingsError

_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


def checked_user(value: str, source: str) -> str:
    """A user name, without white space around it. Raises SettingsError."""
    text = _text(value, source, "the user name")
    if ":" in text:  # Basic separates user and key by it
        raise SettingsError(f"{source} holds a colon; give the user name alone")
    return text


def checked_secret(value: str, source: str, what: str) -> str:
    """A key or token, which is ASCII without blanks, without white space around it.
    Raises SettingsError.
    """
    text = _text(value, source, what)
    problem = ""
    if any(character.isspace() for character in text):
        problem = "holds white space"
    elif len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        problem = "stands in quotation marks"
    elif not text.isascii():
        problem = "holds a character outside ASCII"
    if problem:
        raise SettingsError(f"{source} {problem}; give {what} alone")
    return text


def checked_token(value: str, source: str) -> str:
    """A bearer token, without the word Bearer. Raises SettingsError."""
    text = _text(value, source, "the token")
    word, blank, rest = text.partition(" ")
    if word.casefold() == "bearer":
        text = rest.strip() if blank else ""
    if not text:
        raise SettingsError(f"{source} holds no token; give the token alone")
    return checked_secret(text, source, "the token")


def checked_url(value: str, source: str, allowed: str) -> SplitResult:
    """The parts of a URL with a host and, where it names a port, one that there is.
    Raises SettingsError.
    """
    text = value.strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        problem = _problem(text) or "holds a character that a URL cannot have"
        raise SettingsError(f"{source} {problem}; {allowed}")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise SettingsError(f"{source} is not a URL; {allowed}") from None
    try:
        port_is_fine = parts.port != 0
    except ValueError:
        port_is_fine = False
    if not port_is_fine:
        raise SettingsError(
            f"{source} names a port that there is not: a port is a number from 1 to 65535;"
            f" {allowed}"
        )
    if not _is_host(host):
        raise SettingsError(f"{source} names no host that there could be; {allowed}")
    return parts


def _is_host(host: str) -> bool:
    if ":" in host:  # an IPv6 address, of which urlsplit has checked the form
        return True
    labels = host.removesuffix(".").split(".")
    return len(host) < 255 and all(0 < len(label) < 64 for label in labels)


def _text(value: str, source: str, what: str) -> str:
    text = value.strip()
    if not text:
        raise SettingsError(f"{source} is empty; give {what}, or unset it")
    if problem := _problem(text):
        raise SettingsError(f"{source} {problem}; give {what} alone")
    return text


def _problem(text: str) -> str:
    """What no value may hold; empty where it holds none of that."""
    for character in text:
        if character in _BREAKS:
            return "holds a line break"
        if "\ud800" <= character <= "\udfff":
            return "holds bytes that are not UTF-8"
        if character < " " or "\x7f" <= character <= "\x9f":
            return "holds a control character"
        if not character.isprintable() and not character.isspace():
            return "holds an invisible character"
    return ""
