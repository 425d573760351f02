"""A fleet file's text, or the reason why it cannot be read."""

from __future__ import annotations

import codecs
import os
import shlex
import stat
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.fleet.errors import FleetErrors, Problem

MAX_BYTES = 10_000_000
_LIMIT = f"{MAX_BYTES // 1_000_000} MB"

DEFAULT = "fleet.yaml"
"""The fleet file's name where nobody gives another."""

_TEXT = "a YAML text in UTF-8"
_HOW_ON_WINDOWS = "in PowerShell: `Set-Content -Encoding utf8`"
_MAKE = "a YAML file; the shortest is the one line `devices: {}`"


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file, at most 10 MB of UTF-8. Raises FleetErrors."""
    source = os.fspath(path)
    try:
        _check_status(source, Path(path).stat())
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _missing(source) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, NotADirectoryError):
            reason = f"{Path(path).parent} is no folder"
        raise _error(
            source,
            f"the file cannot be read: {reason}",
            f"a file that this user may read; {_how_to_name()}",
        ) from None
    if len(content) > MAX_BYTES:
        raise _too_large(source, len(content))
    return _decode(source, content)


def _check_status(source: str, status: os.stat_result) -> None:
    """Refuse what cannot be a fleet file before reading it."""
    if stat.S_ISDIR(status.st_mode):
        inside = Path(source, DEFAULT)
        hint = f": {inside}" if inside.is_file() else f"; {_how_to_name()}"
        raise _error(source, "this is a folder", f"{_MAKE}; name the file in the folder{hint}")
    if not stat.S_ISREG(status.st_mode):
        message = "this is not a regular file but a pipe, socket or device, which is read once"
        allowed = f"{_MAKE}; a command reads it more than once: save it to a file"
        raise _error(source, message, allowed)
    if status.st_size > MAX_BYTES:
        raise _too_large(source, status.st_size)


def _missing(source: str) -> FleetErrors:
    """Where was looked, what may be meant, and the ways to name another file."""
    path = Path(source)
    if path.is_symlink():
        message = f"this is a link to {os.readlink(path)}, which is not there"
        return _error(source, message, f"a link to a file that is there; or {_how_to_name()}")
    try:
        folder = path.absolute().parent
    except OSError:
        gone = "the folder that this was started in is not there any more"
        return _error(source, f"there is no such file: {gone}", _how_to_name())
    message = "there is no such file"
    if not folder.is_dir():
        message += f", nor its folder {folder}"
    elif near := _find_near(path, folder):
        message += f"; did you mean {near}?"
    return _error(
        source, message, f"{_MAKE}; looked for in {folder}; {_how_to_name()}, or write it"
    )


def _find_near(path: Path, folder: Path) -> str:
    """A file of nearly the same name beside it, or one of the same name further up."""
    names: list[str] = []
    with suppress(OSError):  # a folder that may be entered but not listed
        names = [entry.name for entry in folder.iterdir() if entry.suffix in (".yaml", ".yml")]
    if near := get_close_matches(path.name, names, n=1, cutoff=0.7):
        return str(path.with_name(near[0]))
    above = next((up for up in folder.parents if (up / path.name).is_file()), None)
    return f"{above / path.name}, after `cd {shlex.quote(str(above))}`" if above else ""


def _how_to_name() -> str:
    return (
        "`cd` into the folder that holds the fleet file, or name it with --fleet PATH or"
        f" {environment.FLEET}=PATH"
    )


def _too_large(source: str, size_bytes: int) -> FleetErrors:
    return _error(
        source,
        f"the file has {size_bytes / 1_000_000:.1f} MB, too much for a fleet",
        f"at most {_LIMIT}",
    )


def _decode(source: str, content: bytes) -> str:
    other = _other_encoding(content)
    nul = content.find(b"\0")
    if nul >= 0 and not other:
        where = f"a NUL (U+0000) on line {_line_of(content, nul)}"
        raise _error(source, f"this is a binary file, not text: {where}", _TEXT)
    how = f"; save the file as UTF-8 ({_HOW_ON_WINDOWS})" if other else "; save the file as UTF-8"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_of(content, error.start)
        found = f"the byte 0x{content[error.start]:02x} on line {line}"
        looks = f"; it looks like {other}" if other else ""
        message = f"this is not UTF-8: {found}{looks}"
        problem = Problem(file=source, line=line, message=message, allowed=f"{_TEXT}{how}")
        raise FleetErrors([problem]) from None
    if other:
        raise _error(source, f"this is not UTF-8; it looks like {other}", f"{_TEXT}{how}")
    return text


def _line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _other_encoding(content: bytes) -> str:
    """The name of the Unicode encoding that is not UTF-8, by its mark or by its zeros."""
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    start = content[:400]
    is_every_second = any(
        len(start) > 3 and not any(start[first::2]) and all(start[1 - first :: 2])
        for first in (0, 1)
    )
    return "UTF-16" if is_every_second else ""


def _error(source: str, message: str, allowed: str) -> FleetErrors:
    return FleetErrors([Problem(file=source, message=message, allowed=allowed)])
