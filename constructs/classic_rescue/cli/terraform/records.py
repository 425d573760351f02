"""What Terraform has on record: the devices in the states of all stacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classic_rescue.boot.states import Order
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.terraform import open_terraform

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet

PARTS = ("boot", "release")
"""The names of our two blocks, which are addresses in people's state (`stack/blocks.py`)."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A device on record. `is_finished` is False where its last attempt failed or was cut off."""

    order: Order
    stack: str
    is_finished: bool


@dataclass(frozen=True, slots=True)
class Records:
    """The record of a fleet by device key.

    `note` says why there is none, and `is_readable` whether it is empty.
    """

    devices: dict[str, Deployed]
    is_readable: bool = True
    note: str = ""


def read_records(session: Session) -> Records:
    """The states of all stacks, as Terraform itself reads them from whatever backend there is.

    Where Terraform is missing there is no record. Raises Failure for a state that is there and
    cannot be read.
    """
    try:
        terraform = open_terraform(session).aside()
    except Failure as problem:
        return Records(
            {}, is_readable=False, note=f"Terraform's state was not read: {problem.message}"
        )
    stacks = terraform.synthesise()
    terraform.init(stacks)
    devices = devices_of(terraform.state_texts(stacks), session.fleet)
    return Records(
        devices,
        note="" if devices else "nothing is on Terraform's record: nothing was deployed yet",
    )


def devices_of(texts: Mapping[str, str], fleet: Fleet) -> dict[str, Deployed]:
    """The devices in the states of all stacks; of one that is between two stacks,
    what its new one has on record.
    """
    devices: dict[str, Deployed] = {}
    for stack, text in texts.items():
        for key, deployed in devices_in(text, stack).items():
            if key not in devices or stack == fleet.stack_of(deployed.order.device):
                devices[key] = deployed
    return devices


def devices_in(text: str, stack: str) -> dict[str, Deployed]:
    """The devices in the JSON of one state (`terraform show -json`).

    Raises Failure for what is not understood.
    """
    try:
        root = json.loads(text).get("values", {}).get("root_module", {})
        ours = [
            row
            for row in root.get("resources", [])
            if row["type"] == "terraform_data" and row["name"] in PARTS
        ]
        found: dict[str, dict[str, Mapping[str, Any]]] = {}
        for row in ours:
            found.setdefault(str(row["index"]), {})[row["name"]] = row
        return {key: _deployed(parts, stack) for key, parts in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Failure(
            f"the state of stack {stack} is not understood ({type(problem).__name__}: {problem});"
            " was it written by another version of classic-rescue?"
        ) from None


def _deployed(parts: Mapping[str, Mapping[str, Any]], stack: str) -> Deployed:
    """`boot` holds the order that was carried out;
    without one the first attempt was cut off before it.
    """
    boot = parts.get("boot")
    row = boot or parts["release"]
    is_finished = boot is not None and not boot.get("tainted")
    return Deployed(Order.from_dict(row["values"]["input"]), stack, is_finished)
