"""What a transition needs, checked before the first request: by the hook, and by `classic-rescue
preflight` for all.

What costs a call is asked for only where it decides something.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from classic_rescue.boot import limits
from classic_rescue.boot.facts import Facts, Image, User
from classic_rescue.boot.states import Goal
from classic_rescue.boot.transitions import Action


class Service(Protocol):
    """What the service is asked; `api.devices.Devices` answers."""

    def user(self) -> User:
        """The user behind the credentials."""

    def images(self, wanted: int | str) -> list[Image]:
        """Every image of this name or id."""

    def iso_names(self) -> set[str]:
        """The names of all images that can be booted."""


class Check(NamedTuple):
    """What forbids a transition, and what only should be known.

    `image` is the one to mount, `user` who was asked.
    """

    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    image: Image | None = None
    user: User | None = None


def check(goal: Goal, facts: Facts, actions: Sequence[Action], service: Service) -> Check:
    """Everything that would forbid these requests, named at once."""
    needs = limits.documented_needs(facts.kind, actions)
    user = service.user() if needs else None
    refusals = limits.missing_permissions(user, needs) if user else []
    refusals += limits.rescue_limits(facts, goal)
    image = None
    if Action.MOUNT_ISO_IMAGE in actions and goal.image is not None:
        image, unusable = _choose_image(goal.image, facts, service)
        refusals += unusable
    return Check(tuple(refusals), tuple(limits.advice(facts, goal)), image, user)


def _choose_image(
    wanted: int | str, facts: Facts, service: Service
) -> tuple[Image | None, list[str]]:
    """The image to mount: the one in the device's data centre. With the refusals: also where
    several there have the name, since nobody but their ids tells them apart.
    """
    found = service.images(wanted)
    if not found:
        names = ", ".join(sorted(service.iso_names())) or "none"
        return None, [
            f"there is no image {wanted!r}, or the user may not see it; bootable are: {names}"
        ]
    near = [image for image in found if image.datacenter in ("", facts.datacenter)]
    ids = sorted({image.id for image in near})
    if len(ids) > 1:
        told = " and ".join(map(str, ids))
        return None, [
            f"{len(ids)} images that it could boot are called {wanted!r}, with the ids {told}; name"
            " the id, and find out who made the other"
        ]
    image = (near or found)[0]
    return image, limits.image_limits(facts, image)
