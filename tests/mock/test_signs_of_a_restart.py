"""What shows that a device restarts: pings and power, which a world may have otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mock_api import worlds
from tests.mock.stagehand import DB, GUEST, HARDWARE, WEB, Play

KINDS = [(GUEST, WEB, "executeRescueLayer"), (HARDWARE, DB, "bootToRescueLayer")]


def pings(play: Play, service: str, number: int) -> tuple[Any, Any]:
    """Whether the public and the private address answer."""
    methods = ("isPingable", "isBackendPingable")
    public, private = (play.call(service, method, number).body for method in methods)
    return public, private


def power(play: Play, service: str, number: int) -> Any:
    """What the API says of the device's power."""
    if service == HARDWARE:
        return play.call(service, "getServerPowerState", number).body
    state: Any = play.call(service, "getPowerState", number).body
    return state["keyName"]


@pytest.mark.parametrize("method", ["rebootDefault", "rescue"])
@pytest.mark.parametrize(("service", "number", "rescue"), KINDS)
def test_a_device_that_restarts_answers_no_ping(
    play: Play, service: str, number: int, rescue: str, method: str
) -> None:
    """From the accepted request until it is up again; its power shows nothing of it."""
    up = power(play, service, number)
    assert pings(play, service, number) == (True, True)
    play.call(service, rescue if method == "rescue" else method, number)
    assert pings(play, service, number) == (False, False)
    assert power(play, service, number) == up
    play.advance(1000)
    assert pings(play, service, number) == (True, True)


@pytest.mark.parametrize(("service", "number", "rescue"), KINDS)
def test_pings_may_show_nothing(service: str, number: int, rescue: str) -> None:
    """reboot_shows_ping false: the device answers all the time."""
    play = Play(reboot_shows_ping=False)
    for method in (rescue, "rebootDefault"):
        play.call(service, method, number)
        assert pings(play, service, number) == (True, True)
        play.advance(1000)


@pytest.mark.parametrize(
    ("service", "number", "shown"), [(GUEST, WEB, "HALTED"), (HARDWARE, DB, "off")]
)
def test_power_may_show_a_restart(service: str, number: int, shown: str) -> None:
    """reboot_shows_power true: off while it restarts, then on again."""
    play = Play(reboot_shows_power=True)
    up = power(play, service, number)
    play.call(service, "rebootDefault", number)
    assert power(play, service, number) == shown
    play.advance(1000)
    assert power(play, service, number) == up != shown


def test_a_device_may_answer_no_ping_at_all() -> None:
    """`pingable: false` in the world, as behind a firewall: nothing shows that it was restarted."""
    demo = worlds.demo()
    guests = tuple(replace(row, pingable=row.id != WEB) for row in demo.guests)
    play = Play(replace(demo, guests=guests))
    for _ in range(2):
        assert pings(play, GUEST, WEB) == (False, False)
        play.guest("rebootDefault")
        play.advance(1000)
    assert play.guest("getPowerState")["keyName"] == "RUNNING"


@pytest.mark.parametrize(("service", "number", "rescue"), KINDS)
def test_a_reboot_that_does_nothing_shows_only_the_request(
    play: Play, service: str, number: int, rescue: str
) -> None:
    """Fault no_transaction: the request is on record, and nothing shows that it was done."""
    play.call(service, rescue, number)
    play.advance(1000)
    rule = {"operation": f"{service}.rebootDefault", "fault": {"kind": "no_transaction"}}
    play.steer("POST", "faults", rule)
    assert play.call(service, "rebootDefault", number).body is True
    for _ in range(3):
        assert pings(play, service, number) == (True, True)
        play.advance(100)
    assert play.boot(number) == "rescue"
    events: Any = play.call("SoftLayer_Event_Log", "getAllObjects").body
    assert "Reboot" in [row["eventName"] for row in events if row["objectId"] == number]
    if service == HARDWARE:
        mask = "mask[remoteManagementCommand]"
        commands = play.server("getRecentRemoteManagementCommands", mask=mask)
        assert [row["remoteManagementCommand"]["name"] for row in commands] == ["rebootDefault"]
        assert "has recently been issued" in str(play.server("rebootDefault"))
