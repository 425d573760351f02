"""THE table of states and moves of devices. A new state or move is a row here.

A device runs `os`, `rescue` or `image`, and its power is RUNNING, HALTED or PAUSED. A call looks up
one row by kind, call and power; the row says what changes at once, what changes when its time is
over, and which transaction shows. The rows without a call are what its user does in the device
itself: RESTARTS_INSIDE. How a move with a transaction ends is a row of OUTCOMES: it completes,
fails, hangs, only says that it completed, or never starts. A job runs beside the moves: nobody
sees it until it is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mock_api.domain.facts import Kind
from mock_api.domain.labels import PUBLIC, Evidence


class Boot(StrEnum):
    """What a device runs. Private to the mock: no field of the API shows it."""

    OS = "os"
    RESCUE = "rescue"
    IMAGE = "image"


class Power(StrEnum):
    """The keyNames of SoftLayer_Virtual_Guest_Power_State."""

    RUNNING = "RUNNING"
    HALTED = "HALTED"
    PAUSED = "PAUSED"


class Iso(StrEnum):
    """What a move does to the CD slot."""

    KEEP = "keep"
    MOUNT = "mount"
    UNMOUNT = "unmount"
    AS_REBOOT = "as_reboot"  # the world's `reboot_clears_iso` decides


class Outcome(StrEnum):
    """How a move with a transaction ends."""

    COMPLETE = "complete"
    FAIL = "fail"
    STUCK = "stuck"
    UNTRUE = "untrue"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Ending:
    """A row of OUTCOMES."""

    starts: bool  # a transaction is made
    ends: bool  # it clears after its time
    reaches: bool  # the device gets to the move's target
    meaning: str
    is_untrue: bool = False  # the transaction says that it did

    @property
    def succeeds(self) -> bool:
        """Whether the transaction says that the device got there."""
        return self.reaches or self.is_untrue


OUTCOMES: dict[Outcome, Ending] = {
    Outcome.COMPLETE: Ending(True, True, True, "the transaction clears and the device is there"),
    Outcome.FAIL: Ending(
        True,
        True,
        False,
        "the transaction clears with the status `failed`, and the device is where it was",
    ),
    Outcome.STUCK: Ending(True, False, False, "the transaction never clears"),
    Outcome.UNTRUE: Ending(
        True,
        True,
        False,
        "the transaction clears as a success, and the device never moved",
        is_untrue=True,
    ),
    Outcome.NOTHING: Ending(False, False, False, "the call is accepted and nothing happens"),
}


@dataclass(frozen=True)
class Move:
    """A row: from which power state, by which calls, to what, how long it takes.

    `at_once` is what the device runs as soon as the call is accepted, `after` when the time is
    over; None keeps what is. `duration` names a setting in seconds; without one the move is done at
    once. `transaction` is a label prefix. `busy_code` is the class of the refusal that an
    outstanding transaction gives. `event` None: the API never learns of the move, so that not even
    the device's modifyDate changes.
    """

    name: str
    kind: Kind
    calls: tuple[str, ...]
    power_from: tuple[Power, ...]
    event: str | None
    evidence: Evidence
    at_once: Boot | None = None
    after: Boot | None = None
    power_after: Power | None = None
    duration: str | None = None
    transaction: str | None = None
    optional_transaction: bool = False  # only if the world's `reboot_makes_transaction` says so
    iso: Iso = Iso.KEEP
    locks: bool = False  # starts the 20-minute rule
    locked: bool = False  # is refused by it
    job: bool = False
    busy_code: str = PUBLIC

    @property
    def asked_by(self) -> tuple[str, ...]:
        """What starts it, in words for a page."""
        inside = "a restart from inside" if self.after else "switched off from inside"
        return self.calls or (inside,)


_G = Kind.GUEST
_H = Kind.HARDWARE
_RUNNING = Power.RUNNING
_HALTED = Power.HALTED
_PAUSED = Power.PAUSED
_ANY = (_RUNNING, _HALTED, _PAUSED)
_REBOOTS = ("rebootDefault", "rebootSoft", "rebootHard", "powerCycle")
_RELOADS = ("reloadOperatingSystem", "reloadCurrentOperatingSystemConfiguration")
_DOC = Evidence.DOCUMENTED
_ASS = Evidence.ASSUMED

MOVES: tuple[Move, ...] = (
    Move(
        "guest_rescue", _G, calls=("executeRescueLayer",), power_from=_ANY, event="event.rescue",
        evidence=_DOC, after=Boot.RESCUE, power_after=_RUNNING, duration="guest_rescue_s",
        transaction="guest_rescue", iso=Iso.AS_REBOOT,
    ),
    Move(
        "guest_iso_mount", _G, calls=("mountIsoImage",), power_from=_ANY, event="event.iso_mount",
        evidence=_DOC, after=Boot.IMAGE, power_after=_RUNNING, duration="iso_mount_s",
        transaction="iso_mount", iso=Iso.MOUNT,
    ),
    Move(
        "guest_iso_unmount", _G, calls=("unmountIsoImage",), power_from=_ANY,
        event="event.iso_unmount", evidence=_DOC, after=Boot.OS, power_after=_RUNNING,
        duration="iso_unmount_s", transaction="iso_unmount", iso=Iso.UNMOUNT,
    ),
    Move(
        "guest_reboot", _G, calls=_REBOOTS, power_from=_ANY, event="event.reboot", evidence=_DOC,
        at_once=Boot.OS, after=Boot.OS, power_after=_RUNNING, duration="guest_reboot_s",
        transaction="reboot", optional_transaction=True, iso=Iso.AS_REBOOT,
    ),
    Move(
        "guest_reload", _G, calls=_RELOADS, power_from=_ANY, event="event.reload", evidence=_DOC,
        at_once=Boot.OS, after=Boot.OS, power_after=_RUNNING, duration="guest_reload_s",
        transaction="guest_reload", iso=Iso.UNMOUNT,
    ),
    Move(
        "guest_restart_inside", _G, calls=(), power_from=(_RUNNING,), event=None, evidence=_DOC,
        at_once=Boot.OS, after=Boot.OS, power_after=_RUNNING, duration="guest_reboot_s",
        iso=Iso.AS_REBOOT,
    ),
    Move(
        "guest_power_off_inside", _G, calls=(), power_from=(_RUNNING,), event=None, evidence=_ASS,
        power_after=_HALTED,
    ),
    Move(
        "guest_power_off", _G, calls=("powerOff", "powerOffSoft"), power_from=_ANY,
        event="event.power_off", evidence=_DOC, power_after=_HALTED,
    ),
    Move(
        "guest_power_on", _G, calls=("powerOn",), power_from=(_HALTED,), event="event.power_on",
        evidence=_DOC, at_once=Boot.OS, power_after=_RUNNING, iso=Iso.AS_REBOOT,
    ),
    Move(
        "guest_stays_on", _G, calls=("powerOn",), power_from=(_RUNNING, _PAUSED),
        event="event.power_on", evidence=_ASS,
    ),
    Move(
        "guest_pause", _G, calls=("pause",), power_from=(_RUNNING,), event="event.pause",
        evidence=_DOC, power_after=_PAUSED,
    ),
    Move(
        "guest_resume", _G, calls=("resume",), power_from=(_PAUSED,), event="event.resume",
        evidence=_DOC, power_after=_RUNNING,
    ),
    Move(
        "hardware_rescue", _H, calls=("bootToRescueLayer",), power_from=_ANY, event="event.rescue",
        evidence=_DOC, after=Boot.RESCUE, power_after=_RUNNING, duration="hardware_rescue_s",
        transaction="hardware_rescue",
    ),
    Move(
        "hardware_reboot", _H, calls=_REBOOTS, power_from=_ANY, event="event.reboot", evidence=_DOC,
        at_once=Boot.OS, after=Boot.OS, power_after=_RUNNING, duration="hardware_reboot_s",
        transaction="reboot", optional_transaction=True, locks=True, locked=True,
    ),
    Move(
        "hardware_reload", _H, calls=_RELOADS, power_from=_ANY, event="event.reload", evidence=_DOC,
        at_once=Boot.OS, after=Boot.OS, power_after=_RUNNING, duration="hardware_reload_s",
        transaction="hardware_reload",
        busy_code="SoftLayer_Exception_Hardware_Server_ActiveTransactionExists",
    ),
    Move(
        "hardware_toggle_ipmi", _H, calls=("toggleManagementInterface",), power_from=_ANY,
        event="event.toggle_ipmi", evidence=_DOC, duration="toggle_ipmi_s", job=True,
    ),
    Move(
        "hardware_restart_inside", _H, calls=(), power_from=(_RUNNING,), event=None, evidence=_DOC,
        at_once=Boot.OS, after=Boot.OS, power_after=_RUNNING, duration="hardware_reboot_s",
    ),
    Move(
        "hardware_power_off_inside", _H, calls=(), power_from=(_RUNNING,), event=None,
        evidence=_ASS, power_after=_HALTED,
    ),
    Move(
        "hardware_power_off", _H, calls=("powerOff",), power_from=_ANY, event="event.power_off",
        evidence=_DOC, power_after=_HALTED, locked=True,
    ),
    Move(
        "hardware_power_on", _H, calls=("powerOn",), power_from=(_HALTED,), event="event.power_on",
        evidence=_DOC, at_once=Boot.OS, power_after=_RUNNING, locked=True,
    ),
    Move(
        "hardware_stays_on", _H, calls=("powerOn",), power_from=(_RUNNING, _PAUSED),
        event="event.power_on", evidence=_ASS, locked=True,
    ),
)  # fmt: skip

BY_NAME: dict[str, Move] = {move.name: move for move in MOVES}
_BY_CALL: dict[tuple[Kind, str, Power], Move] = {
    (move.kind, call, power): move
    for move in MOVES
    for call in move.calls
    for power in move.power_from
}
_INSIDE = [move for move in MOVES if not move.calls]
RESTARTS_INSIDE: dict[Kind, Move] = {move.kind: move for move in _INSIDE if move.after}
POWER_OFFS_INSIDE: dict[Kind, Move] = {move.kind: move for move in _INSIDE if not move.after}
RELOAD_LABELS = frozenset(move.transaction for move in MOVES if _RELOADS[0] in move.calls)
CALLS: frozenset[tuple[Kind, str]] = frozenset((kind, call) for kind, call, _ in _BY_CALL)


def find_move(kind: Kind, call: str, power: Power) -> Move | None:
    """The row of a call in a power state, or None: the call is refused then."""
    return _BY_CALL.get((kind, call, power))


def boot_diagram(kind: Kind) -> str:
    """What a kind of device runs, as a Mermaid state diagram."""
    moves = [(move, move.after or move.at_once) for move in MOVES if move.kind is kind]
    reached = {Boot.OS, *(target for _, target in moves)}
    return _mermaid(
        f"{source} --> {target}: {_words(move)}"
        for move, target in moves
        for source in Boot
        if target and source in reached and source is not target
    )


def power_diagram(kind: Kind) -> str:
    """The power states of a kind of device, as a Mermaid state diagram."""
    moves = [move for move in MOVES if move.kind is kind and move.power_after]
    reached = {move.power_after for move in moves}
    return _mermaid(
        f"{source} --> {move.power_after}: {_words(move)}"
        for move in moves
        for source in move.power_from
        if source in reached and source is not move.power_after
    )


def _mermaid(edges: Iterable[str]) -> str:
    return "\n".join(["stateDiagram-v2", *(f"    {edge}" for edge in edges)]) + "\n"


def _words(move: Move) -> str:
    return "/".join(move.asked_by) + (f" ({move.duration})" if move.duration else "")
