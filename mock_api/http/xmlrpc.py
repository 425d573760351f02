"""The XML-RPC door (classic-api.md 4.4): the method in the body, the rest in the first parameter's
`headers`.

What the real service does, seen by softlayer-python: a fault comes with HTTP 200, its code is the
exception class as text, and null is an empty text.
"""

from __future__ import annotations

import re
import xmlrpc.client
from collections.abc import Mapping
from functools import cached_property
from typing import cast
from xml.parsers.expat import ExpatError

from mock_api.contract import SERVICES, not_served
from mock_api.domain.errors import NotWellFormed
from mock_api.http.credentials import Login, Scheme, read_header
from mock_api.http.exchange import Answer, Invocation, Request
from mock_api.http.formats import xml_text
from mock_api.http.identifiers import read_identifier
from mock_api.http.limits import read_struct

# As recorded: no <methodResponse> around a result, and no white space (softlayer-go reads every
# list of another answer as one empty object). Around a fault it is documented.
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_BREAK = re.compile(r"(?<=>)(?<!<string>)(?<!<name>)\n")
_LATIN = re.compile(rb"""\A(<\?xml[^>]*encoding=['"])iso-8859-1(['"])""", re.IGNORECASE)
_LARGEST = 2**31 - 1  # what <int> holds


class XmlRpcDoor:
    """A request of the XML-RPC door."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def read_login(self) -> Login | None:
        """The struct `authenticate`, else the Authorization header.

        Raises NotWellFormed, AccessDenied.
        """
        given = _struct(self._headers.get("authenticate"))
        if given.get("complexType") == "PortalLoginToken":
            return Login(
                Scheme.PORTAL, str(given.get("userId", "")), str(given.get("authToken", ""))
            )
        if given:
            return Login(Scheme.KEY, str(given.get("username", "")), str(given.get("apiKey", "")))
        return read_header(self.request.authorization)

    def read_invocation(self) -> Invocation:
        """What the body says. Raises NotWellFormed, UnknownService, UnknownIdentifier."""
        service = self.request.path.strip("/")
        if service not in SERVICES:
            raise not_served(service, self._call[1])
        headers = self._headers
        number = _struct(headers.get(f"{service}InitParameters")).get("id")
        mask = _struct(headers.get("SoftLayer_ObjectMask") or headers.get(f"{service}ObjectMask"))
        return Invocation(
            service=service,
            identifier=None if number is None else read_identifier(number),
            method=self._call[1],
            arguments=self._call[0],
            has_null=False,
            mask=_mask(mask.get("mask", mask or None)),
            filter=_struct(headers.get(f"{service}ObjectFilter")),
            limit=read_struct(_struct(headers.get("resultLimit"))),
        )

    @property
    def _headers(self) -> Mapping[str, object]:
        return self._body[0]

    @property
    def _call(self) -> tuple[tuple[object, ...], str]:
        return self._body[1], self._body[2]

    @cached_property
    def _body(self) -> tuple[Mapping[str, object], tuple[object, ...], str]:
        """Headers, arguments and method. Raises NotWellFormed."""
        if (
            b"<!DOCTYPE" in self.request.body
        ):  # no client sends one, and entities can blow a document up
            raise NotWellFormed
        try:
            body = _as_sent(self.request.body)
            values, method = xmlrpc.client.loads(body, use_builtin_types=True)
        except (
            ExpatError,
            xmlrpc.client.Error,
            ValueError,
            LookupError,
            TypeError,
            RecursionError,
        ):
            raise NotWellFormed from None
        if not method:
            raise NotWellFormed
        first = values[0] if values else None
        if isinstance(first, dict) and isinstance(first.get("headers"), dict):
            return first["headers"], values[1:], method
        return {}, values, method


def encode(answer: Answer) -> bytes:
    """The answer as XML: a result, or a fault."""
    body = answer.body
    if answer.status >= 400 and isinstance(body, Mapping):
        fault = xmlrpc.client.Fault(body.get("code"), _plain(body.get("error")))  # type: ignore[arg-type] # a class name
        return xmlrpc.client.dumps(fault, encoding="utf-8").encode()
    result = cast("tuple[str]", (_plain(body),))  # typeshed allows no nested object
    return (_HEAD + _BREAK.sub("", xmlrpc.client.dumps(result))).encode()


def _as_sent(body: bytes) -> bytes:
    """A body that says iso-8859-1 and is valid UTF-8 is that: so the SDK sends it."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return body
    return _LATIN.sub(rb"\1utf-8\2", body)


def _plain(value: object) -> object:
    """A value that XML-RPC can carry."""
    if isinstance(value, str):
        return xml_text(value)
    if isinstance(value, Mapping):
        return {str(_plain(str(name))): _plain(row) for name, row in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(row) for row in value]
    if value is None:
        return ""
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        return str(value)
    return value


def _struct(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _mask(mask: object) -> str | Mapping[str, object] | None:
    """A mask text, or the old struct form {"hostname": "", "datacenter": {"name": ""}}."""
    return mask if isinstance(mask, str | dict) else None
