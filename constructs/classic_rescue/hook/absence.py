"""A device that cannot be found: deleted, or out of the user's sight;
the service does not tell which.
"""

from __future__ import annotations

from classic_rescue.api.devices import LookupFailedError
from classic_rescue.api.errors import NotFound
from classic_rescue.boot import limits
from classic_rescue.boot.facts import User
from classic_rescue.boot.states import Kind, Order

GONE = "the device does not exist any more: that counts as left"

_VIEW = {Kind.VIRTUAL_GUEST: "VIRTUAL_GUEST_VIEW", Kind.HARDWARE: "HARDWARE_VIEW"}
_ACCESS_ALL = {Kind.VIRTUAL_GUEST: "ACCESS_ALL_GUEST", Kind.HARDWARE: "ACCESS_ALL_HARDWARE"}
"""What a user needs to see every device of a kind (`classic-api.md` 5.1)."""


def refusal_when_gone(order: Order, problem: NotFound | LookupFailedError, user: User) -> str:
    """Why a device that must leave and cannot be found does not count as left; empty where it does.

    It was deleted, if the user would see it otherwise; or nobody can tell.
    """
    if all(user.may(right) for kind in _kinds(order) for right in (_VIEW[kind], _ACCESS_ALL[kind])):
        return ""
    return (
        f"{order.device.key} cannot be found: either it was deleted, or user {user.name} may not"
        " see it; the service does not tell which. Run again as a user who sees all devices;"
        f" {limits.WHO_GRANTS} ({problem})"
    )


def explain_not_found(order: Order, problem: NotFound | LookupFailedError, user: str) -> str:
    """What a device that is not found may mean, and who can help."""
    if isinstance(problem, LookupFailedError) and problem.matches:
        return str(problem)
    needed = " or ".join(limits.permission_text(_VIEW[kind]) for kind in _kinds(order))
    said = problem.text if isinstance(problem, NotFound) else str(problem)
    return (
        f"{order.device.key} cannot be found: either there is no such device, or user {user} may"
        f" not see it, which needs {needed} and device access; {limits.WHO_GRANTS} (the service"
        f" said: {said})"
    )


def _kinds(order: Order) -> list[Kind]:
    return [order.device.kind] if order.device.kind else list(Kind)
