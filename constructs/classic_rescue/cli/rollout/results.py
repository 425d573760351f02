"""What a run has done to each device: its hook's last word beside the last look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.short import Forms, row_in_short
from classic_rescue.cli.terminal.output import Record, command_line
from classic_rescue.cli.terraform.hook_events import DeviceProgress, HookEvent
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.report import duration

COLUMNS = (
    "name",
    "result",
    "from",
    "to",
    "evidence",
    "what to do",
    "took",
    "address",
    "to log in",
)

Repair = Literal["deploy", "plan"]


class Outcome(StrEnum):
    """How a run ended for one device, the most urgent first."""

    UNDER_WAY = "under way"
    UNFINISHED = "unfinished"
    FAILED = "failed"
    NOT_AS_WANTED = "NOT AS WANTED"
    UNPROVEN = "unproven"
    NOT_LOOKED_AT = "not looked at"
    REPAIRED = "repaired"
    CHANGED = "changed"
    MOVED = "moved"
    DELETED = "deleted"
    UNCHANGED = "unchanged"

    @property
    def word(self) -> str:
        """Its word for programs."""
        return self.casefold().replace(" ", "_")

    @property
    def is_trouble(self) -> bool:
        """Whether somebody must look into it."""
        return self in _TROUBLES


_TROUBLES = frozenset(list(Outcome)[: list(Outcome).index(Outcome.REPAIRED)])
_OF_HOOK = {outcome.word: outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Result:
    """One device after a run. `cause` is the hook's exit code where it stopped; `short` is the
    evidence in a few words, in forms, the longest first.
    """

    name: str
    key: str
    outcome: Outcome
    before: str = ""
    after: str = ""
    evidence: str = ""
    todo: str = ""
    took_s: float | None = None
    address: str = ""
    is_in_fleet: bool = True
    cause: int | None = None
    short: Forms = ("seen by its hook",)

    @property
    def access(self) -> str:
        """The command that shows how to log in;
        a device that is not in the fleet is named by its key.
        """
        if self.outcome is Outcome.DELETED:
            return ""
        return command_line("access", self.name if self.is_in_fleet else self.key)


def results_of(
    rows: Sequence[Row],
    devices: Mapping[str, DeviceProgress],
    *,
    names: Mapping[str, str] = MappingProxyType({}),
    is_destroy: bool = False,
    run_again: str = "run again",
    repair: Repair = "deploy",
) -> list[Result]:
    """A result for every device of the fleet and for those that a hook released because they left
    it: the most urgent first, else in the order of the file.

    `names`: key → name in the fleet file, which counts where nobody looked at the devices again.
    `repair` is our command that takes up what has drifted, with --reconcile.
    """
    found = [
        _in_short(_of_row(row, devices.get(row.target.order.device.key), is_destroy), row)
        for row in rows
    ]
    keys = {row.target.order.device.key for row in rows}
    found += [
        replace(_of_hook(device), name=names.get(key, device.name), is_in_fleet=key in names)
        for key, device in devices.items()
        if key not in keys
    ]
    advised = [
        replace(
            result, todo=advice(result, is_destroy=is_destroy, run_again=run_again, repair=repair)
        )
        for result in found
    ]
    order = list(Outcome)
    return sorted(advised, key=lambda result: order.index(result.outcome))


def _in_short(result: Result, row: Row) -> Result:
    is_seen = row.seen is not None or result.outcome is Outcome.NOT_LOOKED_AT
    return replace(result, short=row_in_short(row)) if is_seen else result


def _of_row(row: Row, device: DeviceProgress | None, is_destroy: bool) -> Result:
    name = row.target.name
    if device is None:
        untouched = Result(name, row.target.order.device.key, Outcome.UNCHANGED)
        if row.seen is None:
            return replace(untouched, outcome=Outcome.NOT_LOOKED_AT, evidence=row.error)
        return _as_seen(
            replace(untouched, after=str(row.seen), evidence=row.evidence, address=row.address),
            row,
            is_destroy,
        )
    # The hook of a removal knows the name of the last deploy.
    result = replace(_of_hook(device), name=name)
    # Its evidence is seconds or minutes old, and stands where nobody could look again.
    if row.seen is None:
        return result
    if result.outcome in (Outcome.UNDER_WAY, Outcome.UNFINISHED) or result.cause == _UNREACHABLE:
        # What the hook could not see any more, the last look may.
        now = f"{result.evidence}. Seen now: {row.seen}; {row.evidence}"
        return replace(result, evidence=now, address=row.address)
    return result if result.outcome is Outcome.FAILED else _as_seen(result, row, is_destroy)


def _as_seen(result: Result, row: Row, is_destroy: bool) -> Result:
    """The result, set right by the last look."""
    if row.has_left if is_destroy else row.agrees:
        return result
    if row.is_uncertain:
        return replace(result, outcome=Outcome.UNPROVEN, after=str(row.seen), evidence=row.evidence)
    text = f"wanted {row.target.desired}, but it is seen as {row.seen} ({row.evidence})"
    return replace(result, outcome=Outcome.NOT_AS_WANTED, after=str(row.seen), evidence=text)


def _of_hook(device: DeviceProgress) -> Result:
    end = device.outcome
    if end is None:
        return Result(device.name, device.key, Outcome.UNFINISHED, evidence=device.last.text)
    exit = end.number("exit")
    if end.step == "stopped":
        return Result(
            name=device.name,
            key=device.key,
            outcome=_OF_EXIT.get(int(exit or 0), Outcome.FAILED),
            before=_seen_first(device.events),
            evidence=end.text,
            cause=None if exit is None else int(exit),
        )
    outcome = _OF_HOOK.get(end.word("result"), Outcome.UNCHANGED)
    is_changed = outcome in (Outcome.REPAIRED, Outcome.CHANGED, Outcome.UNPROVEN)
    return Result(
        name=device.name,
        key=device.key,
        outcome=outcome,
        before=end.word("before") if is_changed else "",
        after=end.word("after"),
        evidence=end.word("evidence") or end.text,
        took_s=end.number("took_s") if is_changed else None,
        address=end.word("address"),
    )


_UNREACHABLE = int(Exit.UNREACHABLE)
_OF_EXIT = {
    int(Exit.UNDER_WAY): Outcome.UNDER_WAY,
    int(Exit.INTERRUPTED): Outcome.UNFINISHED,
}
_AFTER = {
    int(Exit.BUSY): "{again} later",
    _UNREACHABLE: "{again} when the API answers",
}
"""Exit code of a hook that stopped → what to do; for all others the cause must be mended."""
_REPAIRS: dict[Repair, tuple[tuple[str, ...], str]] = {
    "deploy": (("deploy", "--reconcile"), "repairs it"),
    "plan": (("plan", "--reconcile", "--out", "reviewed"), "plans its repair"),
}


def advice(result: Result, *, is_destroy: bool, run_again: str, repair: Repair) -> str:
    """What to do about a device; empty where there is nothing to do."""
    called = result.name if result.is_in_fleet else result.key
    status = f"`{command_line('status', called)}`"
    match result.outcome:
        case Outcome.FAILED:
            after = _AFTER.get(result.cause or 0, "mend the cause, then {again}")
            return after.format(again=run_again)
        case Outcome.UNDER_WAY:
            return f"{run_again}: that goes on waiting; {status} shows how far it is"
        case Outcome.UNFINISHED:
            return f"{status} shows what it runs; {run_again} to go on"
        case Outcome.NOT_AS_WANTED if is_destroy:
            return f"bring it back: `{command_line('leave', called)}`"
        case Outcome.NOT_AS_WANTED:
            words, what = _REPAIRS[repair]
            return (
                f"Terraform's state says that it is there, so a plain {repair} does nothing:"
                f" `{command_line(*words)}` {what}"
            )
        case Outcome.UNPROVEN:
            return f"see for yourself: `{result.access}` shows how to log in"
        case Outcome.NOT_LOOKED_AT:
            return f"{status} looks again"
        case _:
            return ""


def _seen_first(events: Sequence[HookEvent]) -> str:
    return next((event.word("state") for event in events if event.step == "look"), "")


def record(result: Result, clock: str) -> Record:
    """A result for people; the columns are `COLUMNS`. `clock` says whose time it is that things
    took, empty for the usual one.
    """
    took = duration(result.took_s) if result.took_s is not None else ""
    whose = f" of the {clock}'s time" if took and clock else ""
    values = (
        result.name,
        result.outcome.value,
        result.before,
        result.after,
        result.evidence,
        result.todo,
        f"{took}{whose}",
        result.address,
        result.access,
    )
    return Record(values, "bad" if result.outcome.is_trouble else "good")


def as_json(result: Result) -> dict[str, object]:
    """A result for programs."""
    return {
        "name": result.name,
        "key": result.key,
        "result": result.outcome.word,
        "before": result.before or None,
        "after": result.after or None,
        "evidence": result.evidence or None,
        "to_do": result.todo or None,
        "took_s": result.took_s,
        "address": result.address or None,
        "access": result.access or None,
    }
