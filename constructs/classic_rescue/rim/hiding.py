"""Secrets taken out of a text, in every form in which one could stand there.

Which secrets: what a process has in its environment under a name that says so, passwords in the
URLs there, and what the caller knows besides, such as the key of a file. Those of Terraform's
backends are among them: we only pass them through, but Terraform may quote them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

HIDDEN = "***"
SHORTEST = 5
"""Hiding shorter ones would garble every text, and no real key is as short."""

LONG_WORD = 8
"""From here on a word of a secret of several words is one by itself, as in `Bearer eyJ…`."""

_SECRET_NAME = re.compile(
    "PASSW|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIAL|CONN_STR", re.IGNORECASE
)
_PLACE_NAME = re.compile("_(FILE|DIR|PATH|SOCK|URL|URI)$", re.IGNORECASE)
_NOTIFY_NAME = re.compile("CLASSIC_RESCUE_NOTIFY_.*(?<!_HOST)")
"""Of what `notify:` names a host alone is none: the path of a webhook is all that it asks for."""

_NO_SECRET = re.compile("true|false|[0-9]{1,7}", re.IGNORECASE)
"""Settings about secrets rather than secrets; without them the JSON of a result would break."""

# Texts, since few hooks need them and making the patterns costs 1 % of a start.
_LOGINS = ("(?s)://([^/@]*)@", "(?s)://(.*)@")
"""The nearest and the farthest: a password that nobody quoted may hold any sign."""

_AFTER_WORD = r"(?is)password\s*=\s*(.*?)(?=\s\w+\s*=|[&;]|$)"
_IN_QUERY = "(?is)[?&][^=&]*(?:key|token|secret|pass|sig)[^=&]*=([^&#]*)"
_PLAIN = re.compile("[A-Za-z0-9.-]*")
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos", "\t": "Tab"}
_SHORT = {"\t": "t", "\b": "b", "\f": "f"}
_PART = re.compile("[A-Za-z0-9]+")


class Form:
    """One text to take out, however its signs are spelt: as JSON, repr, URL or markup.

    The pattern is made when a text seems to hold it: making it costs more than all the rest.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._part = max(_PART.findall(text), key=len, default="")
        self._pattern: re.Pattern[str] | None = None

    def hidden(self, text: str) -> str:
        """The text without it."""
        if self._part not in text:
            return text
        if _PLAIN.fullmatch(self._text):
            return text.replace(self._text, HIDDEN)
        self._pattern = self._pattern or _pattern(self._text)
        return self._pattern.sub(HIDDEN, text)


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets of an environment: variables with such a name, and passwords in any of them."""
    found: dict[str, None] = {}
    for name, value in environ.items():
        is_secret = _SECRET_NAME.search(name) and not _PLACE_NAME.search(name)
        if is_secret or _NOTIFY_NAME.fullmatch(name):
            found[value] = None
        found |= dict.fromkeys(_passwords_in(value))
    return tuple(value for value in found if _is_worth_hiding(value.strip()))


def _passwords_in(value: str) -> Iterator[str]:
    if "://" in value:
        for login in (login for pattern in _LOGINS for login in re.findall(pattern, value)):
            user, _, password = login.partition(":")
            yield password
            yield unquote(password)
            yield _base64(f"{unquote(user)}:{unquote(password)}")
        for secret in re.findall(_IN_QUERY, value):
            yield secret
            yield unquote(secret)
    if "=" in value and "password" in value.casefold():
        for password in re.findall(_AFTER_WORD, value):
            yield password.strip().strip("'")


def forms_of(secrets: Iterable[str], *, users: Iterable[str] = ()) -> tuple[Form, ...]:
    """Everything to take out for these secrets, longest first.

    `users` are those whose name may stand before a secret in the base64 of Basic authentication.
    """
    names = tuple(user.strip() for user in users if user.strip())
    texts = {text for secret in secrets for text in _texts(secret, names) if _is_worth_hiding(text)}
    return tuple(Form(text) for text in sorted(texts, key=len, reverse=True))


def hide(text: str, forms: Iterable[Form]) -> str:
    """The text without these forms of secrets."""
    for form in forms:
        text = form.hidden(text)
    return text


def hide_in_file(path: str, forms: Iterable[Form]) -> None:
    """Write the file again without these forms, where it holds one. It keeps its mode.

    Raises OSError.
    """
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        content = file.read()
    hidden = hide(content, forms)
    if hidden != content:
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(hidden)


def _is_worth_hiding(text: str) -> bool:
    return len(text) >= SHORTEST and not _NO_SECRET.fullmatch(text)


def _texts(secret: str, users: tuple[str, ...]) -> Iterator[str]:
    """A secret, each of its lines, each long word and password in it, and their base64."""
    whole = secret.strip()
    words = (word for word in whole.split() if len(word) >= LONG_WORD)
    lines = map(str.strip, whole.splitlines())
    for text in {whole, *lines, *words, *_passwords_in(whole)}:
        yield text
        yield _base64(text)
        yield _base64(text).translate({ord("+"): "-", ord("/"): "_"})
        for user in users:
            yield _base64(f"{user}:{text}")


def _pattern(text: str) -> re.Pattern[str]:
    """Reports put a sign of no width, or a blank, behind some signs, so that they are no markup."""
    spelt = (_spellings(sign) + ("" if sign.isalnum() else "(?:&#8203;| )?") for sign in text[:-1])
    return re.compile("".join((*spelt, _spellings(text[-1]))))


def _spellings(sign: str) -> str:
    """A pattern of every way in which a sign is written: in JSON, repr, URLs and markup."""
    if _PLAIN.fullmatch(sign):
        return re.escape(sign)
    number = ord(sign)
    content = sign.encode("utf-8", "surrogateescape")
    ways = [
        rf"\\*{re.escape(sign)}",
        f"(?i:{''.join(f'%{byte:02x}' for byte in content)})",
        f"&#{number};",
        f"(?i:&#x0*{number:x};)",
        "".join(rf"\\+x{byte:02x}" for byte in content),
        "(?i:" + "".join(rf"\\+u{unit:04x}" for unit in _units(sign)) + ")",
        rf"(?i:\\+u{number:08x})",
    ]
    if sign == " ":
        ways.append(r"\+")
    if sign in _NAMED:
        ways.append(f"&{_NAMED[sign]};")
    if sign in _SHORT:
        ways.append(rf"\\+{_SHORT[sign]}")
    if 0x80 <= number <= 0xFF:
        ways.append(rf"\\+x{number:02x}")
    return f"(?:{'|'.join(ways)})"


def _units(sign: str) -> tuple[int, ...]:
    """The numbers of UTF-16, as JSON writes a sign: two for one beyond the first plane."""
    number = ord(sign) - 0x10000
    return (ord(sign),) if number < 0 else (0xD800 + (number >> 10), 0xDC00 + (number & 0x3FF))


def _base64(text: str) -> str:
    """Without its end, which a URL leaves out."""
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode().rstrip("=")
