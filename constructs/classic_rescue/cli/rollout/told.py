"""What hooks tell of themselves, as events for people who are elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from classic_rescue.boot.channels import Kind
from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.labels import Meaning
from classic_rescue.boot.states import BootState
from classic_rescue.boot.transitions import ACTIONS
from classic_rescue.cli.session.telling import Telling
from classic_rescue.hook.exits import Exit
from classic_rescue.notify.events import Event
from classic_rescue.notify.teller import Mark

if TYPE_CHECKING:
    from classic_rescue.cli.terraform.hook_events import HookEvent
    from classic_rescue.policy.terms import BreakGlass

TAKES_DOWN = frozenset(
    str(action)
    for (_, action), row in ACTIONS.items()
    if row.means in (Meaning.RESCUE, Meaning.IMAGE)
)
"""The requests after which a device is away from its operating system."""

SHOWS_ACCEPTED = frozenset({"wait", "done", "reached", "repair"})
"""The steps that come after a request only where it was accepted."""

SHOWS_REFUSED = frozenset({"busy", "outage", "lockout"})
"""Those that come after one that was not: it is announced again where it is tried again."""

_QUIET = ("moved", "deleted")


@dataclass(slots=True)
class _Run:
    """One hook's device. `begin` is when its last request was announced, `has_sent` whether any was
    accepted, or may have been.
    """

    reason: str = ""
    action: str = ""
    begin: str = ""
    is_pending: bool = False
    has_sent: bool = False
    has_repair: bool = False


@dataclass(slots=True)
class HookTeller:
    """Takes what hooks tell, in order, and tells it on."""

    telling: Telling
    runs: dict[str, _Run] = field(default_factory=dict)

    def take(self, events: Sequence[HookEvent]) -> None:
        """Take these. Returns at once."""
        if not self.telling.channels:
            return
        for event in events:
            run = self.runs.setdefault(event.device, _Run())
            self.telling.tell(*self._told(event, run))

    def set_aside(self, glass: BreakGlass | None) -> None:
        """Tell that this run sets the policy aside: once a reason and day, or as long as the file
        does.
        """
        if glass:
            opened = self.telling.opened
            day = glass.until.isoformat() if glass.until else opened.date().isoformat()
            text = glass.loud()
            begin = f"{day} {glass.reason}"
            self.telling.tell(Event(Kind.POLICY_SET_ASIDE, text, opened, begin=begin))

    def _told(self, event: HookEvent, run: _Run) -> Iterator[Event | Mark]:
        if event.step == "start":
            run.reason = event.word("reason")
        elif event.step == "request":
            run.action = event.text.partition(":")[0]
            run.begin = event.time
            run.is_pending = True
        elif event.step in SHOWS_REFUSED:
            run.is_pending = False
        if event.step == "repair":
            run.has_repair = True
        if event.step in SHOWS_ACCEPTED and run.is_pending:
            yield from self._accepted(event, run)
        if event.step == "done":
            yield from self._done(event, run)
        elif event.step == "stopped":
            yield from self._stopped(event, run)

    def _accepted(self, event: HookEvent, run: _Run) -> Iterator[Event | Mark]:
        run.is_pending = False
        run.has_sent = True
        yield Mark(event.device, run.begin)
        if run.action in TAKES_DOWN:
            because = f"; reason: {run.reason}" if run.reason else ""
            text = f"goes down: {run.action} was accepted{because}{self._until(event.device)}"
            yield self._event(Kind.DOWN, event, run, text)

    def _done(self, event: HookEvent, run: _Run) -> Iterator[Event]:
        result = event.word("result")
        after = event.word("after")
        if result in _QUIET:
            return
        if result == "unproven":
            yield self._event(Kind.FAILED, event, run, event.text)
        elif result == "repaired":
            text = f"repaired, and runs {after}: {event.word('evidence')}"
            yield self._event(Kind.REPAIRED, event, run, text)
        elif after == BootState.OS:
            text = f"is back in its operating system: {event.word('evidence')}"
            yield self._event(Kind.BACK, event, run, text)
        elif after.startswith((BootState.RESCUE, BootState.IMAGE)):
            where = event.word("address") or "no address"
            command = f"{self.telling.command} access {event.name}"
            text = f"is in {after}, at {where}: `{command}` shows how to log in"
            yield self._event(Kind.RESCUE, event, run, f"{text}{self._until(event.device)}")

    def _stopped(self, event: HookEvent, run: _Run) -> Iterator[Event | Mark]:
        code = event.number("exit")
        if run.is_pending and code in (Exit.UNDER_WAY, Exit.FAILED, Exit.INTERRUPTED):
            run.is_pending = False
            run.has_sent = True
            yield Mark(event.device, run.begin)
        if code == Exit.INTERRUPTED and not run.has_sent:
            return  # somebody is there, and nothing was done
        entry = self.telling.entry(event.device)
        if entry and entry.until and entry.has_expired:
            begin = f"{clock_time(entry.until)} return"
            text = f"its return failed: {event.text}"
            yield self._event(Kind.OVERDUE, event, run, text, begin=begin)
            return
        kind = Kind.REPAIR_ENDED if run.has_repair else Kind.FAILED
        yield self._event(kind, event, run, event.text)

    def _event(
        self, kind: Kind, event: HookEvent, run: _Run, text: str, *, begin: str = ""
    ) -> Event:
        """Of this run's own request, or of one that a former run was telling of. Only what went
        wrong is told without any.
        """
        entry = self.telling.entry(event.device)
        is_bad = kind in (Kind.FAILED, Kind.REPAIR_ENDED)
        return Event(
            kind,
            text,
            _moment(event.time, self.telling.opened),
            name=event.name,
            key=event.device,
            begin=begin or (run.begin if run.has_sent else ""),
            otherwise=f"run {self.telling.opened.isoformat()}" if is_bad else "",
            address=event.word("address"),
            access=f"{self.telling.command} access {event.name}",
            until=entry.until if entry else None,
            tags=entry.tags if entry else frozenset(),
        )

    def _until(self, key: str) -> str:
        entry = self.telling.entry(key)
        if entry is None or entry.until is None or entry.has_expired:
            return ""
        return f"; until {clock_time(entry.until)}"


def _moment(text: str, otherwise: datetime) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return otherwise
