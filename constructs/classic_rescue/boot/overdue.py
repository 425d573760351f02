"""A transaction that is under way far beyond the usual: the rule, and the sentence that says it.

Nobody documents when IBM looks at such a device by itself, so the sentence says whom to ask and
what they need to know.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.facts import Transaction
from classic_rescue.boot.labels import LABELS, Label, Meaning, meaning_of
from classic_rescue.boot.transitions import ACTIONS

TIMES_USUAL = 4
"""The service's averages are means of widely spread times: twice as long happens every day."""

NEVER_BEFORE_S = 30 * 60
"""What usually takes seconds may wait in a queue; before this nobody needs to be called."""

WITHOUT_USUAL_S = 4 * 3600
"""For work of which neither the service nor our table tells a usual time, such as a reload."""

_BOOTS = (Meaning.RESCUE, Meaning.IMAGE, Meaning.UNLOAD)


def usual_s(transaction: Transaction, labels: Iterable[Label] = LABELS) -> float | None:
    """How long it usually takes, in seconds: the service's own average, else that of our table for
    the boots that we know; None where neither tells.
    """
    if transaction.usual_s:
        return transaction.usual_s
    names = [transaction.group, transaction.status, transaction.friendly]
    meaning = meaning_of(names, labels)
    known = [row.usual_s for row in ACTIONS.values() if row.means is meaning]
    return float(max(known)) if meaning in _BOOTS else None


def under_way_s(transaction: Transaction, now: datetime | None) -> float | None:
    """For how long it is under way, in seconds; None where that cannot be told.

    `now` is the service's own time.
    """
    if now is None or transaction.created is None:
        return None
    return max(0.0, (now - transaction.created).total_seconds())


def is_overdue(
    transaction: Transaction, now: datetime | None, labels: Iterable[Label] = LABELS
) -> bool:
    """Whether it is under way far beyond the usual."""
    so_far_s = under_way_s(transaction, now)
    usual = usual_s(transaction, labels)
    limit_s = WITHOUT_USUAL_S if usual is None else max(TIMES_USUAL * usual, NEVER_BEFORE_S)
    return so_far_s is not None and so_far_s > limit_s


def so_far(transaction: Transaction, now: datetime | None, labels: Iterable[Label] = LABELS) -> str:
    """How long so far and usually: `4 h so far, usually 5 min`; empty where neither is known."""
    so_far_s = under_way_s(transaction, now)
    usual = usual_s(transaction, labels)
    parts = [] if so_far_s is None else [f"{duration(so_far_s)} so far"]
    if usual is not None:
        parts.append(f"usually {duration(usual)}")
    elif parts:
        parts.append("its usual time is not known")
    return ", ".join(parts)


def overdue(
    transaction: Transaction,
    now: datetime | None,
    *,
    device: str,
    labels: Iterable[Label] = LABELS,
) -> str | None:
    """What to say of a transaction that is under way far beyond the usual, and what to do about
    it; None for one that is not, or of which that cannot be told.

    `now` is the service's own time, `device` its kind and id for the case with IBM.
    """
    if transaction.created is None or not is_overdue(transaction, now, labels):
        return None
    since = clock_time(transaction.created)
    called = {"group": transaction.group, "status": transaction.status}
    named = "".join(f", {word} {name}" for word, name in called.items() if name)
    return (
        f"{transaction} is far beyond the usual: {so_far(transaction, now, labels)}. It may be"
        f" stuck: open a case with IBM and put in it: {device}, transaction"
        f" {transaction.id}{named}, under way since {since}"
    )
