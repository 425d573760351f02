"""Downtime as pictures: a Mermaid gantt for Markdown, and a bar of characters for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MOST_ROWS = 30
"""More sections than this fill several screens, and nobody reads them."""

_OPEN_END = timedelta(hours=1)
_MOST_CHARACTERS = 60
_KEPT_MARKS = frozenset(" -_./()@+")


class Span(NamedTuple):
    """A time from `start` to `end`; None: it has not ended, or no end is known."""

    start: datetime
    end: datetime | None


class Outage(NamedTuple):
    """What one device will go through.

    It restarts at `start`, which usually takes `usual_s` seconds. `state` is what it is in
    afterwards, such as `rescue` or `image x.iso`, up to `until` (None: no end is given); empty for
    a device that is back in its operating system.
    """

    name: str
    start: datetime
    usual_s: float
    state: str = ""
    until: datetime | None = None

    @property
    def is_up_at(self) -> datetime:
        """When the restart is usually over."""
        return self.start + timedelta(seconds=max(self.usual_s, 1.0))


def mermaid_gantt(outages: Iterable[Outage], most: int = MOST_ROWS) -> str:
    """The planned downtime as a Mermaid diagram, to be put into a fenced block of the language
    `mermaid`.

    One section a device in the given order, all times in UTC; a bar for the restart, one for the
    state after it. Above `most` devices the rest is only counted. Empty without any. Names are
    shown with `_` for each character that Mermaid, Markdown or HTML could take for syntax, so
    nothing in them can break the picture or its block.
    """
    rows = list(outages)
    if not rows:
        return ""
    shown = rows[:most]
    end = _horizon(shown)
    is_short = end - min(row.start for row in shown) < timedelta(hours=20)
    counted = f", {len(shown)} of {len(rows)} devices" if len(rows) > len(shown) else ""
    lines = [
        "gantt",
        f"    title Planned downtime{counted} (UTC)",
        "    dateFormat YYYY-MM-DDTHH:mm:ss",
        f"    axisFormat {'%H:%M' if is_short else '%m-%d %H:%M'}",
        "    todayMarker off",
    ]
    for row in shown:
        lines += _section(row, end)
    return "\n".join(lines) + "\n"


def _horizon(rows: Sequence[Outage]) -> datetime:
    """The right edge: the last end that is known, and room for the bars that have none."""
    ends = [max(row.until or row.is_up_at, row.is_up_at) for row in rows]
    is_open = any(row.state and row.until is None for row in rows)
    first = min(row.start for row in rows)
    last = max(ends)
    return last + max(_OPEN_END, (last - first) / 4) if is_open else last


def _section(row: Outage, end: datetime) -> list[str]:
    lines = [
        f"    section {plain(row.name)}",
        f"    restarts :crit, {_stamp(row.start)}, {_stamp(row.is_up_at)}",
    ]
    if row.state:
        open_end = "" if row.until else ", no end given"
        begin = _stamp(row.is_up_at)
        until = _stamp(row.until or end)
        if until > begin:
            lines.append(f"    in {plain(row.state)}{open_end} :active, {begin}, {until}")
    return lines


def plain(text: str) -> str:
    """At most 60 characters of a text, with `_` for each that is no letter, digit,
    space and none of `-_./()@+`.
    """
    kept = "".join(
        mark if mark.isalnum() or mark in _KEPT_MARKS else "_" for mark in text[:_MOST_CHARACTERS]
    )
    return kept.strip() or "_"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Marks(NamedTuple):
    """The characters of a bar."""

    down: str
    planned: str
    up: str
    now: str


UNICODE_MARKS = Marks("█", "▒", "─", "│")
ASCII_MARKS = Marks("#", "=", "-", "|")


def marks_for(encoding: str | None) -> Marks:
    """The characters that a terminal of this encoding can show."""
    try:
        "".join(UNICODE_MARKS).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII_MARKS
    return UNICODE_MARKS


def frame_of(spans: Iterable[Span], now: datetime, longest: timedelta = timedelta(days=7)) -> Span:
    """The time that the bars of several devices share: all of their spans,
    at most `longest` before and after now.
    """
    known = list(spans)
    first = min([now - _OPEN_END, *(span.start for span in known)])
    last = max([now + _OPEN_END, *(span.end for span in known if span.end)])
    return Span(max(first, now - longest), min(last, now + longest))


def bar(
    spans: Iterable[Span],
    frame: Span,
    now: datetime,
    *,
    width: int = 40,
    marks: Marks = UNICODE_MARKS,
) -> str:
    """One device's time in one line of `width` characters:
    down, planned to be down, up, and where now is.

    The left edge is `frame.start`, the right one `frame.end`. A downtime is never too short to be
    seen. A span without an end goes on to the right edge.
    """
    begin = frame.start
    end = frame.end or now
    columns = width - 1
    slot = max((end - begin) / columns, timedelta(seconds=1))
    where = min(max(int((now - begin) / slot), 0), columns)
    known = list(spans)
    drawn = []
    for column in range(columns):
        left = begin + column * slot
        is_down = any(
            span.start < left + slot and (span.end is None or span.end > left) for span in known
        )
        mark_if_down = marks.planned if column >= where else marks.down
        drawn.append(mark_if_down if is_down else marks.up)
    return "".join((*drawn[:where], marks.now, *drawn[where:]))
