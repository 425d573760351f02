"""The virtual clock: its speed, its pause, and moving it by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api.domain.clock import LAST_S, VirtualClock
from tests.mock.stagehand import APP, DB, START_S, WEB, Play, RealClock


def test_clock_by_hand(play: Play) -> None:
    """Speed, pause, advance; the instant is kept when the speed changes."""
    assert play.steer("GET", "clock")["now_s"] == START_S
    play.steer("POST", "clock", {"speed": 10})
    play.advance(2)
    assert play.steer("POST", "clock", {"pause": True})["now_s"] == START_S + 20
    play.advance(100)
    assert play.steer("POST", "clock", {"advance_s": 5})["now_s"] == START_S + 25


def test_resume_returns_to_the_speed_before_the_pause(play: Play) -> None:
    """Also after a second pause; a clock that is not paused is left alone,
    and a new speed ends a pause.
    """
    play.steer("POST", "clock", {"speed": 7})
    play.steer("POST", "clock", {"pause": True})
    paused = play.steer("POST", "clock", {"pause": True})
    assert (paused["speed"], paused["resume_speed"], paused["state"]) == (0, 7, "paused")
    resumed = play.steer("POST", "clock", {"resume": True})
    assert (resumed["speed"], resumed["resume_speed"], resumed["state"]) == (7, None, "running")
    assert play.steer("POST", "clock", {"resume": True}) == resumed
    play.steer("POST", "clock", {"pause": True})
    assert play.steer("POST", "clock", {"speed": 0})["state"] == "standing"
    assert play.steer("POST", "clock", {"resume": True})["speed"] == 0


def test_one_request_does_several_things_in_order(play: Play) -> None:
    """The speed is set, then the clock is paused, then moved to the end of what is under way."""
    play.guest("executeRescueLayer")
    clock = play.steer(
        "POST", "clock", {"speed": 3, "pause": True, "advance_s": 10, "run_until_stable": True}
    )
    assert (clock["now_s"], clock["resume_speed"], clock["is_stable"]) == (START_S + 245, 3, True)


def test_run_until_stable_leaves_stuck_moves(play: Play) -> None:
    """A transaction that never clears does not hold the clock up."""
    play.steer("POST", "faults", {"fault": {"kind": "stuck_transaction"}})
    play.guest("executeRescueLayer")
    play.server("bootToRescueLayer")
    answer = play.steer("POST", "clock", {"run_until_stable": True})
    assert (answer["now_s"], answer["is_stable"]) == (START_S + 605, True)
    assert play.guest("getActiveTransaction") != play.nothing


def test_run_until_one_device_is_stable(play: Play) -> None:
    """The clock stops when that device is done, while others go on;
    an idle device moves nothing.
    """
    play.guest("executeRescueLayer")
    play.server("bootToRescueLayer")
    assert (
        play.steer("POST", "clock", {"run_until_stable": True, "device_id": APP})["now_s"]
        == START_S
    )
    answer = play.steer("POST", "clock", {"run_until_stable": True, "device_id": WEB})
    assert (answer["now_s"], answer["is_stable"]) == (START_S + 245, False)
    assert (play.boot(WEB), play.boot(DB)) == ("rescue", "os")


@given(st.floats(0, 1e9), st.floats(0, 1e6))
def test_run_until_stable_is_exact(start_s: float, offset_s: float) -> None:
    """Whatever the floats, what was due has happened."""
    clock = VirtualClock(RealClock(), start_s, 0.0)
    due_s = start_s + offset_s
    clock.advance_to(due_s)
    assert clock.now_s() == due_s


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 100), st.booleans()), max_size=20))
def test_the_clock_is_the_sum_of_its_pieces(pieces: list[tuple[float, float, bool]]) -> None:
    """Virtual time is the sum of speed times real time,
    whatever the changes of speed and pauses between them.
    """
    real = RealClock()
    clock = VirtualClock(real, 5.0)
    expected = 5.0
    for speed, seconds_s, pauses in pieces:
        clock.set_speed(speed)
        if pauses:
            clock.pause()
            real.now_s += 17
            clock.resume()
        real.now_s += seconds_s
        expected += speed * seconds_s
        assert clock.now_s() == pytest.approx(expected)


def test_the_clock_stops_at_the_last_day_it_can_show(play: Play) -> None:
    """At the highest speed for centuries, every date is still a date, also one that lies ahead."""
    play.steer("POST", "clock", {"speed": 1_000_000})
    play.advance(1e12)
    play.guest("executeRescueLayer")
    assert play.steer("GET", "clock")["now"] == "9999-01-01T00:00:00.000000+00:00"
    assert play.steer("GET", "devices")[0]["due"].startswith("9999-01-01")
    assert json.loads(play.ask("POST", "clock", b'{"advance_s": 1}').body)["error"].startswith(
        "clock: The clock shows"
    )
    assert play.stage.world.clock.now_s() == LAST_S


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"sped": 1}, 400, "not known"),
        ({"speed": -1}, 400, "greater than or equal to 0"),
        ({"speed": 1e7}, 400, "less than or equal to 1000000"),
        ({"advance_s": "1"}, 400, "advance_s"),
        ({"advance_s": True}, 400, "number"),
        ({"advance_s": -1}, 400, "greater than or equal to 0"),
        ({"advance_s": 1e300, "speed": 4}, 400, "1970 to 9998"),
        ({"pause": True, "resume": True}, 400, "exclude each other"),
        ({"pause": 1}, 400, "pause"),
        ({"device_id": WEB}, 400, "run_until_stable"),
        ({"device_id": 1, "run_until_stable": True, "speed": 4}, 404, "/_mock/devices"),
    ],
)
def test_a_bad_change_changes_nothing(play: Play, body: object, status: int, word: str) -> None:
    """One sentence says what is wrong, and no part of the change is made."""
    before = play.steer("GET", "clock")
    answer = play.ask("POST", "clock", json.dumps(body).encode())
    assert (answer.status, word in json.loads(answer.body)["error"]) == (status, True), answer.body
    assert play.steer("GET", "clock") == before
