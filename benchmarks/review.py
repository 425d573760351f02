"""Review of plans of 1,000, 5,000 and 10,000 devices in stacks of 100:
time beyond Python's start, and memory.

Once with devices that are all new, so that each of them is shown, and once with devices that all
stay, as in most pull requests: those plans are twice as long, since Terraform writes what is on
record beside what is planned.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Run, median, print_table, terraform_environment, timed
from classic_rescue.boot.states import Order
from classic_rescue.fleet.sharding import name_stack, shard_of

SIZES = (1000, 5000, 10_000)
PER_STACK = 100
ROUNDS = 5
CLEAN = 0
RESTARTS = 2
EMPTY = "import click"


def main() -> None:
    """Print the table. The plans are copies of one that Terraform makes here,
    with other devices in it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        new, kept = _real_plans(folder)
        commands = {"Python and click": [sys.executable, "-c", EMPTY]}
        for size in SIZES:
            commands[f"{size:,} new devices"] = _command(
                folder, size, "new", template=new, code=RESTARTS
            )
        commands["5,000 devices that stay"] = _command(
            folder, 5000, "kept", template=kept, code=CLEAN
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
        runs: dict[str, list[Run]] = {}
        for _ in range(ROUNDS):
            for what, command in commands.items():
                runs.setdefault(what, []).append(timed(command, folder, environment))
        start = median(runs["Python and click"])
        rows = [_row(what, median(found), start) for what, found in runs.items()]
    head = ("run", "seconds", "beyond the start", "µs a device", "peak MB")
    print_table("Review (goal: 5,000 devices under 1 s beyond Python's start, linear)", head, rows)


def _row(what: str, run: Run, start: Run) -> tuple[str, ...]:
    devices = int(what.split()[0].replace(",", "")) if what[0].isdigit() else 0
    beyond_s = run.wall_s - start.wall_s
    each = f"{beyond_s / devices * 1e6:.0f}" if devices else ""
    return what, f"{run.wall_s:.2f}", f"{beyond_s:.2f}", each, f"{run.peak_mb:.0f}"


def _real_plans(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Terraform's plans of one device with the project's own blocks: of a new one,
    and again after an apply.
    """
    from classic_rescue.stack.blocks import HookCall, fixed_blocks
    from classic_rescue.stack.templates import order_value

    order = _order(1)
    configuration = {
        "resource": {"terraform_data": fixed_blocks(HookCall("true", ".", None))},
        "locals": {"devices": {order.device.key: order_value(order)}},
    }
    (folder / "cdk.tf.json").write_text(json.dumps(configuration))
    _terraform(folder, "init", "-input=false")
    _terraform(folder, "plan", "-input=false", "-out=new")
    _terraform(folder, "apply", "-input=false", "new")
    _terraform(folder, "plan", "-input=false", "-out=kept")
    return json.loads(_terraform(folder, "show", "-json", "new")), json.loads(
        _terraform(folder, "show", "-json", "kept")
    )


def _terraform(folder: Path, *words: str) -> str:
    environment = terraform_environment()
    done = subprocess.run(
        ["terraform", *words], cwd=folder, env=environment, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode()


def _order(number: int) -> Order:
    return Order.from_dict(
        {
            "name": f"vg-{number}",
            "device": f"virtual_guest/{number}",
            "boot": "rescue",
            "image": None,
            "no_os_environment": None,
            "timeout_s": 3600,
            "reason": None,
        }
    )


def _command(
    folder: Path, size: int, kind: str, *, template: dict[str, Any], code: int
) -> list[str]:
    """Write the fleet file and the plans of all its stacks; the command that reviews them,
    and its exit code.
    """
    shards = size // PER_STACK
    fleet = folder / f"fleet-{size}.yaml"
    rows = "".join(f"  vg-{n}: {{virtual_guest: {n}, boot: rescue}}\n" for n in range(1, size + 1))
    fleet.write_text(f"shards: {shards}\ndevices:\n{rows}")
    stacks: dict[int, list[Order]] = {number: [] for number in range(shards)}
    for order in map(_order, range(1, size + 1)):
        stacks[shard_of(order.device, shards)].append(order)
    plans = folder / f"{kind}-{size}"
    plans.mkdir()
    for number, orders in stacks.items():
        (plans / f"{name_stack(number)}.json").write_text(json.dumps(_plan(template, orders)))
    review = f"{sys.executable} -m classic_rescue.cli review --fleet {fleet} {plans}/*.json"
    return ["sh", "-c", f"{review}; test $? = {code}"]


def _plan(template: dict[str, Any], orders: list[Order]) -> dict[str, Any]:
    """The template with other devices in every place that holds one."""
    plan: dict[str, Any] = json.loads(json.dumps(template))
    plan["resource_changes"] = _copies(template["resource_changes"], orders)
    for values in (plan["planned_values"], plan.get("prior_state", {}).get("values")):
        if values:
            values["root_module"]["resources"] = _copies(values["root_module"]["resources"], orders)
    return plan


def _copies(rows: list[Any], orders: list[Order]) -> list[Any]:
    text = json.dumps(rows)
    texts = (
        text.replace("virtual_guest/1", order.device.key).replace("vg-1", order.name)
        for order in orders
    )
    return [row for copy in texts for row in json.loads(copy)]


if __name__ == "__main__":
    main()
