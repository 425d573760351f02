"""What forbids a transition, known before the first request (`classic-api.md` 1.3, 2.4 and 5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from classic_rescue.boot.facts import Facts, Image, User
from classic_rescue.boot.labels import Label, Meaning, meaning_of
from classic_rescue.boot.states import BootState, Goal, Kind
from classic_rescue.boot.transitions import ACTIONS, Action

MAX_RESCUE_MEMORY_MB = 128 * 1024
"""Virtual guests above 128 GiB should not boot into rescue (release note of 2021-04-09)."""

MODERN_RESCUE_MEMORY_MB = 6 * 1024
"""Below 6 GB a CentOS 7 or newer guest gets a CentOS 5 rescue kernel (VSD vsi_launch_rescue.md)."""

WINDOWS_IMAGE = "WindowsRescueStandalone.iso"
"""The public image that the documentation names for Windows guests (VSD vsi_launch_rescue.md)."""

PERMISSION_NAMES = {
    "SERVER_RELOAD": "OS Reloads and Rescue Kernel",
    "REMOTE_MANAGEMENT": "IPMI Remote Management",
    "VIRTUAL_GUEST_VIEW": "View Virtual Server Details",
    "HARDWARE_VIEW": "View Hardware Details",
}
"""Key name → what the console calls it (`classic-api.md` 5.1)."""

WHO_GRANTS = "the account owner, or a user with Manage Users, can grant it"
"""Who may change permissions and device access (VSD vsi_launch_rescue.md, prerequisites)."""


def permission_text(permission: str) -> str:
    """A permission as console and API call it."""
    return (
        f"permission {permission} ({PERMISSION_NAMES[permission]})"
        if permission in PERMISSION_NAMES
        else permission
    )


def documented_needs(kind: Kind, actions: Iterable[Action]) -> list[str]:
    """The permissions that the documentation asks for.

    What nobody documents is left to the API to refuse.
    """
    rows = [ACTIONS[kind, action] for action in actions]
    return sorted({row.permission for row in rows if row.permission_is_documented})


def missing_permissions(user: User, needs: Iterable[str]) -> list[str]:
    """Refusals, one a permission that the user lacks."""
    return [
        f"user {user.name} lacks {permission_text(permission)}; {WHO_GRANTS}"
        for permission in needs
        if user.may(permission) is False
    ]


def doubtful_permissions(user: User, kind: Kind, actions: Iterable[Action]) -> list[str]:
    """Notes, one a permission that the user lacks and that a request needs,
    though nobody documents that.
    """
    rows = [(action, ACTIONS[kind, action]) for action in actions]
    return [
        (
            f"user {user.name} lacks {permission_text(row.permission)},"
            f" which {action} probably needs; {WHO_GRANTS}"
        )
        for action, row in rows
        if not row.permission_is_documented and user.may(row.permission) is False
    ]


def rescue_limits(facts: Facts, goal: Goal) -> list[str]:
    """Refusals of a rescue boot of a virtual guest; bare metal has no documented limit."""
    if goal.state is not BootState.RESCUE or facts.kind is not Kind.VIRTUAL_GUEST:
        return []
    refusals = []
    if facts.is_windows:
        refusals.append(
            "a Windows guest has no rescue kernel;"
            f" use `boot: {{image: {WINDOWS_IMAGE}}}` (installed: {facts.os_name})"
        )
    if facts.memory_mb is not None and facts.memory_mb > MAX_RESCUE_MEMORY_MB:
        refusals.append(
            f"{facts.memory_mb // 1024} GiB of memory; guests above 128 GiB must not boot the"
            " rescue kernel; boot an image instead"
        )
    if "coreos" in facts.os_name.casefold():
        refusals.append(
            f"CoreOS guests are blocked from the rescue kernel (installed: {facts.os_name})"
        )
    return refusals


def image_limits(facts: Facts, image: Image) -> list[str]:
    """Refusals of booting this image on this guest."""
    refusals = []
    if not image.is_iso:
        refusals.append(
            f"image {image.name} (id {image.id}) is not an ISO; only an ISO can be booted"
        )
    if image.datacenter and facts.datacenter and image.datacenter != facts.datacenter:
        refusals.append(
            f"image {image.name} (id {image.id}) is in {image.datacenter}, the device is in"
            f" {facts.datacenter}; an image must be in the device's data centre"
        )
    return refusals


def lockout_left_s(
    facts: Facts,
    actions: Iterable[Action],
    *,
    now: datetime | None,
    labels: Iterable[Label],
    lockout_s: float,
) -> float:
    """How long bare metal still refuses to reboot after its last reboot (SLDN rebootDefault); 0
    where it does not.

    `now` is the service's own time. Both times come in whole seconds, hence two more.
    """
    if facts.kind is not Kind.HARDWARE or Action.REBOOT_DEFAULT not in actions or not now:
        return 0.0
    labels = tuple(labels)
    restarts = [
        command.at
        for command in facts.commands or ()
        if meaning_of([command.name], labels) is Meaning.RESTART
    ]
    if not restarts:
        return 0.0
    left_s = lockout_s - (now - max(restarts)).total_seconds()
    return min(left_s + 2, lockout_s) if left_s > -2 else 0.0


def advice(facts: Facts, goal: Goal) -> list[str]:
    """What the operator should know, though it forbids nothing."""
    notes = []
    old_kernel = facts.memory_mb is not None and facts.memory_mb < MODERN_RESCUE_MEMORY_MB
    if goal.state is BootState.RESCUE and facts.kind is Kind.VIRTUAL_GUEST and old_kernel:
        notes.append(
            f"{facts.memory_mb} MB of memory: below 6 GB a CentOS 5 rescue kernel is booted"
        )
    if goal.no_os_environment and facts.os_name:
        notes.append(
            f"no_os_environment is ignored by the service: the device has an OS ({facts.os_name})"
        )
    return notes
