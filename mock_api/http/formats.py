"""The formats of the REST door: JSON, XML and plain text, by the end of the path
(classic-api.md 4.1).

That errors in XML stand in `<root>`, one element a field, is documented. How lists, null and
objects look in XML, and anything but one value in plain text, is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from pydantic_core import to_json  # a third of what the standard library takes

from mock_api.http.exchange import Answer

_QUOTE = {'"': "&quot;"}
# No XML 1.0 document can hold these.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Format(NamedTuple):
    """Its content type, and how an answer is written in it."""

    content_type: str
    encode: Callable[[Answer], bytes]


def without_suffix(path: str) -> str:
    """A path without the format at its end."""
    return path.removesuffix(f".{_end(path)}")


def format_of(path: str) -> Format:
    """The format that a path asks for."""
    return FORMATS.get(_end(path), FORMATS["json"])


def _end(path: str) -> str:
    """The format that a path ends with, or what nothing ends with."""
    end = path.rpartition(".")[2]
    return end if end in FORMATS else "/"


def xml_text(value: str) -> str:
    """A text without what XML cannot hold."""
    return _FORBIDDEN.sub("", value)


def _in_json(answer: Answer) -> bytes:
    return to_json(answer.body)


def _in_xml(answer: Answer) -> bytes:
    return "".join(f"{line}\n" for line in _lines("root", answer.body, "")).encode()


def _lines(name: str, value: object, space: str) -> Iterator[str]:
    rows: list[tuple[str, object]] = []
    if isinstance(value, Mapping):
        rows = [(str(key), below) for key, below in value.items()]
    elif isinstance(value, list | tuple):
        rows = [("item", below) for below in value]
    if rows:
        yield f"{space}<{name}>"
        for key, below in rows:
            yield from _lines(key, below, f"{space}    ")
        yield f"{space}</{name}>"
    elif value is None or isinstance(value, Mapping | list | tuple):
        yield f"{space}<{name}/>"
    else:
        yield f"{space}<{name}>{escape(_text(value), _QUOTE)}</{name}>"


def _in_text(answer: Answer) -> bytes:
    body = answer.body
    if isinstance(body, Mapping) and answer.status >= 400:
        body = body["error"]
    if isinstance(body, Mapping | list | tuple):
        return to_json(body)
    return _text(body).encode()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else xml_text(str(value))


FORMATS = {
    "json": Format("application/json", _in_json),
    "xml": Format("text/xml; charset=utf-8", _in_xml),
    "txt": Format("text/plain; charset=utf-8", _in_text),
}
