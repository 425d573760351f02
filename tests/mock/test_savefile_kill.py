"""kill -9 at any moment: whatever a client was told is in the file,
and the next mock goes on from there.
"""

from __future__ import annotations

import base64
import http.client
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mock_api.domain.savefile import SaveFile
from mock_api.domain.world import WorldDocument
from tests.mock.stagehand import GUEST, WEB, MockProcess
from tests.patience import PATIENCE_S

LOGIN = {"Authorization": "Basic " + base64.b64encode(b"tester:mock-key").decode()}
FIRST = 1000001
CLIENTS = 4


def call(port: int, verb: str, path: str, body: object = None) -> Any:
    """One request; the JSON value of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(verb, path, json.dumps(body) if body is not None else None, LOGIN)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@dataclass
class Answered:
    """What the clients were told, over all lives of the mock."""

    reboots: Counter[int] = field(default_factory=Counter)
    setting: float = 60.0
    asked: float = 60.0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def reboot(self, port: int, device: int) -> None:
        """Reboot one device again and again until the mock is gone."""
        try:
            while call(port, "GET", f"/rest/v3.1/{GUEST}/{device}/rebootDefault.json") is True:
                with self.changed:
                    self.reboots[device] += 1
                    self.changed.notify_all()
        except (OSError, http.client.HTTPException, ValueError):
            return

    def set(self, port: int) -> None:
        """Change a setting over and over, which writes the whole file each time."""
        try:
            while True:
                self.asked = self.setting + 1
                self.setting = call(
                    port, "PATCH", "/_mock/settings", {"guest_reboot_s": self.asked}
                )["guest_reboot_s"]
        except (OSError, http.client.HTTPException, ValueError):
            return

    def live(self, save: Path, more: int) -> None:
        """One life of the mock, that ends by kill -9 after so many more answers,
        with further calls under way.
        """
        mock = MockProcess("--save", str(save), "--generate=50,0", "--speed=0")
        work = [
            threading.Thread(target=self.reboot, args=(mock.port, FIRST + client))
            for client in range(CLIENTS)
        ]
        work.append(threading.Thread(target=self.set, args=(mock.port,)))
        end = self.reboots.total() + more
        for thread in work:
            thread.start()
        with self.changed:
            assert self.changed.wait_for(lambda: self.reboots.total() >= end, timeout=PATIENCE_S)
        mock.process.kill()
        mock.process.communicate()
        for thread in work:
            thread.join(PATIENCE_S)


def saved(path: Path) -> WorldDocument:
    """The world in a file."""
    file = SaveFile(path)
    found = file.restore()
    file.close()
    assert found is not None
    return found[1]


@pytest.mark.slow
def test_no_answered_change_is_lost_at_any_kill(tmp_path: Path) -> None:
    """A mock under load is killed at many moments: each time the file is whole and holds every
    answered change.

    What was under way and not answered may be in it or not, once a client.
    """
    chance = Random(20260101)  # noqa: S311 (no secret)
    answered = Answered()
    save = tmp_path / "s.world"
    for _ in range(12):
        answered.live(save, chance.randrange(1, 60))
        world = saved(save)
        assert world.moving is not None
        seen = Counter(event.object_id for event in world.moving.events)
        for device, count in answered.reboots.items():
            assert count <= seen[device] <= count + 1
        assert world.settings.guest_reboot_s in (answered.setting, answered.asked)
        answered.reboots = Counter(seen)
        answered.setting = world.settings.guest_reboot_s


@pytest.mark.slow
def test_a_restart_after_kill_9_is_the_same_world(tmp_path: Path) -> None:
    """With the clock standing still, the dump before is the dump after,
    and the rescue is still under way.
    """
    save = tmp_path / "s.world"
    first = MockProcess("--save", str(save), "--speed", "0")
    assert call(first.port, "GET", f"/rest/v3.1/{GUEST}/{WEB}/executeRescueLayer.json") is True
    call(first.port, "POST", "/_mock/clock", {"advance_s": 33.125})
    call(
        first.port,
        "POST",
        "/_mock/faults",
        {"operation": "*", "nth": 9, "fault": {"kind": "rate_limit"}},
    )
    before = call(first.port, "GET", "/_mock/world")
    first.process.kill()
    first.process.communicate()
    second = MockProcess("--save", str(save))
    try:
        assert call(second.port, "GET", "/_mock/world") == before
        assert (
            "outstanding"
            in call(second.port, "GET", f"/rest/v3.1/{GUEST}/{WEB}/executeRescueLayer.json")[
                "error"
            ]
        )
    finally:
        second.stop()


@pytest.mark.slow
def test_a_running_clock_goes_on_after_kill_9(tmp_path: Path) -> None:
    """It keeps its speed and starts where it was,
    not at the real time and not before what was answered.
    """
    save = tmp_path / "s.world"
    first = MockProcess("--save", str(save))
    answered = call(first.port, "POST", "/_mock/clock", {"speed": 50, "advance_s": 86400 * 400})
    first.process.kill()
    first.process.communicate()
    second = MockProcess("--save", str(save))
    try:
        after = call(second.port, "GET", "/_mock/clock")
        assert after["speed"] == 50
        assert answered["now_s"] <= after["now_s"] < answered["now_s"] + 86400
    finally:
        second.stop()
