"""From facts to the observed boot state, with the evidence for it.

No API field says that a device is in rescue (`classic-api.md` 3.2). So the signs are put in order
of time, the last one counts, and what cannot be told is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from classic_rescue.boot.durations import duration
from classic_rescue.boot.facts import Event, Facts, Power, Transaction
from classic_rescue.boot.labels import LABELS, Label, Meaning, label_of, meaning_of
from classic_rescue.boot.states import BootState, Goal, Kind
from classic_rescue.boot.testimony import Testimony

COMPLETE = "COMPLETE"
"""Status of a transaction that ended well (recorded: softlayer-cli fixture getObject-124929698)."""

RESTART_S = {Kind.VIRTUAL_GUEST: 60, Kind.HARDWARE: 180}
"""How long a restart usually takes (assumed: the documentation names no duration)."""

_RESTARTS = (Meaning.RESTART, Meaning.START, Meaning.OFF)
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
    ended transaction shows yet. `unproven` says why the state is only believed; empty where there
    is proof. `restart_at` is when a restart was asked for that nothing shows yet.

    `testimony` is what the device itself said, where it was asked. `is_contradicted`: by that it
    does not run what the service says, and what it runs is known.
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
    restart_at: datetime | None = None
    testimony: Testimony | None = None
    is_contradicted: bool = False

    def satisfies(self, goal: Goal) -> bool:
        """Whether the device is in the desired state, and nothing is under way."""
        if self.in_motion or self.state is not goal.state:
            return False
        return goal.state is not BootState.IMAGE or goal.image in (self.image, self.image_id)

    def __str__(self) -> str:
        """Say the state in an operator's words."""
        return f"image {self.image}" if self.state is BootState.IMAGE else str(self.state)


def observe(
    facts: Facts,
    *,
    seen: Iterable[Sign] = (),
    labels: Iterable[Label] = LABELS,
    now: datetime | None = None,
) -> Observation:
    """What the device runs, from all evidence. `seen` are signs that the service does not keep:
    those of this process, and what earlier runs saw.

    With `now`, the service's own time, a restart that is younger than a restart usually takes
    leaves the state open.
    """
    if facts.active:
        return Observation(
            BootState.UNKNOWN,
            f"{facts.active} is under way",
            facts.active.created,
            in_motion=facts.active,
        )
    every = sorted([*signs_in(facts, labels), *seen], key=_order)
    signs = _without_idle_starts(every)
    last = signs[-1] if signs else None
    if facts.power is Power.HALTED:
        return Observation(
            BootState.UNKNOWN,
            "powered off",
            is_off=True,
            image=facts.mounted.name if facts.mounted else "",
        )
    if last and not last.is_proof and last.meaning in _RESTARTS and not facts.mounted:
        return _restarted(facts, signs, now)
    is_mounting = facts.mounted and last and last.meaning in (Meaning.IMAGE, *_RESTARTS)
    if last and not last.is_proof and not is_mounting:
        return _requested(facts, last)
    if facts.mounted:
        return _with_image(facts, last)
    found = _without_image(facts, last)
    if every[-1:] == signs[-1:] or found.state is not BootState.RESCUE:
        return found
    text = f"{found.evidence}; later {every[-1].text}, which starts only a device that is off"
    return found._replace(evidence=text, unproven=text)


def _without_idle_starts(signs: Sequence[Sign]) -> list[Sign]:
    """The signs without requests to start a device that nobody had switched off: a device that runs
    goes on as it was (assumed), so they are no restart.
    """
    kept: list[Sign] = []
    for sign in signs:
        before = next((one for one in reversed(kept) if one.meaning is not Meaning.START), None)
        was_off = before is not None and before.meaning is Meaning.OFF
        if sign.meaning is not Meaning.START or sign.is_proof or was_off:
            kept.append(sign)
    return kept


def _order(sign: Sign) -> tuple[datetime, bool]:
    """By time. What is seen has whole seconds: of the same one, what was requested counts as later,
    since its work may still come.
    """
    return sign.at, not sign.is_proof and sign.meaning not in _RESTARTS


def _restarted(facts: Facts, signs: Sequence[Sign], now: datetime | None) -> Observation:
    """A restart was asked for. It proves nothing by itself: what ran before decides.

    A system that ran before runs again either way. A rescue kernel may still run.
    """
    last = signs[-1]
    before = next(
        (sign for sign in reversed(signs) if sign.is_proof or sign.meaning not in _RESTARTS), None
    )
    if before is None or (before.is_proof and before.meaning in (*_RESTARTS, Meaning.UNLOAD)):
        return _without_image(facts, last)
    if before.is_proof and before.meaning is Meaning.IMAGE:
        return _without_image(facts, before)
    usual_s = RESTART_S[facts.kind]
    if now and (now - last.at).total_seconds() < usual_s:
        text = f"{last.text}: a restart was asked for, which usually takes {duration(usual_s)}"
        return Observation(
            BootState.UNKNOWN, text, last.at, requested_at=last.at, restart_at=last.at
        )
    text = f"{last.text}: the restart was asked for, nothing shows that it was done"
    if last.meaning is Meaning.OFF:
        text = f"{last.text}, and before that {before.text}" + _maybe_off(facts, last)
    return Observation(BootState.OS, text, last.at, unproven=text, restart_at=last.at)


def _maybe_off(facts: Facts, last: Sign) -> str:
    """No field tells whether bare metal is switched on (softlayer-python issue 1088)."""
    is_maybe_off = last.meaning is Meaning.OFF and facts.power is None
    return "; no start is seen since: it may be off" if is_maybe_off else ""


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
    if last and last.meaning in (Meaning.RESTART, Meaning.START, Meaning.RESCUE):
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
    unseen = "" if facts.shows_restarts else "later restarts cannot be seen without the event log"
    if last is None:
        text = "no sign of rescue or of a mounted image"
        return Observation(BootState.OS, "; ".join(filter(None, (text, unseen))))
    if last.meaning is Meaning.RESCUE:
        text = "; ".join(filter(None, (last.text, unseen)))
        return Observation(BootState.RESCUE, text, last.at, unproven=unseen and text)
    if last.meaning is Meaning.UNCLEAR:
        return Observation(BootState.UNKNOWN, last.text, last.at)
    if last.meaning is Meaning.IMAGE:
        return Observation(BootState.OS, f"no image is mounted any more ({last.text})", last.at)
    return Observation(BootState.OS, last.text + _maybe_off(facts, last), last.at)


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
            *(_event_sign(event, source, labels) for source, event in events_in(facts)),
        )
        if sign
    ]


def events_in(facts: Facts) -> list[tuple[str, Event]]:
    """Every event of the facts, with what tells of it."""
    return [
        *(("event log", event) for event in facts.events or ()),
        *(("remote management", event) for event in facts.commands or ()),
        *(("transaction history", event) for event in facts.history),
    ]


def told_by(source: str, event: Event) -> str:
    """How evidence names an event."""
    by = f" by {event.by}" if event.by else ""
    return f"{source}: {event.name}{by} at {clock_time(event.at)}"


def _event_sign(event: Event, source: str, labels: tuple[Label, ...]) -> Sign | None:
    label = label_of([event.name], labels)
    if label is None:
        return None
    # Both tell that a request was accepted, not that it was done.
    is_request = source != "transaction history" and not label.is_configured
    return Sign(label.meaning, event.at, told_by(source, event), not is_request)


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
