"""Who is told of what this command does, and what there is to tell of devices that were looked at.

Nobody is told in a pull request, where the fleet file is somebody's proposal, nor of a rehearsal on
the offline mock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from classic_rescue.api.settings import is_loopback
from classic_rescue.boot import environment
from classic_rescue.boot.channels import Channel, Kind
from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.states import BootState
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.hidden import all_hidden
from classic_rescue.cli.terminal.output import own_command, say_wrapped
from classic_rescue.hook import journal
from classic_rescue.hook.device_files import device_files
from classic_rescue.hook.report import clean
from classic_rescue.notify.events import Event, Message
from classic_rescue.notify.memory import Memory, store_of
from classic_rescue.notify.sending import Surroundings, Told, send
from classic_rescue.notify.teller import FINISH_S, Item, Settled, Teller

if TYPE_CHECKING:
    from classic_rescue.fleet import DeviceEntry, Fleet

AHEAD = timedelta(minutes=30)
"""So long before its `until` a device that is still down is told of, and so long after it again."""


class Telling:
    """One command's way to tell somebody. `runs_commands`: also by programs that the fleet file
    names.
    """

    def __init__(self, session: Session, verb: str, *, runs_commands: bool = False) -> None:
        self._entries = {entry.order.device.key: entry for entry in session.fleet.devices}
        self.channels = channels_of(session, runs_commands=runs_commands)
        self._teller = Teller(
            self.channels,
            memory_of(session) if self.channels else None,
            sender(session),
            about=about(session, verb),
            run=run_words(session, verb),
        )
        self.opened = session.opened
        self.command = own_command()

    def entry(self, key: str) -> DeviceEntry | None:
        """What the fleet file says of a device."""
        return self._entries.get(key)

    def tell(self, *events: Item) -> None:
        """Tell these, without any secret. Returns at once."""
        self._teller.tell(*(self._cleaned(event) for event in events))

    def _cleaned(self, event: Item) -> Item:
        if not isinstance(event, Event):
            return event
        secrets = all_hidden()
        return event.cleaned(lambda text: clean(text, secrets))

    def end(self) -> None:
        """Nothing more comes. Returns at once."""
        self._teller.end()

    def say_warnings(self, clock: Callable[[], float], *, longest_s: float = FINISH_S) -> None:
        """Wait some seconds for what is on its way, and say what went wrong."""
        for text in self._teller.warnings(clock, longest_s):
            say_wrapped(f"note: {text}", err=True)


def channels_of(session: Session, *, runs_commands: bool) -> list[Channel]:
    """The channels that this command may use."""
    connection = session.connection
    if connection.is_embedded_mock or is_pull_request(connection.environ):
        return []
    return [channel for channel in session.fleet.notify if runs_commands or not channel.command]


def is_pull_request(environ: Mapping[str, str]) -> bool:
    """Whether a CI system runs this for a proposal."""
    event = environ.get(environment.GITHUB_EVENT_NAME, "")
    return event.startswith("pull_request") or bool(environ.get(environment.GITLAB_REQUEST))


def memory_of(session: Session) -> Memory:
    """What was told before, by whichever run."""
    connection = session.connection
    files = device_files(connection.environ, connection.settings.endpoint)
    return Memory(store_of(connection.environ), files.account, session.opened)


def sender(session: Session) -> Callable[[Channel, Message], Told]:
    """How a message goes out."""
    folder = os.path.dirname(os.path.abspath(session.fleet.source))
    around = Surroundings(session.connection.environ, folder)
    return lambda channel, message: send(channel, message, around)


def about(session: Session, verb: str) -> str:
    """One line that says where a message comes from."""
    words = run_words(session, verb)
    rehearsal = "rehearsal on a mock: " if is_loopback(session.connection.settings.endpoint) else ""
    link = f", {words['url']}" if words["url"] else ""
    text = f"({rehearsal}classic-rescue {verb} of {words['fleet']}, by {words['by']}{link})"
    return clean(text, all_hidden())


def run_words(session: Session, verb: str) -> dict[str, str | None]:
    """The same, for programs."""
    environ = session.connection.environ
    return {
        "command": verb,
        "fleet": clean(os.path.basename(session.fleet.source), all_hidden()),
        "endpoint": session.connection.settings.endpoint,
        "by": clean(journal.ci_actor(environ) or journal.os_user(), all_hidden()),
        "url": journal.ci_url(environ),
    }


def overdue_events(
    telling: Telling, seen: Iterable[tuple[str, Observation | None]], now: datetime
) -> Iterator[Event]:
    """For devices by their keys: whose time is nearly over, or is over, and who is down."""
    for key, found in seen:
        entry = telling.entry(key)
        is_down = found is not None and found.state in (BootState.RESCUE, BootState.IMAGE)
        if entry is None or entry.until is None or not is_down:
            continue
        left = entry.until - now
        limit = clock_time(entry.until)
        if timedelta(0) < left <= AHEAD:
            text = f"its `until`, {limit}, passes in {duration(left.total_seconds())}, and it is"
            text += f" still in {found}"
            begin = f"{limit} soon"
        elif left <= -AHEAD:
            text = f"its `until`, {limit}, passed {duration(-left.total_seconds())} ago, and it is"
            text += f" still in {found}"
            begin = f"{limit} late"
        else:
            continue
        yield event_of(telling, entry, Kind.OVERDUE, text, begin=begin, at=now)


def nearly_over(fleet: Fleet, now: datetime) -> list[str]:
    """The keys of the devices that `overdue_events` is about before their time is over."""
    return [
        entry.order.device.key
        for entry in fleet.devices
        if entry.until and timedelta(0) < entry.until - now <= AHEAD
    ]


class Drift(NamedTuple):
    """A device that was looked at. `text` says how it has drifted; empty: it has not."""

    key: str
    seen: Observation | None
    text: str


def drift_events(telling: Telling, found: Iterable[Drift], now: datetime) -> Iterator[Item]:
    """What to tell of these: each drift once, until the device is as declared again."""
    for drift in found:
        entry = telling.entry(drift.key)
        if entry is None or drift.seen is None:
            continue
        if not drift.text:
            yield Settled(drift.key)
            continue
        since = clock_time(drift.seen.since) if drift.seen.since else "some time"
        begin = f"{drift.seen} since {since}"
        yield event_of(telling, entry, Kind.DRIFT, drift.text, begin=begin, at=now)


def event_of(
    telling: Telling, entry: DeviceEntry, kind: Kind, text: str, *, begin: str, at: datetime
) -> Event:
    """An event of a device of the fleet."""
    return Event(
        kind,
        text,
        at,
        name=entry.order.name,
        key=entry.order.device.key,
        begin=begin,
        until=entry.until,
        tags=entry.tags,
        access=f"{telling.command} access {entry.order.name}",
    )


def tell_all(telling: Telling, events: Iterable[Item], clock: Callable[[], float]) -> None:
    """Tell these, and wait some seconds for it."""
    telling.tell(*events)
    telling.say_warnings(clock)
