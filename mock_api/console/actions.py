"""THE table of what the Actions menu of a device offers. A row is a call of the API; templates ask
before it is made.

Labels and explanations are words/device.py: `action.KEY`, `does.KEY.KIND` and `done.KEY`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mock_api.contract import Operation, find_operation
from mock_api.domain.facts import Kind
from mock_api.domain.people import User
from mock_api.domain.permissions import PERMISSIONS, Permission
from mock_api.domain.world import World

SERVICES = {Kind.GUEST: "SoftLayer_Virtual_Guest", Kind.HARDWARE: "SoftLayer_Hardware_Server"}


class Question(StrEnum):
    """What is asked before the call is made (classic-api.md 7.1, 7.2)."""

    RESCUE = "rescue"
    IMAGE = "image"
    UNLOAD = "unload"
    POWER = "power"


@dataclass(frozen=True)
class Action:
    """A row: the method for a virtual guest and for bare metal;
    None there means that the API has none.

    `duration` names the settings that tell how long the device is away, by kind. `unload` is
    reached through Boot from image, so the menu does not name it.
    """

    key: str
    guest: str
    hardware: str | None
    question: Question
    durations: tuple[str, str] | None = None
    in_menu: bool = True

    def method(self, kind: Kind) -> str:
        """The method to call; where the API has none, the name that it refuses."""
        return self.hardware if kind is Kind.HARDWARE and self.hardware else self.guest

    def operation(self, kind: Kind) -> Operation | None:
        """The contract's row, or None where the API has none."""
        return find_operation(SERVICES[kind], self.method(kind))

    def minutes(self, world: World, kind: Kind) -> int | None:
        """About how long the device is away; None for what is done at once."""
        if self.durations is None:
            return None
        seconds_s = world.settings.duration_s(self.durations[kind is Kind.HARDWARE])
        return max(1, -int(-seconds_s // 60))


_REBOOT = ("guest_reboot_s", "hardware_reboot_s")

ACTIONS: dict[str, Action] = {
    row.key: row
    for row in (
        Action(
            "rescue", guest="executeRescueLayer", hardware="bootToRescueLayer",
            question=Question.RESCUE, durations=("guest_rescue_s", "hardware_rescue_s"),
        ),
        Action(
            "image", guest="mountIsoImage", hardware=None, question=Question.IMAGE,
            durations=("iso_mount_s", "iso_mount_s"),
        ),
        Action(
            "unload", guest="unmountIsoImage", hardware=None, question=Question.UNLOAD,
            durations=("iso_unmount_s", "iso_unmount_s"), in_menu=False,
        ),
        Action(
            "reboot", guest="rebootDefault", hardware="rebootDefault", question=Question.POWER,
            durations=_REBOOT,
        ),
        Action(
            "reboot-soft", guest="rebootSoft", hardware="rebootSoft", question=Question.POWER,
            durations=_REBOOT,
        ),
        Action(
            "reboot-hard", guest="rebootHard", hardware="rebootHard", question=Question.POWER,
            durations=_REBOOT,
        ),
        Action("power-on", guest="powerOn", hardware="powerOn", question=Question.POWER),
        Action("power-off", guest="powerOff", hardware="powerOff", question=Question.POWER),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Obstacle:
    """Why a user cannot do something: a permission that it lacks, or, without one,
    that the API has no such call.
    """

    permission: Permission | None = None


def find_obstacle(world: World, user: User, operation: Operation | None) -> Obstacle | None:
    """What keeps the user from a call, or None."""
    if operation is None:
        return Obstacle()
    key_name = operation.permission_in(world.settings)
    if key_name is None or user.holds(key_name):
        return None
    return Obstacle(PERMISSIONS[key_name])
