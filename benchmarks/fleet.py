"""Many devices at once: one process for all hooks, beside hooks alone and beside /bin/true; with
the service's limit on requests, and without any delay.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.apply import (
    HOOK_SPEED,
    NO_DELAY,
    calls,
    replace_hook,
    synthesise,
)
from benchmarks.fleet_kills import print_kills
from benchmarks.measure import mock, print_table, timed
from classic_rescue.cli.terraform.conducting import Conducting, conducting, for_clients

TENFOLD = "10"
LIMIT = 50
SIZES = (400, 1000)
ALONE_WITH_LIMIT = 400
TICK_S = 0.2
WAVE = 300
RUNNERS = (1, 2, 4)
SHARED = 400


@dataclass(frozen=True)
class Ended:
    """An apply of all stacks at once. `memory_mb` is the most that hooks and conductor had to
    themselves; `failed` are devices.
    """

    wall_s: float
    cpu_s: float
    calls: int
    failed: int
    memory_mb: float = 0.0


def main() -> None:
    """Print all tables."""
    _print_without_delay()
    _print_with_limit()
    _print_side_by_side()
    print_kills()


def _print_without_delay() -> None:
    rows = []
    for size in SIZES:
        with mock("--generate", f"{size},0", "--speed", NO_DELAY) as environ:
            environ["CLASSIC_RESCUE_CLOCK_SPEED"] = HOOK_SPEED
            environ["CLASSIC_RESCUE_REQUESTS_PER_SECOND"] = "1000"
            ours = apply(size, environ, "conductor")
            floor = apply(size, environ, "/bin/true")
            alone = apply(size, environ, "alone")
        rows.append(
            (
                f"{size:,}",
                f"{ours.failed} / {alone.failed}",
                f"{ours.cpu_s / floor.cpu_s:.2f}x",
                f"{alone.cpu_s / floor.cpu_s:.2f}x",
                f"{ours.cpu_s / size * 1000:.0f} / {floor.cpu_s / size * 1000:.0f}",
                f"{ours.calls / size:.2f}",
                f"{alone.calls / size:.1f}",
            )
        )
    head = (
        "devices",
        "failed, ours / hooks alone (goal: 0)",
        "CPU beside /bin/true (goal: 1.2x)",
        "hooks alone",
        "ms a device, ours / true",
        "calls a device (goal: 3)",
        "hooks alone",
    )
    print_table("Apply, 100 devices a stack, all stacks at once, no delay in the mock", head, rows)


def _print_with_limit() -> None:
    rows = []
    one = _with_limit(1, "conductor")
    for size, how in (
        *((size, "conductor") for size in SIZES),
        (SIZES[-1], "/bin/true"),
        (ALONE_WITH_LIMIT, "alone"),
    ):
        ended = _with_limit(size, how)
        allowed_s = one.wall_s * float(TENFOLD) + max(10.0, size / LIMIT)
        rows.append(
            (
                how,
                f"{size:,}",
                f"{ended.failed}",
                f"{ended.wall_s * float(TENFOLD):.0f} / {allowed_s:.0f}",
                f"{ended.calls / size:.2f}",
                f"{ended.memory_mb:.0f}",
            )
        )
    head = (
        "hooks",
        "devices",
        "failed (goal: 0)",
        "seconds of the mock / slowest device + max(10, N/50)",
        "calls a device",
        "memory of all of ours, MB (goal: 150)",
    )
    title = f"Guests into rescue at {TENFOLD} times the speed, {LIMIT} requests a second allowed"
    print_table(title, head, rows)


def _print_side_by_side() -> None:
    rows = []
    one_s = 0.0
    for runners in RUNNERS:
        part = SHARED // runners
        ready = threading.Barrier(runners)
        with _limited_mock(SHARED) as environ, ThreadPoolExecutor(runners) as pool:
            started = [
                pool.submit(
                    apply, part, environ, "conductor", first=1 + number * part, begin=ready.wait
                )
                for number in range(runners)
            ]
            ends = [one.result() for one in started]
            made = calls(environ)
        wall_s = max(end.wall_s for end in ends)
        one_s = one_s or wall_s
        rows.append(
            (
                f"{runners}",
                f"{sum(end.failed for end in ends)}",
                f"{wall_s / one_s:.2f}x",
                f"{made / SHARED:.2f}",
            )
        )
    head = ("runners", "failed (goal: 0)", "time beside one (goal: 1.2x)", "calls a device")
    title = (
        f"{SHARED} guests over several runners of one account, {LIMIT} requests a second allowed"
    )
    print_table(title, head, rows)


def _with_limit(size: int, how: str) -> Ended:
    with _limited_mock(size) as environ:
        return apply(size, environ, how)


@contextmanager
def _limited_mock(size: int) -> Iterator[dict[str, str]]:
    with mock("--generate", f"{size},0", "--speed", TENFOLD) as environ:
        environ["CLASSIC_RESCUE_CLOCK_SPEED"] = TENFOLD
        request = urllib.request.Request(  # noqa: S310 always http
            environ["MOCK_CONTROL"] + "settings",
            json.dumps({"requests_per_second": LIMIT}).encode(),
            {"Content-Type": "application/json"},
            method="PATCH",
        )
        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310 always http
        yield environ


def apply(
    size: int,
    environ: Mapping[str, str],
    how: str,
    *,
    first: int = 1,
    begin: Callable[[], object] = lambda: None,
) -> Ended:
    """Synthesise and init every stack, then apply all at once; only the applies are measured.

    `how`: `conductor`, `alone`, or a program in place of the hook. `first`: the first guest.
    `begin` is called before the applies.
    """
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        own = {
            **environ,
            "CLASSIC_RESCUE_LOCKS": str(folder / "locks"),
            "CLASSIC_RESCUE_JOURNAL": "off",
        }
        synthesise(folder, size, own, first=first)
        if how not in ("conductor", "alone"):
            replace_hook(folder, how)
        stacks = sorted((folder / "cdktf.out/stacks").iterdir())
        for place in stacks:
            timed(["terraform", "init", "-input=false"], place, own)
        before = calls(own)
        conductor = stack.enter_context(conducting(own)) if how == "conductor" else None
        given = for_clients(own, conductor) if conductor else own
        command = ["terraform", "apply", "-auto-approve", "-input=false", f"-parallelism={WAVE}"]
        watch = stack.enter_context(_Watch(conductor))
        begin()
        began = time.perf_counter()
        with ThreadPoolExecutor(len(stacks)) as pool:
            runs = list(pool.map(lambda place: timed(command, place, given, may_fail=True), stacks))
        wall_s = time.perf_counter() - began
        cpu_s = sum(run.cpu_s for run in runs) + (_cpu_s(conductor) if conductor else 0.0)
        done = sum(_recorded(path) for path in folder.glob("*.tfstate"))
        return Ended(
            wall_s=wall_s,
            cpu_s=cpu_s,
            calls=calls(own) - before,
            failed=size - done,
            memory_mb=watch.memory_mb,
        )


def _recorded(state: Path) -> int:
    """How many devices are there, as Terraform has it; a failed hook leaves a tainted one."""
    tree = json.loads(state.read_text())
    return sum(
        "status" not in instance
        for resource in tree["resources"]
        if resource["name"] == "boot"
        for instance in resource["instances"]
    )


def _cpu_s(conductor: Conducting) -> float:
    fields = Path(f"/proc/{conductor.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Watch:
    """Reads what the conductor tells, as a command does, and looks at the memory of all of ours."""

    def __init__(self, conductor: Conducting | None) -> None:
        self._conductor = conductor
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.memory_mb = 0.0

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        looks = 0
        while not self._is_over.wait(TICK_S):
            if self._conductor:
                self._conductor.read_new()
            looks += 1
            if looks % 10 == 0:
                self.memory_mb = max(self.memory_mb, _memory_mb())


def _memory_mb() -> float:
    """What the hooks and the conductor of this process have to themselves."""
    parents = {path: _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    ours: set[Path] = set()
    new = {Path("/proc", str(os.getpid()))}
    while new:
        ours |= new
        new = {path for path, parent in parents.items() if parent in new}
    return sum(map(_private_mb, ours))


def _parent(process: Path) -> Path | None:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return None
    return Path("/proc", fields[1])


def _private_mb(process: Path) -> float:
    try:
        command = (process / "cmdline").read_bytes()
        if b"classic_rescue.hook" not in command and b"classic_rescue.conductor" not in command:
            return 0.0
        rows = (process / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return sum(int(row.split()[1]) for row in rows if row.startswith("Private_")) / 1024


if __name__ == "__main__":
    main()
