"""What one hook asks the policy with: where it runs, whose eyes it has, and the place that it has taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from classic_rescue.api.devices import DeviceId

if TYPE_CHECKING:
    from classic_rescue.api.fleetwide import Census
    from classic_rescue.hook.down_claims import DownClaims, Place


class Asking(NamedTuple):
    """How one hook asks the policy.

    `directory` is the folder that Terraform runs in. `survey` looks at these devices or at all,
    `account` names the eyes that it has: user and endpoint. `sleep` waits real seconds, for other
    hooks of this machine. `clock_speed`: how many times as fast as real time a mock's clock runs.
    `places` keeps the place of this hook until its process ends.
    """

    directory: str
    environ: Mapping[str, str]
    survey: Callable[[set[DeviceId] | None], Census]
    account: str
    sleep: Callable[[float], None]
    clock_speed: float
    places: list[Place]

    def take(self, claims: DownClaims, key: str) -> None:
        """Take a place for the device, or the same one again. The end of this process frees it."""
        while self.places:
            self.places.pop().close()
        if place := claims.claim(key):
            self.places.append(place)
