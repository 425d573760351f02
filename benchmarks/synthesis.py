"""Synthesis of 10, 1,000 and 5,000 devices, 100 a stack, beside an empty cdktf app."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, Run, median, print_table, timed

SIZES = (10, 1000, 5000)
ROUNDS = 5

EMPTY = """
import cdktf
app = cdktf.App()
cdktf.TerraformStack(app, "empty")
app.synth()
"""

LIBRARY = """
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order, ReferenceField
from classic_rescue.stack import App, BootStateStack
app = App()
orders = [
    Order(f"vg-{n}", DeviceRef(ReferenceField.VIRTUAL_GUEST, n), Goal(BootState.RESCUE))
    for n in range(1, COUNT + 1)
]
for shard in range(0, COUNT, 100):
    BootStateStack(app, f"fleet-{shard // 100}", orders=orders[shard : shard + 100])
app.synth()
"""


def main() -> None:
    """Print the table. Each round runs everything once,
    so that a slow minute of the machine hits all alike.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs: dict[str, list[Run]] = {}
        commands = _commands(folder)
        for _ in range(ROUNDS):
            for what, command in commands.items():
                runs.setdefault(what, []).append(timed(command, folder))
        empty = median(runs["empty app"])
        rows = [_row(what, median(found), empty) for what, found in runs.items()]
    head = ("app", "seconds", "beside the empty app", "largest process, MB")
    print_table("Synthesis, 100 devices a stack (goal at 5,000: under 2x)", head, rows)


def _commands(folder: Path) -> dict[str, list[str]]:
    commands = {"empty app": [sys.executable, "-c", EMPTY]}
    for size in SIZES:
        code = LIBRARY.replace("COUNT", str(size))
        commands[f"constructs, {size:,} devices"] = [sys.executable, "-c", code]
    for size in SIZES:
        fleet = folder / f"fleet-{size}.yaml"
        rows = "".join(
            f"  vg-{n}: {{virtual_guest: {n}, boot: rescue}}\n" for n in range(1, size + 1)
        )
        fleet.write_text(f"shards: {(size + 99) // 100}\ndevices:\n{rows}")
        call = ["env", f"CLASSIC_RESCUE_FLEET={fleet}", sys.executable, str(ROOT / "main.py")]
        commands[f"main.py with a fleet file, {size:,} devices"] = call
    return commands


def _row(what: str, run: Run, empty: Run) -> tuple[str, str, str, str]:
    return what, f"{run.wall_s:.2f}", f"{run.wall_s / empty.wall_s:.2f}x", f"{run.peak_mb:.0f}"


if __name__ == "__main__":
    main()
