"""What a world may set about timing and about the API's undocumented behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mock_api.domain.facts import Record
from mock_api.domain.labels import Evidence
from mock_api.domain.permissions import PermissionName
from mock_api.domain.shapes import Limits

# Half a year at most: whatever is under way when the clock stops (domain/clock.py) still ends in a
# year with 4 digits.
Duration = Annotated[float, Limits(ge=0, le=15_552_000)]


@dataclass(frozen=True)
class Settings(Record):
    """Durations are virtual seconds. ORIGINS says how each default is known."""

    appears_after_s: Duration = 5.0
    guest_rescue_s: Duration = 240.0
    hardware_rescue_s: Duration = 600.0
    iso_mount_s: Duration = 120.0
    iso_unmount_s: Duration = 50.0
    guest_reboot_s: Duration = 60.0
    hardware_reboot_s: Duration = 180.0
    guest_reload_s: Duration = 900.0
    hardware_reload_s: Duration = 3960.0
    reload_token_s: Duration = 600.0
    toggle_ipmi_s: Duration = 60.0
    lockout_s: Duration = 1200.0
    rescue_starts_lockout: bool = False
    reboot_clears_iso: bool = True
    reboot_makes_transaction: bool = False
    reboot_shows_ping: bool = True
    reboot_shows_power: bool = False
    mounted_cd_shows_image: bool = True
    no_os_shows_component: bool = True
    rescue_max_memory_mb: Annotated[int, Limits(ge=0)] = 131072
    requests_per_second: Annotated[int, Limits(ge=1)] | None = None
    cancel_allowed: bool = False
    guest_rescue_permission: PermissionName = "SERVER_RELOAD"
    guest_iso_permission: PermissionName = "SERVER_RELOAD"
    guest_power_permission: PermissionName = "REMOTE_MANAGEMENT"

    def duration_s(self, name: str) -> float:
        """The seconds of a named duration, as the states table names it."""
        seconds: float = getattr(self, name)
        return seconds

    def permission(self, name: str) -> str | None:
        """The permission of a named setting, as the contract names it; None if none is checked."""
        key_name: str | None = getattr(self, name)
        return key_name


@dataclass(frozen=True)
class Origin:
    """How a setting's default is known, and what the setting is about."""

    evidence: Evidence
    note: str


_REC = Evidence.RECORDED
_DOC = Evidence.DOCUMENTED
_ASS = Evidence.ASSUMED

ORIGINS: dict[str, Origin] = {
    "appears_after_s": Origin(_ASS, "from the request until its transaction is seen"),
    "guest_rescue_s": Origin(_DOC, '"several minutes" (classic-api.md 7.1)'),
    "hardware_rescue_s": Origin(_DOC, "offline about 10 minutes (classic-api.md 1.1)"),
    "iso_mount_s": Origin(_ASS, "from the request until the guest runs the ISO"),
    "iso_unmount_s": Origin(_REC, "50 s between createDate and modifyDate (classic-api.md 2.3)"),
    "guest_reboot_s": Origin(_ASS, "how long a guest's reboot takes"),
    "hardware_reboot_s": Origin(_ASS, "how long a server's reboot takes"),
    "guest_reload_s": Origin(_ASS, "how long an OS reload of a guest takes"),
    "hardware_reload_s": Origin(_DOC, "at minimum 66 minutes (SLDN reloadOperatingSystem)"),
    "reload_token_s": Origin(_DOC, "a token is active for 10 minutes (SLDN reloadOperatingSystem)"),
    "toggle_ipmi_s": Origin(
        _ASS, "a job, not instant (SLDN toggleManagementInterface); how long is not known"
    ),
    "lockout_s": Origin(_DOC, "the 20-minute rule (classic-api.md 1.4)"),
    "rescue_starts_lockout": Origin(
        _ASS, "whether booting into rescue starts the 20 minutes (classic-api.md 9.5)"
    ),
    "reboot_clears_iso": Origin(_ASS, "documented for the console only (classic-api.md 1.4, 9.3)"),
    "reboot_makes_transaction": Origin(_ASS, "unknown (classic-api.md 3.1)"),
    "reboot_shows_ping": Origin(
        _ASS, "whether pings are unanswered while a device restarts (classic-api.md 9.14)"
    ),
    "reboot_shows_power": Origin(
        _ASS, "whether it shows as HALTED, or off, while it restarts (classic-api.md 9.14)"
    ),
    "mounted_cd_shows_image": Origin(_ASS, "unknown (classic-api.md 2.3)"),
    "no_os_shows_component": Origin(_ASS, "unknown; slcli 6.2.9's `hardware detail` needs one"),
    "rescue_max_memory_mb": Origin(_DOC, "no rescue above 128 GiB (classic-api.md 1.3)"),
    "requests_per_second": Origin(
        _REC,
        "of all users of the account, in virtual time; the service quotes 50 (classic-api.md 4.8)."
        " null: no limit",
    ),
    "cancel_allowed": Origin(
        _ASS, "the mock's own: whether deleteObject takes a device out of the world, or is refused"
    ),
    "guest_rescue_permission": Origin(
        _ASS, "unknown (classic-api.md 9.12); null: access to the guest is enough"
    ),
    "guest_iso_permission": Origin(
        _ASS, "unknown (classic-api.md 9.12); null: access to the guest is enough"
    ),
    "guest_power_permission": Origin(
        _ASS, "unknown (classic-api.md 9.12); null: access to the guest is enough"
    ),
}
