"""From facts to the observed boot state, with the evidence for it.

No API field says that a device is in rescue (`classic-api.md` 3.2). So the signs are put in order
of time, the last one counts, and what cannot be told is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from classic_rescue.boot.facts import Event, Facts, Power, Transaction
from classic_rescue.boot.labels import LABELS, Label, Meaning, label_of, meaning_of
from classic_rescue.boot.states import BootState, Goal

COMPLETE = "COMPLETE"
"""Status of a transaction that ended well (recorded: softlayer-cli fixture getObject-124929698)."""

_TAKES_MINUTES = (Meaning.RESCUE, Meaning.IMAGE, Meaning.UNLOAD)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Sign(NamedTuple):
    """One trace that tells what a device runs since `at`;
    without `is_proof` only that this was requested.
    """

    meaning: Meaning
    at: datetime
    text: str
    is_proof: bool = True


class Observation(NamedTuple):
    """The observed state and how it is known.

    `in_motion` is the transaction under way; `requested_at` is when something was requested that no
    ended transaction shows yet. `unproven` says why it cannot be known whether `state` is right;
    empty where it is proven.
    """

    state: BootState
    evidence: str
    since: datetime | None = None
    image: str = ""
    image_id: int | None = None
    in_motion: Transaction | None = None
    is_off: bool = False
    requested_at: datetime | None = None
    unproven: str = ""

    def satisfies(self, goal: Goal) -> bool:
        """Whether the device is in the desired state, and nothing is under way."""
        if self.in_motion or self.state is not goal.state:
            return False
        return goal.state is not BootState.IMAGE or goal.image in (self.image, self.image_id)

    def __str__(self) -> str:
        """Say the state in an operator's words."""
        return f"image {self.image}" if self.state is BootState.IMAGE else str(self.state)


def observe(
    facts: Facts, *, seen: Iterable[Sign] = (), labels: Iterable[Label] = LABELS
) -> Observation:
    """What the device runs, from all evidence. `seen` are signs of this process's own actions."""
    if facts.active:
        return Observation(
            BootState.UNKNOWN,
            f"{facts.active} is under way",
            facts.active.created,
            in_motion=facts.active,
        )
    signs = sorted([*signs_in(facts, labels), *seen], key=lambda sign: sign.at)
    last = signs[-1] if signs else None
    if facts.power is Power.HALTED:
        return Observation(
            BootState.UNKNOWN,
            "powered off",
            is_off=True,
            image=facts.mounted.name if facts.mounted else "",
        )
    if last and not last.is_proof and not (facts.mounted and last.meaning is Meaning.IMAGE):
        return _requested(facts, last)
    if facts.mounted:
        return _with_image(facts, last)
    return _without_image(facts, last)


def _requested(facts: Facts, last: Sign) -> Observation:
    text = f"{last.text}: requested, but no transaction shows that it was done"
    mounted = facts.mounted
    return Observation(
        BootState.UNKNOWN,
        text,
        since=last.at,
        image=mounted.name if mounted else "",
        image_id=mounted.id if mounted else None,
        requested_at=last.at,
    )


def _with_image(facts: Facts, last: Sign | None) -> Observation:
    image = facts.mounted
    assert image is not None  # noqa: S101 the only caller checked it; this tells the type checker
    if last and last.meaning in (Meaning.RESTART, Meaning.RESCUE):
        text = f"image {image.name} is mounted, but later: {last.text}"
        return Observation(
            BootState.UNKNOWN, text, since=last.at, image=image.name, image_id=image.id
        )
    return Observation(
        BootState.IMAGE,
        f"image {image.name} is mounted",
        since=last.at if last else None,
        image=image.name,
        image_id=image.id,
    )


def _without_image(facts: Facts, last: Sign | None) -> Observation:
    unseen = (
        "" if facts.events is not None else "; later restarts cannot be seen without the event log"
    )
    if last is None:
        return Observation(BootState.OS, "no sign of rescue or of a mounted image" + unseen)
    if last.meaning is Meaning.RESCUE:
        return Observation(BootState.RESCUE, last.text + unseen, last.at)
    if last.meaning is Meaning.UNCLEAR:
        return Observation(BootState.UNKNOWN, last.text, last.at)
    if last.meaning is Meaning.IMAGE:
        return Observation(BootState.OS, f"no image is mounted any more ({last.text})", last.at)
    # No field tells whether bare metal is switched on (softlayer-python issue 1088).
    is_maybe_off = last.meaning is Meaning.OFF and facts.power is None
    return Observation(
        BootState.OS,
        last.text + ("; no start is seen since: it may be off" if is_maybe_off else ""),
        last.at,
    )


def signs_in(facts: Facts, labels: Iterable[Label] = LABELS) -> list[Sign]:
    """Every trace in the facts that has a meaning.

    The transaction comes first: its times are whole seconds, so of two equal times the event's is
    the later one.
    """
    labels = tuple(labels)
    ended = transaction_sign(facts.last, labels) if facts.last else None
    return [
        sign
        for sign in (
            ended,
            *(_event_sign(event, source, labels) for source, event in _events(facts)),
        )
        if sign
    ]


def _events(facts: Facts) -> list[tuple[str, Event]]:
    return [
        *(("event log", event) for event in facts.events or ()),
        *(("remote management", event) for event in facts.commands),
        *(("transaction history", event) for event in facts.history),
    ]


def _event_sign(event: Event, source: str, labels: tuple[Label, ...]) -> Sign | None:
    label = label_of([event.name], labels)
    if label is None:
        return None
    by = f" by {event.by}" if event.by else ""
    # The event log tells when a boot was asked for. Restarts are done with that; a rescue or image
    # boot takes minutes.
    is_request = (
        source == "event log" and label.meaning in _TAKES_MINUTES and not label.is_configured
    )
    return Sign(
        label.meaning,
        event.at,
        f"{source}: {event.name}{by} at {clock_time(event.at)}",
        not is_request,
    )


def transaction_sign(transaction: Transaction, labels: Iterable[Label] = LABELS) -> Sign | None:
    """What an ended transaction tells.

    One that did not end as COMPLETE leaves it unclear what the device runs.
    """
    meaning = meaning_of([transaction.group, transaction.status, transaction.friendly], labels)
    if meaning is None:
        return None
    at = transaction.modified or transaction.created or _LONG_AGO
    name = transaction.group or transaction.friendly
    if transaction.status != COMPLETE:
        return Sign(
            Meaning.UNCLEAR,
            at,
            f"{transaction} of group {name!r} ended as {transaction.status or 'nothing'}",
        )
    return Sign(
        meaning, at, f"last transaction {transaction.id}: {name}, complete at {clock_time(at)}"
    )


def clock_time(at: datetime) -> str:
    """A moment in UTC, to the second: `2026-11-23T01:02:03Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
