"""The arguments that name devices of the fleet file, which a shell completes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from classic_rescue.cli.terminal.options import FLEET_FILE

MOST_BYTES = 10_000_000
"""A larger file is not read while somebody waits for a key to do something."""


def complete_devices(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The devices of the fleet file whose names begin so, without those that stand there already.

    Nothing where the file cannot be read: a shell has no place for an error.
    """
    path = context.params.get("fleet_path") or Path(FLEET_FILE)
    given = context.params.get(parameter.name or "") or ()
    taken = given if isinstance(given, tuple) else (given,)
    names = sorted(name for name in _names_in(path) if name.startswith(incomplete))
    return [CompletionItem(name) for name in names if name not in taken]


def _names_in(path: Path) -> list[str]:
    """The names alone: to check the whole file takes ten times as long."""
    import yaml  # 0.03 s, which no other use of these arguments needs

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        if path.stat().st_size > MOST_BYTES:
            return []
        given = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 gives only texts
        devices = given.get("devices") if isinstance(given, dict) else None
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return []
    return [name for name in devices if isinstance(name, str)] if isinstance(devices, dict) else []


_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

devices_argument: _Decorator = click.argument(
    "names", metavar="[DEVICE]...", nargs=-1, shell_complete=complete_devices
)
device_argument: _Decorator = click.argument(
    "name", metavar="DEVICE", shell_complete=complete_devices
)
