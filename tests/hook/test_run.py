"""One device, one goal, against the mock: every transition,
and everything that can stand in the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classic_rescue.api.devices import DeviceId, Devices
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.labels import Label, Meaning
from classic_rescue.hook.exits import Exit

if TYPE_CHECKING:
    from tests.hook.conftest import Bench

WEB = "virtual_guest/124929698"
WIN = "virtual_guest/124929702"
BIG = "virtual_guest/124929710"
OFF = "virtual_guest/124929714"
DB = "hardware/218027101"
SPARE = "hardware/218027109"
ISO = "WindowsRescueStandalone.iso"
OTHER_ISO = "serverbackup-bootcd-agent-6.14.2.iso"
GUEST = "SoftLayer_Virtual_Guest"
SERVER = "SoftLayer_Hardware_Server"


def state(bench: Bench, device: str) -> str:
    """The true boot state, which only the mock knows."""
    number = int(device.partition("/")[2])
    return next(
        str(row["boot"]) for row in bench.mock.control_call("devices") if row["id"] == number
    )


@pytest.mark.parametrize(
    ("first", "then", "methods"),
    [
        (None, "rescue", ["executeRescueLayer"]),
        (None, "image", ["mountIsoImage"]),
        (None, "os", []),
        ("rescue", "rescue", []),
        ("rescue", "image", ["mountIsoImage"]),
        ("rescue", "os", ["rebootDefault"]),
        ("image", "image", []),
        ("image", "rescue", ["unmountIsoImage", "executeRescueLayer"]),
        ("image", "os", ["unmountIsoImage"]),
    ],
)
def test_every_transition_of_a_guest(
    bench: Bench, first: str | None, then: str, methods: list[str]
) -> None:
    """Each goal is reached from each state, each request is accepted once,
    and the end is the true state.
    """
    if first:
        assert bench.enter(WEB, first, ISO if first == "image" else None) is Exit.DONE, bench.text
    bench.mock.changes()
    assert bench.enter(WEB, then, ISO if then == "image" else None) is Exit.DONE, bench.text
    assert bench.mock.changes() == [f"{method} 124929698" for method in methods]
    assert state(bench, WEB) == then
    assert bench.rows[-1]["result"] == ("changed" if methods else "unchanged")


def test_every_transition_of_bare_metal(bench: Bench) -> None:
    """A server goes to rescue and back; a second time each does nothing."""
    assert bench.enter(DB) is Exit.DONE, bench.text
    assert state(bench, DB) == "rescue"
    assert bench.enter(DB) is Exit.DONE
    assert bench.leave(DB) is Exit.DONE, bench.text
    assert state(bench, DB) == "os"
    assert bench.leave(DB) is Exit.DONE
    assert bench.mock.changes() == ["bootToRescueLayer 218027101", "rebootDefault 218027101"]


def test_an_image_that_is_renamed_while_it_boots_is_still_the_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service tells another name of the very image that this run has mounted: unmounting it
    would take the device down for nothing.
    """
    facts = bench.devices_class.facts

    def renamed(devices: Devices, device: DeviceId) -> Facts:
        told = facts(devices, device)
        return told._replace(mounted=told.mounted and told.mounted._replace(name="renamed.iso"))

    monkeypatch.setattr(bench.devices_class, "facts", renamed)
    assert bench.enter(WEB, "image", "WindowsRescueStandalone.iso") is Exit.DONE
    assert bench.mock.changes() == ["mountIsoImage 124929698"]
    assert "image renamed.iso" in bench.text


def test_another_image_is_mounted_after_the_first_is_unloaded(bench: Bench) -> None:
    """What the service does with two images is not documented."""
    assert bench.enter(WEB, "image", ISO) is Exit.DONE, bench.text
    bench.mock.changes()
    assert bench.enter(WEB, "image", OTHER_ISO) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["unmountIsoImage 124929698", "mountIsoImage 124929698"]


def test_the_steps_are_look_request_wait_done(bench: Bench) -> None:
    """The lines tell what is done, for how long, how long it usually takes, and how to log in."""
    bench.enter(WEB)
    assert bench.steps() == ["start", "look", "request", "wait", "done"]
    assert any("so far, usually" in str(row["text"]) for row in bench.rows)
    assert "classic-rescue access dev" in bench.text
    assert bench.rows[-1]["address"] == "198.51.100.11"
    assert 240 <= float(bench.rows[-1]["took_s"] or 0) < 300


def test_an_environment_for_a_server_without_an_os(bench: Bench) -> None:
    """It is handed to the service, and only then."""
    assert bench.enter(SPARE, no_os_environment="WINDOWS") is Exit.DONE, bench.text
    (row,) = [
        row for row in bench.mock.control_call("journal") if row["method"] == "bootToRescueLayer"
    ]
    assert row["parameters"] == ["WINDOWS"]


@pytest.mark.parametrize(
    ("device", "boot", "image", "words"),
    [
        (WIN, "rescue", None, "use `boot: {image: WindowsRescueStandalone.iso}`"),
        (BIG, "rescue", None, "256 GiB of memory"),
        (WEB, "image", "Nothing.iso", "bootable are: WindowsRescueStandalone.iso"),
        (WEB, "image", 4711, "there is no image 4711"),
        ("hostname/db-1.example.com", "image", ISO, "bare metal cannot boot an image"),
        (
            "virtual_guest/7",
            "rescue",
            None,
            "cannot be found: either there is no such device, or user demo may not see",
        ),
        ("hostname/nobody.example.com", "rescue", None, "no device has it"),
        ("ip/203.0.113.200", "rescue", None, "no device has it"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_sent(
    bench: Bench, device: str, boot: str, image: int | str | None, words: str
) -> None:
    """Limits, images and unknown devices: exit 3, and nothing on the device changes."""
    assert bench.enter(device, boot, image) is Exit.REFUSED
    assert words in bench.text
    assert bench.mock.changes() == []


def test_lookups_find_the_one_device(bench: Bench) -> None:
    """Hostname, full name, public and private address mean the same device."""
    for device in (
        "hostname/web-1",
        "hostname/web-1.example.com",
        "ip/198.51.100.11",
        "ip/10.93.20.11",
    ):
        assert bench.enter(device) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]


VIEWER = (
    "307608_viewer@example.com",
    "mock-viewer-classic-key-000000000000000000000000000000000000000b",
)
NEWCOMER = (
    "307608_newcomer@example.com",
    "mock-newcomer-classic-key-0000000000000000000000000000000000000c",
)


def test_a_missing_permission_is_named_with_who_grants_it(bench: Bench) -> None:
    """SERVER_RELOAD is documented for bare metal, so it is refused before anything is sent."""
    bench.user, bench.key = VIEWER
    assert bench.enter(DB) is Exit.REFUSED
    assert "lacks permission SERVER_RELOAD (OS Reloads and Rescue Kernel)" in bench.text
    assert "the account owner, or a user with Manage Users, can grant it" in bench.text
    assert [row for row in bench.mock.control_call("journal") if row["kind"] == "changing"] == []
    assert bench.enter(WEB) is Exit.REFUSED
    assert "executeRescueLayer probably needs permission SERVER_RELOAD" in bench.text


def test_a_device_without_access_looks_like_none(bench: Bench) -> None:
    """The text names both readings, and leaving refuses to guess: it may still be in rescue."""
    bench.user, bench.key = NEWCOMER
    assert bench.enter(WEB) is Exit.REFUSED
    assert "VIRTUAL_GUEST_VIEW (View Virtual Server Details) and device access" in bench.text
    assert bench.leave(WEB) is Exit.REFUSED
    assert "either it was deleted, or user 307608_newcomer@example.com may not see it" in bench.text


def test_a_user_who_sees_all_knows_that_a_device_was_deleted(bench: Bench) -> None:
    """With full access a device that cannot be found is gone, and gone is left."""
    bench.user, bench.key = VIEWER
    assert bench.leave("virtual_guest/7") is Exit.DONE
    assert "does not exist any more" in bench.text
    assert bench.leave("hostname/nobody") is Exit.DONE


def test_wrong_credentials_say_how_to_sign_in(bench: Bench) -> None:
    """Nothing but the refusal is said, and never the key."""
    bench.key = "a-wrong-key-0123456789"
    assert bench.enter(WEB) is Exit.REFUSED
    assert "SL_USERNAME and SL_API_KEY" in bench.text
    assert bench.key not in str(bench.rows)


def test_somebody_elses_transaction_is_waited_for(bench: Bench) -> None:
    """An outstanding transaction that already leads to the goal needs no request of our own."""
    bench.mock.call_as_somebody_else(GUEST, 124929698, "executeRescueLayer")
    bench.sleep(20)
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert bench.steps() == ["start", "busy", "wait", "look", "done"]
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]


def test_a_transaction_that_has_not_appeared_yet_refuses_and_is_waited_for(bench: Bench) -> None:
    """Somebody was faster by a second: the refusal did nothing,
    so after the wait all is looked at again.
    """
    bench.mock.call_as_somebody_else(GUEST, 124929698, "executeRescueLayer")
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert "busy" in bench.steps()
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]


def test_somebody_elses_transaction_that_outlasts_the_timeout_is_busy(bench: Bench) -> None:
    """Exit 4 and nothing changed."""
    bench.mock.call_as_somebody_else(SERVER, 218027101, "bootToRescueLayer")
    bench.sleep(20)
    bench.mock.changes()
    assert bench.enter(DB, "os", timeout_s=60) is Exit.BUSY
    assert "nothing was changed" in bench.text
    assert bench.mock.changes() == []


def test_the_twenty_minutes_after_a_reboot_are_waited_out(bench: Bench) -> None:
    """The remaining time is known from the last command, so no refused request is sent."""
    bench.mock.call_as_somebody_else(SERVER, 218027101, "rebootDefault")
    assert bench.enter(DB) is Exit.DONE, bench.text
    bench.mock.changes()
    before = bench.elapsed_s
    assert bench.leave(DB) is Exit.DONE, bench.text
    assert "lockout" in bench.steps()
    assert 400 < bench.elapsed_s - before < 900
    sent = [row for row in bench.mock.control_call("journal") if row["method"] == "rebootDefault"]
    assert [row["status"] for row in sent] == [200]


def test_a_lockout_longer_than_the_timeout_is_busy(bench: Bench) -> None:
    """Exit 4 at once, with how long reboots are still refused."""
    bench.mock.call_as_somebody_else(SERVER, 218027101, "rebootDefault")
    assert bench.enter(DB) is Exit.DONE, bench.text
    bench.mock.changes()
    assert bench.leave(DB, timeout_s=60) is Exit.BUSY
    assert "reboots are refused for another" in bench.text
    assert bench.mock.changes() == []


def test_a_lockout_that_only_the_service_knows_of_is_waited_out(bench: Bench) -> None:
    """Its refusal is not a request that was done: it is asked again, each minute."""
    assert bench.enter(DB) is Exit.DONE, bench.text
    text = (
        "Cannot issue command at this time.  A Remote management command"
        " has recently been issued for server db-1.example.com."
    )
    rule = {
        "operation": f"{SERVER}.rebootDefault",
        "times": 3,
        "fault": {"kind": "error", "text": text},
    }
    bench.mock.control_call("faults", rule, method="POST")
    bench.mock.changes()
    assert bench.leave(DB) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["rebootDefault 218027101"]


def test_a_stuck_transaction_times_out_and_the_next_run_waits_on(bench: Bench) -> None:
    """Exit 5; what was accepted is never sent again."""
    bench.mock.fault(f"{GUEST}.executeRescueLayer", "stuck_transaction")
    assert bench.enter(WEB, timeout_s=900) is Exit.UNDER_WAY
    assert "is still under way after 15 min" in bench.text
    assert bench.enter(WEB, timeout_s=900) is Exit.BUSY
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]


def test_a_transaction_that_changes_nothing_is_a_failure(bench: Bench) -> None:
    """Ended is not done: only evidence of the state counts."""
    bench.mock.fault(f"{GUEST}.executeRescueLayer", "failing_transaction")
    assert bench.enter(WEB) is Exit.FAILED, bench.text
    assert "executeRescueLayer did not lead to rescue: the device is seen as" in bench.text
    assert bench.text.count("was accepted at 20") == bench.text.count("its work has ended") == 1


def test_an_accepted_request_without_a_transaction_is_a_failure(bench: Bench) -> None:
    """Two minutes without a transaction or a new event: nothing proves it."""
    bench.mock.fault(f"{GUEST}.executeRescueLayer", "no_transaction")
    assert bench.enter(WEB) is Exit.FAILED, bench.text
    assert "no transaction appeared in 2 min" in bench.text
    assert "requested, but no transaction shows that it was done" in bench.text


@pytest.mark.parametrize(
    ("device", "method", "service"),
    [(WEB, "executeRescueLayer", GUEST), (DB, "bootToRescueLayer", SERVER)],
)
def test_a_lost_answer_is_never_sent_again(
    bench: Bench, device: str, method: str, service: str
) -> None:
    """Taken or not, the request goes out once: the transactions tell which it was."""
    bench.mock.fault(f"{service}.{method}", "drop", when="after")
    assert bench.enter(device) is Exit.DONE, bench.text
    assert state(bench, device) == "rescue"
    bench.mock.control_call("reset", method="POST")
    bench.mock.changes()
    bench.mock.fault(f"{service}.{method}", "drop", when="before")
    assert bench.enter(device) is Exit.UNREACHABLE
    assert "It was not sent again" in bench.text
    assert state(bench, device) == "os"
    sent = [row for row in bench.mock.control_call("journal") if row["method"] == method]
    assert len(sent) == 1


def test_a_lost_answer_to_a_reboot_is_told_by_the_event_log(bench: Bench) -> None:
    """A reboot makes no transaction; the event that it left proves it."""
    assert bench.enter(WEB) is Exit.DONE
    bench.mock.changes()
    bench.mock.fault(f"{GUEST}.rebootDefault", "drop", when="after")
    assert bench.leave(WEB) is Exit.DONE, bench.text
    sent = [row for row in bench.mock.control_call("journal") if row["method"] == "rebootDefault"]
    assert len(sent) == 1
    assert state(bench, WEB) == "os"


def test_read_only_calls_are_repeated_and_a_rate_limit_is_waited_out(bench: Bench) -> None:
    """Errors and lost answers of looking do not stop a transition;
    a rate limit does not even on a request.
    """
    for operation, kind in ((bench.looks(GUEST), "error"), (f"{GUEST}.getIsoBootImage", "drop")):
        bench.mock.fault(operation, kind)
    bench.mock.fault(f"{GUEST}.executeRescueLayer", "rate_limit")
    assert bench.enter(WEB) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]


def test_a_service_that_stays_down_is_unreachable(bench: Bench) -> None:
    """An outage is waited out until the timeout of the order, and said; then exit 6, and nothing
    was changed.
    """
    rule = {"operation": bench.looks(GUEST), "times": None, "fault": {"kind": "error"}}
    bench.mock.control_call("faults", rule, method="POST")
    assert bench.enter(WEB) is Exit.UNREACHABLE
    assert "nothing was changed" in bench.text
    assert bench.steps() == ["start", "outage", "stopped"]
    assert 3500 < bench.elapsed_s <= 3600


def test_a_powered_off_guest_is_started_by_os_and_left_alone_by_leaving(bench: Bench) -> None:
    """`boot: os` means running; leaving a device that is off has nothing to leave."""
    assert bench.leave(OFF) is Exit.DONE
    assert "powered off: its next start boots the operating system" in bench.text
    assert bench.mock.changes() == []
    assert bench.enter(OFF, "os") is Exit.DONE, bench.text
    assert bench.mock.changes() == ["powerOn 124929714"]


def test_names_that_no_label_knows_still_count_for_what_this_run_started(bench: Bench) -> None:
    """Nobody documents a guest's rescue names: with others the run proves itself,
    and says how to teach them.
    """
    world = bench.mock.control_call("world")
    world["labels"]["names"] = {
        "guest_rescue.group": "Layer Boot",
        "guest_rescue.status": "LAYER_BOOT",
        "guest_rescue.friendly": "Layer is booting",
        "event.rescue": "Layer",
    }
    bench.mock.control_call("world", world, method="PUT")
    try:
        assert bench.enter(WEB) is Exit.DONE, bench.text
        assert "started by executeRescueLayer of this run, is complete" in bench.text
        (note,) = [str(row["text"]) for row in bench.rows if row["step"] == "note"]
        assert '[["rescue", ["layer boot"]]]' in note
        taught = (Label(Meaning.RESCUE, ("layer", "boot"), "configured", "test"),)
        assert bench.leave(WEB, labels=taught) is Exit.DONE
        assert bench.mock.changes()[-1] == "rebootDefault 124929698"
    finally:
        world["labels"]["names"] = {}
        bench.mock.control_call("world", world, method="PUT")
