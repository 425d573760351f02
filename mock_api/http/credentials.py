"""Who calls (classic-api.md 4.3): a classic key, `apikey` with an IBM Cloud key, a bearer token, or
a portal token.

Every wrong login gets the one documented answer: nothing tells a wrong name from a wrong key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from mock_api.domain.errors import AccessDenied, Refused
from mock_api.domain.people import User
from mock_api.domain.world import World


class Scheme(StrEnum):
    """The kinds of credentials."""

    KEY = "key"
    BEARER = "bearer"
    PORTAL = "portal"
    # Of the console, which has checked the user already; no door reads it off the wire.
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials as a door read them; `name` is empty for a bearer token,
    a user id for portal tokens, sessions.
    """

    scheme: Scheme
    name: str
    secret: str


def authenticate(login: Login | None, world: World) -> User:
    """The user that the credentials prove.

    Raises AccessDenied, or Refused if the user's status allows no login.
    """
    user = _find_user(login, world) if login else None
    if user is None:
        raise AccessDenied
    if not user.status.may_log_in:
        raise Refused(world.labels.refusal("login_inactive"))
    return user


def _find_user(login: Login, world: World) -> User | None:
    if login.scheme is Scheme.BEARER:
        return world.find_user_by_token(login.secret)
    if login.scheme is Scheme.SESSION:
        return world.users.get(int(login.name))
    # softlayer-go sends a portal token as Basic USERID:HASH.
    by_key = (
        world.find_user_by_key(login.name, login.secret) if login.scheme is Scheme.KEY else None
    )
    return by_key or world.find_user_by_portal_token(login.name, login.secret)


@lru_cache(maxsize=256)  # a client sends the same one with every request
def read_header(authorization: str | None) -> Login | None:
    """The credentials of an Authorization header, or None.

    Raises AccessDenied for one that cannot be read.
    """
    scheme, _, secret = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        return Login(Scheme.KEY, *_read_basic(secret))
    return Login(Scheme.BEARER, "", secret.strip()) if scheme.lower() == "bearer" else None


def _read_basic(secret: str) -> tuple[str, str]:
    try:
        username, _, key = base64.b64decode(secret.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise AccessDenied from None
    return username, key
