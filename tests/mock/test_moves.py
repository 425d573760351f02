"""The states table at work: rescue, ISO images, reboots, power, and the 20-minute rule."""

from __future__ import annotations

from typing import Any

import pytest

from mock_api.domain.facts import Kind
from mock_api.domain.states import MOVES, OUTCOMES, Outcome, boot_diagram
from mock_api.http.exchange import Answer
from mock_api.states_page import states_page
from tests.mock.stagehand import (
    APP,
    BIG,
    DB,
    GOLDEN,
    GUEST,
    HARDWARE,
    ISO_DAL,
    ISO_FRA,
    OFF,
    OUTSTANDING,
    ROOT,
    SPARE,
    WEB,
    WIN,
    Play,
)

TRANSACTIONS = "mask[id,activeTransaction,lastTransaction[transactionStatus,transactionGroup]]"


def test_rescue_of_a_guest_step_by_step(play: Play) -> None:
    """Accepted, unseen for 5 s, seen for 240 s,
    then in rescue with the transaction as the last one.
    """
    assert play.guest("executeRescueLayer") is True
    play.advance(4)
    assert play.guest("getObject", mask=TRANSACTIONS) == {"id": WEB}
    play.advance(2)
    during = play.guest("getObject", mask=TRANSACTIONS)
    assert during["activeTransaction"]["id"] == during["lastTransaction"]["id"]
    assert (
        during["lastTransaction"]["transactionStatus"]["friendlyName"] == "Rescue kernel is booting"
    )
    assert play.boot(WEB) == "os"
    play.advance(239)
    after = play.guest("getObject", mask=TRANSACTIONS)
    assert "activeTransaction" not in after
    assert after["lastTransaction"]["transactionStatus"]["name"] == "COMPLETE"
    assert play.boot(WEB) == "rescue"


def test_a_bare_metal_rescue_takes_ten_minutes(play: Play) -> None:
    """Status RESCUE_BOOT for 600 s after it appeared (recorded name, documented time)."""
    assert play.server("bootToRescueLayer") is True
    play.advance(604)
    during = play.server(
        "getObject", mask="mask[activeTransaction[id,transactionStatus[name]],lastTransaction[id]]"
    )
    assert during["activeTransaction"]["transactionStatus"] == {"name": "RESCUE_BOOT"}
    assert (
        during["activeTransaction"]["id"] == during["lastTransaction"]["id"]
    )  # recorded: they share it
    play.advance(1)
    assert play.server("getActiveTransaction") == play.nothing
    assert play.boot(DB) == "rescue"


@pytest.mark.parametrize("arguments", [(), (None,), ("LINUX",), ("WINDOWS",)])
def test_forms_of_boot_to_rescue_layer(play: Play, arguments: tuple[object, ...]) -> None:
    """GET without a body and POST with null, LINUX or WINDOWS are all accepted."""
    assert play.server("bootToRescueLayer", *arguments, number=SPARE) is True


def test_post_with_empty_parameters(play: Play) -> None:
    """POST {"parameters": []} is accepted; another word is an invalid value."""
    path = f"{HARDWARE}/{DB}/bootToRescueLayer.json"
    bad = play.send("POST", path, body=b'{"parameters":["BSD"]}')
    assert (bad.status, bad.body["code"]) == (500, "SoftLayer_Exception_InvalidValue")  # type: ignore[index] # JSON
    assert play.send("POST", path, body=b'{"parameters":[]}').body is True


@pytest.mark.parametrize("seconds", [0, 3, 100])
@pytest.mark.parametrize(
    "method", ["executeRescueLayer", "rebootHard", "powerOff", "unmountIsoImage"]
)
def test_outstanding_transaction(play: Play, seconds: float, method: str) -> None:
    """Any changing call meets the outstanding transaction, also before it is seen."""
    play.guest("executeRescueLayer")
    play.advance(seconds)
    answer = play.call(GUEST, method, WEB)
    assert (answer.status, answer.body) == (500, OUTSTANDING)


def test_reboot_leaves_rescue_at_once(play: Play) -> None:
    """A reboot goes back to the system, makes no transaction, and is not refused while it runs."""
    play.guest("executeRescueLayer")
    play.advance(300)
    last = play.guest("getLastTransaction")["id"]
    assert play.guest("rebootDefault") is True
    assert play.boot(WEB) == "os"
    assert play.guest("getLastTransaction")["id"] == last
    assert play.guest("executeRescueLayer") is True


def test_power_off_and_on_leaves_rescue(play: Play) -> None:
    """Power off keeps what was booted, power on boots the system."""
    play.guest("executeRescueLayer")
    play.advance(300)
    play.guest("powerOff")
    assert play.guest("getPowerState")["keyName"] == "HALTED"
    play.guest("powerOn")
    assert (play.boot(WEB), play.guest("getPowerState")["keyName"]) == ("os", "RUNNING")


def test_power_on_of_a_running_guest_changes_nothing(play: Play) -> None:
    """powerOn of a running guest in rescue leaves it there."""
    play.guest("executeRescueLayer")
    play.advance(300)
    assert play.guest("powerOn") is True
    assert play.boot(WEB) == "rescue"


def test_pause_and_resume(play: Play) -> None:
    """pause only when running, resume only when suspended (documented)."""
    assert "error" in play.guest("resume")
    assert play.guest("pause") is True
    assert play.guest("getPowerState")["name"] == "Paused"
    assert "error" in play.guest("pause")
    assert play.guest("resume") is True


def test_mount_and_unmount(play: Play) -> None:
    """The CD device 3 comes with the mount and stays, without the key diskImage,
    after the unmount (recorded).
    """
    transaction = play.guest("mountIsoImage", str(ISO_DAL), mask="mask[id,transactionGroup]")
    assert play.guest("getIsoBootImage") == play.nothing
    play.advance(130)
    assert (play.boot(WEB), play.guest("getIsoBootImage")["id"]) == ("image", ISO_DAL)
    mounted = cd_of(play)
    assert (mounted["diskImageId"], mounted["diskImage"]["name"]) == (
        ISO_DAL,
        "WindowsRescueStandalone.iso",
    )
    assert play.guest("getLastTransaction")["id"] == transaction["id"]
    torn = play.guest("unmountIsoImage", mask="mask[id,transactionGroup]")
    assert torn["transactionGroup"] == {
        "name": "Cloud ISO Teardown",
        "averageTimeToComplete": ".43",
    }
    play.advance(60)
    left = cd_of(play)
    assert "diskImage" not in left
    expected = {
        "diskImageId": play.nothing,
        "mountMode": "RO",
        "mountType": "CD",
        "bootableFlag": 1,
        "hotPlugFlag": 1,
    }
    assert {name: left[name] for name in expected} == expected
    assert (play.boot(WEB), play.guest("getIsoBootImage")) == ("os", play.nothing)


def test_a_second_mount_uses_the_same_slot(play: Play) -> None:
    """The CD device that stayed after an unmount shows the next image; it is not made again."""
    for image in (ISO_DAL, 34291811):
        play.guest("mountIsoImage", image)
        play.advance(130)
        assert play.guest("getIsoBootImage")["id"] == cd_of(play)["diskImageId"] == image
        play.guest("unmountIsoImage")
        play.advance(60)
    assert cd_of(play)["createDate"] < cd_of(play)["modifyDate"]


def cd_of(play: Play) -> Any:
    """The CD block device."""
    devices = play.guest("getBlockDevices", mask="mask[diskImage]")
    return next(row for row in devices if row["device"] == "3")


def test_a_mounted_cd_may_hide_its_image() -> None:
    """mounted_cd_shows_image false: the CD shows nothing, getIsoBootImage still does."""
    play = Play(mounted_cd_shows_image=False)
    play.guest("mountIsoImage", ISO_DAL)
    play.advance(130)
    assert cd_of(play)["diskImageId"] is None
    assert play.guest("getIsoBootImage")["id"] == ISO_DAL


@pytest.mark.parametrize(("clears", "boot"), [(True, "os"), (False, "image")])
def test_what_a_reboot_does_to_the_iso(clears: bool, boot: str) -> None:
    """reboot_clears_iso decides whether a reboot boots the ISO again."""
    play = Play(reboot_clears_iso=clears)
    play.guest("mountIsoImage", ISO_DAL)
    play.advance(130)
    play.guest("rebootDefault")
    play.advance(100)
    assert play.boot(WEB) == boot
    assert (play.guest("getIsoBootImage") == play.nothing) is clears


def refused(answer: Answer) -> str:
    """The text of a refusal."""
    assert isinstance(answer.body, dict)
    return str(answer.body["error"])


@pytest.mark.parametrize(
    ("number", "image", "text"),
    [
        (WEB, 4711, "Unable to find object with id of '4711'."),
        (WEB, GOLDEN, f"The disk image '{GOLDEN}' is not a bootable ISO image."),
        (WEB, ISO_FRA, f"The disk image '{ISO_FRA}' is not in the data center of this server."),
    ],
)
def test_unfit_images(play: Play, number: int, image: int, text: str) -> None:
    """An unknown image, one that is no ISO, one of another data centre:
    all refused, nothing happens.
    """
    assert refused(play.call(GUEST, "mountIsoImage", number, image)) == text
    play.advance(500)
    assert play.guest("getLastTransaction") == play.nothing


def test_mount_twice_and_unmount_nothing(play: Play) -> None:
    """A second mount and an unmount without a mount are refused (assumed)."""
    assert (
        refused(play.call(GUEST, "unmountIsoImage", WEB))
        == "There is no image mounted on this server."
    )
    play.guest("mountIsoImage", ISO_DAL)
    play.advance(200)
    assert (
        refused(play.call(GUEST, "mountIsoImage", WEB, ISO_DAL))
        == "An image is already mounted on this server."
    )


@pytest.mark.parametrize(("number", "word"), [(BIG, "128 GB"), (WIN, "Windows")])
def test_limits_of_rescue(play: Play, number: int, word: str) -> None:
    """More than 128 GiB and Windows guests do not boot the rescue layer."""
    assert word in refused(play.call(GUEST, "executeRescueLayer", number))


def test_a_powered_off_guest_ends_up_running_in_rescue(play: Play) -> None:
    """Rescue starts a halted guest."""
    play.guest("executeRescueLayer", number=OFF)
    play.advance(300)
    assert (play.boot(OFF), play.guest("getPowerState", number=OFF)["keyName"]) == (
        "rescue",
        "RUNNING",
    )


@pytest.mark.parametrize(
    "second", ["rebootSoft", "rebootHard", "rebootDefault", "powerOn", "powerOff", "powerCycle"]
)
def test_twenty_minute_rule(play: Play, second: str) -> None:
    """After a reboot command, every remote command is refused for 20 minutes, and no longer."""
    assert play.server("rebootDefault") is True
    play.advance(1199)
    assert "recently been issued for server" in refused(play.call(HARDWARE, second, DB))
    play.advance(1)
    assert play.server(second) is True


def test_the_twenty_minute_rule_is_worded_as_recorded(play: Play) -> None:
    """The text and class of softlayer-python #196, two spaces and all,
    with the server's full name.
    """
    play.server("rebootDefault")
    answer = play.call(HARDWARE, "rebootDefault", DB)
    assert (answer.status, answer.body) == (
        500,
        {
            "error": "Cannot issue command at this time.  A Remote management command has recently"
            " been issued for server db-1.example.com.",
            "code": "SoftLayer_Exception_Public",
        },
    )


@pytest.mark.parametrize(("starts", "status"), [(False, 200), (True, 500)])
def test_whether_rescue_starts_the_rule(starts: bool, status: int) -> None:
    """rescue_starts_lockout decides; by default a reboot right after rescue is allowed."""
    play = Play(rescue_starts_lockout=starts)
    play.server("bootToRescueLayer")
    play.advance(610)
    assert play.call(HARDWARE, "rebootDefault", DB).status == status


def test_guests_know_no_such_rule(play: Play) -> None:
    """Virtual guests may be rebooted again and again."""
    assert [play.guest("rebootDefault") for _ in range(3)] == [True] * 3


def test_recent_commands_are_the_last_five() -> None:
    """getRecentRemoteManagementCommands forgets the sixth."""
    play = Play(lockout_s=0.0)
    for method in (
        "powerOff",
        "powerOn",
        "rebootSoft",
        "rebootHard",
        "powerCycle",
        "rebootDefault",
    ):
        play.server(method)
    rows = play.server("getRecentRemoteManagementCommands", mask="mask[remoteManagementCommand]")
    names = [row["remoteManagementCommand"]["name"] for row in rows]
    assert names == ["powerOn", "rebootSoft", "rebootHard", "powerCycle", "rebootDefault"]


def test_server_power_state(play: Play) -> None:
    """The management card says on or off."""
    assert play.server("getServerPowerState") == "on"
    play.server("powerOff")
    assert play.server("getServerPowerState") == "off"


def test_reboots_may_make_a_transaction() -> None:
    """reboot_makes_transaction true: a reboot shows and blocks like the others."""
    play = Play(reboot_makes_transaction=True)
    play.guest("rebootDefault", number=APP)
    play.advance(10)
    assert play.guest("getActiveTransaction", number=APP)["guestId"] == APP
    assert play.guest("rebootDefault", number=APP) == OUTSTANDING
    play.advance(60)
    assert play.guest("getActiveTransaction", number=APP) == play.nothing


def test_history_of_a_server(play: Play) -> None:
    """getTransactionHistory lists what was, with its end."""
    play.server("bootToRescueLayer")
    play.advance(605)
    rows = play.server("getTransactionHistory", mask="mask[transactionStatus]")
    assert [(row["hardwareId"], row["transactionStatus"]["name"]) for row in rows] == [
        (DB, "COMPLETE")
    ]
    assert rows[0]["finishDate"] is not None


def test_times_come_from_the_move_not_from_the_look(play: Play) -> None:
    """Looking late gives the same dates as looking at once."""
    other = Play(door=play.door)
    for one in (play, other):
        one.guest("executeRescueLayer")
    for _ in range(50):
        play.advance(10)
        play.guest("getLastTransaction")
    other.advance(500)
    assert play.guest("getLastTransaction") == other.guest("getLastTransaction")
    assert play.guest("getObject") == other.guest("getObject")


def test_every_outcome_has_its_row() -> None:
    """The table of endings covers all outcomes."""
    assert set(OUTCOMES) == set(Outcome)


def test_a_call_in_a_power_state_has_one_row() -> None:
    """No call is ambiguous: kind, call and power name at most one move."""
    keys = [
        (move.kind, call, power)
        for move in MOVES
        for call in move.calls
        for power in move.power_from
    ]
    assert len(keys) == len(set(keys))


def test_the_page_names_every_move_and_time() -> None:
    """The generated page shows each row of the table, and each duration in a diagram."""
    page = states_page()
    assert [move.name for move in MOVES if f"| `{move.name}` |" not in page] == []
    boots = "".join(boot_diagram(kind) for kind in Kind)
    timed = [move.duration for move in MOVES if move.duration and not move.job]
    assert [duration for duration in timed if f"({duration})" not in boots] == []


def test_the_page_is_current() -> None:
    """`make docs` writes it; a stale one misleads."""
    assert (ROOT / "docs" / "mock-states.md").read_text() == states_page()
