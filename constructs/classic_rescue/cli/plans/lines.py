"""A plan's review with one line a device, and below it why, each sentence once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from classic_rescue.cli.terminal.csv_form import say_csv
from classic_rescue.cli.terminal.footnotes import Footnotes
from classic_rescue.cli.terminal.moments import age
from classic_rescue.cli.terminal.options import Form
from classic_rescue.cli.terminal.output import say_json
from classic_rescue.cli.terminal.table import Column, Line, Mood, show_table

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.review.changes import Change
    from classic_rescue.review.review import Review

CSV_COLUMNS = (
    *("name", "restarts", "from", "to", "usual_s", "effect", "why", "text", "why_text", "reason"),
    *("until", "drifted", "in_motion", "unseen", "warning", "address", "stack", "device", "key"),
)


def say_for_programs(json_report: str, form: Form) -> None:
    """Print the review as JSON, or its devices as CSV."""
    review = json.loads(json_report)
    if form is Form.CSV:
        return say_csv(CSV_COLUMNS, review["devices"])
    return say_json(review)


def show_changes(review: Review, *, is_wide: bool, err: bool) -> None:
    """Print the table of all devices of which there is something to say, and every sentence: who
    agrees to a plan must not have to look for one.
    """
    columns = [
        Column("name", least=8, is_name=True),
        Column("from", least=9, is_name=True, may_go=True),
        Column("to", least=9, is_name=True, may_go=True),
        Column("restarts"),
        Column("usually", may_go=True),
        Column("why"),
    ]
    if is_wide:
        columns += [Column("address"), Column("device")]
    notes = Footnotes()
    lines = [_line(change, notes, is_wide=is_wide) for change in review.shown]
    if lines:
        show_table(columns, lines, is_wide=is_wide, err=err)
        notes.show(err=err)


def _line(change: Change, notes: Footnotes, *, is_wide: bool) -> Line:
    from classic_rescue.review.prediction import TO_OS

    back = f" → {TO_OS}" if change.comes_back else ""
    why = _why(change)
    cells = (
        change.name,
        start_of(change),
        f"{change.after}{back}",
        {"yes": "yes", "may": "maybe", "no": "no"}[change.restart.name.lower()],
        age(change.usual_s) if change.usual_s else "",
        why if is_wide else notes.marks([why]),
    )
    more = (change.address, change.device or change.key) if is_wide else ()
    return Line((*cells, *more), _mood(change))


def start_of(change: Change) -> str:
    """Where it is now: as it was seen, else by Terraform's record."""
    if change.observed:
        return "off" if change.observed.is_off else str(change.observed)
    return str(change.before or "not deployed yet")


def _why(change: Change) -> str:
    """What happens and why, without what is only of this device."""
    from classic_rescue.review.words import effect_words, script_time_words, why_words

    parts = (effect_words(change) + script_time_words(change), why_words(change))
    return "; ".join(part for part in parts if part)


def _mood(change: Change) -> Mood:
    if change.is_in_motion:
        return Mood.MOVING
    if change.restart.name == "MAY" and not change.unseen:
        return Mood.DOUBTFUL
    return Mood.BAD if change.is_loud else Mood.NEUTRAL
