"""What happened to one device, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from classic_rescue.boot.channels import Channel, Kind
from classic_rescue.boot.evidence import clock_time
from classic_rescue.policy.groups import first_match

MOST_LINES = 40
"""A message for people names so many devices at most; the others are counted."""

MOST_TEXT = 600
"""How many signs one event may take in a message."""

ENDINGS = frozenset({Kind.RESCUE, Kind.BACK, Kind.REPAIRED})
"""With these what began with a request is over."""

_WORDS = {
    Kind.OVERDUE: "over its time",
    Kind.FAILED: "failed",
    Kind.POLICY_SET_ASIDE: "policy set aside",
    Kind.REPAIR_ENDED: "repair ended otherwise",
    Kind.DRIFT: "drifted",
    Kind.DOWN: "went down",
    Kind.RESCUE: "in rescue or on an image",
    Kind.REPAIRED: "repaired",
    Kind.BACK: "back",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one device; `name` and `key` are empty for one of the whole fleet.

    `begin` tells which deed it belongs to: two events of one kind, device and begin are one, and
    are told once. Without it that is the request that was told of last and has not ended; where
    there is none, `otherwise`, and without that nobody is told. `text` is a sentence without the
    name. `access` is the command that shows how to log in.
    """

    kind: Kind
    text: str
    at: datetime
    name: str = ""
    key: str = ""
    begin: str = ""
    otherwise: str = ""
    address: str = ""
    access: str = ""
    until: datetime | None = None
    tags: frozenset[str] = frozenset()

    @property
    def line(self) -> str:
        """It, in one line."""
        text = f"{self.name}: {self.text}" if self.name else self.text
        return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"

    def goes_to(self, channel: Channel) -> bool:
        """Whether this channel takes it. What is about the whole fleet goes to all devices'."""
        if self.kind not in channel.events:
            return False
        if not (channel.devices or channel.tags) or not self.key:
            return True
        is_named = first_match(channel.devices, self.name) is not None
        return is_named or not channel.tags.isdisjoint(self.tags)

    def cleaned(self, clean: Callable[[str], str]) -> Event:
        """Without what no text that goes out may hold."""
        return replace(
            self,
            text=clean(self.text),
            name=clean(self.name),
            address=clean(self.address),
            access=clean(self.access),
        )

    def as_json(self) -> dict[str, object]:
        """It, for programs."""
        return {
            "event": str(self.kind),
            "name": self.name or None,
            "key": self.key or None,
            "time": clock_time(self.at),
            "text": self.text,
            "address": self.address or None,
            "access": self.access or None,
            "until": clock_time(self.until) if self.until else None,
        }


@dataclass(frozen=True, slots=True)
class Message:
    """What one channel is told at once. `about` says in a line where this comes from,
    `heading` what it is where the events do not.
    """

    events: Sequence[Event]
    about: str = ""
    run: Mapping[str, str | None] | None = None
    heading: str = ""

    @property
    def title(self) -> str:
        """All of it in one line."""
        if self.heading:
            return self.heading
        if len(self.events) == 1:
            event = self.events[0]
            name = f"{event.name}: " if event.name else ""
            return f"{name}{_WORDS[event.kind]}"
        counts = Counter(event.kind for event in self.events)
        told = ", ".join(f"{counts[kind]} {_WORDS[kind]}" for kind in Kind if counts[kind])
        return f"{len(self.events)} events: {told}"

    @property
    def lines(self) -> list[str]:
        """Each event, the most urgent first, and where they come from."""
        order = list(Kind)
        ordered = sorted(self.events, key=lambda event: order.index(event.kind))
        lines = [event.line for event in ordered[:MOST_LINES]]
        if len(ordered) > len(lines):
            lines.append(f"and {len(ordered) - len(lines)} more")
        return [*lines, *filter(None, [self.about])]

    def as_json(self) -> dict[str, object]:
        """All of it, for programs."""
        return {
            "schema_version": 1,
            "title": self.title,
            "run": dict(self.run or {}),
            "events": [event.as_json() for event in self.events],
        }
