"""A device that leaves a running world: by the API, by the control plane, by another world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_api.domain.savefile import SaveFile
from tests.mock.stagehand import DB, GUEST, HARDWARE, WEB, WIN, Play

DEVICES = [(GUEST, WEB), (HARDWARE, DB)]


def ids(play: Play) -> set[int]:
    """The devices of the world."""
    return {row["id"] for row in play.steer("GET", "devices")}


def allow(play: Play) -> None:
    """The world's permission to cancel."""
    play.steer("PATCH", "settings", {"cancel_allowed": True})


@pytest.mark.parametrize(("service", "number"), DEVICES)
def test_it_is_refused_unless_the_world_allows_it(play: Play, service: str, number: int) -> None:
    """Nobody loses a device by accident."""
    refused: Any = play.call(service, "deleteObject", number).body
    assert "orders and cancels nothing" in refused["error"]
    assert number in ids(play)


@pytest.mark.parametrize(("service", "number"), DEVICES)
def test_a_cancelled_device_is_gone_at_once(play: Play, service: str, number: int) -> None:
    """Whatever it was doing: no call finds it, and the audit row stays."""
    allow(play)
    rescue = "executeRescueLayer" if service == GUEST else "bootToRescueLayer"
    play.call(service, rescue, number)
    before = ids(play)
    assert play.call(service, "deleteObject", number).body is True
    assert ids(play) == before - {number}
    gone: Any = play.call(service, "getObject", number).body
    assert gone["error"] == f"Unable to find object with id of '{number}'."
    users: Any = play.call("SoftLayer_Account", "getUsers", None, mask="mask[id,virtualGuests[id]]")
    assert str(number) not in json.dumps(users.body)
    log: Any = play.call("SoftLayer_Event_Log", "getAllObjects", None).body
    assert log[-1]["eventName"] == "Cancel Service"
    assert log[-1]["objectId"] == number


def test_the_permission_is_asked_for(play: Play) -> None:
    """Cancel Server."""
    allow(play)
    denied: Any = play.call(GUEST, "deleteObject", WEB, user="307608_viewer@example.com").body
    assert "error" in denied
    assert WEB in ids(play)


def test_others_go_on_as_they_were(play: Play) -> None:
    """What is under way elsewhere, the clock and the numbers."""
    allow(play)
    play.guest("executeRescueLayer", number=WIN)
    refused = play.guest("executeRescueLayer", number=WEB)
    assert refused is True
    play.call(GUEST, "deleteObject", WEB)
    play.advance(3_600)
    assert play.boot(DB) == "os"
    shown = play.guest("getObject", number=DB)
    assert "error" in shown


def test_one_line_of_the_control_plane_takes_one_out(play: Play) -> None:
    """And reset brings it back; one that is not there is told."""
    assert play.steer("DELETE", f"devices/{WEB}") == {"deleted": 1}
    assert WEB not in ids(play)
    answer = play.ask("DELETE", f"devices/{WEB}")
    assert (answer.status, b"GET /_mock/devices lists them" in answer.body) == (404, True)
    play.steer("POST", "reset")
    assert WEB in ids(play)


def test_the_running_world_can_be_put_without_one(play: Play) -> None:
    """Also one that has moved; a state of a device that never was is a mistake still."""
    play.guest("executeRescueLayer")
    play.advance(3_600)
    world = play.steer("GET", "world")
    world["guests"] = [row for row in world["guests"] if row["id"] != WEB]
    for user in world["users"]:
        user["guest_ids"] = [number for number in user.get("guest_ids", ()) if number != WEB]
    play.steer("PUT", "world", world)
    assert WEB not in ids(play)
    world["moving"]["states"]["5"] = {}
    assert play.ask("PUT", "world", json.dumps(world).encode()).status == 400


def test_a_saved_world_remembers_who_is_gone(tmp_path: Path) -> None:
    """A mock that starts again has not got it either, however it went."""
    play = Play()
    file = SaveFile(tmp_path / "s.world")
    play.stage.save_file = file
    play.stage.save()
    allow(play)
    play.call(GUEST, "deleteObject", WEB)
    file.close()
    found = SaveFile(tmp_path / "s.world")
    restored = found.restore()
    found.close()
    assert restored is not None
    starting, now = restored
    assert WEB in {row.id for row in starting.guests}
    assert WEB not in {row.id for row in now.guests}
