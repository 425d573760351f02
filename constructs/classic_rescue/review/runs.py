"""The runs of the past as the journal tells them, and how long each device was down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from classic_rescue.boot.states import BootState
from classic_rescue.review.timeline import Span

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the journal.

    `before` and `after` are boot states as people read them; None where nobody saw one.
    """

    line: Mapping[str, Any]
    time: datetime
    started: datetime
    name: str
    key: str
    device: str | None
    before: str | None
    after: str | None
    result: str
    exit: int
    requests: tuple[str, ...]

    @property
    def identity(self) -> str:
        """The device, whatever people called it then."""
        return self.device or self.key

    @property
    def has_failed(self) -> bool:
        """Whether the device did not get where it should."""
        return self.exit != 0

    def word(self, field: str) -> str:
        """A text of the line; empty where there is none."""
        value = self.line.get(field)
        return value if isinstance(value, str) else ""

    def is_of(self, name: str) -> bool:
        """Whether it is about the device of this name, key or id."""
        return name in (self.name, self.key, self.device)


def run_from(line: object) -> Run:
    """A line of the journal, from JSON. Raises ValueError that says why it is none."""
    if not isinstance(line, dict):
        raise ValueError("not an object")
    if line.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(
            f"schema_version {line.get('schema_version')!r}; this version knows {SCHEMA_VERSION}"
        )
    try:
        _check_number(line.get("took_s"))
        return Run(
            line=line,
            time=_moment(line["time"]),
            started=_moment(line["started"]),
            name=_text(line["name"]),
            key=_text(line["key"]),
            device=_optional(line.get("device")),
            before=_optional(line.get("from")),
            after=_optional(line.get("to")),
            result=_text(line["result"]),
            exit=_whole(line["exit"]),
            requests=tuple(map(_text, line.get("requests") or ())),
        )
    except KeyError as problem:
        raise ValueError(f"no {problem.args[0]}") from None
    except TypeError:
        raise ValueError("a value of another kind than the schema says") from None


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(_text(text))
    if moment.tzinfo is None:
        raise ValueError(f"{text}: a time without its zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text}: a time that is out of range") from None


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    return value


def _check_number(value: object) -> None:
    """Python's JSON knows NaN and infinity, of which nothing can be said."""
    if isinstance(value, float) and not isfinite(value):
        raise TypeError


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def downtimes(runs: Iterable[Run]) -> dict[str, tuple[Span, ...]]:
    """When each device was out of its operating system, by `Run.identity`. A span without an end
    has not ended.

    What happened past the hook, in the console, is not in here: only an observation can tell.
    """
    by_device: dict[str, list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.time):
        by_device[run.identity].append(run)
    return {device: spans for device, rows in by_device.items() if (spans := _spans(rows))}


def _spans(runs: Iterable[Run]) -> tuple[Span, ...]:
    """The spans of one device, from its runs in order of time."""
    spans: list[Span] = []
    down_since: datetime | None = None
    for run in runs:
        if run.result == "moved":
            continue
        has_gone_down = (
            bool(run.requests) or run.before not in (None, str(BootState.OS)) or _is_down(run.after)
        )
        if down_since is None and has_gone_down:
            down_since = run.started
        if down_since is not None and _is_back(run):
            spans.append(Span(down_since, run.time))
            down_since = None
    return (*spans, Span(down_since, None)) if down_since else tuple(spans)


def _is_down(state: str | None) -> bool:
    return state is not None and state not in (BootState.OS, BootState.UNKNOWN)


def _is_back(run: Run) -> bool:
    """Whether the device is no longer down on our account:
    back, powered off by somebody, or deleted.
    """
    return (
        run.after == BootState.OS
        or run.result == "deleted"
        or (run.exit == 0 and not _is_down(run.after))
    )
