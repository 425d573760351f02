"""What a run would do to each device, before it starts: observed beside wanted,
and what is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from classic_rescue.boot import limits
from classic_rescue.boot.transitions import ACTIONS, actions_to
from classic_rescue.cli.session.observed import Row, outage_in
from classic_rescue.cli.terminal.output import Record, say, say_wrapped, show_records
from classic_rescue.hook.report import duration

COLUMNS = ("name", "now", "wanted", "what it takes", "evidence", "device")


def show_plan(
    rows: Sequence[Row],
    repaired: Collection[str] = (),
    *,
    warnings: Mapping[str, str] = MappingProxyType({}),
    is_destroy: bool = False,
    err: bool,
) -> None:
    """Say what differs, what is sent to it, and by key what a person must be warned of.

    `repaired`: the keys of those that are repaired of drift.
    """
    differing = [row for row in rows if not row.has_left]
    if not differing:
        are = "run their operating system already, or are off" if is_destroy else "are as wanted"
        say(f"all {len(rows)} devices of the fleet file {are}", err=err)
        return
    doubtful = sum(row.is_uncertain for row in differing)
    unknown = f"; of {doubtful} nobody can tell" if doubtful else ""
    sure = len(differing) - doubtful
    what = "go back to their operating system" if is_destroy else "are not as wanted"
    text = f"{sure} of {len(rows)} devices of the fleet file {what}{unknown}:"
    say(text, err=err)
    outage, told = outage_in(differing)
    records = [_record(row, repaired, warnings) for row in told]
    if records:
        show_records(COLUMNS, records, err=err)
    if outage:
        say_wrapped(str(outage), err=err)


def show_caution(*, is_destroy: bool, err: bool) -> None:
    """Say what the table cannot know: what Terraform's state holds."""
    if is_destroy:
        text = "Every device that was ever deployed from here goes back to its operating system."
    else:
        text = (
            "Devices taken out of the file since the last deploy go back to their operating system,"
            " too. A device whose wanted state Terraform has on record already is left alone,"
            " unless this says that it is repaired."
        )
    say_wrapped(text, err=err)


def _record(row: Row, repaired: Collection[str], warnings: Mapping[str, str]) -> Record:
    now = str(row.seen) if row.seen else "not readable"
    wanted = str(row.target.desired or "")
    device = str(row.device or row.target.order.device.key)
    takes = what_it_takes(row)
    if warning := warnings.get(row.target.order.device.key):
        takes = warning if warning.startswith("its hook") else f"{takes}; {warning}"
    if row.target.order.device.key in repaired:
        takes = f"repair of drift; {takes}"
    return Record((row.target.name, now, wanted, takes, row.evidence, device), "bad")


def what_it_takes(row: Row) -> str:
    """The requests that bring the device to its goal, and how long they usually take."""
    if row.facts is None or row.seen is None or row.target.desired is None:
        return "its hook will fail where it cannot be read"
    if row.seen.in_motion:
        return f"waits for {row.seen.in_motion}, then looks again"
    if row.seen.unproven and row.seems_there:
        return "its hook looks again: whether it is where it must be is not known"
    try:
        actions = actions_to(row.target.desired, row.facts.kind, row.seen)
    except ValueError as problem:
        return f"its hook will refuse: {problem}"
    if refusals := limits.rescue_limits(row.facts, row.target.desired):
        return f"its hook will refuse: {'; '.join(refusals)}"
    usual_s = sum(ACTIONS[row.facts.kind, action].usual_s for action in actions)
    doubt = "; what it runs now is not proven" if row.seen.unproven else ""
    return f"REBOOTS: {', then '.join(actions)}; usually {duration(usual_s)}{doubt}"
