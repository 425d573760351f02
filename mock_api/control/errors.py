"""What the control plane answers when it refuses.
Each class knows its HTTP status; the text is one sentence.

ControlError
├── BadRequest       400  a body, a query or a number that cannot be used
├── Forbidden        403  the control plane is off, or a web page of somebody else asks
├── NotFound         404  no such route, rule or device
├── WrongVerb        405  with the header Allow
├── Conflict         409  a device that is not in the state for it
├── TooLarge         413
├── WrongBodyType    415  a body that says it is no JSON
└── Broken           500  the mock failed, or could not save
"""

from __future__ import annotations

from collections.abc import Iterable


class ControlError(Exception):
    """A control request that cannot be done."""

    status = 500


class BadRequest(ControlError):
    """A body, a query or a number that cannot be used."""

    status = 400


class Forbidden(ControlError):
    """The control plane is off, or not for this caller."""

    status = 403


class NotFound(ControlError):
    """No such route, rule or device."""

    status = 404


class WrongVerb(ControlError):
    """The path is there, but not for this verb."""

    status = 405

    def __init__(self, verb: str, path: str, allowed: Iterable[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(
            f"{verb} /_mock/{path} is not possible; allowed are {', '.join(self.allowed)}."
        )


class Conflict(ControlError):
    """The device is not in the state for it."""

    status = 409


class TooLarge(ControlError):
    """The body is longer than the limit."""

    status = 413


class WrongBodyType(ControlError):
    """The body says that it is no JSON."""

    status = 415


class Broken(ControlError):
    """The mock itself failed."""
