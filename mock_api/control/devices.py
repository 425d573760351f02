"""The devices with what the API never shows, what their users do in them, and the real machines
behind some.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.control.errors import Conflict, NotFound
from mock_api.control.faults import Deleted
from mock_api.domain import dates
from mock_api.domain.actions import RestartRefused, restart_inside
from mock_api.domain.facts import Kind
from mock_api.domain.real_machines import MachineNow, MachineState
from mock_api.domain.stage import Stage
from mock_api.domain.states import Boot, Power
from mock_api.domain.world import Device, DeviceView, World


@dataclass(frozen=True)
class DeviceNow:
    """A device as it is now, with the boot state that the API never shows. `move` and `due` tell
    what is under way.

    `boot_since` is when it last came up in what it runs; null: before the world began.
    """

    id: int
    kind: Kind
    hostname: str
    boot: Boot
    boot_since: str | None
    power: Power
    iso_image_id: int | None
    move: str | None
    due: str | None
    active_transaction_id: int | None


def get_devices(stage: Stage) -> tuple[DeviceNow, ...]:
    """Every device, guests first."""
    with stage.lock:
        world = stage.world
        now_s = world.clock.now_s()
        return tuple(_device(world.view(device, now_s)) for device in world.all_devices())


@dataclass(frozen=True)
class DeviceMachine:
    """The real machine behind a device, or that there is none; absent: this mock was started
    without real machines. `problem` says why it failed, or why its console cannot be read.
    `console` are the last lines that it printed, without what steers a terminal.
    """

    id: int
    hostname: str
    state: MachineState
    problem: str | None
    console: tuple[str, ...]


def get_machine(stage: Stage, number: int) -> DeviceMachine:
    """The machine behind a device, and the end of what it printed."""
    with stage.lock:
        facts = get_device(stage.world, number, "machines").facts
    now = stage.machines.read(number) if facts.machine else MachineNow(MachineState.NONE)
    return DeviceMachine(
        id=number,
        hostname=facts.hostname,
        state=now.state,
        problem=now.problem or None,
        console=now.lines,
    )


def remove_device(stage: Stage, number: int) -> Deleted:
    """Take a device out of the world, as somebody cancels it."""
    with stage.lock:
        get_device(stage.world, number, "devices")
        stage.remove(number)
        return Deleted(1)


def restart_os(stage: Stage, number: int) -> DeviceNow:
    """Restart a device from inside, as its user does."""
    with stage.lock:
        world = stage.world
        device = get_device(world, number, "os_restarts")
        now_s = world.clock.now_s()
        try:
            restart_inside(world, device, now_s)
        except RestartRefused as error:
            raise Conflict(f"os_restarts: {error}") from None
        stage.mark_changed()
        return _device(world.view(device, now_s))


def get_device(world: World, number: int, what: str) -> Device:
    """The device of an id, of either kind. Raises NotFound."""
    for group in world.devices.values():
        if number in group:
            return group[number]
    raise NotFound(
        f"{what}: there is no device with the id {number}; GET /_mock/devices lists them."
    )


def _device(view: DeviceView) -> DeviceNow:
    state = view.state
    pending = state.pending
    active = state.active_transaction(view.now_s)
    return DeviceNow(
        id=view.facts.id,
        kind=view.kind,
        hostname=view.facts.hostname,
        boot=state.boot,
        boot_since=_text(state.booted_s),
        power=state.power,
        iso_image_id=state.iso_image_id,
        move=pending.move if pending else None,
        due=_text(pending.due_s if pending else None),
        active_transaction_id=active.id if active else None,
    )


def _text(at_s: float | None) -> str | None:
    return None if at_s is None else dates.utc_text(at_s)
