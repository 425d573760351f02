"""Which image a name leads to: one, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from classic_rescue.boot.facts import Facts, Image, User
from classic_rescue.boot.preflight import check
from classic_rescue.boot.states import BootState, Goal, Kind
from classic_rescue.boot.transitions import Action

GUEST = Facts(Kind.VIRTUAL_GUEST, 101, datacenter="fra02")
NAME = "repair.iso"


@dataclass
class Account:
    """What a check asks of the service: these images, and a user who may everything."""

    found: list[Image] = field(default_factory=list)

    def images(self, wanted: int | str) -> list[Image]:
        """Those of this name or id."""
        return [image for image in self.found if wanted in (image.id, image.name)]

    def iso_names(self) -> set[str]:
        """The names of all."""
        return {image.name for image in self.found}

    def user(self) -> User:
        """The master user."""
        return User("ann", is_master=True, permissions=None)


def chosen(wanted: int | str, *images: Image) -> tuple[int | None, str]:
    """The id of the image that would be mounted, and the refusals."""
    goal = Goal(BootState.IMAGE, wanted)
    found = check(goal, GUEST, [Action.MOUNT_ISO_IMAGE], Account(list(images)))
    return found.image and found.image.id, " ".join(found.refusals)


ONE = Image(7, NAME, datacenter="fra02")
OTHER = Image(8, NAME, datacenter="fra02")
ELSEWHERE = Image(9, NAME, datacenter="dal13")


@pytest.mark.parametrize("images", [(ONE, OTHER), (OTHER, ELSEWHERE, ONE)])
def test_two_of_one_name_are_refused_with_both_ids(images: tuple[Image, ...]) -> None:
    """Whoever may make a private image could have his own booted in place of the reviewed one."""
    image, said = chosen(NAME, *images)
    assert image is None
    assert "2 images that it could boot are called 'repair.iso', with the ids 7 and 8" in said
    assert "name the id" in said


def test_an_id_tells_them_apart() -> None:
    """That is what the refusal advises."""
    assert chosen(8, ONE, OTHER) == (8, "")


def test_one_that_is_told_twice_is_one() -> None:
    """As is one beside another in another data centre."""
    assert chosen(NAME, ONE, ONE, ELSEWHERE) == (7, "")


def test_only_elsewhere_says_where() -> None:
    """However many there are."""
    _, said = chosen(NAME, ELSEWHERE)
    assert "is in dal13, the device is in fra02" in said
