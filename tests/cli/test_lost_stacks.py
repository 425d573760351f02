"""Lowering `shards:` must not lose the devices of the last stacks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.lost_stacks import refuse_lost_stacks
from classic_rescue.fleet import parse_fleet

FLEET = parse_fleet(
    "shards: 2\ndevices: {}", source="fleet.yaml", now=datetime(2026, 11, 23, tzinfo=UTC)
)


def write_state(folder: Path, number: int, devices: int) -> None:
    """A state file as Terraform leaves it."""
    release = {"name": "release", "instances": [{}] * devices}
    state = {
        "resources": [release, {"name": "boot", "instances": [{}] * devices}] if devices else []
    }
    (folder / f"terraform.fleet-{number}.tfstate").write_text(json.dumps(state))


def test_a_stack_with_devices_is_not_left_out(tmp_path: Path) -> None:
    """Stack 2 is the third one, so it needs three."""
    write_state(tmp_path, 2, devices=4)
    with pytest.raises(
        Failure, match=r"holds 4 devices, and `shards: 2` leaves its stack out.*set `shards: 3`"
    ):
        refuse_lost_stacks(tmp_path, FLEET)


def test_used_and_emptied_stacks_are_fine(tmp_path: Path) -> None:
    """What the fleet looks at, and what holds nothing, is no loss."""
    write_state(tmp_path, 1, devices=4)
    write_state(tmp_path, 5, devices=0)
    (tmp_path / "terraform.fleet-9.tfstate.backup").write_text("not a state")
    refuse_lost_stacks(tmp_path, FLEET)


def test_an_unreadable_state_is_no_empty_one(tmp_path: Path) -> None:
    """A cut-off file may hold devices."""
    (tmp_path / "terraform.fleet-7.tfstate").write_text('{"resources": [')
    with pytest.raises(Failure, match="not readable as a Terraform state"):
        refuse_lost_stacks(tmp_path, FLEET)
