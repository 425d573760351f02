"""What a run has done to each device: the end of deploy and destroy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.terminal.output import Record, own_command
from classic_rescue.cli.terraform.hook_events import DeviceProgress, HookEvent
from classic_rescue.hook.report import duration

COLUMNS = ("name", "result", "from", "to", "evidence", "took", "address", "to log in")


@dataclass(frozen=True, slots=True)
class Result:
    """One device after a run.

    `result` is changed, unchanged, moved, deleted, failed or unfinished.
    """

    name: str
    key: str
    result: str
    before: str = ""
    after: str = ""
    evidence: str = ""
    took_s: float | None = None
    address: str = ""
    is_in_fleet: bool = True

    @property
    def access(self) -> str:
        """The command that shows how to log in;
        a device that is not in the fleet is named by its key.
        """
        if self.result == "deleted":
            return ""
        return f"{own_command()} access {self.name if self.is_in_fleet else self.key}"


def results_of(rows: Sequence[Row], devices: Mapping[str, DeviceProgress]) -> list[Result]:
    """A result for every device of the fleet,
    then for those that a hook released because they left it.
    """
    of_fleet = [_of_row(row, devices.get(row.target.order.device.key)) for row in rows]
    keys = {row.target.order.device.key for row in rows}
    return of_fleet + [
        replace(_of_hook(device), is_in_fleet=False)
        for key, device in devices.items()
        if key not in keys
    ]


def _of_row(row: Row, device: DeviceProgress | None) -> Result:
    name = row.target.name
    if device:
        # The hook of a removal knows the name of the last deploy.
        return replace(_of_hook(device), name=name)
    result = Result(name, row.target.order.device.key, "unchanged")
    if row.seen is None:
        return replace(result, evidence=row.error)
    return replace(result, after=str(row.seen), evidence=row.seen.evidence, address=row.address)


def _of_hook(device: DeviceProgress) -> Result:
    end = device.outcome
    if end is None:
        return Result(device.name, device.key, "unfinished", evidence=device.last.text)
    if end.step == "stopped":
        return Result(
            device.name, device.key, "failed", _seen_first(device.events), evidence=end.text
        )
    is_changed = end.word("result") == "changed"
    return Result(
        name=device.name,
        key=device.key,
        result=end.word("result") or "done",
        before=end.word("before") if is_changed else "",
        after=end.word("after"),
        evidence=end.word("evidence") or end.text,
        took_s=end.number("took_s") if is_changed else None,
        address=end.word("address"),
    )


def _seen_first(events: Sequence[HookEvent]) -> str:
    return next((event.word("state") for event in events if event.step == "look"), "")


def record(result: Result) -> Record:
    """A result for people; the columns are `COLUMNS`."""
    values = (
        result.name,
        result.result,
        result.before,
        result.after,
        result.evidence,
        duration(result.took_s) if result.took_s is not None else "",
        result.address,
        result.access,
    )
    return Record(values, "bad" if result.result in ("failed", "unfinished") else "good")


def as_json(result: Result) -> dict[str, object]:
    """A result for programs."""
    return {
        "name": result.name,
        "key": result.key,
        "result": result.result,
        "before": result.before or None,
        "after": result.after or None,
        "evidence": result.evidence or None,
        "took_s": result.took_s,
        "address": result.address or None,
        "access": result.access or None,
    }
