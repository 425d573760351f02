"""What a device runs, in one word for people. The API shows it nowhere: it is the mock's own."""

from __future__ import annotations

from mock_api.domain.states import Boot, Power
from mock_api.domain.world import DeviceView

RESTARTING = "restarting"
OFF = "off"
PAUSED = "paused"
CONDITIONS = (Boot.OS.value, Boot.RESCUE.value, Boot.IMAGE.value, RESTARTING, OFF, PAUSED)


def condition(view: DeviceView) -> str:
    """One of CONDITIONS. A device that is off runs nothing, whatever it would boot."""
    state = view.state
    if state.pending is not None and state.pending.transaction_id is None:
        return RESTARTING
    if state.power is not Power.RUNNING:
        return OFF if state.power is Power.HALTED else PAUSED
    return state.boot.value


def since_s(view: DeviceView) -> float | None:
    """Since when it runs that; None: since before the world began,
    or it runs nothing that has a beginning.
    """
    return view.state.booted_s if condition(view) in set(Boot) else None
