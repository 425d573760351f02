"""Whole processes, timed from outside, and the tables that the benchmarks print."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
USER = "bench"
KEY = "bench-key-0123456789"


@dataclass(frozen=True)
class Run:
    """One finished process: seconds, and the memory of the largest process in its tree."""

    wall_s: float
    cpu_s: float
    peak_mb: float


_LAUNCHER = """
import json, os, sys, time
begin = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ), 0)
wall_s, cpu_s = time.perf_counter() - begin, usage.ru_utime + usage.ru_stime
os.write(int(sys.argv[1]), json.dumps([wall_s, cpu_s, usage.ru_maxrss / 1024]).encode())
sys.exit(status != 0)
"""
"""A small process between us and the command.

Linux counts the memory of whoever starts a program as the program's own (`ru_maxrss` outlives
execve), so that no peak could be told that is lower than a benchmark's.
"""


def timed(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    *,
    may_fail: bool = False,
) -> Run:
    """Run a command to its end. Its output is shown only when it fails, unless that is expected."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as figures:
        number = figures.fileno()
        launch = [sys.executable, "-S", "-c", _LAUNCHER, str(number), *command]
        done = subprocess.run(
            launch,
            cwd=cwd,
            env=environment,
            stdout=output,
            stderr=output,
            pass_fds=[number],
            check=False,
        )
        if done.returncode and not may_fail:
            output.seek(0)
            sys.exit(
                f"{' '.join(command)} failed:\n{output.read()[-3000:].decode(errors='replace')}"
            )
        figures.seek(0)
        return Run(*json.loads(figures.read()))


def median(runs: Iterable[Run]) -> Run:
    """The median of each figure."""
    rows = list(runs)
    return Run(
        statistics.median(run.wall_s for run in rows),
        statistics.median(run.cpu_s for run in rows),
        statistics.median(run.peak_mb for run in rows),
    )


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A Markdown table."""
    lines = [f"\n## {title}\n", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


@contextmanager
def mock(*arguments: str) -> Iterator[dict[str, str]]:
    """A mock server for the time of the block; the environment that reaches it."""
    command = [sys.executable, "-m", "mock_api", "--master-user", f"{USER}:{KEY}", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout  # noqa: S101 it is a pipe
        urls = json.loads(process.stdout.readline())
        yield {
            **terraform_environment(),
            "SL_USERNAME": USER,
            "SL_API_KEY": KEY,
            "CLASSIC_RESCUE_ENDPOINT": urls["rest"],
            "MOCK_CONTROL": urls["control"],
        }
    finally:
        process.terminate()
        process.wait(30)


def terraform_environment() -> dict[str, str]:
    """The environment without what makes Terraform talk."""
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    if not Path(environment.get("TF_CLI_CONFIG_FILE", "")).is_file():
        environment.pop("TF_CLI_CONFIG_FILE", None)
    return environment
