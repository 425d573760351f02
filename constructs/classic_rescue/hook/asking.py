"""What one hook asks the policy with: where it runs, with which eyes it sees,
and the claim that it has made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from classic_rescue.api.devices import DeviceId
from classic_rescue.api.fleetwide import Census

if TYPE_CHECKING:
    from classic_rescue.hook.down_claims import Claim, DownClaims


class Asking(NamedTuple):
    """How one hook asks the policy.

    `directory` is the folder that Terraform runs in. `survey` looks at these devices or at all,
    `account` names the eyes that it has: user and endpoint. `sleep` waits real seconds, for other
    hooks of this machine. `clock_speed`: how many times as fast as real time a mock's clock runs.
    `claims` keeps the claim of this hook until it ends. `meet` makes what orders of one process
    share in place of files, as `DownClaims` is made.
    """

    directory: str
    environ: Mapping[str, str]
    survey: Callable[[set[DeviceId] | None], Census]
    account: str
    sleep: Callable[[float], None]
    clock_speed: float
    claims: list[Claim]
    meet: Callable[..., DownClaims] | None = None

    def claim(self, down_claims: DownClaims, key: str) -> None:
        """Claim that the device is down, or the same again, until this run ends."""
        while self.claims:
            self.claims.pop().close()
        if claim := down_claims.claim(key):
            self.claims.append(claim)
