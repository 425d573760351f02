"""The same seed and the same calls give the same ids, times and random choices, byte for byte."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from mock_api import worlds
from mock_api.control.plane import ControlPlane
from mock_api.domain.chance import draw
from mock_api.domain.overrides import SEEDED_START, with_seed, with_speed
from mock_api.domain.savefile import SaveFile
from mock_api.http.app import create_app
from tests.mock.stagehand import (
    DB,
    GUEST,
    HARDWARE,
    ISO_DAL,
    MASTER,
    START_S,
    WEB,
    MockProcess,
    Play,
)
from tests.patience import PATIENCE_S

FLAKY = {"fault": {"kind": "rate_limit"}, "probability": 0.5, "times": None}
STUCK = {
    "fault": {"kind": "stuck_transaction"},
    "probability": 0.4,
    "times": None,
    "operation": "*.executeRescueLayer",
}
# Every kind of step: verb, path, and a body for some.
STEPS: tuple[tuple[str, str, object], ...] = (
    ("GET", f"/rest/v3.1/{GUEST}/{WEB}", None),
    ("GET", f"/rest/v3.1/{GUEST}/{WEB}/executeRescueLayer", None),
    ("GET", f"/rest/v3.1/{GUEST}/{WEB}/rebootDefault", None),
    ("POST", f"/rest/v3.1/{GUEST}/{WEB}/mountIsoImage", {"parameters": [ISO_DAL]}),
    ("GET", f"/rest/v3.1/{HARDWARE}/{DB}/bootToRescueLayer", None),
    ("GET", f"/rest/v3.1/{HARDWARE}/{DB}/getTransactionHistory", None),
    ("GET", "/rest/v3.1/SoftLayer_Event_Log/getAllObjects", None),
    (
        "POST",
        "/rest/v3.1/SoftLayer_User_Customer/7651002/removeApiAuthenticationKey",
        {"parameters": [7651002]},
    ),
    ("GET", "/rest/v3.1/SoftLayer_User_Customer/7651002/addApiAuthenticationKey", None),
    ("GET", "/rest/v3.1/SoftLayer_Account/getUsers", None),
    ("POST", "/_mock/faults", FLAKY),
    ("POST", "/_mock/faults", STUCK),
    ("DELETE", "/_mock/faults", None),
    ("POST", "/_mock/clock", {"advance_s": 61.7}),
    ("POST", "/_mock/clock", {"run_until_stable": True}),
    ("PATCH", "/_mock/settings", {"guest_rescue_s": 33.3}),
    ("POST", "/_mock/reset", None),
    ("GET", "/_mock/world", None),
    ("GET", "/_mock/journal", None),
    ("GET", "/_mock/devices", None),
)


def answers(play: Play, steps: list[int]) -> list[tuple[int, str, bytes]]:
    """Status, headers and body of each step."""
    client = Client(create_app(play.stage, ControlPlane(), play.slept.append))
    headers = {"Authorization": play.login(MASTER)}
    replies = [
        client.open(path, method=verb, json=body, headers=headers)
        for verb, path, body in map(STEPS.__getitem__, steps)
    ]
    return [(reply.status_code, str(reply.headers), reply.data) for reply in replies]


def seeded(seed: int) -> Play:
    """The demo world with a seed."""
    return Play(with_seed(worlds.demo(), seed))


@settings(max_examples=25)
@given(st.integers(), st.lists(st.integers(0, len(STEPS) - 1), max_size=30))
def test_same_seed_same_calls_same_bytes(seed: int, steps: list[int]) -> None:
    """Two mocks give the same answers to any sequence of calls,
    headers and control plane included.
    """
    assert answers(seeded(seed), steps) == answers(seeded(seed), steps)


def failures(play: Play, count: int = 64) -> str:
    """Which calls a flaky API fails, as zeros and ones."""
    return "".join(
        "1" if play.call(GUEST, "getObject", WEB).status == 500 else "0" for _ in range(count)
    )


def test_another_seed_is_another_run() -> None:
    """The seed decides the random choices."""
    runs = []
    for seed in range(5):
        play = seeded(seed)
        play.steer("POST", "faults", FLAKY)
        runs.append(failures(play))
    assert len(set(runs)) == 5


def test_certain_faults_draw_nothing() -> None:
    """Only a probability below 1 uses chance up,
    so adding a certain rule leaves the other choices alone.
    """
    plain = seeded(3)
    mixed = seeded(3)
    for play in (plain, mixed):
        play.steer("POST", "faults", FLAKY)
    mixed.steer("POST", "faults", {"fault": {"kind": "delay", "seconds": 1}, "times": None})
    assert failures(mixed) == failures(plain)


def test_chance_goes_on_after_saving_and_loading(tmp_path: Path) -> None:
    """A saved world, and a dumped one, draw the values that the running one would have drawn."""
    play = seeded(11)
    play.steer("POST", "faults", FLAKY)
    failures(play, 10)
    play.stage.save_file = file = SaveFile(tmp_path / "world.json")
    play.stage.save()
    restored = file.restore()
    assert restored is not None
    file.close()
    play.stage.save_file = None
    saved = Play(restored[0])
    loaded = Play()
    dump = play.steer("GET", "world")
    saved.stage.load(restored[1])
    loaded.steer("PUT", "world", dump)
    assert failures(saved) == failures(loaded) == failures(play)


@given(st.integers(), st.integers(0, 2**40))
def test_a_draw_is_between_0_and_1(seed: int, number: int) -> None:
    """At least 0 and below 1, and always the same."""
    assert 0 <= draw(seed, number) < 1
    assert draw(seed, number) == draw(seed, number)


def test_draws_are_spread_and_pinned() -> None:
    """Evenly spread; and the same on every machine and Python,
    or yesterday's seed would replay another run today.
    """
    values = [draw(0, number) for number in range(10_000)]
    tenths = [
        sum(place / 10 <= value < (place + 1) / 10 for value in values) for place in range(10)
    ]
    assert all(900 < count < 1100 for count in tenths)
    assert [round(draw(42, number), 6) for number in range(3)] == [0.329884, 0.015106, 0.804526]


def test_what_the_command_line_sets() -> None:
    """A seed gives a world a fixed start, but not another one than it names;
    a speed ends a pause.
    """
    world = worlds.demo()
    assert (with_seed(world, 4).seed, with_seed(world, 4).clock.now) == (4, SEEDED_START)
    dated = replace(world, clock=replace(world.clock, now="2030-01-01T00:00:00Z"))
    assert with_seed(dated, 4).clock.now == "2030-01-01T00:00:00Z"
    play = Play(world)
    play.steer("POST", "clock", {"speed": 3})
    play.steer("POST", "clock", {"pause": True})
    later = Play(world)
    later.stage.load(with_speed(play.stage.document(), 5))
    assert later.steer("GET", "clock")["state"] == "running"
    assert (later.stage.world.clock.speed, later.stage.world.clock.now_s()) == (5, START_S)


@pytest.mark.slow
def test_two_processes_with_one_seed_are_alike() -> None:
    """Whenever they are started: the same bytes on the wire, dates included."""
    wires = []
    for _ in range(2):
        running = MockProcess("--seed", "5", "--speed", "0")
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_S)
        headers = {
            "Authorization": "Basic dGVzdGVyOm1vY2sta2V5",
            "Content-Type": "application/json",
        }
        wire = []
        for step in [*range(len(STEPS)), *range(len(STEPS))]:
            verb, path, body = STEPS[step]
            connection.request(verb, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            date = answer.headers["Date"] if path.startswith("/rest") else None
            wire.append((path, answer.status, date, answer.read()))
        connection.close()
        assert running.stop() == (0, "", "")
        wires.append(wire)
    assert wires[0] == wires[1]
    assert {status for _, status, _, _ in wires[0]} == {200, 500}
