"""Changing calls on devices: the checks in their order, then the move,
the audit row and the command list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from mock_api.domain.audit import note_action
from mock_api.domain.errors import Refused
from mock_api.domain.facts import Family, Kind
from mock_api.domain.labels import PUBLIC, Refusal
from mock_api.domain.people import User
from mock_api.domain.states import POWER_OFFS_INSIDE, RESTARTS_INSIDE, Move, Outcome, find_move
from mock_api.domain.transitions import (
    KEPT_COMMANDS,
    DeviceState,
    Order,
    ReloadToken,
    RemoteCommand,
    Transaction,
    begin,
    settle,
)  # fmt: skip
from mock_api.domain.world import Device, World

FORCE = "FORCE"  # the token that needs no confirmation (SLDN reloadOperatingSystem)
_POWER_REFUSALS = {"pause": "not_running", "resume": "not_suspended"}


@dataclass(frozen=True)
class Command:
    """One changing call: who does what to which device, when, and how a fault lets it end."""

    device: Device
    call: str
    user: User
    now_s: float
    outcome: Outcome = Outcome.COMPLETE
    value: int | None = None


@dataclass(frozen=True)
class Wait:
    """What must be over before a device takes a call: `refusal` is the label of the API's words,
    `until_s` when that is, None for what does not end by itself.
    """

    refusal: str
    until_s: float | None


def find_wait(device: Device, call: str, now_s: float) -> Wait | None:
    """What a changing call would have to wait for now."""
    state = settle(device.state, now_s)
    if state.pending is not None and state.is_busy:
        return Wait("outstanding", state.pending.due_s)
    move = find_move(device.kind, call, state.power)
    if move is None or not move.locked or state.locked_until_s is None:
        return None
    return Wait("lockout", state.locked_until_s) if now_s < state.locked_until_s else None


class WhyNoRestart(StrEnum):
    """Why a device cannot restart from inside."""

    NOT_RUNNING = "not_running"
    UNDER_WAY = "under_way"


class RestartRefused(ValueError):
    """A device cannot restart from inside: one sentence,
    and the reason for who words it otherwise.
    """

    def __init__(self, reason: WhyNoRestart, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def perform(world: World, command: Command) -> Transaction | None:
    """Start the move that the call asks for; answers its transaction, or None if it makes none.

    Raises Refused for an outstanding transaction, the 20-minute rule, the limits of rescue and
    unfit images.
    """
    device = command.device
    state = settle(device.state, command.now_s)
    move = _check(world, command, state)
    order = Order(
        move=move,
        now_s=command.now_s,
        settings=world.settings,
        new_id=world.new_id(),
        outcome=command.outcome,
        value=command.value,
    )
    # A command that is accepted and does nothing is on record, too.
    device.state = _remote_management(world, command, begin(state, order), move)
    if move.event:
        note_action(world, device, command.user, at_s=command.now_s, name=move.event)
    return order.new_transaction()


def restart_inside(world: World, device: Device, now_s: float) -> None:
    """Restart a device from its own system,
    as its user does to leave rescue (classic-api.md 1.4, 7.1).

    Nobody calls the API for it, so it leaves no event, transaction or command there, and no rule of
    it holds. Raises RestartRefused.
    """
    _begin_inside(world, device, RESTARTS_INSIDE[device.kind], now_s)


def power_off_inside(world: World, device: Device, now_s: float) -> None:
    """Switch a device off from its own system, which the API shows without an event. Raises
    RestartRefused.
    """
    _begin_inside(world, device, POWER_OFFS_INSIDE[device.kind], now_s)


def _begin_inside(world: World, device: Device, move: Move, now_s: float) -> None:
    state = settle(device.state, now_s)
    name = f"Device {device.facts.id} ({device.facts.fqdn})"
    if state.pending is not None:
        raise RestartRefused(
            WhyNoRestart.UNDER_WAY,
            f"{name} has {state.pending.move} under way; it can restart when that is over.",
        )
    if state.power not in move.power_from:
        raise RestartRefused(
            WhyNoRestart.NOT_RUNNING,
            f"{name} is {state.power}; only a device that is RUNNING can restart from inside.",
        )
    device.state = begin(state, Order(move, now_s, world.settings, world.new_id()))


def confirm_reload(world: World, command: Command, token: str | None) -> str | None:
    """A fresh token if the call brings none; None if it brings one that is good. Raises Refused."""
    device = command.device
    known = device.state.reload_token
    if not token:
        fresh = ReloadToken(f"{world.new_id():032x}", command.now_s + world.settings.reload_token_s)
        device.state = replace(device.state, reload_token=fresh)
        return fresh.text
    if token == FORCE:
        return None
    if known is None or token != known.text or command.now_s >= known.expires_s:
        raise Refused(world.labels.refusal("bad_reload_token"))
    return None


def _check(world: World, command: Command, state: DeviceState) -> Move:
    move = find_move(command.device.kind, command.call, state.power)
    wait = find_wait(command.device, command.call, command.now_s)
    if wait and wait.refusal == "outstanding":
        raise Refused(_outstanding(world, move))
    if move is None:
        raise Refused(world.labels.refusal(_POWER_REFUSALS[command.call]))
    if wait:
        raise Refused(world.labels.refusal(wait.refusal), name=command.device.facts.fqdn)
    refusal = _REFUSALS.get(move.name, _never)(world, command, state)
    if refusal:
        raise Refused(world.labels.refusal(refusal), id=command.value)
    return move


def _outstanding(world: World, move: Move | None) -> Refusal:
    refusal = world.labels.refusal("outstanding")
    is_worded = refusal.code != PUBLIC  # by the world file, which then decides
    return refusal if move is None or is_worded else replace(refusal, code=move.busy_code)


def _never(world: World, command: Command, state: DeviceState) -> str | None:
    return None


def _refuses_rescue(world: World, command: Command, state: DeviceState) -> str | None:
    facts = command.device.facts
    software = world.software.get(facts.os or "")
    if software and software.family in (Family.WINDOWS, Family.COREOS):
        return f"rescue_{software.family}"
    return (
        "rescue_memory"
        if getattr(facts, "memory_mb", 0) > world.settings.rescue_max_memory_mb
        else None
    )


def _refuses_mount(world: World, command: Command, state: DeviceState) -> str | None:
    image = world.disk_images.get(command.value or 0)
    if image is None:
        return "bad_image"
    if not image.iso:
        return "not_an_iso"
    if image.datacenter != command.device.facts.datacenter:
        return "other_datacenter"
    return "already_mounted" if state.iso_image_id is not None else None


def _refuses_unmount(world: World, command: Command, state: DeviceState) -> str | None:
    return "not_mounted" if state.iso_image_id is None else None


_REFUSALS = {
    "guest_rescue": _refuses_rescue,
    "guest_iso_mount": _refuses_mount,
    "guest_iso_unmount": _refuses_unmount,
}


def _remote_management(
    world: World, command: Command, state: DeviceState, move: Move
) -> DeviceState:
    if command.device.kind is Kind.GUEST:
        return state
    if move.locks or (move.name == "hardware_rescue" and world.settings.rescue_starts_lockout):
        state = replace(state, locked_until_s=command.now_s + world.settings.lockout_s)
    if move.locked:
        row = RemoteCommand(world.new_id(), command.call, command.now_s, command.user.id)
        state = replace(state, commands=(*state.commands, row)[-KEPT_COMMANDS:])
    return state
