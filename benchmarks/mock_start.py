"""From the start of the process to the first answer, and memory:
the mock at three sizes, beside moto.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from benchmarks.measure import print_table
from benchmarks.mock_servers import Server, ec2, mock_server, moto_server

SIZES = (10, 1000, 10_000)
ROUNDS = 9
Start = Callable[[], AbstractContextManager[Server]]


def main() -> None:
    """Print the table. Each round starts every server once,
    so that a slow minute of the machine hits all alike.
    """
    starts: dict[str, Start] = {"mock_api, demo world": mock_server}
    for size in SIZES:
        starts[f"mock_api, {size:,} devices"] = partial(
            mock_server, "--generate", f"{size // 2},{size // 2}"
        )
    starts["moto"] = moto_server
    starts["moto, first answer of EC2"] = partial(moto_server, ec2("DescribeInstances"))
    seconds: dict[str, list[float]] = {name: [] for name in starts}
    memory: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(ROUNDS):
        for name, start in starts.items():
            with start() as server:
                seconds[name].append(server.started_s)
                memory[name].append(server.memory_mb())
    beside_moto = {
        name: statistics.median(a / b for a, b in zip(measured, seconds["moto"], strict=True))
        for name, measured in seconds.items()
    }
    print_table(
        "Process start to first answer (goals: no slower than moto; under 150 MB at 10,000)",
        ("server", "seconds", "beside moto", "memory, MB"),
        [
            (
                name,
                f"{statistics.median(seconds[name]):.2f}",
                f"{beside_moto[name]:.2f}",
                f"{statistics.median(memory[name]):.0f}",
            )
            for name in starts
        ],
    )


if __name__ == "__main__":
    main()
