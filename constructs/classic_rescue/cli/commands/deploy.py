"""`classic-rescue deploy` and `classic-rescue destroy`."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from classic_rescue.boot import environment
from classic_rescue.cli.terminal.options import (
    break_glass_option,
    endpoint_option,
    fleet_option,
    form_of,
    json_option,
    long_option,
    output_option,
    parallelism_option,
    progress_option,
    wait_option,
    yes_option,
)

reconcile_option = click.option(
    "--reconcile",
    "is_repair",
    is_flag=True,
    help="Look for drift first, and repair what has drifted.",
)


def _rollout(verb: Literal["deploy", "destroy"], help: str) -> click.Command:
    @click.command(verb, help=help)
    @yes_option
    @output_option
    @long_option
    @progress_option
    @parallelism_option
    @wait_option
    @fleet_option
    @endpoint_option
    @json_option
    def command(
        is_confirmed: bool,
        output: str | None,
        is_long: bool,
        hides_progress: bool,
        parallelism: int | None,
        fleet_path: Path,
        endpoint: str | None,
        json_wanted: bool,
        wait_s: float,
        is_repair: bool = False,
        break_glass: str | None = None,
    ) -> int:
        from classic_rescue.cli.rollout.rollout import Surroundings, Wish, roll_out

        wish = Wish(
            verb=verb,
            fleet_path=fleet_path,
            endpoint=endpoint,
            is_confirmed=is_confirmed,
            wants_progress=not hides_progress,
            parallelism=parallelism,
            form=form_of(output, is_long=is_long, json_wanted=json_wanted),
            is_repair=is_repair,
            wait_s=wait_s,
        )
        environ = (
            {**os.environ, environment.BREAK_GLASS: break_glass} if break_glass else os.environ
        )
        return roll_out(
            wish, Surroundings(environ, lambda: datetime.now(UTC), time.monotonic, time.sleep)
        )

    return command


deploy = _rollout(
    "deploy",
    """Bring every device of the fleet file into its declared boot state.

    Plans every stack, shows the review of that, asks, and applies exactly those plans. On the
    offline mock it does not ask. Devices that were taken out of the file go back to their
    operating system.

    Exit codes: 0 every device is as declared, 1 error, 2 done, but a device is not as declared, 5
    done, but of a device that cannot be known, 130 interrupted.
    """,
)
reconcile_option(deploy)
break_glass_option(deploy)
destroy = _rollout(
    "destroy",
    """Bring every deployed device back to its operating system.

    Plans that, shows the review, asks, and applies exactly those plans. On the offline mock it does
    not ask. The fleet file stays as it is.

    Exit codes: 0 every device runs its operating system, 1 error, 2 done, but a device does not, 5
    done, but of a device that cannot be known, 130 interrupted.
    """,
)
