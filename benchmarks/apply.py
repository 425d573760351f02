"""Apply of 10, 100 and 1,000 devices on a zero-delay mock,
beside /bin/true as provisioner and beside a slcli loop.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import KEY, ROOT, USER, mock, print_table, timed

SIZES = (10, 100, 1000)
NO_DELAY = "1000000"
"""How many times as fast as real time the mock's clock runs: what is requested has happened."""

HOOK_SPEED = "20"
"""That of the hooks, whose timeout of an hour is three real minutes by that."""

SLCLI_DEVICES = 5
SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class Applied:
    """What an apply of every stack took."""

    wall_s: float
    peak_mb: float


def main() -> None:
    """Print both tables."""
    rows = []
    slcli_s = None
    for size in SIZES:
        with mock("--generate", f"{size + SLCLI_DEVICES},0", "--speed", NO_DELAY) as environment:
            environment["CLASSIC_RESCUE_CLOCK_SPEED"] = HOOK_SPEED
            ours, made = _apply(size, environment)
            floor, _ = _apply(size, environment, python="/bin/true")
            slcli_s = slcli_s or _slcli(size, environment)
        rows.append(
            (
                f"{size:,}",
                f"{ours.wall_s:.1f}",
                f"{floor.wall_s:.1f}",
                f"{ours.wall_s / floor.wall_s:.1f}x",
                f"{ours.wall_s / size * 1000:.0f}",
                f"{slcli_s * size / ours.wall_s:.1f}x",
                f"{ours.peak_mb:.0f} / {floor.peak_mb:.0f}",
                f"{made / size:.1f}",
            )
        )
    head = (
        "devices",
        "apply, s",
        "/bin/true, s",
        "ratio (goal: under 5x)",
        "ms a device (goal: 1,000 within 1.2x of 100)",
        "faster than slcli (goal: 8x)",
        "largest process, MB, ours / true",
        "calls a device",
    )
    print_table(
        "Apply, 100 devices a stack, up to 4 stacks side by side, no delay in the mock", head, rows
    )
    sys.stdout.write(
        f"\nslcli: `vs rescue` and `vs ready` took {slcli_s:.2f} s a device, measured on"
        f" {SLCLI_DEVICES} devices and extrapolated: a loop costs the same for each.\n"
    )


def _apply(
    size: int, environment: Mapping[str, str], python: str = sys.executable
) -> tuple[Applied, int]:
    """Synthesise and init every stack, then apply them side by side as cdktf does;
    only the applies are timed.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthesise(folder, size, environment)
        if python != sys.executable:
            replace_hook(folder, python)
        stacks = sorted((folder / "cdktf.out/stacks").iterdir())
        for stack in stacks:
            timed(["terraform", "init", "-input=false"], stack, environment)
        before = calls(environment)
        command = ["terraform", "apply", "-auto-approve", "-input=false", "-parallelism=20"]
        begin = time.perf_counter()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            runs = list(pool.map(lambda stack: timed(command, stack, environment), stacks))
        wall_s = time.perf_counter() - begin
        made = calls(environment) - before
    return Applied(wall_s, max(run.peak_mb for run in runs)), made


def synthesise(folder: Path, size: int, environment: Mapping[str, str], *, first: int = 1) -> None:
    """Write a fleet of so many guests, from this one on, and its stacks."""
    rows = "".join(
        f"  vg-{n}: {{virtual_guest: {1_000_000 + n}, boot: rescue}}\n"
        for n in range(first, first + size)
    )
    fleet = folder / "fleet.yaml"
    # The hash fills shards unevenly, so they get room;
    # the count of stacks is what the design asks for.
    fleet.write_text(f"shards: {max(1, size // 100)}\nshard_size: 100\ndevices:\n{rows}")
    own = {**environment, "CLASSIC_RESCUE_FLEET": str(fleet)}
    timed([sys.executable, str(ROOT / "main.py")], folder, own)


def replace_hook(folder: Path, program: str) -> None:
    """The same configuration with a program that does nothing as provisioner."""
    for path in folder.glob("cdktf.out/stacks/*/cdk.tf.json"):
        tree = json.loads(path.read_text())
        for block in tree["resource"]["terraform_data"].values():
            for provisioner in block["provisioner"]:
                provisioner["local-exec"]["command"] = program
        path.write_text(json.dumps(tree))


def calls(environment: Mapping[str, str]) -> int:
    """How many the mock has served so far."""
    with urllib.request.urlopen(environment["MOCK_CONTROL"] + "journal", timeout=60) as reply:  # noqa: S310 always http
        rows = json.loads(reply.read())
    return max((int(row["sequence"]) for row in rows), default=0)


def _slcli(size: int, environment: Mapping[str, str]) -> float:
    """Seconds a device of `slcli vs rescue` and `slcli vs ready --wait`,
    in a loop as one would write it.
    """
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "softlayer.conf"
        url = environment["CLASSIC_RESCUE_ENDPOINT"]
        config.write_text(
            f"[softlayer]\nusername = {USER}\napi_key = {KEY}\nendpoint_url = {url}\n"
        )
        slcli = f"{Path(sys.executable).parent / 'slcli'} -y -C {config}"
        ids = " ".join(str(1_000_000 + size + n) for n in range(1, SLCLI_DEVICES + 1))
        loop = (
            f"set -e; for id in {ids}; do {slcli} vs rescue $id;"
            f" {slcli} vs ready $id --wait 60; done"
        )
        own = {key: value for key, value in environment.items() if not key.startswith("SL_")}
        run = timed(["sh", "-c", loop], Path(name), own)
        return run.wall_s / SLCLI_DEVICES


if __name__ == "__main__":
    subprocess.run(
        [
            sys.executable,
            "-m",
            "compileall",
            "-q",
            str(ROOT / "constructs"),
            str(ROOT / "mock_api"),
        ],
        check=True,
    )
    main()
