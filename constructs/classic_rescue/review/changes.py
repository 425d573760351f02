"""What happens to one device, and why: the words of a review."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Image
from classic_rescue.boot.repair import Repair, Then
from classic_rescue.boot.states import BootState, Goal


class Restart(StrEnum):
    """Whether the device restarts."""

    YES = "yes"
    MAY = "only if it is not where it must be"
    NO = "no"


class Effect(StrEnum):
    """What happens to a device."""

    ENTERS_RESCUE = "enters_rescue"
    BOOTS_IMAGE = "boots_image"
    RETURNS_TO_OS = "returns_to_os"
    IS_LOOKED_AT = "is_looked_at"
    MOVES = "moves"
    IS_FORGOTTEN = "is_forgotten"
    IS_GONE = "is_gone"
    IS_THERE = "is_there_already"
    IS_RECORDED = "is_recorded"
    NOTHING = "nothing"


class EffectRow(NamedTuple):
    """What is known of an effect.

    `words` come after the device's name; `takes_down`: away from a running system.
    """

    words: str
    restart: Restart
    takes_down: bool = False


EFFECTS: dict[Effect, EffectRow] = {
    Effect.ENTERS_RESCUE: EffectRow("goes down and enters rescue", Restart.YES, True),
    Effect.BOOTS_IMAGE: EffectRow("goes down and boots {after}", Restart.YES, True),
    Effect.RETURNS_TO_OS: EffectRow("restarts into its operating system", Restart.YES),
    Effect.IS_LOOKED_AT: EffectRow(
        "is looked at; restarts only if it is not in {after}", Restart.MAY
    ),
    Effect.MOVES: EffectRow("moves to stack {stack} without a restart", Restart.NO),
    Effect.IS_FORGOTTEN: EffectRow(
        "is forgotten without a restart; it runs its operating system", Restart.NO
    ),
    Effect.IS_GONE: EffectRow(
        "does not exist any more, which counts as left: nothing restarts", Restart.NO
    ),
    Effect.IS_THERE: EffectRow("is in {after} already, so it does not restart", Restart.NO),
    Effect.IS_RECORDED: EffectRow(
        "is changed on paper only (reason, timeout, name, ssh or repair)", Restart.NO
    ),
    Effect.NOTHING: EffectRow("stays in {after}", Restart.NO),
}
"""In the order in which an operator wants to read of them."""

RANKS = {effect: rank for rank, effect in enumerate(EFFECTS)}


class Why(StrEnum):
    """What brings it about."""

    DECLARED = "declared"
    CHANGED = "changed"
    TIME_LIMIT = "time_limit"
    EARLIER_FAILED = "earlier_attempt_failed"
    UNFINISHED = "earlier_attempt_unfinished"
    SCRIPT = "another_script"
    REPAIR = "repair_of_drift"
    MOVED = "moved"
    REMOVED = "removed"
    DESTROYED = "destroyed"
    NONE = ""


class Change(NamedTuple):
    """One device of a review.

    `before` is the boot state on Terraform's record, `after` the one that counts after the run: the
    operating system for a device that leaves the fleet. `usual_s`: how long it usually is down, 0
    where it is not. `line` is its place in the fleet file, 0 where it is not in it. `observed` is
    None where nobody looked. `note` is one more sentence. `blocks` is what Terraform does to its
    blocks, empty where nothing. `device` is who was looked at, such as virtual_guest/124929698.
    `unseen` is why the look failed, empty where it did not. `image` is what its image's name leads
    to, None where nobody asked. `warning` is why its hook or the service will refuse, or may.
    `repair` is what its hook runs in its rescue system; None where nothing.
    """

    key: str
    name: str
    stack: str
    effect: Effect
    why: Why
    before: Goal | None
    after: Goal
    usual_s: int = 0
    address: str = ""
    reason: str | None = None
    until: datetime | None = None
    line: int = 0
    is_in_fleet: bool = True
    observed: Observation | None = None
    note: str = ""
    blocks: str = ""
    timeout_s: int = 0
    device: str = ""
    unseen: str = ""
    image: Image | None = None
    warning: str = ""
    repair: Repair | None = None

    @property
    def comes_back(self) -> bool:
        """Whether it is to go back to its operating system once its script has ended with 0."""
        return self.repair is not None and self.repair.then is Then.LEAVE

    @property
    def restart(self) -> Restart:
        """Whether it restarts."""
        if self.comes_back:
            return Restart.YES
        return EFFECTS[self.effect].restart

    @property
    def takes_down(self) -> bool:
        """Whether a system that may be running is taken down on purpose."""
        return EFFECTS[self.effect].takes_down

    @property
    def is_in_motion(self) -> bool:
        """Whether a transaction is under way on it now."""
        return self.observed is not None and self.observed.in_motion is not None

    @property
    def has_drifted(self) -> bool:
        """Whether somebody took it out of its desired state, and this plan does not mend that."""
        seen = self.observed
        if (
            seen is None
            or self.is_in_motion
            or self.effect not in (Effect.NOTHING, Effect.IS_RECORDED)
        ):
            return False
        is_off = seen.is_off and not seen.image  # its next start boots the operating system
        is_there = seen.satisfies(self.after) or (is_off and self.after.state is BootState.OS)
        return not is_there and (seen.is_off or seen.state is not BootState.UNKNOWN)

    @property
    def is_loud(self) -> bool:
        """Whether somebody should look twice: it may restart, runs a script, drifted, or was not
        seen.
        """
        is_touched = self.restart is not Restart.NO or self.repair is not None
        return is_touched or self.has_drifted or bool(self.unseen)

    @property
    def is_down(self) -> bool:
        """Whether it is out of its operating system before or after the run, by the record,
        the file or the look.
        """
        seen = self.observed
        if seen is not None and (
            seen.state in (BootState.RESCUE, BootState.IMAGE) or seen.in_motion
        ):
            return True
        return any(
            goal is not None and goal.state is not BootState.OS
            for goal in (self.before, self.after)
        )
