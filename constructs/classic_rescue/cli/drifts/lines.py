"""The drift report with one line a device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.drifts.comparison import Line
from classic_rescue.cli.drifts.report import as_json
from classic_rescue.cli.drifts.words import MOODS, Verdict
from classic_rescue.cli.session.clocks import Clocks
from classic_rescue.cli.session.short import runs_in_short
from classic_rescue.cli.terminal import table
from classic_rescue.cli.terminal.moments import moment_in_short
from classic_rescue.cli.terminal.table import Column, show_table

CSV_COLUMNS = (
    *("name", "verdict", "is_drift", "declared", "recorded", "observed", "since", "evidence"),
    *("unproven", "user", "event", "at", "address", "device", "key", "text"),
)

_SHORT = {
    Verdict.FAILED: (str(Verdict.FAILED), "last failed"),
    Verdict.OVERDUE: (str(Verdict.OVERDUE), "overdue"),
}
"""Verdict → its forms, where it is long."""


def _since(line: Line) -> float:
    since = line.seen.since if line.seen else None
    return -(since.timestamp() if since else 0.0)


ORDERS: Mapping[str, Callable[[Line], int | float | str]] = {
    "urgency": lambda line: list(Verdict).index(line.verdict),
    "name": lambda line: line.name.casefold(),
    "since": _since,
}
"""What may stand first."""


def show_lines(lines: Sequence[Line], clocks: Clocks, *, is_wide: bool) -> None:
    """Print the table; nothing where there is no device."""
    columns = [
        Column("name", least=8, is_name=True),
        Column("verdict", least=8, has_forms=True),
        Column("file", least=9, is_name=True, may_go=True),
        Column("runs", least=9, is_name=True, may_go=True),
        Column(f"since ({clocks.zone})", may_go=True),
        Column("evidence", least=9, has_forms=True, may_go=True),
    ]
    if is_wide:
        columns += [Column(title) for title in ("record", "address", "device", "in words")]
    rows = [_line(line, clocks, is_wide=is_wide) for line in lines]
    if rows:
        show_table(columns, rows, is_wide=is_wide)


def _line(line: Line, clocks: Clocks, *, is_wide: bool) -> table.Line:
    seen = line.seen
    since = seen.since if seen else None
    cells = (
        line.name,
        _SHORT.get(line.verdict, str(line.verdict)),
        str(line.declared or ""),
        runs_in_short(seen),
        moment_in_short(since, clocks.service) if since else "",
    )
    mood = MOODS[line.verdict]
    if not is_wide:
        return table.Line((*cells, line.short), mood)
    more = (
        seen.evidence if seen else "",
        str(line.recorded or ""),
        line.address,
        str(line.device or line.key),
        line.text,
    )
    return table.Line((*cells, *more), mood)


def as_rows(lines: Iterable[Line]) -> Iterable[dict[str, object]]:
    """The lines as CSV has them; the columns are `CSV_COLUMNS`."""
    for line in lines:
        event = line.event
        who = {"user": event.by, "event": event.name, "at": clock_time(event.at)} if event else {}
        yield {**as_json(line), **who}
