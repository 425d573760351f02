"""A device's moving part, and the two pure functions over it: `begin` a move, `settle` what is due.

Looking settles a copy and changes nothing; only a changing call stores the settled state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mock_api.domain.facts import NO_EDITS, Edits, Record
from mock_api.domain.settings import Settings
from mock_api.domain.shapes import Instant
from mock_api.domain.states import BY_NAME, OUTCOMES, RELOAD_LABELS, Boot, Iso, Move, Outcome, Power

KEPT_TRANSACTIONS = 50  # a device's history; more would only slow long runs
KEPT_COMMANDS = 5  # getRecentRemoteManagementCommands: the last five


@dataclass(frozen=True)
class Transaction(Record):
    """A SoftLayer_Provisioning_Version1_Transaction; seen from `created_s` on."""

    id: int
    label: str
    created_s: Instant
    ended_s: Instant | None = None
    failed: bool = False


@dataclass(frozen=True)
class RemoteCommand(Record):
    """A remote management command that was accepted."""

    id: int
    command: str
    created_s: Instant
    user_id: int


@dataclass(frozen=True)
class CdSlot(Record):
    """The CD block device that the first mount makes and that
    stays afterwards (classic-api.md 2.3).
    """

    created_s: Instant
    modified_s: Instant


@dataclass(frozen=True)
class Pending(Record):
    """A move or job under way.

    `due_s` None: it never ends. `transaction_id` None: nobody can see it.

    `value` is what the call was about: the disk image of a mount, or 1 and 0 for IPMI on and off.
    """

    move: str
    due_s: Instant | None
    outcome: Outcome = Outcome.COMPLETE
    transaction_id: int | None = None
    value: int | None = None
    clears_iso: bool = True


@dataclass(frozen=True)
class ReloadToken(Record):
    """What confirms a reload (SLDN reloadOperatingSystem)."""

    text: str
    expires_s: Instant


@dataclass(frozen=True)
class DeviceState(Record):
    """The moving part of a device.

    `booted_s` is when it last came up; None: before the world began.
    """

    boot: Boot = Boot.OS
    power: Power = Power.RUNNING
    iso_image_id: int | None = None
    cd_slot: CdSlot | None = None
    pending: Pending | None = None
    job: Pending | None = None
    transactions: tuple[Transaction, ...] = ()
    commands: tuple[RemoteCommand, ...] = ()
    locked_until_s: Instant | None = None
    modified_s: Instant | None = None
    reload_token: ReloadToken | None = None
    ipmi_enabled: bool = True
    edits: Edits = NO_EDITS
    booted_s: Instant | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a changing call meets an outstanding transaction, seen already or not."""
        return self.pending is not None and self.pending.transaction_id is not None

    def active_transaction(self, now_s: float) -> Transaction | None:
        """The transaction that a client sees under way."""
        last = self.last_transaction(now_s)
        return last if self.pending and last and last.id == self.pending.transaction_id else None

    def last_transaction(self, now_s: float) -> Transaction | None:
        """The newest transaction that a client sees."""
        return next((row for row in reversed(self.transactions) if row.created_s <= now_s), None)

    def last_reload(self, now_s: float) -> Transaction | None:
        """The newest transaction that reloads the operating system, over or not."""
        reloads = (row for row in reversed(self.transactions) if row.label in RELOAD_LABELS)
        return next((row for row in reloads if row.created_s <= now_s), None)

    def last_due_s(self) -> float | None:
        """When the last of what is under way ends; None if nothing is or it never ends."""
        return max(
            (row.due_s for row in (self.pending, self.job) if row and row.due_s is not None),
            default=None,
        )


@dataclass(frozen=True)
class Order:
    """What a changing call asks of a device, everything already looked up."""

    move: Move
    now_s: Instant
    settings: Settings
    new_id: int
    outcome: Outcome = Outcome.COMPLETE
    value: int | None = None

    @property
    def transaction_label(self) -> str | None:
        """The label prefix of the transaction to make, or None."""
        if self.move.optional_transaction and not self.settings.reboot_makes_transaction:
            return None
        return self.move.transaction

    def new_transaction(self) -> Transaction | None:
        """The transaction that this order makes, if it makes one."""
        label = self.transaction_label
        return (
            Transaction(self.new_id, label, self.now_s + self.settings.appears_after_s)
            if label
            else None
        )


def settle(state: DeviceState, now_s: float) -> DeviceState:
    """The state at `now_s`: a move or job that is due has happened, at its own time.

    Changes nothing.
    """
    job = state.job
    pending = state.pending
    if job is not None and job.due_s is not None and now_s >= job.due_s:
        state = replace(state, job=None, ipmi_enabled=bool(job.value))
    if pending is None or pending.due_s is None or now_s < pending.due_s:
        return state
    move = BY_NAME[pending.move]
    ended = _close_transaction(_without_pending(state, move, pending.due_s), pending)
    if not OUTCOMES[pending.outcome].reaches:
        return ended
    return _arrive(ended, move, move.after, pending=pending, at_s=pending.due_s)


def begin(state: DeviceState, order: Order) -> DeviceState:
    """The state after a call was accepted.

    A move under way without a transaction is given up for the new one.
    """
    if not OUTCOMES[order.outcome].starts:
        return state
    move = order.move
    transaction = order.new_transaction()
    if transaction is None:
        # A fault about transactions has nothing to hold on to in a move that makes none.
        order = replace(order, outcome=Outcome.COMPLETE)
    pending = _pending(order, transaction)
    if move.job:
        return replace(state, job=pending)
    started = _without_pending(state, move, order.now_s)
    if transaction is not None:
        started = replace(
            started, transactions=(*state.transactions, transaction)[-KEPT_TRANSACTIONS:]
        )
    if move.duration is None:
        return _arrive(started, move, move.at_once, pending=pending, at_s=order.now_s)
    if move.at_once is not None and OUTCOMES[order.outcome].reaches:
        started = _arrive(started, move, move.at_once, pending=pending, at_s=order.now_s)
    return settle(replace(started, pending=pending), order.now_s)


def _without_pending(state: DeviceState, move: Move, at_s: float) -> DeviceState:
    return replace(state, pending=None, modified_s=at_s if move.event else state.modified_s)


def _pending(order: Order, transaction: Transaction | None) -> Pending:
    start_s = transaction.created_s if transaction else order.now_s
    duration_s = order.settings.duration_s(order.move.duration) if order.move.duration else 0.0
    return Pending(
        move=order.move.name,
        due_s=start_s + duration_s if OUTCOMES[order.outcome].ends else None,
        outcome=order.outcome,
        transaction_id=transaction.id if transaction else None,
        value=order.value,
        clears_iso=order.settings.reboot_clears_iso,
    )


def _close_transaction(state: DeviceState, pending: Pending) -> DeviceState:
    failed = not OUTCOMES[pending.outcome].succeeds
    closed = tuple(
        replace(row, ended_s=pending.due_s, failed=failed)
        if row.id == pending.transaction_id
        else row
        for row in state.transactions
    )
    return replace(state, transactions=closed)


def _arrive(
    state: DeviceState, move: Move, target: Boot | None, *, pending: Pending, at_s: float
) -> DeviceState:
    moved = _change_iso(state, move.iso, pending, at_s)
    boot = target or moved.boot
    if move.iso is Iso.AS_REBOOT and boot is Boot.OS and moved.iso_image_id is not None:
        boot = Boot.IMAGE  # the ISO is still in the drive, so the device boots it again
    power = move.power_after or moved.power
    came_up = target is not None and power is Power.RUNNING
    return replace(moved, boot=boot, power=power, booted_s=at_s if came_up else moved.booted_s)


def _change_iso(state: DeviceState, iso: Iso, pending: Pending, at_s: float) -> DeviceState:
    if iso is Iso.MOUNT:
        slot = state.cd_slot or CdSlot(at_s, at_s)
        return replace(state, iso_image_id=pending.value, cd_slot=replace(slot, modified_s=at_s))
    clears = iso is Iso.UNMOUNT or (iso is Iso.AS_REBOOT and pending.clears_iso)
    if not clears or state.iso_image_id is None or state.cd_slot is None:
        return state
    return replace(state, iso_image_id=None, cd_slot=replace(state.cd_slot, modified_s=at_s))
