"""`--at`: the moment for which a plan is judged."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from classic_rescue.cli.session.fleet_file import load_fleet
from classic_rescue.cli.terminal.failures import Failure

NOW = "now"
WINDOW = "window"

at_option = click.option(
    "--at",
    "at_text",
    metavar="TIME",
    default=NOW,
    show_default=True,
    help="When the plans will be applied, for windows and time limits: a time with its zone, or"
    " `window`, the next moment at which a window of the policy is open.",
)


def moment(text: str, fleet_path: Path, now: datetime) -> datetime:
    """The moment that `--at` means, seen from `now`. Raises Failure."""
    from classic_rescue.fleet.values import read_until

    if text == NOW:
        return now
    if text == WINDOW:
        return _next_window(fleet_path, now)
    try:
        return read_until(text)
    except ValueError as problem:
        raise Failure(f"--at: {problem}; or now, or window") from None


def _next_window(fleet_path: Path, now: datetime) -> datetime:
    from classic_rescue.policy.openings import ZoneDataMissingError, next_opening

    try:
        at = next_opening(load_fleet(fleet_path, now=now, environ=os.environ).policy.windows, now)
    except ZoneDataMissingError as problem:
        raise Failure(f"--at window: {problem}") from None
    if at is None:
        raise Failure(
            f"--at window: no window of {fleet_path} ever opens; allowed: a time with its zone"
        )
    return at
