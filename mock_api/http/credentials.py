"""Who calls (classic-api.md 4.3): a classic key, the literal user `apikey` with an IBM Cloud key, or a bearer token."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from mock_api.domain.errors import AccessDenied
from mock_api.domain.people import User
from mock_api.domain.world import World


class Scheme(StrEnum):
    """The kinds of credentials."""

    KEY = "key"
    BEARER = "bearer"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials as a door read them; `name` is empty for a bearer token and a user id for a portal token."""

    scheme: Scheme
    name: str
    secret: str


def authenticate(login: Login | None, world: World) -> User:
    """The user that the credentials prove. Raises AccessDenied."""
    user: User | None = None
    if login and login.scheme is Scheme.KEY:
        user = world.find_user_by_key(login.name, login.secret)
    elif login and login.scheme is Scheme.BEARER:
        user = world.find_user_by_token(login.secret)
    if user is None:
        raise AccessDenied
    return user


def read_header(authorization: str | None) -> Login | None:
    """The credentials of an Authorization header, or None. Raises AccessDenied for one that cannot be read."""
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
