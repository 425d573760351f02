"""What a world may set about timing and about the API's undocumented behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.domain.facts import Record
from mock_api.domain.permissions import PermissionName


@dataclass(frozen=True)
class Settings(Record):
    """Durations are virtual seconds. `assumed` marks what no source confirms (classic-api.md 9)."""

    appears_after_s: float = 5.0  # assumed: from the request until the transaction is seen
    guest_rescue_s: float = 240.0  # documented: "several minutes"
    hardware_rescue_s: float = 600.0  # documented: offline about 10 minutes
    iso_mount_s: float = 120.0  # assumed
    iso_unmount_s: float = 50.0  # recorded: 50 s between createDate and modifyDate (2.3)
    guest_reboot_s: float = 60.0  # assumed
    hardware_reboot_s: float = 180.0  # assumed
    lockout_s: float = 1200.0  # documented: the 20-minute rule
    rescue_starts_lockout: bool = False  # assumed
    reboot_clears_iso: bool = True  # documented for the console (IMD); assumed for the API call
    reboot_makes_transaction: bool = False  # assumed
    mounted_cd_shows_image: bool = True  # assumed: 2.3 says unknown
    rescue_max_memory_mb: int = 131072  # documented: not above 128 GiB
    # What a guest's calls check is unknown (9.12). Null: access to the guest is enough.
    guest_rescue_permission: PermissionName = "SERVER_RELOAD"  # assumed: as documented on hardware
    guest_iso_permission: PermissionName = "SERVER_RELOAD"  # assumed: the ISO boots by the rescue layer's steps
    guest_power_permission: PermissionName = "REMOTE_MANAGEMENT"  # assumed: as documented on hardware

    def duration_s(self, name: str) -> float:
        """The seconds of a named duration, as the states table names it."""
        seconds: float = getattr(self, name)
        return seconds

    def permission(self, name: str) -> str | None:
        """The permission of a named setting, as the contract names it; None if none is checked."""
        key_name: str | None = getattr(self, name)
        return key_name
