"""What the synthesis tests share: apps written to a temporary project, snapshots, and real
Terraform on the result.

Nothing here is imported by tests (a `tests` package of somebody else may be installed):
they take fixtures.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from classic_rescue.boot.states import BootState, Goal, Order
from classic_rescue.stack import App, BootStateStack, DeviceRef, virtual_guest
from tests.patience import PATIENCE_S

Json = dict[str, Any]
SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE_VARIABLE = "UPDATE_SNAPSHOTS"


def terraform_environment() -> dict[str, str]:
    """The environment without what would make Terraform talk: a missing configuration file,
    the version check.
    """
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    if not os.path.exists(environment.get("TF_CLI_CONFIG_FILE", "")):
        environment.pop("TF_CLI_CONFIG_FILE", None)
    return environment


@pytest.fixture(scope="session")
def make_order() -> Callable[..., Order]:
    """Make an order with few words: a rescue of virtual guest 1 called web-1,
    unless said otherwise.
    """

    def make(
        name: str = "web-1", device: DeviceRef | int = 1, goal: Goal | str = "rescue", **more: Any
    ) -> Order:
        device = virtual_guest(device) if isinstance(device, int) else device
        goal = Goal(BootState(goal)) if isinstance(goal, str) else goal
        return Order(name, device, goal, **more)

    return make


@pytest.fixture
def write_app(tmp_path: Path) -> Callable[[Callable[[App], object]], dict[str, Json]]:
    """Synthesise what a function puts into an App, and give the JSON by stack."""

    def write(build: Callable[[App], object]) -> dict[str, Json]:
        app = App(outdir=str(tmp_path / "cdktf.out"))
        build(app)
        app.synth()
        return read_stacks(tmp_path)

    return write


def read_stacks(project: Path) -> dict[str, Json]:
    """The JSON of every stack under a project's `cdktf.out`."""
    paths = project.glob("cdktf.out/stacks/*/cdk.tf.json")
    return {path.parent.name: json.loads(path.read_text()) for path in paths}


@pytest.fixture
def check_snapshot() -> Callable[[str, str], None]:
    """Compare a text with `snapshots/NAME`; UPDATE_SNAPSHOTS=1 writes it instead."""

    def check(name: str, text: str) -> None:
        # The only difference between cdktf and cdktn: the library's version in a comment.
        text = re.sub(r'("version": )"[\d.]+"', r'\1"VERSION"', text)
        path = SNAPSHOTS / name
        if os.environ.get(UPDATE_VARIABLE):
            path.write_text(text)
        assert text == path.read_text(), (
            f"{name} changed; if that is meant, run again with {UPDATE_VARIABLE}=1"
        )

    return check


HOOK = """#!/bin/sh
# Stands in for Python: notes verb, endpoint and order; fails for a device with a doomed name.
folder=$(dirname "$0"); for verb; do :; done
order=$CLASSIC_RESCUE_ORDER
printf '%s\\t%s\\t%s\\n' "$verb" "$CLASSIC_RESCUE_FLEET_ENDPOINT" "$order" >> "$folder/calls"
case "$verb$order" in enter*doomed*) exit 1 ;; esac
"""


@dataclass(frozen=True)
class Call:
    """One run of the hook as the stand-in saw it."""

    verb: str
    endpoint: str
    order: dict[str, Any]


@dataclass
class Project:
    """A project folder whose stacks real Terraform applies,
    with a stand-in for the hook's Python.
    """

    folder: Path
    python: Path = field(init=False)

    def __post_init__(self) -> None:
        """Write the stand-in, under a path that the shell must quote."""
        self.python = self.folder / "my $HOME's python" / "python 3"
        self.python.parent.mkdir()
        self.python.write_text(HOOK)
        self.python.chmod(0o755)

    def write(self, stacks: Mapping[str, Iterable[Order]], **options: Any) -> None:
        """Synthesise the stacks again."""
        app = App(outdir=str(self.folder / "cdktf.out"))
        for name, orders in stacks.items():
            BootStateStack(app, name, orders=orders, python=str(self.python), **options)
        app.synth()

    def terraform(
        self, *arguments: str, stack: str = "fleet-0", allow: tuple[int, ...] = (0,)
    ) -> str:
        """Run Terraform on a stack and give its output. The first time it runs `init`, too."""
        folder = self.folder / "cdktf.out" / "stacks" / stack
        if arguments[0] != "init" and not (folder / ".terraform").exists():
            self.terraform("init", "-input=false", stack=stack)
        command = ["terraform", f"-chdir={folder}", *arguments, "-no-color"]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=terraform_environment(),
            timeout=PATIENCE_S,
        )
        assert done.returncode in allow, done.stdout + done.stderr
        return done.stdout

    def apply(self, *orders: Order, allow: tuple[int, ...] = (0,), **options: Any) -> list[Call]:
        """Declare these orders in `fleet-0`, apply,
        and give the hook's runs of this apply in their order.
        """
        self.write({"fleet-0": orders}, **options)
        self.terraform("apply", "-auto-approve", "-input=false", allow=allow)
        return self.take_calls()

    def take_calls(self) -> list[Call]:
        """The runs of the hook since the last time."""
        notes = self.python.parent / "calls"
        lines = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        split = (line.split("\t") for line in lines)
        return [Call(verb, endpoint, json.loads(order)) for verb, endpoint, order in split]

    def planned_actions(self) -> dict[str, list[str]]:
        """What a plan would do, by address."""
        self.terraform("plan", "-out=plan", "-input=false")
        plan = json.loads(self.terraform("show", "-json", "plan"))
        return {
            change["address"]: change["change"]["actions"]
            for change in plan.get("resource_changes", [])
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project folder."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run this Python on a file in a folder, with more environment, and give what it did."""

    def run(
        *arguments: str | Path, cwd: Path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        env = {**terraform_environment(), **environment}
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=env,
            cwd=cwd,
            timeout=PATIENCE_S,
        )

    return run
