"""The section [softlayer] of the files that slcli reads: /etc/softlayer.conf and ~/.softlayer."""

from __future__ import annotations

import base64
import configparser
import os
import stat
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from classic_rescue.api.errors import SettingsError
from classic_rescue.boot import environment

SECTION = "softlayer"
FOR_ALL = "/etc/softlayer.conf"
OWN = "~/.softlayer"
LARGEST_BYTES = 1 << 20
SECRET_KEYS = ("api_key", "access_token", "proxy")


class Entry(NamedTuple):
    """A value, and where it stands: file, line and key. Its repr leaves the value out."""

    text: str
    where: str

    def __repr__(self) -> str:
        """Without the value, which may be a secret."""
        return f"Entry(where={self.where!r})"


class SettingsFile(NamedTuple):
    """All values of the files by their keys. `name` is the file that counts, the last one there is;
    empty where there is none.
    """

    entries: Mapping[str, Entry]
    name: str = ""

    def find(self, key: str) -> Entry | None:
        """The value of this key; None where it is missing or empty."""
        entry = self.entries.get(key)
        return entry if entry and entry.text.strip() else None


def read_softlayer_file(environ: Mapping[str, str]) -> SettingsFile:
    """What the files hold, the user's own before the machine's.

    Raises SettingsError for a file that is there and cannot be read.
    """
    entries: dict[str, Entry] = {}
    last = ""
    for name, path in _paths(environ).items():
        content = _content(path, name)
        if content is not None:
            entries |= _entries(_text(content, name), name)
            last = name
    return SettingsFile(entries, last)


def secrets_in_files(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What no output may hold, also of a file that cannot be used; as far as it can be read."""
    found: list[str] = []
    for name, path in _paths(environ).items():
        try:
            content = _content(path, name) or b""
        except SettingsError:
            continue
        lines = content.decode("utf-8", "surrogateescape").splitlines()
        values = {key: _filed(lines, key) for key in ("username", *SECRET_KEYS)}
        found += [text for key in SECRET_KEYS for text in values[key]]
        found += [_login(user, key) for user in values["username"] for key in values["api_key"]]
    return tuple(found)


def _filed(lines: Sequence[str], key: str) -> list[str]:
    """Every value of a key, with its further lines; a proxy only where it has a login."""
    found: list[str] = []
    is_open = False
    for line in lines:
        name, sign, _ = line.replace(":", "=", 1).partition("=")
        if is_open and line[:1].isspace():
            found[-1] += f"\n{line.strip()}"
        else:
            is_open = bool(sign) and name.strip().lower() == key
            if is_open:
                found.append(line[len(name) + 1 :].strip())
    return [text for text in found if key != "proxy" or "@" in text]


def _login(user: str, key: str) -> str:
    return base64.b64encode(f"{user}:{key}".encode("utf-8", "surrogateescape")).decode()


def _paths(environ: Mapping[str, str]) -> dict[str, str]:
    home = environ.get(environment.HOME)
    return {FOR_ALL: FOR_ALL} | ({OWN: os.path.join(home, ".softlayer")} if home else {})


def _content(path: str, name: str) -> bytes | None:
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):
            raise SettingsError(f"{name} is a link that leads nowhere") from None
        return None
    except PermissionError:  # somebody else's home: whether the file is there cannot be seen
        return None
    except OSError as problem:
        raise SettingsError(f"{name} cannot be read: {problem.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise SettingsError(f"{name} is not a regular file")
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as problem:
        raise SettingsError(f"{name} cannot be read: {problem.strerror}") from None
    if len(content) > LARGEST_BYTES:
        raise SettingsError(f"{name} is larger than {LARGEST_BYTES >> 20} MiB")
    return content


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")  # editors of Windows begin a file with a mark
    except UnicodeDecodeError:
        raise SettingsError(f"{name} is not an ini file in UTF-8") from None


def _entries(text: str, name: str) -> dict[str, Entry]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as problem:  # its own text quotes the line
        raise SettingsError(f"{name}, {_mistake(problem)}") from None
    if not parser.has_section(SECTION):
        return {}
    lines = _lines(text)
    return {
        key: Entry(value, f"{name}, line {lines[key]}: {key}" if key in lines else f"{name}: {key}")
        for key, value in parser.items(SECTION)
    }


def _mistake(problem: Exception) -> str:
    if isinstance(problem, configparser.MissingSectionHeaderError):
        return f"line {problem.lineno}: it stands before any section; write [{SECTION}] above it"
    if isinstance(problem, configparser.DuplicateSectionError):
        return f"line {problem.lineno}: this section stands there twice; keep one"
    if isinstance(problem, configparser.DuplicateOptionError):
        return f"line {problem.lineno}: this key stands twice in its section; keep one"
    if isinstance(problem, configparser.ParsingError) and problem.errors:
        number = problem.errors[0][0]
        return f"line {number}: neither `key = value` nor a section such as [{SECTION}]"
    return "not readable as an ini file"


def _lines(text: str) -> dict[str, int]:
    """The lines of the section's keys, as the parser calls them."""
    found: dict[str, int] = {}
    is_inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            is_inside = line.startswith(f"[{SECTION}]")
        elif is_inside and not line[:1].isspace():
            key = line.replace(":", "=").partition("=")[0].strip().lower()
            found.setdefault(key, number)
    return found
