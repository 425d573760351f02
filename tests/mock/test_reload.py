"""Operating-system reloads and the IPMI job: tokens, what they end, how they end."""

from __future__ import annotations

from typing import Any

import pytest

from mock_api.domain.facts import Kind
from mock_api.domain.states import Move, Power, find_move
from tests.mock.stagehand import (
    APP,
    DB,
    GUEST,
    HARDWARE,
    ISO_DAL,
    NEWCOMER,
    OUTSTANDING,
    SPARE,
    VIEWER,
    WEB,
    Play,
)

READY = "mask[id,lastOperatingSystemReload[id],activeTransaction[id],provisionDate]"
KINDS = [(GUEST, WEB, 900), (HARDWARE, DB, 3960)]


def see(play: Play, service: str, number: int) -> Any:
    """What slcli's `ready` looks at."""
    return play.call(service, "getObject", number, mask=READY).body


@pytest.mark.parametrize(("service", "number", "duration_s"), KINDS)
def test_a_reload_shows_as_the_active_transaction(
    play: Play, service: str, number: int, duration_s: float
) -> None:
    """FORCE starts it; while it is under way the last reload is the active transaction,
    and stays the last after it.
    """
    arguments = ("FORCE", {"lvmFlag": True})
    assert play.call(service, "reloadOperatingSystem", number, *arguments).body == "OK"
    assert see(play, service, number).keys() == {"id", "provisionDate"}
    play.advance(6)
    during = see(play, service, number)
    assert during["lastOperatingSystemReload"] == during["activeTransaction"]
    play.advance(duration_s - 2)
    assert "activeTransaction" in see(play, service, number)
    play.advance(1)
    after = see(play, service, number)
    assert ("activeTransaction" in after, after["lastOperatingSystemReload"]) == (
        False, during["lastOperatingSystemReload"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "method", ["reloadOperatingSystem", "reloadCurrentOperatingSystemConfiguration"]
)
@pytest.mark.parametrize(("service", "number", "duration_s"), KINDS)
def test_a_token_confirms(
    play: Play, service: str, number: int, duration_s: float, method: str
) -> None:
    """Without a token nothing happens but that one is given; it is good for ten minutes,
    on its own device.
    """
    token = play.call(service, method, number).body
    assert play.call(service, "getLastTransaction", number).body == play.nothing
    play.advance(599)
    other: Any = play.call(service, method, SPARE if service == HARDWARE else APP, token).body
    assert other["code"] == "SoftLayer_Exception_Hardware_Server_InvalidReloadToken"
    assert play.call(service, method, number, token).body == "OK"
    assert play.call(service, method, number, "FORCE").status == 500


@pytest.mark.parametrize(
    "method", ["reloadOperatingSystem", "reloadCurrentOperatingSystemConfiguration"]
)
def test_an_old_token_does_not(play: Play, method: str) -> None:
    """After ten minutes, a token is as good as an invented one, or an older one after a newer."""
    token = play.guest(method)
    play.advance(600)
    assert (
        play.guest(method, token)["code"]
        == "SoftLayer_Exception_Hardware_Server_InvalidReloadToken"
    )
    assert (
        play.guest(method, "invented")["code"]
        == "SoftLayer_Exception_Hardware_Server_InvalidReloadToken"
    )
    older = play.guest(method)
    newer = play.guest(method)
    assert (older != newer, "error" in play.guest(method, older)) == (True, True)
    assert play.guest(method, newer) == "OK"


def test_a_reload_ends_rescue_and_iso(play: Play) -> None:
    """Both are gone at once, and stay gone; the CD slot stays empty as after an unmount."""
    play.guest("mountIsoImage", ISO_DAL)
    play.advance(200)
    play.guest("reloadOperatingSystem", "FORCE")
    assert (play.boot(WEB), play.guest("getIsoBootImage")) == ("os", play.nothing)
    play.advance(1000)
    assert (play.boot(WEB), play.guest("getPowerState")["keyName"]) == ("os", "RUNNING")
    devices = play.guest("getBlockDevices", mask="mask[diskImage]")
    assert [("diskImage" in row) for row in devices if row["mountType"] == "CD"] == [False]
    play.server("bootToRescueLayer")
    play.advance(700)
    play.server("reloadOperatingSystem", "FORCE")
    assert play.boot(DB) == "os"


def test_the_class_of_the_refusal(play: Play) -> None:
    """A reload of bare metal names the outstanding transaction by a class of its own (SRC2019);
    guests do not.
    """
    play.server("bootToRescueLayer")
    play.guest("executeRescueLayer")
    assert play.server("reloadOperatingSystem", "FORCE") == {
        **OUTSTANDING, "code": "SoftLayer_Exception_Hardware_Server_ActiveTransactionExists",
    }  # fmt: skip
    assert play.guest("reloadOperatingSystem", "FORCE") == OUTSTANDING


@pytest.mark.parametrize(
    ("kind", "boot", "active"), [("failing", "rescue", False), ("stuck", "rescue", True)]
)
def test_reloads_that_go_wrong(play: Play, kind: str, boot: str, active: bool) -> None:
    """One that fails or hangs leaves the device where it was."""
    play.server("bootToRescueLayer")
    play.advance(700)
    fault(play, f"{HARDWARE}.reloadOperatingSystem", f"{kind}_transaction")
    play.server("reloadOperatingSystem", "FORCE")
    play.advance(100000)
    assert (play.boot(DB), "activeTransaction" in play.server("getObject", mask=READY)) == (
        boot,
        active,
    )


def fault(play: Play, operation: str, kind: str) -> None:
    """Make the next call of an operation go wrong."""
    play.steer("POST", "faults", {"operation": operation, "fault": {"kind": kind}})


def test_reload_needs_its_permission(play: Play) -> None:
    """SERVER_RELOAD (documented)."""
    for service, number in ((GUEST, WEB), (HARDWARE, DB)):
        answer = play.call(service, "reloadOperatingSystem", number, "FORCE", user=VIEWER)
        assert answer.body["error"] == "You do not have permission to this service."  # type: ignore[index] # JSON
    assert play.call(GUEST, "reloadOperatingSystem", WEB, "FORCE", user=NEWCOMER).status == 404


def test_the_job_runs_beside_a_move(play: Play) -> None:
    """A reboot right after toggle-ipmi neither waits for the job nor ends it."""
    assert play.server("toggleManagementInterface", False) is True
    assert play.server("rebootDefault") is True
    assert play.server("getIsIpmiDisabled") is False
    play.advance(60)
    assert (play.server("getIsIpmiDisabled"), play.server("getLastTransaction")) == (
        True,
        play.nothing,
    )


def test_the_job_is_part_of_what_is_under_way(play: Play) -> None:
    """Running until all is stable waits for it."""
    play.server("toggleManagementInterface", False)
    world = play.stage.world
    assert world.last_due_s() == world.clock.now_s() + 60


def test_every_reload_is_one_row(play: Play) -> None:
    """Both calls are the same move, whatever the power state."""
    moves: set[Move | None] = {
        find_move(Kind.HARDWARE, call, power)
        for call in ("reloadOperatingSystem", "reloadCurrentOperatingSystemConfiguration")
        for power in Power
    }
    assert len(moves) == 1


def test_elapsed_seconds_keep_counting(play: Play) -> None:
    """Also of a transaction that is over (recorded, classic-api.md 2.3)."""
    play.guest("executeRescueLayer")
    play.advance(300)
    first: Any = play.guest("getLastTransaction")
    play.advance(4988799)
    assert play.guest("getLastTransaction")["elapsedSeconds"] == first["elapsedSeconds"] + 4988799
