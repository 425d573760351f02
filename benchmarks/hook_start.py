"""What a hook costs by itself: start to exit with the device already there,
beside Python loading what HTTP needs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Run, median, mock, print_table, timed

FLOOR = [sys.executable, "-c", "import json, ssl, http.client"]
ROUNDS = 15


def main() -> None:
    """Print the table, in pairs, so that a slow minute of the machine hits both alike."""
    order = {
        "name": "vg-1",
        "device": "virtual_guest/1000001",
        "boot": "os",
        "image": None,
        "no_os_environment": None,
        "timeout_s": 60,
        "reason": None,
    }
    floors: list[Run] = []
    hooks: list[Run] = []
    with mock("--generate", "10,0") as environment, tempfile.TemporaryDirectory() as folder:
        environment["CLASSIC_RESCUE_ORDER"] = json.dumps(order)
        for _ in range(ROUNDS):
            floors.append(timed(FLOOR, Path(folder), environment))
            hooks.append(
                timed(
                    [sys.executable, "-m", "classic_rescue.hook", "enter"],
                    Path(folder),
                    environment,
                )
            )
    floor = median(floors)
    hook = median(hooks)
    rows = [
        (
            "python3 -c 'import json, ssl, http.client'",
            f"{floor.wall_s * 1000:.0f}",
            "1.0x",
            f"{floor.peak_mb:.0f}",
        ),
        (
            "hook enter, device already there",
            f"{hook.wall_s * 1000:.0f}",
            f"{hook.wall_s / floor.wall_s:.1f}x",
            f"{hook.peak_mb:.0f}",
        ),
    ]
    print_table(
        "One hook (goal: at most 3x)", ("process", "milliseconds", "beside the floor", "MB"), rows
    )


if __name__ == "__main__":
    main()
