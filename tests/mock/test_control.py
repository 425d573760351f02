"""The control plane and the clock."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api import worlds
from mock_api.control.routes import ROUTES, answer_control
from mock_api.domain.clock import VirtualClock
from mock_api.domain.document import to_json
from tests.mock.stagehand import GUEST, HARDWARE, ISO_DAL, START_S, WEB, Play, RealClock


def steer(play: Play, verb: str, path: str, body: object = None) -> Any:
    """The value of a control request that must work."""
    status, answer = answer_control(play.stage, verb, path, json.dumps(body).encode() if body is not None else b"")
    assert status == 200, answer
    return answer


def busy(play: Play) -> Play:
    """A world with moves under way, done, a mounted image and a fault."""
    play.guest("executeRescueLayer")
    play.guest("mountIsoImage", ISO_DAL, number=124929710)
    play.server("rebootDefault")
    play.advance(130)
    steer(play, "POST", "faults", {"fault": {"kind": "rate_limit"}, "operation": "X.y"})
    return play


@pytest.mark.parametrize("path", [route.path for route in ROUTES if route.verb == "GET"])
def test_looking_changes_nothing(play: Play, path: str) -> None:
    """Every GET leaves the world byte for byte as it was."""
    busy(play)
    before = to_json(play.stage.document())
    steer(play, "GET", path)
    assert to_json(play.stage.document()) == before


def test_api_reads_change_nothing(play: Play) -> None:
    """Neither do reads through the API, also past the end of a move."""
    busy(play)
    play.advance(10000)
    before = to_json(play.stage.document())
    for method in ("getObject", "getActiveTransaction", "getBlockDevices", "getIsoBootImage"):
        play.call(GUEST, method, WEB)
    play.call(HARDWARE, "getTransactionHistory", 218027101)
    play.call("SoftLayer_Account", "getVirtualGuests")
    assert to_json(play.stage.document()) == before


CHANGES: list[tuple[str, str, object]] = [
    ("POST", "clock", {"speed": 7}),
    ("POST", "clock", {"advance_s": 100, "pause": True}),
    ("POST", "clock", {"run_until_stable": True}),
    ("POST", "faults", {"fault": {"kind": "delay", "seconds": 1}}),
    ("POST", "settings", {"guest_rescue_s": 1}),
    ("PUT", "world", json.loads(to_json(worlds.generate(2, 1)))),
]


@pytest.mark.parametrize(("verb", "path", "body"), CHANGES)
def test_reset_restores_everything(play: Play, verb: str, path: str, body: object) -> None:
    """After any change, reset gives the starting world and an empty journal."""
    start = to_json(play.stage.document())
    steer(busy(play), verb, path, body)
    assert to_json(play.stage.document()) != start
    steer(play, "POST", "reset")
    assert to_json(play.stage.document()) == start
    assert steer(play, "GET", "journal") == []


def test_a_world_comes_back_as_it_was(play: Play) -> None:
    """PUT of what GET gave is the same world, moves under way included."""
    world = steer(busy(play), "GET", "world")
    other = Play()
    steer(other, "PUT", "world", world)
    assert steer(other, "GET", "world") == world
    assert steer(other, "GET", "devices") == steer(play, "GET", "devices")
    assert (other.boot(WEB), other.boot(124929710)) == ("os", "image")


def test_devices_show_the_private_state(play: Play) -> None:
    """The control plane tells what no API field does."""
    play.guest("executeRescueLayer")
    row = steer(play, "GET", "devices")[0]
    assert (row["id"], row["boot"], row["move"], row["active_transaction_id"]) == (WEB, "os", "guest_rescue", None)
    steer(play, "POST", "clock", {"run_until_stable": True})
    row = steer(play, "GET", "devices")[0]
    assert (row["boot"], row["move"]) == ("rescue", None)


def test_clock_by_hand(play: Play) -> None:
    """Speed, pause, advance; the instant is kept when the speed changes."""
    assert steer(play, "GET", "clock")["now_s"] == START_S
    steer(play, "POST", "clock", {"speed": 10})
    play.advance(2)
    assert steer(play, "POST", "clock", {"pause": True})["now_s"] == START_S + 20
    play.advance(100)
    assert steer(play, "POST", "clock", {"advance_s": 5})["now_s"] == START_S + 25


def test_run_until_stable_leaves_stuck_moves(play: Play) -> None:
    """A transaction that never clears does not hold the clock up."""
    steer(play, "POST", "faults", {"fault": {"kind": "stuck_transaction"}})
    play.guest("executeRescueLayer")
    play.server("bootToRescueLayer")
    answer = steer(play, "POST", "clock", {"run_until_stable": True})
    assert (answer["now_s"], answer["is_stable"]) == (START_S + 605, True)
    assert play.guest("getActiveTransaction") is not None


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 100)), max_size=20))
def test_the_clock_is_the_sum_of_its_pieces(pieces: list[tuple[float, float]]) -> None:
    """Virtual time is the sum of speed times real time, whatever the changes of speed, and never runs back."""
    real = RealClock()
    clock = VirtualClock(real, 5.0)
    expected = 5.0
    for speed, seconds_s in pieces:
        clock.set_speed(speed)
        real.now_s += seconds_s
        expected += speed * seconds_s
        assert clock.now_s() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "word"),
    [
        ("GET", "nonsense", b"", 404, "/_mock/health"),
        ("PUT", "clock", b"", 405, "GET and POST"),
        ("POST", "clock", b"{", 400, "not JSON"),
        ("POST", "clock", b"[]", 400, "JSON object"),
        ("POST", "clock", b'{"sped":1}', 400, "speed, pause"),
        ("POST", "clock", b'{"speed":-1}', 400, "positive number"),
        ("POST", "clock", b'{"advance_s":"1"}', 400, "must be a number"),
        ("POST", "clock", b'{"advance_s":-1}', 400, "forward"),
        ("POST", "settings", b'{"guest_rescue":1}', 400, "not known"),
        ("DELETE", "faults", b'{"id":9}', 404, "no rule"),
        ("PUT", "world", b"{}", 400, "account"),
    ],
)
def test_control_errors(play: Play, verb: str, path: str, body: bytes, status: int, word: str) -> None:
    """A control request that cannot be done is answered with one sentence, and nothing changes."""
    before = to_json(play.stage.document())
    got, answer = answer_control(play.stage, verb, path, body)
    assert got == status
    assert word in str(answer)
    assert to_json(play.stage.document()) == before
