"""The devices of one's own CDKTF app, as its last synthesis wrote them: for commands that look at
devices, where there is no fleet file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.boot.states import Order
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.hook.app_files import MANIFEST, order_fields, read_stack, stack_folders

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.fleet import Fleet

SETTINGS = "cdktf.json"
OUTPUT = "cdktf.out"


def fleet_of_app(project: Path) -> Fleet | None:
    """None where the folder holds no app. Raises Failure where it has written nothing that can be
    read.
    """
    from classic_rescue.fleet import DeviceEntry, Fleet

    try:
        settings = json.loads((project / SETTINGS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise Failure(f"{project / SETTINGS}: cannot be read: {problem}") from None
    named = settings.get("output") if isinstance(settings, dict) else None
    output = project / (named if isinstance(named, str) else OUTPUT)
    if not (output / MANIFEST).is_file():
        raise Failure(
            f"there is no fleet file, and the app of {project / SETTINGS} has written no stacks"
            f" into {output}: run `cdktf synth`, or write a fleet file"
        )
    try:
        orders = _orders(output)
    except (ValueError, TypeError, AttributeError, KeyError) as problem:
        raise Failure(f"{output}: its stacks cannot be read: {problem}") from None
    entries = tuple(DeviceEntry(order, order.goal, until=None, line=0) for order in orders)
    return Fleet(
        source=str(output),
        endpoint=None,
        backend=None,
        shards=1,
        shard_size=max(len(entries), 1),
        devices=entries,
    )


def _orders(output: Path) -> list[Order]:
    """Raises ValueError, TypeError, AttributeError, KeyError."""
    stacks = [read_stack(folder) for folder in stack_folders(str(output)).values()]
    return [
        Order.from_dict(order_fields(text))
        for stack in stacks
        if stack
        for text in stack.devices().values()
    ]
