"""Users, their keys, permissions and device access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer

from mock_api.domain.facts import Kind, Record


@dataclass(frozen=True)
class Permission:
    """A permission key (classic-api.md 5.1)."""

    key: str
    key_name: str
    name: str


PERMISSIONS: dict[str, Permission] = {
    row.key_name: row
    for row in (
        Permission("H_4", "SERVER_RELOAD", "OS Reloads and Rescue Kernel"),
        Permission("H_2", "REMOTE_MANAGEMENT", "IPMI Remote Management"),
        Permission("H_1", "HARDWARE_VIEW", "View Hardware Details"),
        Permission("VG_1", "VIRTUAL_GUEST_VIEW", "View Virtual Server Details"),
        Permission("VH_1", "DEDICATED_HOST_VIEW", "View Virtual Dedicated Host Details"),
        Permission("ALL_1", "ACCESS_ALL_HARDWARE", "All Hardware Access"),
        Permission("ALL_2", "ACCESS_ALL_GUEST", "All Guest Access"),
        Permission("ALL_3", "ACCESS_ALL_DEDICATEDHOSTS", "All Dedicated Host Access"),
        Permission("A_0", "USER_MANAGE", "Manage Users"),
        Permission("A_1", "ACCOUNT_SUMMARY_VIEW", "View Account Summary"),
        Permission("A_15", "USER_EVENT_LOG_VIEW", "View Event Log"),
        Permission("I_1", "PUBLIC_IMAGE_MANAGE", "Manage Public Images"),
        Permission("PO_1", "PORT_CONTROL", "Manage Port Control"),
        Permission("H_7", "HOSTNAME_EDIT", "Edit Hostname/Domain"),
        Permission("SO_9", "VIEW_CUSTOMER_SOFTWARE_PASSWORD", "View Customer Software Password"),
    )
}

_VIEW = {Kind.GUEST: "VIRTUAL_GUEST_VIEW", Kind.HARDWARE: "HARDWARE_VIEW"}
_ACCESS_ALL = {Kind.GUEST: "ACCESS_ALL_GUEST", Kind.HARDWARE: "ACCESS_ALL_HARDWARE"}


# Written in order, so that the same world is the same text in every process.
Names = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list)]
Ids = Annotated[frozenset[int], PlainSerializer(sorted, return_type=list)]


@dataclass(frozen=True)
class User(Record):
    """A user of the account and the secrets that prove it."""

    id: int
    username: str
    api_key: str = ""
    ibm_cloud_api_key: str = ""
    iam_token: str = ""
    master: bool = False
    permissions: Names = frozenset()
    guest_ids: Ids = frozenset()
    hardware_ids: Ids = frozenset()
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    parent_id: int | None = None
    created_s: float = 1535630857.0

    @property
    def display_name(self) -> str:
        """What the console shows."""
        return self.username

    def holds(self, permission: str) -> bool:
        """Whether the user may do it; a master user may do everything."""
        return self.master or permission in self.permissions

    def sees(self, kind: Kind, device_id: int) -> bool:
        """Whether a device exists for this user: the view permission and access to the device."""
        if self.master:
            return True
        if _VIEW[kind] not in self.permissions:
            return False
        granted = self.guest_ids if kind is Kind.GUEST else self.hardware_ids
        return _ACCESS_ALL[kind] in self.permissions or device_id in granted

    def secrets(self) -> tuple[str, ...]:
        """Everything about this user that no log may show."""
        return tuple(secret for secret in (self.api_key, self.ibm_cloud_api_key, self.iam_token) if secret)
