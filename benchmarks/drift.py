"""Looking for drift in a whole account, beside the same done by `slcli vs detail` in a loop."""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import KEY, ROOT, USER, Run, median, mock, print_table, timed

SIZES = (1_000, 10_000)
IN_RESCUE = 100
"""Guests that somebody put into rescue: half of them are declared so, the others have drifted."""

LOOPED = 50
ROUNDS = 3
FIRST_GUEST = 1_000_001
FIRST_SERVER = 2_000_001


def main() -> None:
    """Print the table. Terraform's record is left out on our side: slcli has nothing like it."""
    rows: list[tuple[str, ...]] = []
    for size in SIZES:
        servers = size // 10
        with mock("--generate", f"{size - servers},{servers}", "--speed", "0") as environment:
            _rescue_some(environment)
            ours, our_calls = _drift(environment, size, servers)
            loop, loop_calls = _slcli_loop(environment)
        factor = size / LOOPED
        goal = f"{size // 100 + 10}"
        all_s = f"{loop.wall_s * factor:,.0f}"
        all_calls = f"{loop_calls * factor:,.0f}"
        row = (
            f"{size:,}",
            "classic-rescue drift",
            f"{our_calls}",
            goal,
            f"{ours.wall_s:.1f}",
            f"{ours.peak_mb:.0f}",
        )
        rows.append((*row, "measured"))
        row = (
            f"{size:,}",
            "slcli vs detail, each device",
            all_calls,
            "",
            all_s,
            f"{loop.peak_mb:.0f}",
        )
        rows.append((*row, f"measured on {LOOPED}, EXTRAPOLATED"))
    head = ("devices", "with", "API calls", "goal", "wall, s", "memory, MB", "how")
    print_table("Drift of an account (goal: at most N/100 + 10 calls)", head, rows)


def _drift(environment: Mapping[str, str], size: int, servers: int) -> tuple[Run, int]:
    """The whole command in a process, over a fleet file that names every device,
    and the calls that the mock saw.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fleet.yaml").write_text(_fleet(size, servers))
        (folder / "cdktf.json").write_text("{}")
        settings = {
            **environment,
            "PYTHONPATH": str(ROOT / "constructs"),
            "HOME": name,
            "TERRAFORM_BINARY_NAME": "left-out",
        }
        command = [sys.executable, "-c", _EXPECTS_DRIFT, "drift", "--json"]
        _forget_calls(environment)
        runs = [timed(command, folder, settings) for _ in range(ROUNDS)]
        return median(runs), _calls(environment) // ROUNDS


_EXPECTS_DRIFT = """
import subprocess, sys
done = subprocess.run([sys.executable, "-m", "classic_rescue.cli", *sys.argv[1:]])
sys.exit(0 if done.returncode == 4 else 1)
"""


def _fleet(size: int, servers: int) -> str:
    lines = [f"shards: {max(1, size // 100)}", "devices:"]
    for number in range(size - servers):
        state = "rescue" if number < IN_RESCUE // 2 else "os"
        lines.append(f"  vg-{number}: {{virtual_guest: {FIRST_GUEST + number}, boot: {state}}}")
    lines += [
        f"  hw-{number}: {{hardware: {FIRST_SERVER + number}, boot: os}}"
        for number in range(servers)
    ]
    return "\n".join(lines) + "\n"


def _slcli_loop(environment: Mapping[str, str]) -> tuple[Run, int]:
    """One process a device, as a script does it; the figures of all of them together."""
    with tempfile.TemporaryDirectory() as name:
        config = Path(name, "slcli.cfg")
        endpoint = environment["CLASSIC_RESCUE_ENDPOINT"]
        config.write_text(f"[softlayer]\nusername={USER}\napi_key={KEY}\nendpoint_url={endpoint}\n")
        slcli = str(Path(sys.executable).with_name("slcli"))
        _forget_calls(environment)
        runs = [
            timed(
                [
                    slcli,
                    "-C",
                    str(config),
                    "--format",
                    "json",
                    "vs",
                    "detail",
                    str(FIRST_GUEST + number),
                ],
                Path(name),
                # Its credentials win over the file's, so the caller's own must not be there.
                environment,
            )
            for number in range(LOOPED)
        ]
        peak = max(run.peak_mb for run in runs)
        return Run(sum(run.wall_s for run in runs), sum(run.cpu_s for run in runs), peak), _calls(
            environment
        )


def _rescue_some(environment: Mapping[str, str]) -> None:
    from classic_rescue.api.client import ClassicApi
    from classic_rescue.api.settings import Settings, basic

    api = ClassicApi(
        Settings(environment["CLASSIC_RESCUE_ENDPOINT"], "benchmark", basic(USER, KEY, "benchmark"))
    )
    for number in range(IN_RESCUE):
        api.call("SoftLayer_Virtual_Guest", "executeRescueLayer", id=FIRST_GUEST + number)
    _control(environment, "clock", "POST", {"run_until_stable": True})


def _forget_calls(environment: Mapping[str, str]) -> None:
    _control(environment, "journal", "DELETE")


def _calls(environment: Mapping[str, str]) -> int:
    return len(_control(environment, "journal", "GET"))


def _control(
    environment: Mapping[str, str], path: str, verb: str, body: object = None
) -> list[object]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 always http on this machine
        environment["MOCK_CONTROL"] + path, data, {"Content-Type": "application/json"}, method=verb
    )
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 always http on this machine
        answer = json.loads(reply.read())
    return list(answer)
