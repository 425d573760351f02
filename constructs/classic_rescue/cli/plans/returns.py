"""Which devices have reached their `until` and are not back, and the plans that bring back these
and nothing else.

Nobody waits for such a return at a screen, so nothing that waits for a person may stand in its way:
another device's change or failed attempt, drift, or a file that breaks its own policy. Its plan
names the device with -target, in stacks that were synthesised aside (`working_folders.py`).

Both blocks are named: `boot` alone would bring along all of `release`, on which it depends, and so
the leave hooks of devices that were taken out of the file. (Terraform 1.11; a plan of another
version that brings them along does not fit to the devices that come back, and is refused.)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classic_rescue.boot.states import BootState
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terraform.records import PARTS, Deployed, devices_of

if TYPE_CHECKING:
    from classic_rescue.fleet import DeviceEntry, Fleet

MOST = 1_000
"""Returns of one stack in one plan: each takes two of the arguments that one command can carry."""


@dataclass(frozen=True, slots=True)
class Due:
    """The devices to bring back, as keys by stack,
    and why others that are over their time are not among them.
    """

    keys: Mapping[str, Sequence[str]]
    said: Sequence[str]

    @property
    def all_keys(self) -> list[str]:
        """Those of all stacks."""
        return [key for keys in self.keys.values() for key in keys]

    @property
    def targets(self) -> dict[str, list[str]]:
        """Terraform's arguments, by stack."""
        return {
            stack: [_target(block, key) for key in keys for block in PARTS]
            for stack, keys in self.keys.items()
        }


def _target(block: str, key: str) -> str:
    return f"-target=terraform_data.{block}[{json.dumps(key, ensure_ascii=False)}]"


def find_due(fleet: Fleet, states: Mapping[str, str]) -> Due:
    """Who is due. `states`: Terraform's JSON of every stack's state. Raises Failure for one that is
    not understood.

    A device that Terraform has brought back already is not: whoever took it elsewhere since did so
    on purpose.
    """
    records = devices_of(states, fleet)
    keys: dict[str, list[str]] = {}
    said = []
    for entry in fleet.devices:
        key = entry.order.device.key
        if not entry.has_expired or not _is_away(records.get(key)):
            continue
        if why := _why_not(entry, fleet, records[key], len(keys.get(records[key].stack, ()))):
            said.append(f"{entry.order.name} is not brought back: {why}")
        else:
            keys.setdefault(records[key].stack, []).append(key)
    return Due(keys, said)


def _is_away(record: Deployed | None) -> bool:
    """Whether it was deployed into something else, or the attempt to bring it back has failed."""
    return record is not None and (
        record.order.settled.state is not BootState.OS or not record.is_finished
    )


def _why_not(entry: DeviceEntry, fleet: Fleet, record: Deployed, ahead: int) -> str:
    if (wanted := fleet.stack_of(entry.order.device)) != record.stack:
        return f"it moves from stack {record.stack} to {wanted}, which a deploy has to do first"
    return f"one run takes {MOST} of a stack; run again" if ahead >= MOST else ""


def with_only(session: Session, keys: Collection[str]) -> Session:
    """The session with a fleet of these devices alone."""
    wanted = frozenset(keys)
    devices = tuple(entry for entry in session.fleet.devices if entry.order.device.key in wanted)
    return replace(session, fleet=replace(session.fleet, devices=devices))
