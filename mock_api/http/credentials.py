"""Who calls: Basic with a classic key, Basic `apikey` with an IBM Cloud key, or a Bearer token (classic-api.md 4.3)."""

from __future__ import annotations

import base64
import binascii

from mock_api.domain.errors import AccessDenied
from mock_api.domain.people import User
from mock_api.domain.world import World


def authenticate(authorization: str | None, world: World) -> User:
    """The user that the header proves. Raises AccessDenied."""
    scheme, _, secret = (authorization or "").partition(" ")
    user: User | None = None
    if scheme.lower() == "basic":
        username, key = _read_basic(secret)
        user = world.find_user_by_key(username, key)
    elif scheme.lower() == "bearer":
        user = world.find_user_by_token(secret.strip())
    if user is None:
        raise AccessDenied
    return user


def _read_basic(secret: str) -> tuple[str, str]:
    try:
        username, _, key = base64.b64decode(secret.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise AccessDenied from None
    return username, key
