"""The agreed hours: over midnight, over the week's end and over both changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classic_rescue.policy.openings import ZoneDataMissingError, is_open, next_opening, say_windows
from classic_rescue.policy.terms import Window
from tests.unit.policy.cases import device, found, only

ROME = "Europe/Rome"
WORKDAYS = (0, 1, 2, 3, 4)
SATURDAY = (5,)
SUNDAY = (6,)
DAILY = tuple(range(7))
NIGHT = Window(WORKDAYS, time(22), time(6), ROME)


def rome(text: str, fold: int = 0) -> datetime:
    """A time on the clock in Rome."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ROME), fold=fold)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T21:59:59", False),  # Monday
        ("2026-11-23T22:00", True),
        ("2026-11-24T05:59:59", True),
        ("2026-11-24T06:00", False),
        ("2026-11-28T05:00", True),  # Saturday: Friday's night
        ("2026-11-28T23:00", False),
        ("2026-11-29T23:00", False),  # Sunday
        ("2026-11-30T05:00", False),  # Monday: Sunday's night is none
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(at: str, expected: bool) -> None:
    """mon-fri from 22:00 to 06:00 lasts into Saturday, and begins on Monday evening."""
    assert is_open([NIGHT], rome(at)) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-29T23:30", True),
        ("2026-11-30T00:30", True),
        ("2026-11-30T01:00", False),
        ("2026-11-23T00:30", True),
    ],
)
def test_sunday_night_goes_over_the_week_s_end(at: str, expected: bool) -> None:
    """The last day of the week is followed by the first."""
    assert is_open([Window(SUNDAY, time(23), time(1), ROME)], rome(at)) is expected


def test_a_whole_day_has_no_gap() -> None:
    """From 00:00 to 24:00, which is the next day's 00:00."""
    whole = [Window(SATURDAY, time(0), time(0), ROME)]
    hours = [
        is_open(whole, rome("2026-11-28T00:00") + timedelta(minutes=30 * half))
        for half in range(49)
    ]
    assert hours == [True] * 48 + [False]
    assert say_windows(whole) == "sat from 00:00 to 24:00 (Europe/Rome)"


def test_the_zone_counts_not_the_caller_s() -> None:
    """The same moment in any zone gives the same answer."""
    assert is_open([NIGHT], datetime(2026, 11, 23, 21, tzinfo=UTC))
    assert not is_open([NIGHT], datetime(2026, 11, 23, hour=20, minute=59, tzinfo=UTC))
    assert is_open([NIGHT], datetime(2026, 7, 6, 20, tzinfo=UTC))  # summer time


def test_clocks_go_forward_and_the_hour_that_is_left_out_never_comes() -> None:
    """On 2026-03-29 at 01:00 UTC the clock in Rome goes from 02:00 to 03:00."""
    within = Window(SUNDAY, time(2), time(3), ROME)
    across = Window(SUNDAY, time(1, 30), time(3, 30), ROME)
    moments = [
        datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(180)
    ]
    assert not any(is_open([within], moment) for moment in moments)
    assert sum(is_open([across], moment) for moment in moments) == 60
    opening = next_opening([within], datetime(2026, 3, 29, tzinfo=UTC))
    assert opening == datetime(2026, 4, 5, tzinfo=UTC)


def test_clocks_go_back_and_the_hour_that_comes_twice_counts_twice() -> None:
    """On 2026-10-25 at 01:00 UTC the clock in Rome goes from 03:00 back to 02:00."""
    window = [Window(SUNDAY, time(2), time(2, 30), ROME)]
    start = datetime(2026, 10, 25, tzinfo=UTC)
    opened = [minute for minute in range(120) if is_open(window, start + timedelta(minutes=minute))]
    assert opened == [*range(30), *range(60, 90)]
    again = next_opening(window, rome("2026-10-25T02:45"))
    assert again is not None
    assert again.astimezone(UTC) == start + timedelta(
        hours=1
    )  # a time that comes twice equals none of another zone
    assert again.fold == 1


def test_the_next_opening_is_now_while_one_is_open() -> None:
    """And without windows any moment will do."""
    now = rome("2026-11-23T23:00:30")
    assert next_opening([NIGHT], now) == now
    assert next_opening([], now) == now


def test_the_next_opening_is_the_nearest_of_all() -> None:
    """Friday's window comes before next week's, and the answer speaks in that window's zone."""
    tokyo = Window((4,), time(9), time(10), "Asia/Tokyo")
    opening = next_opening([Window((0,), time(9), time(10), ROME), tokyo], rome("2026-11-24T12:00"))
    assert opening == datetime(2026, 11, 27, tzinfo=UTC)
    assert opening is not None
    assert opening.isoformat() == "2026-11-27T09:00:00+09:00"


ZONES = [
    ROME,
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kolkata",
    "Pacific/Apia",
    "UTC",
]
CHANGES = [
    datetime(2026, 3, 29, 1),
    datetime(2026, 10, 25, 1),
    datetime(2026, 11, 1, 5),
    datetime(2026, 4, 4, 15),
]
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
WINDOWS = st.builds(
    Window,
    days=st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple),
    start=TIMES,
    end=TIMES,
    zone=st.sampled_from(ZONES),
)
MOMENTS = st.builds(
    lambda change, minutes: change.replace(tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-180, 180) | st.integers(-3 * 1440, 3 * 1440),
)


def open_minutes(window: Window) -> set[int]:
    """The slow way to say a window: every minute of the week, from Monday 00:00,
    in which it is open.
    """
    first, last = (moment.hour * 60 + moment.minute for moment in (window.start, window.end))
    length = (last - first) % 1440 or 1440
    return {
        (day * 1440 + first + minute) % 10080 for day in window.days for minute in range(length)
    }


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(WINDOWS, min_size=1, max_size=2), MOMENTS)
@example([Window(SUNDAY, time(2), time(3), ROME)], datetime(2026, 3, 29, tzinfo=UTC))
@example([Window(SUNDAY, time(2, 30), time(3, 30), ROME)], datetime(2026, 3, 29, tzinfo=UTC))
@example(
    [Window(SUNDAY, time(1, 30), time(2, 30), ROME)], datetime(2026, 10, 25, minute=45, tzinfo=UTC)
)
@example(
    [Window(SUNDAY, time(0), time(0, 30), "America/Havana")],
    datetime(2026, 3, 7, 12, tzinfo=UTC),
)
def test_minute_by_minute(windows: list[Window], at: datetime) -> None:
    """Whether it is open, and when next, is what walking through the minutes finds."""
    weeks = [(ZoneInfo(window.zone), open_minutes(window)) for window in windows]

    def slowly(moment: datetime) -> bool:
        clocks = ((moment.astimezone(zone), minutes) for zone, minutes in weeks)
        return any(
            clock.weekday() * 1440 + clock.hour * 60 + clock.minute in minutes
            for clock, minutes in clocks
        )

    assert is_open(windows, at) is slowly(at)
    expected = next(
        moment for step in range(15 * 1440) if slowly(moment := at + timedelta(minutes=step))
    )
    opening = next_opening(windows, at)
    assert opening is not None
    assert opening.astimezone(UTC) == expected


def test_the_rule_names_the_hours_and_the_next_of_them() -> None:
    """Outside of every window, what this run takes down is one finding."""
    terms = {"windows": (NIGHT,)}
    at = rome("2026-11-28T12:00")
    finding = only(found("windows", terms, device("a", line=4), device("b", line=2), at=at))
    assert (finding.names, finding.line) == (("a", "b"), 2)
    assert (
        "a, b would be taken down at 2026-11-28T12:00+01:00, outside of every window"
        in finding.text
    )
    assert "allowed: mon-fri from 22:00 to 06:00 (Europe/Rome)" in finding.text
    assert "wait for the next one, at 2026-11-30T22:00+01:00" in finding.text


def test_the_rule_lets_pass_what_is_in_time_or_takes_nothing_down() -> None:
    """In the window, without windows, and for a device that is left alone or comes back."""
    terms = {"windows": (NIGHT,)}
    assert found("windows", terms, device("a"), at=rome("2026-11-23T23:00")) == []
    assert found("windows", {}, device("a")) == []
    assert found("windows", terms, device("a", takes_down=False), at=rome("2026-11-28T12:00")) == []


def test_a_machine_without_zone_data_never_says_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to install; UTC needs no data."""

    def nothing(name: str) -> ZoneInfo:
        raise KeyError(name)

    monkeypatch.setattr("classic_rescue.policy.openings.ZoneInfo", nothing)
    always = Window(DAILY, time(0), time(0), ROME)
    finding = only(found("windows", {"windows": (always,)}, device("a")))
    assert "whether a window is open cannot be told" in finding.text
    assert "no time zone data for 'Europe/Rome'" in finding.text
    assert "`tzdata`" in finding.text
    assert found("windows", {"windows": (always._replace(zone="UTC"),)}, device("a")) == []


@pytest.mark.parametrize("zone", ["Europe", "../../etc/passwd", "", "Mars/Olympus", "a\0b"])
def test_a_zone_that_is_none_is_missing_data(zone: str) -> None:
    """Folders, paths and nonsense end in the same sentence, not in an error of the library."""
    with pytest.raises(ZoneDataMissingError, match="no time zone data"):
        is_open([Window(DAILY, time(0), time(0), zone)], datetime(2026, 1, 1, tzinfo=UTC))
