"""Which requests lead from where to where, and what forbids them."""

from __future__ import annotations

import itertools

import pytest

from classic_rescue.boot import limits
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts, Image, User
from classic_rescue.boot.labels import Meaning
from classic_rescue.boot.states import BootState, Goal, Kind, NoOsEnvironment
from classic_rescue.boot.transitions import (
    ACTIONS,
    TRANSITIONS,
    Action,
    Situation,
    actions_to,
    situation_of,
)

GUEST = Facts(Kind.VIRTUAL_GUEST, 1, datacenter="dal13", memory_mb=8192, os_name="Ubuntu 22.04")
LEADS_TO = {
    Meaning.RESCUE: BootState.RESCUE,
    Meaning.IMAGE: BootState.IMAGE,
    Meaning.UNLOAD: BootState.OS,
    Meaning.RESTART: BootState.OS,
}


def test_every_transition_of_the_table_is_known_and_ends_in_its_goal() -> None:
    """The last request of each row leads to the row's goal; each request has a row of its own."""
    for (kind, situation, goal), actions in TRANSITIONS.items():
        rows = [ACTIONS[kind, action] for action in actions]
        end = LEADS_TO[rows[-1].means] if rows else BootState(situation.value)
        assert end is goal, (kind, situation, goal)


def test_every_situation_has_a_way_to_every_goal() -> None:
    """A guest can go from anywhere to anywhere; bare metal too, but for an image,
    and it has no `off` to see.
    """
    goals = (BootState.OS, BootState.RESCUE, BootState.IMAGE)
    for situation, goal in itertools.product(Situation, goals):
        assert (Kind.VIRTUAL_GUEST, situation, goal) in TRANSITIONS
    for situation, goal in itertools.product(
        (Situation.OS, Situation.RESCUE, Situation.UNKNOWN), goals[:2]
    ):
        assert (Kind.HARDWARE, situation, goal) in TRANSITIONS


def test_nothing_is_sent_to_a_device_that_is_there() -> None:
    """The same image by name or by id is the same; another one is not."""
    seen = Observation(BootState.IMAGE, "mounted", image="a.iso", image_id=7)
    assert actions_to(Goal(BootState.IMAGE, "a.iso"), Kind.VIRTUAL_GUEST, seen) == ()
    assert actions_to(Goal(BootState.IMAGE, 7), Kind.VIRTUAL_GUEST, seen) == ()
    assert actions_to(Goal(BootState.IMAGE, "b.iso"), Kind.VIRTUAL_GUEST, seen) == (
        Action.UNMOUNT_ISO_IMAGE,
        Action.MOUNT_ISO_IMAGE,
    )


def test_rescue_to_image_is_one_reboot() -> None:
    """Leaving the rescue kernel for an image goes straight there."""
    seen = Observation(BootState.RESCUE, "last transaction")
    assert actions_to(Goal(BootState.IMAGE, "a.iso"), Kind.VIRTUAL_GUEST, seen) == (
        Action.MOUNT_ISO_IMAGE,
    )


def test_an_image_on_bare_metal_is_refused() -> None:
    """The classic API has no call for it, and the text says so."""
    with pytest.raises(ValueError, match="no call for it"):
        actions_to(Goal(BootState.IMAGE, "a.iso"), Kind.HARDWARE, Observation(BootState.OS, ""))


def test_off_and_unknown_are_told_apart() -> None:
    """A guest that is powered off is started, not rebooted."""
    off = Observation(BootState.UNKNOWN, "powered off", is_off=True)
    assert situation_of(off) is Situation.OFF
    assert actions_to(Goal(BootState.OS), Kind.VIRTUAL_GUEST, off) == (Action.POWER_ON,)
    assert (
        situation_of(Observation(BootState.UNKNOWN, "", image="a.iso"))
        is Situation.UNKNOWN_WITH_IMAGE
    )


@pytest.mark.parametrize(
    ("memory_mb", "os_name", "words"),
    [
        (131072, "Ubuntu", None),
        (131073, "Ubuntu", "128 GiB"),
        (4096, "Microsoft Windows Server 2022", "WindowsRescueStandalone.iso"),
        (4096, "CoreOS CoreOS current", "CoreOS"),
        (None, "", None),
    ],
)
def test_limits_of_the_rescue_kernel(
    memory_mb: int | None, os_name: str, words: str | None
) -> None:
    """Memory above 128 GiB, Windows and CoreOS are refused before anything is sent."""
    facts = Facts(Kind.VIRTUAL_GUEST, 1, memory_mb=memory_mb, os_name=os_name)
    refusals = limits.rescue_limits(facts, Goal(BootState.RESCUE))
    assert bool(refusals) == bool(words)
    assert words is None or words in refusals[0]
    assert (
        limits.rescue_limits(Facts(Kind.HARDWARE, 1, os_name=os_name), Goal(BootState.RESCUE)) == []
    )


def test_limits_of_an_image() -> None:
    """Only an ISO, and only in the device's data centre; where none is told, none is refused."""
    assert limits.image_limits(GUEST, Image(7, "a.iso", True, "dal13")) == []
    assert limits.image_limits(GUEST, Image(7, "a.iso", True, "")) == []
    assert "is in fra02" in limits.image_limits(GUEST, Image(7, "a.iso", True, "fra02"))[0]
    assert "not an ISO" in limits.image_limits(GUEST, Image(7, "disk", False, "dal13"))[0]


def test_only_documented_permissions_refuse_beforehand() -> None:
    """A missing permission is named with who grants it;
    what is not documented or not readable is left to the API.
    """
    user = User("SL123", is_master=False, permissions=frozenset({"HARDWARE_VIEW"}))
    needs = limits.documented_needs(Kind.HARDWARE, [Action.BOOT_TO_RESCUE_LAYER])
    (text,) = limits.missing_permissions(user, needs)
    assert "SERVER_RELOAD (OS Reloads and Rescue Kernel)" in text
    assert "Manage Users" in text
    assert limits.documented_needs(Kind.VIRTUAL_GUEST, [Action.EXECUTE_RESCUE_LAYER]) == []
    unread = User("SL123", is_master=False, permissions=None)
    assert limits.missing_permissions(unread, needs) == []
    assert User("SL1", is_master=True, permissions=frozenset()).may("SERVER_RELOAD") is True


def test_advice_forbids_nothing() -> None:
    """Little memory means an old kernel; an environment for no
    OS is ignored where an OS is installed.
    """
    small = Facts(Kind.VIRTUAL_GUEST, 1, memory_mb=4096, os_name="CentOS")
    assert "CentOS 5" in limits.advice(small, Goal(BootState.RESCUE))[0]
    server = Facts(Kind.HARDWARE, 2, os_name="CentOS")
    goal = Goal(BootState.RESCUE, no_os_environment=NoOsEnvironment.LINUX)
    assert "ignored" in limits.advice(server, goal)[0]
    assert limits.advice(GUEST, Goal(BootState.RESCUE)) == []
