"""What a world may set about timing and about the API's undocumented behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mock_api.domain.facts import Record
from mock_api.domain.limits import Limits

# Half a year at most: whatever is under way when the clock stops (domain/clock.py) still ends in a year with 4 digits.
Duration = Annotated[float, Limits(ge=0, le=15_552_000)]


@dataclass(frozen=True)
class Settings(Record):
    """Durations are virtual seconds. `assumed` marks what no source confirms (classic-api.md 9)."""

    appears_after_s: Duration = 5.0  # assumed: from the request until the transaction is seen
    guest_rescue_s: Duration = 240.0  # documented: "several minutes"
    hardware_rescue_s: Duration = 600.0  # documented: offline about 10 minutes
    iso_mount_s: Duration = 120.0  # assumed
    iso_unmount_s: Duration = 50.0  # recorded: 50 s between createDate and modifyDate (2.3)
    guest_reboot_s: Duration = 60.0  # assumed
    hardware_reboot_s: Duration = 180.0  # assumed
    lockout_s: Duration = 1200.0  # documented: the 20-minute rule
    rescue_starts_lockout: bool = False  # assumed
    reboot_clears_iso: bool = True  # documented for the console (IMD); assumed for the API call
    reboot_makes_transaction: bool = False  # assumed
    mounted_cd_shows_image: bool = True  # assumed: 2.3 says unknown
    rescue_max_memory_mb: Annotated[int, Limits(ge=0)] = 131072  # documented: not above 128 GiB

    def duration_s(self, name: str) -> float:
        """The seconds of a named duration, as the states table names it."""
        seconds: float = getattr(self, name)
        return seconds
