"""A review on a terminal, as a report, and as an exit code: the same for `review`, `plan`, `apply`,
`deploy` and `destroy`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from classic_rescue.cli.plans.lines import show_changes, start_of
from classic_rescue.cli.terminal.failures import DRIFT, ERROR, REFUSED, RESTARTS
from classic_rescue.cli.terminal.options import Form
from classic_rescue.cli.terminal.output import say, say_line, say_wrapped

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.review.changes import Change
    from classic_rescue.review.review import Review


def report(module: str, review: Review) -> str:
    """The text that a module of `review/reports` makes of a review."""
    text = importlib.import_module(f"classic_rescue.review.reports.{module}").text(review)
    assert isinstance(text, str)  # noqa: S101 our own modules; this tells the type checker
    return text


def show_review(review: Review, *, err: bool, form: Form = Form.LONG) -> None:
    """Print the review: the details first, so that what counts stands last, next to the prompt."""
    from classic_rescue.review.words import (
        banner,
        base_words,
        headline,
        missing_words,
        place_words,
        quiet_words,
    )

    if form is Form.LONG or form.is_for_programs:
        for change in review.shown:
            say_line(_line(change), is_loud=change.is_loud, err=err)
    else:
        show_changes(review, is_wide=form is Form.WIDE, err=err)
    if quiet := quiet_words(review):
        say(quiet, err=err)
    for problem in review.problems:
        say_wrapped(f"classic-rescue: {problem}", err=True)
    for finding in review.findings:
        place = f" {review.fleet_source}:{finding.line}" if finding.line else ""
        label = "overridden" if review.break_glass else "refused"
        say_wrapped(f"{label}: {finding.rule}{place}: {finding.text}", err=err)
    guards = [] if review.problems else [place_words(review), *base_words(review)]
    for line in (*guards, missing_words(review), banner(review), headline(review)):
        if line:
            say_wrapped(line, err=err)


def _line(change: Change) -> str:
    """One device: its name, from where to where it restarts, what happens and for how long, why,
    and who it is.
    """
    from classic_rescue.review.changes import Restart
    from classic_rescue.review.prediction import TO_OS
    from classic_rescue.review.words import downtime_words, effect_words, why_words

    back = f" → {TO_OS}" if change.comes_back else ""
    way = "" if change.restart is Restart.NO else f"{start_of(change)} → {change.after}{back}: "
    what = ", ".join(filter(None, (effect_words(change), downtime_words(change))))
    who = f"{change.key} at {change.address}" if change.address else change.key
    return f"{change.name}: {way}{'; '.join(filter(None, (what, why_words(change), who)))}"


def exit_code(review: Review) -> int:
    """How a review ends."""
    from classic_rescue.review.review import Verdict

    return {
        Verdict.CLEAN: 0,
        Verdict.RESTARTS: RESTARTS,
        Verdict.REFUSED: REFUSED,
        Verdict.UNSEEN: ERROR,
        Verdict.DRIFT: DRIFT,
        Verdict.NOT_UNDERSTOOD: ERROR,
    }[review.verdict]
