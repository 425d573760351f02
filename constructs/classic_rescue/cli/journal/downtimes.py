"""Time spent down, for people: what the journal tells of the past, what is observed now,
and what is planned.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classic_rescue.boot import environment
from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.states import BootState
from classic_rescue.cli.journal.file import read_journal
from classic_rescue.cli.session.clocks import Clocks
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import plain_columns, say, say_wrapped
from classic_rescue.hook import journal
from classic_rescue.review.runs import downtimes
from classic_rescue.review.timeline import Span, bar, frame_of, marks_for

SHOWN_AGE = timedelta(days=7)
MOST_BARS = 20
BAR_WIDTH = 32
WORDS_WIDTH = 24
"""Beside a bar the words get at least so much; otherwise they stand above it."""


@dataclass(frozen=True, slots=True)
class Downtime:
    """One device: its spans in order of time, the last one without an end while it is down.

    `until` ends that one; `until_is_known`: the fleet file was asked for it.
    """

    name: str
    spans: tuple[Span, ...]
    until: datetime | None = None
    until_is_known: bool = True

    @property
    def since(self) -> datetime | None:
        """Since when it is down; None for a device that is up."""
        return self.spans[-1].start if self.spans and self.spans[-1].end is None else None

    def seconds(self, now: datetime) -> float:
        """How long it was down in all, as far as is remembered."""
        return sum(
            max(0.0, ((span.end or now) - span.start).total_seconds()) for span in self.spans
        )

    def down_s(self, now: datetime) -> float | None:
        """For how long it is down by now; None for a device that is up."""
        return None if self.since is None else max(0.0, (now - self.since).total_seconds())

    def words(self, now: datetime) -> str:
        """How long, and how long it will go on."""
        down_s = self.down_s(now)
        if self.since is None or down_s is None:
            return f"was down for {duration(self.seconds(now))}"
        text = f"down since {clock_time(self.since)}, {duration(down_s)}"
        if self.until is None:
            return f"{text}, no end given" if self.until_is_known else text
        limit = clock_time(self.until)
        if self.until > now:
            return f"{text}, until {limit}"
        return f"{text}; its time limit, {limit}, is over: deploy"

    def drawn(self, now: datetime) -> tuple[Span, ...]:
        """The spans for a bar: what goes on ends where that is planned."""
        end = self.until if self.until and self.until > now else None
        return (*self.spans[:-1], Span(self.since, end)) if self.since else self.spans


def of_rows(rows: Sequence[Row], session: Session, clocks: Clocks) -> dict[str, Downtime]:
    """The downtime of each observed device that has any, by its key in the fleet."""
    now = clocks.service
    past = {
        device: tuple(map(clocks.span, spans))
        for device, spans in _past(session, clocks.here).items()
    }
    untils = {
        entry.order.device.key: (clocks.limit(entry.until), entry.until)
        for entry in session.fleet.devices
    }
    found = {}
    for row in rows:
        key = row.target.order.device.key
        spans = past.get(row.device.key if row.device else key, past.get(key, ()))
        if row.seen:
            spans = with_observed(spans, row.seen, now)
        if spans:
            limit, declared = untils.get(key, (None, None))
            is_known = limit == declared
            found[key] = Downtime(row.target.name, spans, limit, until_is_known=is_known)
    return found


def _past(session: Session, now: datetime) -> dict[str, tuple[Span, ...]]:
    """What the journal tells. One that cannot be read is said, and leaves the present to tell."""
    place = session.connection.environ.get(environment.JOURNAL, journal.OFF)
    if place == journal.OFF:
        return {}
    try:
        reading = read_journal(place, journal.key_of(place, os.environ), since=now - SHOWN_AGE)
    except Failure as problem:
        say(f"note: {problem.message}", err=True)
        return {}
    return downtimes(reading.runs)


def with_observed(spans: Sequence[Span], seen: Observation, now: datetime) -> tuple[Span, ...]:
    """The spans, set right by what is observed: somebody may have acted past the hook,
    and the device knows better.
    """
    *before, last = spans or (Span(now, now),)
    since = min(seen.since, now) if seen.since else now
    if seen.state in (BootState.RESCUE, BootState.IMAGE):
        return tuple(spans) if spans and last.end is None else (*spans, Span(since, None))
    if seen.state is BootState.OS and spans and last.end is None:
        return (*before, Span(last.start, since)) if since > last.start else tuple(before)
    return tuple(spans)


def show_downtimes(found: Sequence[Downtime], now: datetime, *, frame: Span | None = None) -> None:
    """A bar a device, the longest downtime first; nothing where no device has any."""
    if not found:
        return
    ordered = sorted(
        found, key=lambda device: (device.since is None, -device.seconds(now), device.name)
    )
    shown = ordered[:MOST_BARS]
    drawn_spans = [span for device in shown for span in device.drawn(now)]
    edges = frame or frame_of(drawn_spans, now, SHOWN_AGE)
    marks = marks_for(sys.stdout.encoding)
    width = max(len(device.name) for device in shown)
    say()
    say_wrapped(
        f"Out of the operating system ({marks.down} was, {marks.planned} is planned to be,"
        f" {marks.now} now), from {clock_time(edges.start)} to {clock_time(edges.end or now)}:"
    )
    for device in shown:
        drawn = bar(device.drawn(now), edges, now, width=BAR_WIDTH, marks=marks)
        label = f"  {device.name:<{width}}  {drawn}  "
        if len(label) + WORDS_WIDTH <= plain_columns():
            say_wrapped(device.words(now), label=label)
        else:
            say_wrapped(f"{device.name}: {device.words(now)}", label="  ")
            say(f"    {drawn}")
    if len(ordered) > len(shown):
        say(f"  and {len(ordered) - len(shown)} devices more")
