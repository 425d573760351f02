"""State in PostgreSQL: one schema a stack, locked while somebody applies,
and no password in any file.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from classic_rescue.boot.states import BootState, Goal, Order
from classic_rescue.fleet import PgBackend
from classic_rescue.stack import App, BootStateStack, virtual_guest
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from tests.backends.conftest import Postgres

pytestmark = pytest.mark.slow

HOOK = """#!/bin/sh
# Stands in for Python: notes each run, then holds on until the test lets go.
folder=$(dirname "$0"); for verb; do :; done
echo "$verb" >> "$folder/calls"
until [ -e "$folder/go" ]; do sleep 0.02; done
"""


class Applying:
    """A project of two stacks in PostgreSQL whose hook waits, and Terraform on it."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self.folder = folder
        self.python = folder / "python"
        self.python.write_text(HOOK)
        self.python.chmod(0o755)
        self.environment = {
            **os.environ,
            "CHECKPOINT_DISABLE": "1",
            "PG_CONN_STR": postgres.connection,
        }
        if not os.path.exists(self.environment.get("TF_CLI_CONFIG_FILE", "")):
            self.environment.pop("TF_CLI_CONFIG_FILE", None)
        self.started: list[subprocess.Popen[str]] = []

    def write(self, schema: str) -> None:
        """Synthesise two stacks of one device each, and initialise them."""
        app = App(outdir=str(self.folder / "cdktf.out"))
        backend = PgBackend.model_validate({"type": "pg", "schema": schema})
        for number in (0, 1):
            order = Order(f"web-{number}", virtual_guest(number + 1), Goal(BootState.RESCUE))
            BootStateStack(
                app, f"fleet-{number}", orders=[order], backend=backend, python=str(self.python)
            )
        app.synth()
        for number in (0, 1):
            self.finish(self.start("init", stack=number), code=0)

    def start(self, *arguments: str, stack: int = 0) -> subprocess.Popen[str]:
        """Start Terraform on a stack."""
        command = [
            "terraform",
            f"-chdir={self.folder}/cdktf.out/stacks/fleet-{stack}",
            *arguments,
            "-no-color",
        ]
        process = subprocess.Popen(
            command,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.started.append(process)
        return process

    def apply(self, *arguments: str, stack: int = 0) -> subprocess.Popen[str]:
        """Start an apply of a stack."""
        return self.start("apply", "-auto-approve", "-input=false", *arguments, stack=stack)

    def open_state(self, stack: int) -> None:
        """Make the stack's row in PostgreSQL without running a hook:
        a stack without one locks out all others.
        """
        self.finish(self.apply("-refresh-only", stack=stack), code=0)

    def finish(self, process: subprocess.Popen[str], code: int) -> str:
        """Wait for Terraform's end, check its exit code and give its output."""
        output, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == code, output
        return output

    def calls(self) -> int:
        """How many hooks have started."""
        notes = self.folder / "calls"
        return len(notes.read_text().splitlines()) if notes.exists() else 0

    def wait_for_calls(self, count: int) -> None:
        """Wait until so many hooks have started."""
        end = time.monotonic() + PATIENCE_S
        while self.calls() < count:
            assert time.monotonic() < end, (
                f"{self.calls()} of {count} hooks started in {PATIENCE_S} s"
            )
            time.sleep(0.02)

    def let_go(self) -> None:
        """Let every hook end, those of later runs too."""
        (self.folder / "go").touch()

    def resources(self, stack: int) -> list[str]:
        """The addresses in a stack's state."""
        return self.finish(self.start("state", "list", stack=stack), code=0).split()


@pytest.fixture
def applying(tmp_path: Path, postgres: Postgres) -> Iterator[Applying]:
    """A project whose Terraform runs end with the test."""
    project = Applying(tmp_path, postgres)
    # Each test has a schema of its own, since all share the server.
    project.write(schema=tmp_path.name)
    yield project
    project.let_go()
    for process in project.started:
        process.communicate(timeout=PATIENCE_S)


def test_a_second_apply_is_refused_by_the_lock(applying: Applying) -> None:
    """While one apply runs its hook, another is refused at once;
    the first ends well and the hook ran once.

    Terraform 1.11 shows its own run under `Lock Info`, not the one that holds the lock; only
    PostgreSQL knows that.
    """
    applying.open_state(0)
    first = applying.apply()
    applying.wait_for_calls(1)
    refused = applying.finish(applying.start("plan"), code=1)
    assert "Error acquiring the state lock" in refused
    assert "Workspace is already locked" in refused
    assert "OperationTypePlan" in refused
    assert "Workspace is already locked" in applying.finish(applying.apply(), code=1)
    applying.let_go()
    applying.finish(first, code=0)
    assert len(applying.resources(0)) == 2
    assert applying.calls() == 1


def test_a_second_apply_can_wait_for_the_lock(applying: Applying) -> None:
    """With a lock timeout the second apply waits for the first, then finds nothing to do:
    no second reboot.
    """
    first = applying.apply()
    applying.wait_for_calls(1)
    second = applying.apply(f"-lock-timeout={PATIENCE_S}s")
    applying.let_go()
    applying.finish(first, code=0)
    assert "No changes" in applying.finish(second, code=0)
    assert applying.calls() == 1


def test_stacks_do_not_wait_for_each_other(applying: Applying) -> None:
    """Two stacks whose states exist apply at the same time, each into a schema of its own.

    They need a lock timeout: for a moment each takes the lock for new states, and the other one
    would be refused.
    """
    applying.open_state(0)
    applying.open_state(1)
    both = [applying.apply(f"-lock-timeout={PATIENCE_S}s", stack=stack) for stack in (0, 1)]
    applying.wait_for_calls(2)
    applying.let_go()
    for process in both:
        applying.finish(process, code=0)
    assert applying.resources(0) == [
        f'terraform_data.{name}["virtual_guest/1"]' for name in ("boot", "release")
    ]
    assert applying.resources(1) == [
        f'terraform_data.{name}["virtual_guest/2"]' for name in ("boot", "release")
    ]


def test_a_stack_without_a_state_locks_out_all_others(applying: Applying) -> None:
    """The very first apply of a stack holds Terraform's lock for new states, which every other
    stack needs, too.

    So `apply -refresh-only` goes first for new stacks.
    This test says when Terraform no longer needs that.
    """
    applying.open_state(1)
    first = applying.apply(stack=0)
    applying.wait_for_calls(1)
    assert "Error acquiring the state lock" in applying.finish(applying.apply(stack=1), code=1)
    applying.let_go()
    applying.finish(first, code=0)


def test_no_file_holds_the_password(applying: Applying, postgres: Postgres) -> None:
    """The password stays in the environment: not in the JSON, not in Terraform's own folder,
    not in the plan.
    """
    applying.finish(applying.start("plan", "-out=plan"), code=0)
    files = [path for path in applying.folder.rglob("*") if path.is_file()]
    assert any(path.name == "plan" for path in files)
    assert [path for path in files if postgres.password.encode() in path.read_bytes()] == []
