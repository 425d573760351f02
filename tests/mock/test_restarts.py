"""Since when a device runs what it runs, and the restart that its user plays in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_api.domain import dates
from mock_api.domain.actions import RestartRefused, WhyNoRestart, restart_inside
from mock_api.domain.document import read_document, read_world, to_json
from mock_api.domain.facts import Kind
from tests.mock.stagehand import APP, DB, GUEST, HARDWARE, ISO_DAL, OFF, START_S, WEB, Play


def now(play: Play, number: int) -> dict[str, Any]:
    """What the control plane tells of a device."""
    row: dict[str, Any] = next(row for row in play.steer("GET", "devices") if row["id"] == number)
    return row


def test_a_device_came_up_when_its_move_ended(play: Play) -> None:
    """Since the end of the rescue, not since its call nor since somebody looked;
    before the first move: null.
    """
    assert now(play, WEB)["boot_since"] is None
    play.guest("executeRescueLayer")
    play.advance(100)
    assert now(play, WEB)["boot_since"] is None
    play.advance(10_000)
    assert now(play, WEB)["boot_since"] == dates.utc_text(START_S + 5 + 240)


@pytest.mark.parametrize(
    ("call", "number", "comes_up"),
    [
        (("rebootHard",), WEB, True),
        (("mountIsoImage", ISO_DAL), WEB, True),
        (("powerOn",), OFF, True),
        (("executeRescueLayer",), OFF, True),
        (("powerOn",), WEB, False),
        (("powerOff",), WEB, False),
        (("pause",), WEB, False),
    ],
)
def test_what_brings_a_device_up(
    play: Play, call: tuple[Any, ...], number: int, comes_up: bool
) -> None:
    """Whatever boots it; power on of what runs already, power off and pause do not."""
    assert "error" not in str(play.guest(*call, number=number))
    play.advance(1000)
    assert (now(play, number)["boot_since"] is not None) is comes_up


def test_a_resume_is_no_boot(play: Play) -> None:
    """A guest that was suspended goes on as it was."""
    play.guest("rebootHard")
    play.advance(1000)
    since = now(play, WEB)["boot_since"]
    play.guest("pause")
    play.advance(1000)
    play.guest("resume")
    assert now(play, WEB)["boot_since"] == since == dates.utc_text(START_S + 60)


def test_a_move_that_fails_brings_nothing_up(play: Play) -> None:
    """The device is where it was, and since when it was."""
    play.steer(
        "POST",
        "faults",
        {"operation": "*.executeRescueLayer", "fault": {"kind": "failing_transaction"}},
    )
    play.guest("executeRescueLayer")
    play.advance(1000)
    assert (now(play, WEB)["boot"], now(play, WEB)["boot_since"]) == ("os", None)


def test_since_when_is_saved(play: Play) -> None:
    """It is part of a dumped world; one that was dumped without it still loads."""
    play.guest("powerOn", number=OFF)
    document = read_document(to_json(play.stage.document()), "test")
    assert now(Play(document), OFF)["boot_since"] == dates.utc_text(START_S)
    older = json.loads(to_json(document))
    del older["moving"]["states"][str(OFF)]["booted_s"]
    assert now(Play(read_world(older, "test")), OFF)["boot_since"] is None


def seen_by_the_api(play: Play, service: str, number: int) -> list[Any]:
    """All that the API tells which a call that changes a device would alter."""
    methods = ["getObject", "getLastTransaction", "getActiveTransaction"]
    if service == HARDWARE:
        methods += ["getTransactionHistory", "getRecentRemoteManagementCommands"]
    answers = [play.call(service, method, number).body for method in methods]
    return [*answers, play.call("SoftLayer_Event_Log", "getAllObjects").body]


@pytest.mark.parametrize(
    ("service", "call", "number", "takes_s"),
    [(GUEST, "executeRescueLayer", WEB, 60), (HARDWARE, "bootToRescueLayer", DB, 180)],
)
def test_a_restart_from_inside_leaves_rescue(
    play: Play, service: str, call: str, number: int, takes_s: int
) -> None:
    """The device runs its system again after the time of a reboot,
    and the API never learns of it.
    """
    other = Play(door=play.door)
    for one in (play, other):
        assert one.call(service, call, number).body is True
        one.advance(1000)
    assert play.boot(number) == "rescue"
    told = play.steer("POST", f"os_restarts/{number}")
    assert (told["id"], told["boot"], told["active_transaction_id"]) == (number, "os", None)
    assert seen_by_the_api(play, service, number) == seen_by_the_api(other, service, number)
    for one in (play, other):
        one.advance(takes_s)
    row = now(play, number)
    assert (row["boot"], row["move"], row["boot_since"]) == (
        "os",
        None,
        dates.utc_text(START_S + 1000 + takes_s),
    )
    assert other.boot(number) == "rescue"
    assert seen_by_the_api(play, service, number) == seen_by_the_api(other, service, number)


def test_it_takes_its_time(play: Play) -> None:
    """As long as a reboot: until then it is under way, and a change by the API ends it."""
    play.steer("POST", f"os_restarts/{WEB}")
    play.advance(59)
    assert now(play, WEB)["move"] == "guest_restart_inside"
    assert play.guest("executeRescueLayer") is True


def test_it_knows_no_twenty_minutes(play: Play) -> None:
    """The rule is about commands to the management card:
    it neither starts nor stops a restart from inside.
    """
    play.steer("POST", f"os_restarts/{DB}")
    play.advance(200)
    assert play.server("rebootDefault") is True
    play.advance(200)
    assert "recently been issued" in play.server("rebootDefault")["error"]
    assert play.steer("POST", f"os_restarts/{DB}")["move"] == "hardware_restart_inside"


@pytest.mark.parametrize(
    ("clears", "boot", "image"), [(True, "os", None), (False, "image", ISO_DAL)]
)
def test_what_it_does_to_the_iso(clears: bool, boot: str, image: int | None) -> None:
    """As with a reboot: reboot_clears_iso decides whether the image boots again."""
    play = Play(reboot_clears_iso=clears)
    play.guest("mountIsoImage", ISO_DAL)
    play.advance(130)
    play.steer("POST", f"os_restarts/{WEB}")
    play.advance(60)
    assert (now(play, WEB)["boot"], now(play, WEB)["iso_image_id"]) == (boot, image)


def refused(play: Play, number: int, status: int) -> str:
    """The sentence of a restart that is refused and changes nothing."""
    before = to_json(play.stage.document())
    answer = play.ask("POST", f"os_restarts/{number}")
    assert (answer.status, to_json(play.stage.document())) == (status, before)
    return str(json.loads(answer.body)["error"])


def test_what_does_not_run_cannot_restart(play: Play) -> None:
    """A device that is off or suspended has no system to restart it,
    and no unknown device has one.
    """
    assert refused(play, OFF, 409).endswith(
        "is HALTED; only a device that is RUNNING can restart from inside."
    )
    play.guest("pause", number=APP)
    assert "is PAUSED" in refused(play, APP, 409)
    assert "no device with the id 99" in refused(play, 99, 404)


@pytest.mark.parametrize("kind", [None, "stuck_transaction"])
def test_no_restart_while_something_is_under_way(play: Play, kind: str | None) -> None:
    """Neither during a transaction, seen already or not, nor during a reboot, which makes none."""
    if kind:
        play.steer("POST", "faults", {"operation": "*.executeRescueLayer", "fault": {"kind": kind}})
    play.guest("executeRescueLayer")
    assert "has guest_rescue under way" in refused(play, WEB, 409)
    play.advance(100)
    assert "has guest_rescue under way" in refused(play, WEB, 409)
    play.server("rebootDefault")
    assert "has hardware_reboot under way" in refused(play, DB, 409)


def test_the_reason_is_told_apart() -> None:
    """Who words the refusal in another language needs no text for it."""
    play = Play()
    device = play.stage.world.devices[Kind.GUEST][OFF]
    with pytest.raises(RestartRefused) as caught:
        restart_inside(play.stage.world, device, START_S)
    assert caught.value.reason is WhyNoRestart.NOT_RUNNING
