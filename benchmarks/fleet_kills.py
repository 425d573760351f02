"""What is left of a deploy of many devices after kill -9 of its conductor, of Terraform or of a
client, at moments from a seed; and after one more deploy.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, mock, print_table

DEVICES = 50
MOMENTS = 20
SPEED = "100"
SEED = 20261130
FIRST = 1_000_001
LONGEST_S = 300.0
MARKS = {
    "conductor": b"classic_rescue.conductor",
    "Terraform": b"-parallelism=",
    "client": b"CLASSIC_RESCUE_CONDUCTOR-",
}
"""What the command line of each holds; a client is the shell that Terraform starts for a hook."""


@dataclass
class Found:
    """What became of the devices, over all moments of one kind of kill."""

    killed: int = 0
    as_declared: int = 0
    sent_twice: int = 0
    in_state: int = 0
    nothing_to_do: int = 0
    codes: Counter[int] = field(default_factory=Counter)


def print_kills() -> None:
    """A row for each that is killed."""
    chance = random.Random(SEED)  # noqa: S311 not for secrets
    rows = []
    for who in MARKS:
        found = Found()
        for _ in range(MOMENTS):
            _play(who, chance.randint(0, DEVICES - 1), chance.random(), found)
        devices = DEVICES * MOMENTS
        rows.append(
            (
                who,
                f"{found.killed} of {MOMENTS}",
                f"{found.as_declared} of {devices}",
                f"{found.sent_twice}",
                f"{found.in_state} of {devices}",
                f"{found.nothing_to_do} of {MOMENTS}",
                dict(found.codes),
            )
        )
    head = (
        "killed by -9",
        "moments",
        "as declared after one more deploy (goal: all)",
        "restarts sent twice (goal: 0)",
        "in Terraform's state",
        "a third deploy has nothing to do",
        "exit codes of the deploy that was struck",
    )
    title = f"Deploys of {DEVICES} guests, {MOMENTS} moments each, seed {SEED}"
    print_table(title, head, rows)


def _play(who: str, after_requests: int, part: float, found: Found) -> None:
    """One deploy that is struck once so many requests were accepted, and part of the time that a
    guest needs later; then one more, and a third.
    """
    with (
        mock("--generate", f"{DEVICES},0", "--speed", SPEED) as environ,
        tempfile.TemporaryDirectory() as name,
    ):
        project = Path(name)
        rows = "".join(
            f"  vg-{n}: {{virtual_guest: {n}, boot: rescue}}\n"
            for n in range(FIRST, FIRST + DEVICES)
        )
        (project / "fleet.yaml").write_text(f"devices:\n{rows}")
        for needed in ("cdktf.json", "main.py", "constructs"):
            (project / needed).symlink_to(ROOT / needed)
        own = {
            **environ,
            "CLASSIC_RESCUE_CLOCK_SPEED": SPEED,
            "CLASSIC_RESCUE_LOCKS": str(project / "locks"),
            "CLASSIC_RESCUE_JOURNAL": "off",
            "HOME": name,
        }
        deploy = _start(project, own)
        while len(_requests(own)) < after_requests and deploy.poll() is None:
            time.sleep(0.02)
        time.sleep(part * 250 / float(SPEED))
        found.killed += _kill(who, project)
        found.codes[deploy.wait(LONGEST_S)] += 1
        again = _start(project, own)
        again.wait(LONGEST_S)
        found.as_declared += _in_rescue(own)
        found.sent_twice += sum(count - 1 for count in Counter(_requests(own)).values())
        found.in_state += _in_state(project)
        before = len(_requests(own))
        third = _start(project, own)
        is_calm = third.wait(LONGEST_S) == 0 and len(_requests(own)) == before
        found.nothing_to_do += is_calm


def _start(project: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "classic_rescue.cli", "deploy", "--yes", "--no-progress"]
    return subprocess.Popen(
        command, cwd=project, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _kill(who: str, project: Path) -> int:
    """Kill one of this project. Returns how many that were: 1, or 0 where it has ended."""
    for path in Path("/proc").iterdir():
        if not path.name.isdigit():
            continue
        with suppress(OSError):  # it has ended meanwhile
            is_meant = MARKS[who] in (path / "cmdline").read_bytes()
            if is_meant and str(project).encode() in (path / "environ").read_bytes():
                os.kill(int(path.name), signal.SIGKILL)
                return 1
    return 0


def _ask(environ: Mapping[str, str], path: str) -> Any:  # noqa: ANN401 whatever JSON holds
    with urllib.request.urlopen(environ["MOCK_CONTROL"] + path, timeout=60) as reply:  # noqa: S310 always http
        return json.loads(reply.read())


def _requests(environ: Mapping[str, str]) -> list[str]:
    """The device of each accepted request that restarts one."""
    rows = _ask(environ, "journal")
    return [str(row["id"]) for row in rows if row["kind"] == "changing" and row["status"] == 200]


def _in_rescue(environ: Mapping[str, str]) -> int:
    rows = _ask(environ, "devices")
    return sum(row["boot"] == "rescue" and not row["move"] for row in rows)


def _in_state(project: Path) -> int:
    """How many devices Terraform's own record has, whole."""
    found = 0
    for path in project.glob("*.tfstate"):
        for resource in json.loads(path.read_text())["resources"]:
            if resource["name"] == "boot":
                found += sum("status" not in one for one in resource["instances"])
    return found
