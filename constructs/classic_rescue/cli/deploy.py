"""`classic-rescue deploy`."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.cli.options import (
    endpoint_option,
    fleet_option,
    json_option,
    parallelism_option,
    progress_option,
    yes_option,
)


@click.command("deploy")
@yes_option
@progress_option
@parallelism_option
@fleet_option
@endpoint_option
@json_option
def command(
    is_sure: bool,
    hides_progress: bool,
    parallelism: int | None,
    fleet_path: Path,
    endpoint: str | None,
    json_wanted: bool,
) -> int:
    """Bring every device of the fleet file into its declared boot state, with `cdktf deploy`.

    Asks first, except on the offline mock. Devices that were taken out of the file go back to their operating system.

    Exit codes: 0 every device is as declared, 1 error, 2 done, but a device is not as declared, 130 interrupted.
    """
    from classic_rescue.cli.rollout import Surroundings, Wish, roll_out

    wish = Wish("deploy", fleet_path, endpoint, is_sure, not hides_progress, parallelism, json_wanted)
    return roll_out(wish, Surroundings(os.environ, lambda: datetime.now(UTC), time.monotonic, time.sleep))
