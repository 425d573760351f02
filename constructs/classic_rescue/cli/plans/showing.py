"""A review on a terminal, as a report, and as an exit code: the same for `review`, `plan`, `apply`,
`deploy` and `destroy`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from classic_rescue.cli.terminal.failures import DRIFT, ERROR, REFUSED, RESTARTS
from classic_rescue.cli.terminal.output import Record, say, say_wrapped, show_records

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.review.changes import Change
    from classic_rescue.review.review import Review

COLUMNS = ("name", "what happens", "why", "away", "address", "device")


def report(module: str, review: Review) -> str:
    """The text that a module of `review/reports` makes of a review."""
    text = importlib.import_module(f"classic_rescue.review.reports.{module}").text(review)
    assert isinstance(text, str)  # noqa: S101 our own modules; this tells the type checker
    return text


def show_review(review: Review, *, err: bool) -> None:
    """Print the review: the details first, so that what counts stands last, next to the prompt."""
    from classic_rescue.review.words import (
        banner,
        base_words,
        headline,
        missing_words,
        place_words,
        quiet_words,
    )

    if review.shown:
        show_records(COLUMNS, _records(review.shown), err=err)
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


def _records(changes: Iterable[Change]) -> list[Record]:
    from classic_rescue.review.words import downtime_words, effect_words, why_words

    def record(change: Change) -> Record:
        values = (
            change.name,
            effect_words(change),
            why_words(change),
            downtime_words(change),
            change.address,
            change.key,
        )
        return Record(values, "bad" if change.is_loud else "")

    return [record(change) for change in changes]


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
