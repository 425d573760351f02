"""The commands that look at a whole fleet, at two sizes: how their time grows, and a plan beside
Terraform alone.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.measure import ROOT, Run, mock, print_table, timed

SIZES = (1_000, 10_000)
IN_A_STACK = 100
IN_RESCUE = 100
FIRST = 1_000_001


def main() -> None:
    """Print the table."""
    small, large = (_measured(size) for size in SIZES)
    rows = [
        (
            name,
            f"{small[name].wall_s:.1f}",
            f"{large[name].wall_s:.1f}",
            f"{large[name].wall_s / small[name].wall_s:.1f}x",
            f"{large[name].peak_mb:.0f}" if large[name].peak_mb else "",
        )
        for name in large
    ]
    head = (
        "what",
        *(f"seconds, {size:,} devices in {size // IN_A_STACK} stacks" for size in SIZES),
        "growth (10x is linear)",
        "memory of the largest process, MB",
    )
    print_table("Commands of a large fleet", head, rows)


def _measured(size: int) -> dict[str, Run]:
    with (
        mock("--generate", f"{size},0", "--speed", "0") as environ,
        tempfile.TemporaryDirectory() as name,
    ):
        project = Path(name)
        _write_fleet(project, size)
        environ["CLASSIC_RESCUE_JOURNAL"] = "off"
        own = [sys.executable, "-m", "classic_rescue.cli"]
        ends = {
            "validate": timed([*own, "validate"], project, environ),
            "synthesis": timed([sys.executable, "main.py"], project, environ),
            "plan": timed([*own, "plan", "--out", "reviewed"], project, environ, may_fail=True),
        }
        ends["Terraform alone, init and plan"] = _terraform_alone(project, environ)
        ends["drift"] = timed([*own, "drift"], project, environ, may_fail=True)
        ends["status"] = timed([*own, "status"], project, environ, may_fail=True)
        return ends


def _write_fleet(project: Path, size: int) -> None:
    rows = "".join(
        f"  vg-{n}: {{virtual_guest: {n}, boot: {'rescue' if n < FIRST + IN_RESCUE else 'os'}}}\n"
        for n in range(FIRST, FIRST + size)
    )
    shards = f"shards: {size // IN_A_STACK}\nshard_size: {IN_A_STACK}\n"
    (project / "fleet.yaml").write_text(f"{shards}devices:\n{rows}")
    for needed in ("cdktf.json", "main.py", "constructs"):
        (project / needed).symlink_to(ROOT / needed)


def _terraform_alone(project: Path, environ: Mapping[str, str]) -> Run:
    """All stacks, as many at once as there are processors."""
    manifest = json.loads((project / "cdktf.out/manifest.json").read_text())
    rows = manifest["stacks"].values()
    stacks = [project / "cdktf.out" / row["workingDirectory"] for row in rows]

    def plan(folder: Path) -> None:
        timed(["terraform", "init", "-input=false"], folder, environ)
        timed(["terraform", "plan", "-input=false", "-lock=false"], folder, environ)

    began = os.times().elapsed
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(plan, stacks))
    return Run(os.times().elapsed - began, 0.0, 0.0)
