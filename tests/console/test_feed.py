"""What open pages learn: which devices changed, and that nothing is missed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mock_api.console.feed import CLOCK, EVERYTHING, LOOK_EVERY_S, MOCK, PEOPLE, Feed
from tests.mock.stagehand import APP, BIG, DB, GUEST, HARDWARE, WEB, WIN, Play

WEB_TOPIC = f"virtual_guest/{WEB}"
DB_TOPIC = f"hardware/{DB}"


@dataclass
class Reader:
    """One open page; its real clock moves on at each look,
    the mock's stands still unless the test moves it.
    """

    play: Play
    feed: Feed
    looks: list[float]
    newest: int = 0

    def read(self) -> set[str]:
        """What changed since the last time."""
        self.looks[0] += 2 * LOOK_EVERY_S
        self.newest, topics = self.feed.read(self.newest)
        return set(topics)


@pytest.fixture
def reader() -> Reader:
    """A page that was opened just now."""
    play = Play()
    looks = [0.0]
    feed = Feed(play.stage, lambda: looks[0])
    return Reader(play, feed, looks, feed.newest())


def test_nothing_changes_nothing(reader: Reader) -> None:
    """A world in which nothing happens tells nothing, however much time passes."""
    reader.play.advance(3600)
    assert reader.read() == set()


def test_a_call_its_transaction_and_its_end(reader: Reader) -> None:
    """A rescue is three changes: the call, the transaction that appears, and its end;
    nothing in between.
    """
    reader.play.guest("executeRescueLayer")
    assert reader.read() == {WEB_TOPIC}
    reader.play.advance(5)
    assert reader.read() == {WEB_TOPIC}
    reader.play.advance(100)
    assert reader.read() == set()
    reader.play.advance(200)
    assert reader.read() == {WEB_TOPIC}
    assert reader.read() == set()


def test_time_that_jumps_shows_what_became_due(reader: Reader) -> None:
    """Several moves that end within one look are all told."""
    reader.play.guest("executeRescueLayer")
    reader.play.server("bootToRescueLayer")
    assert reader.read() == {WEB_TOPIC, DB_TOPIC}
    reader.play.advance(7200)
    assert reader.read() == {WEB_TOPIC, DB_TOPIC}


def test_an_event_without_a_move_is_told(reader: Reader) -> None:
    """Power on of a device that runs leaves only a row in the event log,
    and the page shows that, too.
    """
    reader.play.guest("powerOn")
    assert WEB_TOPIC in reader.read()


def test_an_edit_is_told(reader: Reader) -> None:
    """Another name is a change like any other."""
    reader.play.call(GUEST, "editObject", WEB, {"hostname": "web-2"})
    assert reader.read() == {WEB_TOPIC}


def test_the_clock_the_people_and_the_mock(reader: Reader) -> None:
    """Steering the mock is told by its part."""
    reader.play.steer("POST", "clock", {"speed": 60})
    assert reader.read() == {CLOCK}
    reader.play.steer("POST", "faults", {"operation": "*.getObject", "fault": {"kind": "drop"}})
    assert reader.read() == {MOCK}
    reader.play.call(
        "SoftLayer_User_Customer", "addPortalPermission", 7651004, {"keyName": "HARDWARE_VIEW"}
    )
    assert reader.read() == {PEOPLE}


def test_another_world_is_everything(reader: Reader) -> None:
    """After a reset nothing that is shown can be relied on; then the new world is watched."""
    reader.play.steer("POST", "reset")
    assert reader.read() == {EVERYTHING}
    reader.play.call(HARDWARE, "rebootDefault", DB)
    assert reader.read() == {DB_TOPIC}


@pytest.mark.parametrize("since", [-1, 99])
def test_a_number_that_the_feed_never_gave_is_everything(reader: Reader, since: int) -> None:
    """A page of a mock that was restarted has numbers of another feed."""
    reader.newest = since
    assert reader.read() == {EVERYTHING}


def test_a_page_that_slept_too_long_gets_everything() -> None:
    """The list of changes is bounded; whoever is behind it must look at all,
    and whoever is not learns each.
    """
    play = Play()
    looks = [0.0]
    feed = Feed(play.stage, lambda: looks[0], kept=3)
    opened = feed.newest()
    for number in (WEB, APP, WIN, BIG):
        play.guest("powerOff", number=number)
        looks[0] += 2 * LOOK_EVERY_S
        feed.newest()
    assert feed.read(opened)[1] == {EVERYTHING}
    assert feed.read(opened + 1)[1] == {f"virtual_guest/{number}" for number in (APP, WIN, BIG)}


def test_two_pages_see_the_same(reader: Reader) -> None:
    """One page's look takes nothing from another."""
    other = Reader(reader.play, reader.feed, reader.looks, reader.newest)
    reader.play.guest("executeRescueLayer")
    assert reader.read() == other.read() == {WEB_TOPIC}
