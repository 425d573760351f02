"""Since when a device runs what it runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_api.domain import dates
from mock_api.domain.document import read_document, read_world, to_json
from tests.mock.stagehand import ISO_DAL, OFF, START_S, WEB, Play


def now(play: Play, number: int) -> dict[str, Any]:
    """What the control plane tells of a device."""
    row: dict[str, Any] = next(row for row in play.steer("GET", "devices") if row["id"] == number)
    return row


def test_a_device_came_up_when_its_move_ended(play: Play) -> None:
    """Since the end of the rescue, not since its call nor since somebody looked; before the first move: null."""
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
def test_what_brings_a_device_up(play: Play, call: tuple[Any, ...], number: int, comes_up: bool) -> None:
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
    play.steer("POST", "faults", {"operation": "*.executeRescueLayer", "fault": {"kind": "failing_transaction"}})
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
