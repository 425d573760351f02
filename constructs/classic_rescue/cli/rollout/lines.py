"""The results of a run with one line a device."""

from __future__ import annotations

from collections.abc import Sequence

from classic_rescue.boot.states import BootState
from classic_rescue.cli.rollout.results import Outcome, Result
from classic_rescue.cli.terminal.footnotes import Footnotes
from classic_rescue.cli.terminal.moments import age
from classic_rescue.cli.terminal.output import command_line, say_wrapped
from classic_rescue.cli.terminal.table import Column, Line, Mood, show_table

CSV_COLUMNS = (
    *("name", "result", "before", "after", "took_s", "evidence", "to_do", "address", "access"),
    "key",
)

_MOODS = {
    Outcome.UNDER_WAY: Mood.MOVING,
    Outcome.UNFINISHED: Mood.BAD,
    Outcome.FAILED: Mood.BAD,
    Outcome.NOT_AS_WANTED: Mood.BAD,
    Outcome.UNPROVEN: Mood.DOUBTFUL,
    Outcome.NOT_LOOKED_AT: Mood.DOUBTFUL,
}
_NOTHING_DONE = (Outcome.UNCHANGED, Outcome.DELETED, Outcome.MOVED, Outcome.NOT_LOOKED_AT)


def show_results(results: Sequence[Result], *, clock: str, is_wide: bool, err: bool) -> None:
    """Print the table; below it what somebody must know of devices in trouble, each sentence once.

    `clock` says whose time it is that things took, empty for the usual one.
    """
    columns = [
        Column("name", least=8, is_name=True),
        Column("result", may_go=True),
        Column("from", least=7, is_name=True, may_go=True),
        Column("to", least=7, is_name=True, may_go=True),
        Column(f"took ({clock})" if clock else "took", may_go=True),
        Column("evidence", least=8, has_forms=True),
        Column("address", may_go=True),
    ]
    if is_wide:
        columns += [Column("what to do"), Column("to log in")]
    notes = Footnotes()
    show_table(
        columns,
        [_line(result, notes, is_wide=is_wide) for result in results],
        is_wide=is_wide,
        err=err,
    )
    notes.show(rest=f"`{command_line('status', '--long')}` shows what devices run", err=err)
    if not is_wide and (hint := _to_log_in(results)):
        say_wrapped(hint, err=err)


def _line(result: Result, notes: Footnotes, *, is_wide: bool) -> Line:
    cells = (
        result.name,
        result.outcome.value,
        result.before,
        result.after,
        age(result.took_s) if result.took_s is not None else "",
    )
    mood = _MOODS.get(result.outcome, Mood.GOOD)
    if is_wide:
        return Line((*cells, result.evidence, result.address, result.todo, result.access), mood)
    told = filter(None, (result.evidence, result.todo))
    evidence = notes.marks(told) if result.outcome.is_trouble else result.short
    return Line((*cells, evidence, result.address), mood)


def _to_log_in(results: Sequence[Result]) -> str:
    """The command for a device that something was done to, and that is not back in its operating
    system; for several, with a place for the name.
    """
    changed = [
        result for result in results if result.outcome not in _NOTHING_DONE and not _is_back(result)
    ]
    if not changed:
        return ""
    own = changed[0].access if len(changed) == 1 else command_line("access", "NAME")
    return f"`{own}` shows how to log in"


def _is_back(result: Result) -> bool:
    return result.outcome is Outcome.CHANGED and result.after == BootState.OS
