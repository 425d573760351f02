"""Which requests bring a device from one boot state to another: the one table of them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from classic_rescue.boot.evidence import RESTART_S, Observation
from classic_rescue.boot.labels import Meaning
from classic_rescue.boot.states import BootState, Goal, Kind


class Action(StrEnum):
    """A request that changes a device; the value is the API's own method name."""

    EXECUTE_RESCUE_LAYER = "executeRescueLayer"
    BOOT_TO_RESCUE_LAYER = "bootToRescueLayer"
    MOUNT_ISO_IMAGE = "mountIsoImage"
    UNMOUNT_ISO_IMAGE = "unmountIsoImage"
    REBOOT_DEFAULT = "rebootDefault"
    POWER_ON = "powerOn"


class ActionRow(NamedTuple):
    """What is known of a request.

    `effect`: what happens to the device, in an operator's words; `usual_s`: the duration where the
    API gives none; `makes_transaction`: whether one must be seen, or only may; `means`: the state
    it leads to; `permission`: the key name it needs, and whether the documentation says so.
    """

    effect: str
    means: Meaning
    makes_transaction: bool
    usual_s: int
    permission: str
    permission_is_documented: bool
    source: str


ACTIONS: dict[tuple[Kind, Action], ActionRow] = {
    (Kind.VIRTUAL_GUEST, Action.EXECUTE_RESCUE_LAYER): ActionRow(
        effect="the device goes down and boots the rescue kernel",
        means=Meaning.RESCUE,
        makes_transaction=True,
        usual_s=300,
        permission="SERVER_RELOAD",
        permission_is_documented=False,
        source="VSD vsi_launch_rescue.md: several minutes",
    ),
    (Kind.VIRTUAL_GUEST, Action.MOUNT_ISO_IMAGE): ActionRow(
        effect="the device goes down and boots the image",
        means=Meaning.IMAGE,
        makes_transaction=True,
        usual_s=300,
        permission="SERVER_RELOAD",
        permission_is_documented=False,
        source="IMD boot-vsi-image.md: depends on the image",
    ),
    (Kind.VIRTUAL_GUEST, Action.UNMOUNT_ISO_IMAGE): ActionRow(
        effect="the image is unloaded, the device goes down and boots its operating system",
        means=Meaning.UNLOAD,
        makes_transaction=True,
        usual_s=60,
        permission="SERVER_RELOAD",
        permission_is_documented=False,
        source="softlayer-cli fixture: Cloud ISO Teardown, 50 s",
    ),
    (Kind.VIRTUAL_GUEST, Action.REBOOT_DEFAULT): ActionRow(
        effect="the device restarts into its operating system",
        means=Meaning.RESTART,
        makes_transaction=False,
        usual_s=RESTART_S[Kind.VIRTUAL_GUEST],
        permission="REMOTE_MANAGEMENT",
        permission_is_documented=False,
        source="SLDN SoftLayer_Virtual_Guest rebootDefault",
    ),
    (Kind.VIRTUAL_GUEST, Action.POWER_ON): ActionRow(
        effect="the device starts its operating system",
        means=Meaning.RESTART,
        makes_transaction=False,
        usual_s=RESTART_S[Kind.VIRTUAL_GUEST],
        permission="REMOTE_MANAGEMENT",
        permission_is_documented=False,
        source="SLDN SoftLayer_Virtual_Guest powerOn",
    ),
    (Kind.HARDWARE, Action.BOOT_TO_RESCUE_LAYER): ActionRow(
        effect="the device goes down and boots the rescue kernel",
        means=Meaning.RESCUE,
        makes_transaction=True,
        usual_s=600,
        permission="SERVER_RELOAD",
        permission_is_documented=True,
        source="SLDN bootToRescueLayer: offline about 10 minutes",
    ),
    (Kind.HARDWARE, Action.REBOOT_DEFAULT): ActionRow(
        effect="the device restarts into its operating system",
        means=Meaning.RESTART,
        makes_transaction=False,
        usual_s=RESTART_S[Kind.HARDWARE],
        permission="REMOTE_MANAGEMENT",
        permission_is_documented=True,
        source="SLDN SoftLayer_Hardware_Server rebootDefault",
    ),
}


class Situation(StrEnum):
    """Where a transition starts: the observed state, told apart as far as the way on differs."""

    OS = "os"
    RESCUE = "rescue"
    IMAGE = "image"
    OFF = "off"
    OFF_WITH_IMAGE = "off, image mounted"
    UNKNOWN = "unknown"
    UNKNOWN_WITH_IMAGE = "unknown, image mounted"


_RESCUE = Action.EXECUTE_RESCUE_LAYER
_MOUNT = Action.MOUNT_ISO_IMAGE
_UNMOUNT = Action.UNMOUNT_ISO_IMAGE

# A mounted image is unmounted before a rescue boot or another image:
# what the service does with two is not documented, and a rescue kernel
# beside a mounted image could not be told from the image afterwards.
TRANSITIONS: dict[tuple[Kind, Situation, BootState], tuple[Action, ...]] = {
    (Kind.VIRTUAL_GUEST, Situation.OS, BootState.OS): (),
    (Kind.VIRTUAL_GUEST, Situation.OS, BootState.RESCUE): (_RESCUE,),
    (Kind.VIRTUAL_GUEST, Situation.OS, BootState.IMAGE): (_MOUNT,),
    (Kind.VIRTUAL_GUEST, Situation.RESCUE, BootState.OS): (Action.REBOOT_DEFAULT,),
    (Kind.VIRTUAL_GUEST, Situation.RESCUE, BootState.RESCUE): (),
    (Kind.VIRTUAL_GUEST, Situation.RESCUE, BootState.IMAGE): (_MOUNT,),
    (Kind.VIRTUAL_GUEST, Situation.IMAGE, BootState.OS): (_UNMOUNT,),
    (Kind.VIRTUAL_GUEST, Situation.IMAGE, BootState.RESCUE): (_UNMOUNT, _RESCUE),
    (Kind.VIRTUAL_GUEST, Situation.IMAGE, BootState.IMAGE): (_UNMOUNT, _MOUNT),
    (Kind.VIRTUAL_GUEST, Situation.OFF, BootState.OS): (Action.POWER_ON,),
    (Kind.VIRTUAL_GUEST, Situation.OFF, BootState.RESCUE): (_RESCUE,),
    (Kind.VIRTUAL_GUEST, Situation.OFF, BootState.IMAGE): (_MOUNT,),
    (Kind.VIRTUAL_GUEST, Situation.OFF_WITH_IMAGE, BootState.OS): (_UNMOUNT, Action.POWER_ON),
    (Kind.VIRTUAL_GUEST, Situation.OFF_WITH_IMAGE, BootState.RESCUE): (_UNMOUNT, _RESCUE),
    (Kind.VIRTUAL_GUEST, Situation.OFF_WITH_IMAGE, BootState.IMAGE): (_UNMOUNT, _MOUNT),
    (Kind.VIRTUAL_GUEST, Situation.UNKNOWN, BootState.OS): (Action.REBOOT_DEFAULT,),
    (Kind.VIRTUAL_GUEST, Situation.UNKNOWN, BootState.RESCUE): (_RESCUE,),
    (Kind.VIRTUAL_GUEST, Situation.UNKNOWN, BootState.IMAGE): (_MOUNT,),
    (Kind.VIRTUAL_GUEST, Situation.UNKNOWN_WITH_IMAGE, BootState.OS): (_UNMOUNT,),
    (Kind.VIRTUAL_GUEST, Situation.UNKNOWN_WITH_IMAGE, BootState.RESCUE): (_UNMOUNT, _RESCUE),
    (Kind.VIRTUAL_GUEST, Situation.UNKNOWN_WITH_IMAGE, BootState.IMAGE): (_UNMOUNT, _MOUNT),
    (Kind.HARDWARE, Situation.OS, BootState.OS): (),
    (Kind.HARDWARE, Situation.OS, BootState.RESCUE): (Action.BOOT_TO_RESCUE_LAYER,),
    (Kind.HARDWARE, Situation.RESCUE, BootState.OS): (Action.REBOOT_DEFAULT,),
    (Kind.HARDWARE, Situation.RESCUE, BootState.RESCUE): (),
    (Kind.HARDWARE, Situation.UNKNOWN, BootState.OS): (Action.REBOOT_DEFAULT,),
    (Kind.HARDWARE, Situation.UNKNOWN, BootState.RESCUE): (Action.BOOT_TO_RESCUE_LAYER,),
}


def situation_of(observation: Observation) -> Situation:
    """The row of the table that an observation starts from."""
    if observation.is_off:
        return Situation.OFF_WITH_IMAGE if observation.image else Situation.OFF
    if observation.state is BootState.UNKNOWN and observation.image:
        return Situation.UNKNOWN_WITH_IMAGE
    return Situation(observation.state.value)


def actions_to(goal: Goal, kind: Kind, observation: Observation) -> tuple[Action, ...]:
    """The requests, in order, that bring the device to its goal; none when it is there.

    Raises ValueError for an image on bare metal: the classic API has no call for it
    (`classic-api.md` 2.2).
    """
    if observation.satisfies(goal):
        return ()
    row = (kind, situation_of(observation), goal.state)
    if row not in TRANSITIONS:
        raise ValueError(
            f"bare metal cannot boot an image (wanted: {goal}); the classic API has no call for it"
        )
    return TRANSITIONS[row]
