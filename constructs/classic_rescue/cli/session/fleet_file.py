"""The fleet file as the commands see it: which devices are
meant by the names on the command line.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.boot.states import (
    BootState,
    DeviceRef,
    Goal,
    Order,
    ReferenceField,
    without_dot,
)
from classic_rescue.cli.session.app_fleet import fleet_of_app
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.options import FLEET_FILE, project_folder
from classic_rescue.cli.terminal.output import say, say_wrapped

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.fleet import DeviceEntry, Fleet


@dataclass(frozen=True, slots=True)
class Target:
    """A device that a command is about.

    `desired` is None for one that the fleet file does not name.
    """

    order: Order
    desired: Goal | None
    place: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.order.name


def load_fleet(
    path: Path, *, now: datetime, environ: Mapping[str, str], takes_app: bool = False
) -> Fleet:
    """The fleet of a file; with `takes_app` also that of an app of one's own, where there is no
    file. Raises Failure with every problem, one a line.
    """
    from classic_rescue.fleet import FleetErrors, read_fleet

    is_missing = path == Path(FLEET_FILE) and not path.exists()
    if is_missing and takes_app and (own := fleet_of_app(project_folder(Path.cwd()))):
        where = os.path.relpath(own.source)
        say_wrapped(
            f"no fleet file: the {len(own.devices)} devices are those that the app wrote into"
            f" {where}",
            err=True,
        )
        return own
    try:
        return read_fleet(path, now=now, environ=environ, project=project_folder(Path.cwd()))
    except FleetErrors as errors:
        problems = list(map(str, errors.problems))
        if is_missing and (project_folder(Path.cwd()) / "cdktf.json").is_file():
            problems.append(
                "an app of one's own is deployed by `cdktf deploy`; `status`, `preflight`,"
                " `host-keys`, `access`, `run`, `leave` and `history` work beside it without a"
                " fleet file"
            )
        raise Failure("\n".join(problems)) from None


def keep_to_policy(fleet: Fleet, *, at: datetime, environ: Mapping[str, str]) -> bool:
    """Refuse a file that breaks its own policy, as its synthesis would, or say loudly that the
    policy is set aside.

    Returns whether it is set aside. Raises Failure with every problem, one a line.
    """
    from classic_rescue.fleet import check_policy

    verdict = check_policy(fleet, at, environ)
    if verdict.refuses:
        raise Failure("\n".join(verdict.lines()))
    for line in verdict.lines():
        say(line, err=True)
    return verdict.glass is not None


def all_targets(fleet: Fleet) -> list[Target]:
    """Every device of the fleet, in the order of the file."""
    return [_target(fleet, entry) for entry in fleet.devices]


def find_targets(fleet: Fleet, names: Sequence[str]) -> list[Target]:
    """The devices of these names, or of keys such as `virtual_guest/124929698`, which need not be
    in the fleet.

    Raises Failure that names every unknown one.
    """
    found = {name: _find(fleet, name) for name in names}
    unknown = [name for name, target in found.items() if target is None]
    if unknown:
        raise Failure("\n".join(_unknown(fleet, name) for name in unknown))
    return [target for target in found.values() if target]


def as_declared(fleet: Fleet, target: Target, keys: Collection[str]) -> Target:
    """The target as the file names it, by whichever of its device's keys;
    itself where the file does not.
    """
    if target.desired is not None:
        return target
    return next(
        (_target(fleet, entry) for entry in fleet.devices if entry.order.device.key in keys), target
    )


def leaving(targets: Iterable[Target]) -> list[Target]:
    """The same devices, each wanted in its operating system."""
    return [Target(target.order, Goal(BootState.OS), target.place) for target in targets]


def _target(fleet: Fleet, entry: DeviceEntry) -> Target:
    return Target(entry.order, entry.order.settled, f"{fleet.source}:{entry.line}")


def _find(fleet: Fleet, name: str) -> Target | None:
    plain = without_dot(name.strip())
    key = ""
    if "/" in plain:
        try:
            key = DeviceRef.from_key(plain).key
        except ValueError as problem:
            near = get_close_matches(plain.partition("/")[0], list(ReferenceField), n=1)
            hint = f"; did you mean {near[0]}/?" if near and near[0] not in plain else ""
            raise Failure(f"{problem}{hint}") from None
    for entry in fleet.devices:
        if entry.order.name == plain or entry.order.device.key == key:
            return _target(fleet, entry)
    return Target(Order(plain, DeviceRef.from_key(key), Goal(BootState.OS)), None) if key else None


def _unknown(fleet: Fleet, name: str) -> str:
    names = [entry.order.name for entry in fleet.devices]
    by_value = {str(entry.order.device.value).lower(): entry.order for entry in fleet.devices}
    if meant := by_value.get(without_dot(name.strip()).lower()):
        return f"{fleet.source} calls the device {meant.device.key} {meant.name}: use that name"
    by_folded = {known.lower(): known for known in names}
    first_label = name.lower().partition(".")[0]
    near = by_folded.keys() & {first_label} or get_close_matches(name.lower(), by_folded, n=1)
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    hint = f"It names: {', '.join(names[:20]) or 'no device'}{more}."
    if near:
        hint = f"Did you mean {by_folded[next(iter(near))]}?"
    number = name if name.isdecimal() else 124929698
    return (
        f"{fleet.source} names no device {name!r}. {hint} Name a device that is not in it by its"
        f" key, such as virtual_guest/{number} or hardware/{number}"
    )
