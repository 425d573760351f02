"""How a run ended: computed once, told once, last. Table, JSON, last line and exit code are of one
value (docs/decisions/34-one-teller.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classic_rescue.cli.rollout.lines import CSV_COLUMNS, show_results
from classic_rescue.cli.rollout.results import COLUMNS, Outcome, Result, as_json, record
from classic_rescue.cli.session.outage import Outage
from classic_rescue.cli.terminal.csv_form import say_csv
from classic_rescue.cli.terminal.failures import DIFFERENT, ERROR, INTERRUPTED, UNCERTAIN
from classic_rescue.cli.terminal.options import Form
from classic_rescue.cli.terminal.output import (
    command_line,
    say,
    say_json,
    say_wrapped,
    show_records,
)
from classic_rescue.cli.terraform.error_words import unexplained

MOST_ROWS = 25
"""With more devices than this those that nothing was done to are only counted."""

MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One program of a run that has ended: what it was, its exit code (None: it never began),
    and its log.
    """

    what: str
    code: int | None
    log: Path


@dataclass(frozen=True, slots=True)
class Ending:
    """A run after its end. `results` are in order of urgency; `parts` are its programs.

    `outage` kept devices from being looked at; without `is_looked_at` nobody looked at any. `note`
    is one sentence more that counts. `is_mock_time`: what took how long is of a clock that is
    faster than ours.
    """

    verb: str
    run_again: str
    results: Sequence[Result]
    parts: Sequence[Part]
    outage: Outage | None = None
    is_interrupted: bool = False
    is_looked_at: bool = True
    note: str = ""
    is_mock_time: bool = False
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def failed(self) -> list[Part]:
        """The programs that failed, or never began."""
        return [part for part in self.parts if part.code != 0]

    @property
    def exit_code(self) -> int:
        """The worst of what happened."""
        found = {result.outcome for result in self.results}
        if self.is_interrupted:
            return INTERRUPTED
        if self.failed:
            return ERROR
        if found & {Outcome.NOT_AS_WANTED, Outcome.FAILED, Outcome.UNDER_WAY, Outcome.UNFINISHED}:
            return DIFFERENT
        is_uncertain = bool(found & {Outcome.UNPROVEN, Outcome.NOT_LOOKED_AT})
        return UNCERTAIN if is_uncertain or not self.is_looked_at else 0

    @property
    def word(self) -> str:
        """Its word for programs."""
        if self.is_interrupted:
            return "interrupted"
        return "failed" if self.failed else "done"

    @property
    def terraforms_words(self) -> list[str]:
        """What the programs said of failures that no hook has told, one a line."""
        if self.is_interrupted:
            return []
        told = [result.key for result in self.results if result.cause is not None]
        lines = []
        for part in self.failed:
            if part.code is None:
                lines.append(f"{part.what} did not begin")
            elif own := unexplained(part.log.read_text(encoding="utf-8", errors="replace"), told):
                lines += [f"{part.what} failed (exit code {part.code}):"]
                lines += own
        return lines

    @property
    def last_line(self) -> str:
        """What counts: how many devices ended how, who is in trouble, and where the rest stands."""
        counts = Counter(result.outcome for result in self.results)
        if not self.is_trouble and not counts[Outcome.CHANGED] + counts[Outcome.REPAIRED]:
            return "nothing was changed on any device"
        parts = [_counted(self.results, outcome) for outcome in Outcome if counts[outcome]]
        verb = f"{self.verb} was interrupted" if self.is_interrupted else self.verb
        text = f"{verb}: {', '.join(parts) or 'nothing was started'}"
        if self.is_interrupted:
            text += (
                f"; {self.run_again} to go on; `{command_line('status')}` shows what devices run"
            )
        logs = [short(part.log) for part in self.failed if part.code is not None]
        return text + (f". All that Terraform said: {', '.join(logs)}" if logs else "")

    @property
    def is_trouble(self) -> bool:
        """Whether anything went otherwise than it should."""
        are_quiet = not any(result.outcome.is_trouble for result in self.results)
        is_whole = self.is_looked_at and not self.is_interrupted
        return bool(self.failed) or not (are_quiet and is_whole)

    def show(self, form: Form) -> None:
        """Tell it, once."""
        if form is Form.JSON:
            return self._show_json()
        if form is Form.CSV:
            say_csv(CSV_COLUMNS, map(as_json, self.results))
            return self._show_last(err=True)
        return self._show_to_people(form)

    def _show_to_people(self, form: Form) -> None:
        """The devices, then the rest, and last the line that counts."""
        self._show_devices(form)
        for line in self.terraforms_words:
            say_wrapped(line, label="  ", err=True)
        self._show_last(err=self.is_trouble)

    def _show_json(self) -> None:
        """For programs, and for people beside it what counts."""
        say_json(
            {
                "result": self.word,
                "exit_code": self.exit_code,
                **self.about,
                "devices": [as_json(result) for result in self.results],
                "outage": str(self.outage) if self.outage else None,
                "note": self.note or None,
                "terraform": self.terraforms_words,
                "text": self.last_line,
            }
        )
        self._show_last(err=True)

    def _show_devices(self, form: Form) -> None:
        hidden = set(self.outage.names) if self.outage else set()
        shown = [
            result
            for result in self.results
            if result.outcome is not Outcome.NOT_LOOKED_AT or result.name not in hidden
        ]
        if len(shown) > MOST_ROWS:
            shown = [result for result in shown if result.outcome is not Outcome.UNCHANGED]
        if not shown:
            return
        err = self.is_interrupted
        say(err=err)
        clock = "mock" if self.is_mock_time else ""
        if form is Form.LONG:
            show_records(COLUMNS, [record(result, clock) for result in shown], err=err)
        else:
            show_results(shown, clock=clock, is_wide=form is Form.WIDE, err=err)

    def _show_last(self, *, err: bool) -> None:
        if self.outage:
            say_wrapped(str(self.outage), err=err)
        if self.note:
            say_wrapped(self.note, err=err)
        say_wrapped(self.last_line, err=err)


def _counted(results: Sequence[Result], outcome: Outcome) -> str:
    """How many ended so; who, where they are few and in trouble."""
    names = [result.name for result in results if result.outcome is outcome]
    named = f" ({', '.join(names)})" if outcome.is_trouble and len(names) <= MOST_NAMES else ""
    return f"{len(names)} {outcome.value.casefold()}{named}"


def short(path: Path) -> str:
    """The path as seen from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
