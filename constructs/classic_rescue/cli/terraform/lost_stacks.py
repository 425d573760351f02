"""Stacks that `shards:` leaves out although Terraform still holds devices in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.fleet import Fleet

_STATE_FILE = re.compile(r"terraform\.fleet-(\d+)\.tfstate")


def refuse_lost_stacks(folder: Path, fleet: Fleet) -> None:
    """Raise Failure for a local state with devices that no stack of the fleet looks at any more.

    Nothing would bring those devices back, and nobody would see it. A remote backend cannot be
    looked into from here.
    """
    for path in sorted(folder.glob("terraform.fleet-*.tfstate")):
        found = _STATE_FILE.fullmatch(path.name)
        number = int(found[1]) if found else -1
        if number >= fleet.shards and (devices := _devices_in(path)):
            raise Failure(
                f"{path.name} still holds {devices} devices, and `shards: {fleet.shards}` leaves"
                f" its stack out: they would stay as they are, unseen; set `shards: {number + 1}`"
                " or more"
            )


def _devices_in(path: Path) -> int:
    """How many devices a state file holds. Raises Failure for one that cannot be read."""
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
        return sum(len(row["instances"]) for row in resources if row["name"] == "release")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise Failure(
            f"{path}: not readable as a Terraform state ({problem}); mend it or move it away"
        ) from None
