"""The repairs that a deploy was asked for: which drifted devices it replaces, kept in a file
between the two commands.

Replacing a device's `boot` block runs its enter hook, which looks first: a device that has healed
by itself gets no request, and the policy counts as for every other change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.states import BootState
from classic_rescue.cli.drifts.words import is_there
from classic_rescue.cli.session.embedded_mock import state_folder, write_private
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import command_line
from classic_rescue.cli.terraform.hook_events import Progress

_VARIABLE = environment.TERRAFORM_APPLY_OPTIONS
"""Through it the repairs reach the Terraform that plain cdktf starts."""

MAX_VARIABLE_BYTES = 128 * 1024
"""The longest variable, with its name, that Linux hands to
a program (execve(2), MAX_ARG_STRLEN).
"""

_REHEARSAL = "the offline mock"
"""Stands for its endpoint, which has another port at each start."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One drifted device, and what the report said of it. `declared` is what it must run."""

    key: str
    name: str
    stack: str
    declared: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Repairs:
    """What was asked for, when, and for which endpoint."""

    endpoint: str
    asked_at: str
    devices: tuple[Repair, ...]


def repairs_path(session: Session) -> Path:
    """Where they are kept: apart for a rehearsal and for real devices."""
    name = "reconcile-rehearsal.json" if session.connection.is_embedded_mock else "reconcile.json"
    return state_folder(session.project) / name


def write_repairs(session: Session, devices: Sequence[Repair], asked_at: datetime) -> None:
    """Ask the next deploy for exactly these; none takes an earlier wish back."""
    keep_repairs(session, Repairs(_endpoint(session), clock_time(asked_at), tuple(devices)))


def keep_repairs(session: Session, repairs: Repairs) -> None:
    """Replace the file, at once, or remove it where nothing is left to repair."""
    path = repairs_path(session)
    if repairs.devices:
        write_private(path, json.dumps(asdict(repairs), indent=2) + "\n")
    else:
        path.unlink(missing_ok=True)


def read_repairs(session: Session) -> Repairs | None:
    """What was asked for, or None.

    Raises Failure for a file that cannot be read or is for another endpoint.
    """
    path = repairs_path(session)
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(
            Repair(**{name: str(value) for name, value in row.items()}) for row in given["devices"]
        )
        repairs = Repairs(str(given["endpoint"]), str(given["asked_at"]), rows)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Failure(
            f"{path}: not a list of repairs ({problem}); delete it, and run"
            f" `{command_line('drift', '--reconcile')}` again"
        ) from None
    if repairs.endpoint != _endpoint(session):
        raise Failure(
            f"{path}: its repairs are for {repairs.endpoint}, not for {_endpoint(session)};"
            " delete it, or run with that endpoint"
        )
    return repairs


def _endpoint(session: Session) -> str:
    return (
        _REHEARSAL if session.connection.is_embedded_mock else session.connection.settings.endpoint
    )


def replace_arguments(keys: Iterable[str]) -> list[str]:
    """Terraform's arguments that replace these devices' `boot`;
    a stack without one takes it without complaint.
    """
    return [f"-replace=terraform_data.boot[{json.dumps(key, ensure_ascii=False)}]" for key in keys]


def replace_words(keys: Iterable[str]) -> str:
    """The same for a variable such as TF_CLI_ARGS_apply, which Terraform takes apart as a shell
    does.

    Backslashes, and no quotes: the whole then stands between quotes in a shell, and can still be
    read.
    """
    return " ".join(
        re.sub(r"([^\w=/.,:@\[\]-])", r"\\\1", argument) for argument in replace_arguments(keys)
    )


def with_repairs(environ: Mapping[str, str], keys: Collection[str]) -> dict[str, str]:
    """The environment with the repairs added to what it says already.

    Raises Failure for more than fit.
    """
    if not keys:
        return dict(environ)
    value = f"{environ.get(_VARIABLE, '')} {replace_words(keys)}".strip()
    if len(f"{_VARIABLE}={value}\0".encode()) > MAX_VARIABLE_BYTES:
        raise Failure(
            f"{len(keys)} repairs do not fit in one variable for Terraform"
            f" ({MAX_VARIABLE_BYTES // 1024} kB); repair them in parts: name some of the devices,"
            " `drift --reconcile DEVICE…`, and deploy"
        )
    return {**environ, _VARIABLE: value}


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the repairs when the devices are looked at again.

    `asked` is None where none were asked for. `now` are repaired in this run, `later` stay on the
    list, and `said` tells of each that is not repaired.
    """

    asked: Repairs | None = None
    now: tuple[Repair, ...] = ()
    later: tuple[Repair, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The devices to repair in this run."""
        return [repair.key for repair in self.now]

    def left(self, done: Collection[str]) -> Repairs:
        """What is still asked for after the run. Raises ValueError where nothing was."""
        if self.asked is None:
            raise ValueError("no repairs were asked for")
        devices = (*(repair for repair in self.now if repair.key not in done), *self.later)
        return replace(self.asked, devices=devices)


def choose(repairs: Repairs | None, rows: Sequence[Row]) -> Choice:
    """Which repairs are still needed: the report may be hours old."""
    if repairs is None:
        return Choice()
    by_key = {row.target.order.device.key: row for row in rows}
    now = []
    later = []
    said = [f"repairs were asked for at {repairs.asked_at}; every device was looked at again"]
    for repair in repairs.devices:
        why, stays = _why_not(repair, by_key.get(repair.key))
        if why:
            said.append(f"{repair.name} is not repaired: {why}")
        if stays:
            later.append(repair)
        elif not why:
            now.append(repair)
    return Choice(repairs, tuple(now), tuple(later), tuple(said))


def keep_left(session: Session, choice: Choice, progress: Progress) -> None:
    """After a run: what it has not repaired is still asked for."""
    if choice.asked:
        outcomes = {key: device.outcome for key, device in progress.devices.items()}
        done = {key for key, outcome in outcomes.items() if outcome and outcome.step == "done"}
        keep_repairs(session, choice.left(done))


def _why_not(repair: Repair, row: Row | None) -> tuple[str, bool]:
    """Why a device is not repaired now, empty where it is, and whether it stays on the list."""
    if row is None or row.target.desired is None:
        return "the file does not name it any more", False
    if str(row.target.desired) != repair.declared:
        text = f"the file says {row.target.desired} now, which the deploy brings about anyway"
        return text, False
    if row.seen is None:
        return f"it cannot be read ({row.error})", True
    if is_there(row.seen, row.target.desired):
        return f"it is in {row.seen} again ({row.seen.evidence})", False
    if row.seen.in_motion:
        return f"{row.seen.evidence}; run deploy again when that has ended", True
    if row.seen.state is BootState.UNKNOWN and not row.seen.is_off:
        return f"what it runs cannot be told ({row.seen.evidence})", True
    return "", False
