"""What is known of a device, in a few words: for a table with one line a device.

Nothing here is cut out of a sentence, since what is left may say something else. Each form is made
of the facts, is true by itself, and says less, not otherwise, than the longer one before it.
"""

from __future__ import annotations

from datetime import datetime

from classic_rescue.api.devices import LookupFailedError
from classic_rescue.api.errors import ApiError, Denied, NotFound, Unreadable
from classic_rescue.boot.evidence import COMPLETE, Observation, events_in, told_by
from classic_rescue.boot.facts import Facts, Transaction
from classic_rescue.boot.overdue import so_far, under_way_s
from classic_rescue.boot.states import BootState
from classic_rescue.boot.testimony import Heard
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.outage import is_outage
from classic_rescue.cli.terminal.moments import age
from classic_rescue.cli.terminal.table import Mood

Forms = tuple[str, ...]

NOT_FOUND: Forms = ("not found, or no access", "not found")
"""The service does not tell the one from the other."""

URGENCY = {
    "error": Mood.BAD,
    "OVERDUE": Mood.BAD,
    "DIFFERS": Mood.BAD,
    "UNKNOWN": Mood.DOUBTFUL,
    "NOT PROVEN": Mood.DOUBTFUL,
    "in motion": Mood.MOVING,
    "not in the fleet": Mood.NEUTRAL,
    "as desired": Mood.GOOD,
}
"""The verdicts of `Row`, what needs attention first, and what each means to a reader."""


def runs_in_short(seen: Observation | None) -> str:
    """What the device runs."""
    if seen is None:
        return "not read"
    if seen.in_motion:
        return "in motion"
    return "off" if seen.is_off else str(seen)


def row_in_short(row: Row) -> Forms:
    """How it is known what the device of a row runs, or why it is not."""
    if row.seen is None:
        return problem_in_short(row.problem)
    if row.overdue and row.seen.in_motion:
        return _overdue(row.seen.in_motion, row.at)
    return evidence_in_short(row.seen, row.facts, row.at)


def problem_in_short(problem: ApiError | None) -> Forms:
    """Why a device could not be read."""
    if isinstance(problem, LookupFailedError) and problem.matches > 1:
        return (f"{problem.matches} devices match",)
    if isinstance(problem, NotFound | LookupFailedError):
        return NOT_FOUND
    if is_outage(problem):
        return ("no usable answer of the API", "no answer")
    if isinstance(problem, Unreadable):
        return ("answer not understood",)
    return ("no permission",) if isinstance(problem, Denied) else ("could not be read", "not read")


def _overdue(moving: Transaction, now: datetime | None) -> Forms:
    so_far_s = under_way_s(moving, now)
    long = "" if so_far_s is None else f" for {age(so_far_s)}"
    return (f"far beyond the usual{long}", "far beyond usual")


def evidence_in_short(seen: Observation, facts: Facts | None, now: datetime | None) -> Forms:
    """How it is known what the device runs. `now` is the service's own time."""
    if seen.in_motion:
        return _moving(seen.in_motion, now)
    if seen.is_contradicted:
        key = f"{seen.testimony.protocol.key if seen.testimony else 'key'} of the OS"
        return (f"{key}, yet image mounted", "key of the OS")
    if seen.unproven:
        return _unproven(seen, facts)
    if seen.is_off:
        return _off(seen)
    if seen.requested_at:
        return ("requested, not seen as done", "not seen as done")
    told = seen.testimony
    if told and told.heard is Heard.OS_KEY and seen.state is BootState.OS:
        return (f"{told.protocol.key} of the OS", "key of the OS")
    forms = _trace(seen, facts)
    if told and told.heard is Heard.OTHER_KEY and seen.state is not BootState.UNKNOWN:
        return (f"{forms[0]}, another {told.protocol.key}", *forms)
    return forms


def _moving(moving: Transaction, now: datetime | None) -> Forms:
    name = moving.friendly or moving.status or moving.group
    so_far_s = under_way_s(moving, now)
    long = "" if so_far_s is None else f" for {age(so_far_s)}"
    under_way = f"under way{long}"
    named = f"{name} {under_way}" if name else under_way
    usual = so_far(moving, now).partition(", usually ")[2]
    return (*((f"{named}, usually {usual}",) if usual else ()), named, under_way)


def _unproven(seen: Observation, facts: Facts | None) -> Forms:
    told = seen.testimony
    if seen.unproven.startswith("proof is required"):
        why = "no key heard"
    elif seen.restart_at:
        why = "restart not seen"
    elif told and told.heard is Heard.OTHER_KEY:
        why = f"another {told.protocol.key}"
    elif facts and not facts.shows_restarts:
        why = "no event log"
    else:
        return ("not proven",)
    return (f"not proven: {why}", "not proven")


def _off(seen: Observation) -> Forms:
    told = seen.testimony
    if told and told.heard is Heard.OS_KEY:
        return ("powered off, yet the OS answers", "off, yet it answers")
    return ("powered off, image mounted", "powered off") if seen.image else ("powered off",)


def _trace(seen: Observation, facts: Facts | None) -> Forms:
    """The trace that decided, found again in the facts by the words that evidence has for it."""
    text = seen.evidence
    if seen.state is BootState.UNKNOWN:
        return ("cannot be told",)
    if seen.state is BootState.IMAGE:
        return ("image mounted",)
    if "it may be off" in text:
        return ("switched off, maybe still off", "maybe off")
    if text.startswith("no image is mounted any more"):
        return ("image no longer mounted", "no image")
    if text.startswith("no sign of rescue"):
        is_blind = facts is not None and not facts.shows_restarts
        none = "no sign of rescue"
        return (f"{none}, no event log", "no event log") if is_blind else (none,)
    last = facts.last if facts else None
    if last and last.status == COMPLETE and text.startswith(f"last transaction {last.id}: "):
        return (f"{last.group or last.friendly} complete", "transaction ended")
    for source, event in events_in(facts) if facts else ():
        if text.startswith(told_by(source, event)):
            by = (f"{event.name} by {event.by}",) if event.by else ()
            return (*by, event.name, source)
    return ("seen by a run of this machine", "seen by a run")
