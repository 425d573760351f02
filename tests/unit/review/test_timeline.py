"""Pictures of downtime: characters and Mermaid."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.review.timeline import (
    ASCII_MARKS,
    UNICODE_MARKS,
    Outage,
    Span,
    bar,
    frame_of,
    marks_for,
    mermaid_gantt,
    plain,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31), timezones=st.just(UTC))

LINES = (
    re.compile(r"gantt"),
    re.compile(r"    title Planned downtime(, \d+ of \d+ devices)? \(UTC\)"),
    re.compile(r"    dateFormat YYYY-MM-DDTHH:mm:ss"),
    re.compile(r"    axisFormat %[\w:% -]+"),
    re.compile(r"    todayMarker off"),
    re.compile(r"    section [^:;#`<>|\\\n%]+"),
    re.compile(
        r"    [^:;#`<>|\\\n%]+ :(crit|active), \d{4}-\d\d-\d\dT[\d:]{8}, \d{4}-\d\d-\d\dT[\d:]{8}"
    ),
)


def test_a_rescue_is_a_restart_and_what_comes_after() -> None:
    """A section with two bars: the usual time of the restart,
    then the state up to its time limit.
    """
    outages = [
        Outage("web-1", NOW, 300, "rescue", until=NOW + 2 * HOUR),
        Outage("db-1", NOW, 180),
    ]
    assert mermaid_gantt(outages) == (
        "gantt\n"
        "    title Planned downtime (UTC)\n"
        "    dateFormat YYYY-MM-DDTHH:mm:ss\n"
        "    axisFormat %H:%M\n"
        "    todayMarker off\n"
        "    section web-1\n"
        "    restarts :crit, 2026-11-24T10:00:00, 2026-11-24T10:05:00\n"
        "    in rescue :active, 2026-11-24T10:05:00, 2026-11-24T12:00:00\n"
        "    section db-1\n"
        "    restarts :crit, 2026-11-24T10:00:00, 2026-11-24T10:03:00\n"
    )


def test_no_end_is_said() -> None:
    """A rescue without `until` runs to the edge of the picture,
    and its bar says that no end is given.
    """
    text = mermaid_gantt([Outage("web-1", NOW, 300, "image a.iso")])
    assert (
        "    in image a.iso, no end given :active, 2026-11-24T10:05:00, 2026-11-24T11:05:00\n"
        in text
    )


def test_days_need_dates() -> None:
    """A picture of more than a day has the date on its axis."""
    assert "axisFormat %m-%d %H:%M" in mermaid_gantt(
        [Outage("web-1", NOW, 300, "rescue", until=NOW + 72 * HOUR)]
    )


def test_many_devices_are_counted() -> None:
    """Thirty are drawn; the title says of how many."""
    text = mermaid_gantt([Outage(f"web-{number}", NOW, 300) for number in range(10_000)])
    assert text.count("section ") == 30
    assert "title Planned downtime, 30 of 10000 devices (UTC)" in text


def test_nothing_to_draw_is_no_picture() -> None:
    """An empty gantt would be drawn as an empty box."""
    assert mermaid_gantt([]) == ""


def test_names_cannot_speak_mermaid() -> None:
    """What is syntax to Mermaid, Markdown or HTML becomes `_`; letters of all languages stay."""
    assert plain("a:b;c#d,e\\f`g<script>%%\n") == "a_b_c_d_e_f_g_script____"
    assert plain("größe-1.例え (x@y)") == "größe-1.例え (x@y)"
    assert plain("\x1b") == "_"
    assert plain("") == "_"


@given(
    st.lists(
        st.builds(
            Outage,
            name=st.text(),
            start=MOMENTS,
            usual_s=st.floats(0, 1e6),
            state=st.text(max_size=20),
            until=st.none() | MOMENTS,
        )
    )
)
def test_every_picture_keeps_to_the_lines_of_a_gantt(outages: list[Outage]) -> None:
    """Whatever names and times: only known lines come out, and every bar ends after it begins."""
    lines = mermaid_gantt(outages).splitlines()
    for line in lines:
        assert any(form.fullmatch(line) for form in LINES), line
    for begin, end in (
        line.rsplit(", ", 2)[1:] for line in lines if ":active" in line or ":crit" in line
    ):
        assert begin < end


def test_a_bar_shows_past_now_and_planned() -> None:
    """Down before now, planned to be down after it, up in between."""
    spans = [Span(NOW - 8 * HOUR, NOW - 6 * HOUR), Span(NOW - 2 * HOUR, NOW + 4 * HOUR)]
    frame = Span(NOW - 10 * HOUR, NOW + 10 * HOUR)
    assert bar(spans, frame, NOW, width=21) == "──██────██│▒▒▒▒──────"
    assert bar(spans, frame, NOW, width=21, marks=ASCII_MARKS) == "--##----##|====------"


def test_a_short_downtime_is_seen() -> None:
    """Five minutes in a week still make a mark."""
    spans = [Span(NOW - 100 * HOUR, NOW - 100 * HOUR + timedelta(minutes=5))]
    assert bar(spans, Span(NOW - 168 * HOUR, NOW + HOUR), NOW).count("█") == 1


def test_a_downtime_without_end_reaches_the_edge() -> None:
    """Nobody said when it ends."""
    assert (
        bar([Span(NOW - HOUR, None)], Span(NOW - 2 * HOUR, NOW + 2 * HOUR), NOW, width=5) == "─█│▒▒"
    )


@given(
    st.lists(st.builds(Span, MOMENTS, st.none() | MOMENTS)),
    st.integers(2, 200),
    MOMENTS,
    st.booleans(),
)
def test_a_bar_has_its_width(spans: list[Span], width: int, now: datetime, is_ascii: bool) -> None:
    """Bars stand below each other, so each is exactly as wide as asked for,
    with one mark for now.
    """
    marks = ASCII_MARKS if is_ascii else UNICODE_MARKS
    drawn = bar(spans, frame_of(spans, now), now, width=width, marks=marks)
    assert len(drawn) == width
    assert drawn.count(marks.now) == 1


def test_a_frame_holds_all_spans_of_a_week() -> None:
    """The bars of one table share their edges; what is further away than a week is cut off."""
    spans = [Span(NOW - 3 * HOUR, NOW - 2 * HOUR), Span(NOW - HOUR, NOW + 5 * HOUR)]
    assert frame_of(spans, NOW) == (NOW - 3 * HOUR, NOW + 5 * HOUR)
    assert frame_of([], NOW) == (NOW - HOUR, NOW + HOUR)
    year = [Span(NOW - 9000 * HOUR, NOW + 9000 * HOUR)]
    assert frame_of(year, NOW) == (NOW - timedelta(days=7), NOW + timedelta(days=7))


@pytest.mark.parametrize(
    ("encoding", "marks"),
    [
        ("utf-8", UNICODE_MARKS),
        ("ascii", ASCII_MARKS),
        ("latin-1", ASCII_MARKS),
        (None, ASCII_MARKS),
        ("x", ASCII_MARKS),
    ],
)
def test_marks_suit_the_terminal(encoding: str | None, marks: object) -> None:
    """A terminal that cannot show blocks gets ASCII."""
    assert marks_for(encoding) == marks
