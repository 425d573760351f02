"""What can go wrong between us and the service: one class for each thing that a caller must know.

ApiError
├── Refused            the service said no; nothing was done
│   ├── NotFound       its own ObjectNotFound: no such object, or no access to it
│   ├── Denied         a permission is missing
│   │   └── SignInRefused  user or key is wrong, or a token has expired
│   ├── Busy           an outstanding transaction, or the 20 minutes after a reboot
│   └── RateLimited    too many requests
├── Unreachable        no connection: nothing was sent
└── Unanswered         sent, and no usable answer: whether it was done is not known
    └── Unreadable     an answer in a shape that nobody documents
SettingsError          credentials or endpoint are missing or unusable

`client.classify` decides which, by the table `words.ROWS`.
"""

from __future__ import annotations


class ApiError(Exception):
    """A call failed; the text says what and, for people, where."""


class Refused(ApiError):
    """The service answered with an error.

    `status` is the HTTP status, `code` the exception class of the service, `text` its words.
    `is_certain` is False for words that nobody knows: then only a look at the device tells whether
    anything was done.
    """

    def __init__(
        self, call: str, status: int, code: str, text: str, *, is_certain: bool = True
    ) -> None:
        self.call = call
        self.status = status
        self.code = code
        self.text = text.strip()
        self.is_certain = is_certain
        super().__init__(
            f"{call}: the service refused: {self.text} ({code or 'no code'}, HTTP {status})"
        )


class NotFound(Refused):
    """The object does not exist, or the user may not see it (`classic-api.md` 5.2)."""


class Denied(Refused):
    """The user lacks a permission."""


class SignInRefused(Denied):
    """The user or the key is wrong, or the token has expired.

    It says nothing about what the user may see or do.
    """


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
    """The request was sent, and the answer is missing or not usable: whether it was done is not
    known.

    `status` is the HTTP status of what came, 0 for nothing, `said` its own words where it has any.
    `may_pass`: whether asking again can help, as it can not where something else than the service
    answers.
    """

    def __init__(
        self, text: str, *, status: int = 0, said: str = "", may_pass: bool = True
    ) -> None:
        self.status = status
        self.said = said
        self.may_pass = may_pass
        super().__init__(text)


class Unreadable(Unanswered):
    """The service answered, in a shape that nobody documents. It says nothing about other calls."""


class SettingsError(Exception):
    """Credentials or endpoint are missing or unusable; the text says how to set them."""
