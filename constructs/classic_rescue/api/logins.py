"""Who may log in to a device: the users that the service keeps,
and their passwords only when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from classic_rescue.api.client import PatientApi
from classic_rescue.api.devices import SERVICES, DeviceId

ADMINISTRATORS = ("root", "Administrator")
"""Who logs in to a Linux or Windows system; listed before any other user of the device."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the device. `password` is None where it was not asked for; it is never stored."""

    user: str
    password: str | None = field(default=None, repr=False)


def read_logins(api: PatientApi, device: DeviceId, *, with_passwords: bool) -> list[Login]:
    """The logins of the installed operating system; none for a server without one. Raises the
    errors of `api.errors`.

    Without `with_passwords` they are not even requested. The rescue system takes the same ones
    (SLDN bootToRescueLayer: the root or administrator password is the one shown in the portal).
    """
    fields = "username,password" if with_passwords else "username"
    mask = f"mask[operatingSystem[passwords[{fields}]]]"
    reply = api.call(SERVICES[device.kind], "getObject", id=device.id, mask=mask)
    rows = _rows(reply)
    logins = [
        Login(str(row["username"]), _text(row.get("password")))
        for row in rows
        if row.get("username")
    ]
    return sorted(logins, key=lambda login: (login.user not in ADMINISTRATORS, login.user))


def _rows(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((reply.get("operatingSystem") or {}).get("passwords") or [])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
