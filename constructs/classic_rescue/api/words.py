"""How the service words its refusals: the one table of them, each row with its source.

A row matches by the exception class (or its end), by words that must all stand in the text, and by
the HTTP status, as far as it names them. The first row that matches counts. What no row matches may
be a refusal or a failure: only a look at the device tells.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Meant(StrEnum):
    """What an error of the service means."""

    OUTSTANDING = "outstanding"
    LOCKOUT = "lockout"
    RATE_LIMIT = "rate limit"
    SIGN_IN = "sign-in"
    PERMISSION = "permission"
    NOT_FOUND = "not found"
    NOT_POSSIBLE = "not possible"
    INTERNAL = "internal"


class Row(NamedTuple):
    """One row: `code` is an exception class or its end; empty, none or None match anything."""

    meant: Meant
    code: str
    words: tuple[str, ...]
    status: int | None
    evidence: str
    source: str


ROWS: tuple[Row, ...] = (
    Row(Meant.RATE_LIMIT, "RateLimitExceeded", (), None, "recorded", "SG"),
    Row(Meant.INTERNAL, "", ("internal error",), None, "recorded", "SRC"),
    Row(Meant.LOCKOUT, "", ("remote management", "recent"), None, "recorded", "#196"),
    Row(Meant.LOCKOUT, "", ("20 minutes",), None, "assumed", ""),
    Row(Meant.OUTSTANDING, "", ("outstanding transaction",), None, "documented", "SLDN"),
    Row(Meant.OUTSTANDING, "ActiveTransactionExists", (), None, "documented", "SRC2019"),
    Row(Meant.NOT_FOUND, "ObjectNotFound", (), None, "recorded", "SRC"),
    Row(Meant.SIGN_IN, "AccessTokenValidation", (), None, "real_client", "SG"),
    Row(Meant.PERMISSION, "", ("do not have permission",), None, "documented", "SLDN"),
    Row(Meant.PERMISSION, "PermissionDenied", (), None, "documented", "SRC2019"),
    Row(Meant.PERMISSION, "AccessDenied", (), None, "documented", "SRC2019"),
    Row(Meant.SIGN_IN, "", (), 401, "recorded", "SRC"),
    Row(Meant.PERMISSION, "", ("access denied",), None, "recorded", "SRC"),
    Row(Meant.NOT_POSSIBLE, "InvalidValue", (), None, "documented", "SRC"),
    Row(Meant.NOT_POSSIBLE, "BadRequest", (), None, "documented", "SRC"),
    Row(Meant.NOT_POSSIBLE, "NotImplemented", (), None, "documented", "SRC"),
)


def meant_by(status: int, code: str, text: str) -> Row | None:
    """The first row that matches an error; None: nobody knows these words."""
    said = " ".join(text.casefold().split())
    return next(
        (
            row
            for row in ROWS
            if code.endswith(row.code)
            and all(word in said for word in row.words)
            and row.status in (None, status)
        ),
        None,
    )
