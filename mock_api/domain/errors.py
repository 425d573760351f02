"""What the API answers when it refuses.
Each class knows its HTTP status and its SoftLayer exception class.

ApiError
├── AccessDenied             401  wrong or no credentials
├── ObjectNotFound           404  unknown id, or one that the caller may not see
├── UnknownIdentifier        404  an id that is no number
├── UnknownService           404
├── UnknownMethod            500
├── NotPlayed                501  a documented method: the mock's own limit
├── NoObject                 500  a method that needs an id got none
├── PermissionDenied         500  event log without its permission (assumed)
├── BadRequest               500  a request that cannot be read
├── NotWellFormed            500  an XML-RPC body that cannot be read
├── InvalidValue             500  an argument outside what is allowed
├── BadMask / MaskSyntax     500  object masks
├── MaskTooDeep              500  an object mask beyond the mock's bound (assumed)
├── TooMuchData              500  an answer beyond the mock's bound
├── RateLimited              500
├── InternalError            500  the mock itself failed
├── NotSaved                 500  the mock's --save file could not be written
└── Refused                  ...  worded by a label (domain/labels.py)

Source: classic-api.md 4.7. A status that no source gives is 500, in line with the recorded ones.
"""

from __future__ import annotations

from mock_api.domain.labels import PUBLIC, Refusal


class ApiError(Exception):
    """An error answer of the API."""

    status = 500
    code = PUBLIC

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class AccessDenied(ApiError):
    """Wrong credentials. The trailing space is the real one."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Access Denied. ")


class ObjectNotFound(ApiError):
    """No such object for this caller."""

    status = 404
    code = "SoftLayer_Exception_ObjectNotFound"

    def __init__(self, identifier: int | str) -> None:
        super().__init__(f"Unable to find object with id of '{identifier}'.")


class UnknownIdentifier(ObjectNotFound):
    """An id that is neither a number nor a known GUID."""

    def __init__(self, identifier: str) -> None:
        ApiError.__init__(self, f"Unable to find object with unknown identifier of '{identifier}'.")


class UnknownService(ApiError):
    """No such service."""

    status = 404

    def __init__(self) -> None:
        super().__init__("Service does not exist")


class UnknownMethod(ApiError):
    """The service has no such method."""

    def __init__(self, method: str) -> None:
        super().__init__(f'Function ("{method}") is not a valid method for this service.')


class NotPlayed(ApiError):
    """The service documents the method, and this mock does not play it: its own limit, in words of
    its own.
    """

    status = 501
    code = "SoftLayer_Exception_NotPlayedByTheMock"

    def __init__(self, service: str, method: str) -> None:
        self.name = f"{service}::{method}"
        super().__init__(f"This mock does not play {self.name}, which the service documents.")


class NoObject(ApiError):
    """The method needs an id and got none."""

    code = "SoftLayer_Exception"

    def __init__(self, service: str, method: str) -> None:
        super().__init__(f"Object does not exist to execute method on. ({service}::{method})")


class PermissionDenied(ApiError):
    """The caller may not read this; class and text are
    assumed (classic-api.md 4.7 names the class).
    """

    code = "SoftLayer_Exception_PermissionDenied"

    def __init__(self) -> None:
        super().__init__("Access Denied.")


class BadRequest(ApiError):
    """A request that cannot be read."""

    code = "SoftLayer_Exception_WebService_BadRequest"

    def __init__(self) -> None:
        super().__init__("Bad request")


class NotWellFormed(ApiError):
    """An XML-RPC body that cannot be read.

    The code is the one of the fault interoperability specification.
    """

    code = "-32700"

    def __init__(self) -> None:
        super().__init__("parse error. not well formed")


class InvalidValue(ApiError):
    """An argument outside what is allowed; the text is assumed."""

    code = "SoftLayer_Exception_InvalidValue"


class BadMask(ApiError):
    """A mask that names a property the type does not have."""

    code = "SoftLayer_Exception_WebService_ObjectMask"

    def __init__(self, name: str, type_name: str) -> None:
        super().__init__(f"Property '{name}' not valid for '{type_name}'.")


class MaskSyntax(ApiError):
    """A mask that cannot be parsed."""

    code = "SoftLayer_Exception_Common_Parser"

    def __init__(self, line: int, column: int, expected: str, got: str) -> None:
        super().__init__(
            f"Error on line {line} at column {column}: Expected {expected}, got '{got}'"
        )


class MaskTooDeep(ApiError):
    """A mask that nests too deep; class and text are assumed."""

    code = "SoftLayer_Exception_WebService_ObjectMask"

    def __init__(self, deepest: int) -> None:
        super().__init__(
            f"The object mask nests deeper than {deepest} properties; ask for fewer at once."
        )


class TooMuchData(ApiError):
    """What too much data answers (classic-api.md 4.7)."""

    def __init__(self) -> None:
        super().__init__("Internal Error")


class RateLimited(ApiError):
    """Too many requests a second.

    The status 500 was seen; whether 429 is sent too is unknown (classic-api.md 9.6).
    """

    code = "SoftLayer_Exception_WebService_RateLimitExceeded"

    def __init__(self, requests: int = 50, seconds: float = 1, status: int = 500) -> None:
        super().__init__(
            f"Rate limit of {requests} requests for every {seconds:g} second(s) exceeded."
        )
        self.status = status


class InternalError(ApiError):
    """The mock failed; its log says why."""

    def __init__(self) -> None:
        super().__init__("Internal Error")


class NotSaved(ApiError):
    """The call took effect, but the save file could not be written;
    the next change is saved with this one.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"The mock could not save its world in {path} ({reason}); this change may be lost."
        )


class Refused(ApiError):
    """A refusal that a label words: `{id}` is what the call named,
    `{name}` the device's full name.
    """

    def __init__(self, refusal: Refusal, *, id: object = "", name: str = "") -> None:
        super().__init__(refusal.text.replace("{id}", str(id)).replace("{name}", name))
        self.status = refusal.status
        self.code = refusal.code


class Injected(ApiError):
    """An error that a fault rule asks for."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
