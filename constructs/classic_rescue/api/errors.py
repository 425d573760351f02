"""What can go wrong with a call.

ApiError
├── Refused          the service answered with an error
│   ├── NotFound     no such object, or no access to it: the service does not tell which
│   ├── Denied       wrong credentials, or a permission is missing
│   ├── Busy         an outstanding transaction, or the 20 minutes after a reboot
│   └── RateLimited  too many requests; nothing was done
├── Unreachable      no connection: nothing was sent
└── Unanswered       sent, and no usable answer: whether it was done is not known
SettingsError        credentials or endpoint are missing or unusable
"""

from __future__ import annotations


class ApiError(Exception):
    """A call failed; the text says what and, for people, where."""


class Refused(ApiError):
    """The service answered with an error.

    `status` is the HTTP status, `code` the exception class of the service, `text` its words.
    """

    def __init__(self, call: str, status: int, code: str, text: str) -> None:
        self.call = call
        self.status = status
        self.code = code
        self.text = text.strip()
        super().__init__(
            f"{call}: the service refused: {self.text} ({code or 'no code'}, HTTP {status})"
        )


class NotFound(Refused):
    """The object does not exist, or the user may not see it (`classic-api.md` 5.2)."""


class Denied(Refused):
    """The credentials are wrong, or the user lacks a permission."""


class Busy(Refused):
    """Refused for now: an outstanding transaction, or the 20 minutes after a reboot.

    Nothing was done.
    """

    def __init__(self, call: str, status: int, code: str, text: str, *, is_lockout: bool) -> None:
        self.is_lockout = is_lockout
        super().__init__(call, status, code, text)


class RateLimited(Refused):
    """Too many requests. Nothing was done."""


class Unreachable(ApiError):
    """No connection could be made: nothing was sent."""


class Unanswered(ApiError):
    """The request was sent, and the answer is missing or not usable:
    whether it was done is not known.
    """


class SettingsError(Exception):
    """Credentials or endpoint are missing or unusable; the text says how to set them."""
