"""The fleet file with devices added: checked as a whole, and put in place at once or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.states import Goal
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.fleet import Fleet, FleetErrors, Problem, check_policy, parse_fleet

Addition = tuple[Goal, Observation, Sequence[str]]
"""What the device must run, what it runs, and its lines."""

BY_HAND = "nothing was written; add the lines by hand"


def add_to_file(
    path: Path,
    fleet: Fleet,
    added: Sequence[Addition],
    *,
    now: datetime,
    environ: Mapping[str, str],
) -> None:
    """Add these devices below the others, comments and format kept. Raises Failure where that is
    not safe.

    `fleet` is the file as it was read: had somebody changed it since, nothing is written.
    """
    from classic_rescue.fleet.adding import CannotAdd, with_devices
    from classic_rescue.fleet.file import read_text

    try:
        before = read_text(path)
        after = with_devices(before, [lines for *_, lines in added])
        was, now_is = (
            parse_fleet(text, source=os.fspath(path), now=now) for text in (before, after)
        )
    except CannotAdd as problem:
        raise Failure(f"{path}: {problem}; {BY_HAND}") from None
    except FleetErrors as errors:
        raise _refused(path, errors.problems) from None
    known = check_policy(was, now, environ).problems
    verdict = check_policy(now_is, now, environ)
    new = [problem for problem in verdict.problems if problem not in known]
    if verdict.refuses and new:
        raise _refused(path, new)
    if replace(fleet, backend=was.backend) != was:
        raise Failure(f"{path}: somebody has changed it meanwhile; nothing was written: run again")
    _compare(path, was, now_is, added)
    _put(path, before, after)


def _refused(path: Path, problems: Sequence[Problem]) -> Failure:
    return Failure("\n".join([*map(str, problems), f"{path}: with the new lines; {BY_HAND}"]))


def _compare(path: Path, was: Fleet, now_is: Fleet, added: Sequence[Addition]) -> None:
    """Refuse an edit that changes anything but what was meant,
    or one that would restart a device.
    """
    new = now_is.devices[len(was.devices) :]
    old = replace(now_is, devices=now_is.devices[: len(was.devices)])
    is_kept = _without_lines(old) == _without_lines(was)
    if not is_kept or [entry.declared for entry in new] != [goal for goal, *_ in added]:
        raise Failure(f"{path}: the edit would change more than the new lines; {BY_HAND}")
    for entry, (_, seen, _lines) in zip(new, added, strict=True):
        if not seen.satisfies(entry.order.goal):
            raise Failure(
                f"{path}: the file's defaults would bring {entry.order.name} to {entry.order.goal}"
                f" at the next deploy, and it is seen as {seen}; {BY_HAND}, with an `until` of its"
                " own"
            )


def _without_lines(fleet: Fleet) -> Fleet:
    """The fleet wherever its devices stand in the file."""
    return replace(fleet, devices=tuple(replace(entry, line=0) for entry in fleet.devices))


def _put(path: Path, before: str, after: str) -> None:
    """Replace the file at once, with its permissions; a link stays a link."""
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
        # Replacing it would need no permission of the file itself.
        if not os.access(target, os.W_OK):
            raise Failure(f"{path}: cannot be written: it is read-only; the file is as it was")
        fresh.write_bytes(after.encode())
        fresh.chmod(mode)
        if target.read_bytes() != before.encode():
            raise Failure(
                f"{path}: somebody has changed it meanwhile; nothing was written: run again"
            )
        fresh.replace(target)
    except OSError as problem:
        raise Failure(
            f"{path}: cannot be written: {problem.strerror or problem}; the file is as it was"
        ) from None
    finally:
        fresh.unlink(missing_ok=True)
