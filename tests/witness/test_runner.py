"""Scripts in a rescue system, over connections that are cut and beside others."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from classic_rescue.boot.script import Script, checked
from classic_rescue.boot.ssh import Login
from classic_rescue.witness.keys import Key
from classic_rescue.witness.scripting import Scripts, Step, Target
from tests.machines import Machine, machines, new_key

Make = Callable[[], Machine]
pytestmark = pytest.mark.slow
PASSWORD = "of-the-rescue-system"


@pytest.fixture(scope="module")
def make() -> Iterator[Make]:
    """A maker of machines."""
    with machines() as maker:
        yield maker


def steps_of(target: Target, script: Script) -> Iterator[Step]:
    """What happens, in a process of its own."""
    scripts = Scripts(os.environ, "")
    try:
        yield from scripts.run(target, script, 60)
    finally:
        scripts.close()


class Rescue:
    """A machine in rescue."""

    def __init__(self, machine: Machine, memory: Path) -> None:
        self.machine = machine
        self.memory = memory
        self.key = new_key()
        self.up()

    def up(self) -> None:
        """It answers."""
        self.machine.runs(self.key, shell=self.memory, password=PASSWORD)

    def target(self, key: asyncssh.SSHKey | None = None, **more: Any) -> Target:
        """How to get there."""
        kind, blob = (key or self.key).export_public_key("openssh").decode().split()[:2]
        return Target(
            host="127.0.0.1",
            port=self.machine.port,
            jump="",
            user="root",
            key=Key(kind, blob),
            login=Login(unverified=True),
            name="a-script",
            password=PASSWORD,
        )._replace(**more)

    def run(self, text: str, target: Target | None = None) -> list[tuple[str, Any]]:
        """All steps of a script, with what counts of each."""
        script = checked("s", text.encode())
        return [
            (step.what, step.output if step.what == "output" else step.said.get("end"))
            for step in steps_of(target or self.target(), script)
            if step.what != "tick"
        ]


@pytest.fixture
def rescue(make: Make, tmp_path: Path) -> Rescue:
    """One of its own."""
    return Rescue(make(), tmp_path / "memory")


def test_a_password_is_sent_to_the_one_key_alone(rescue: Rescue) -> None:
    """Whoever shows another one is not logged in to."""
    assert rescue.run("true", rescue.target(new_key())) == [("end", "another_key")]
    assert rescue.machine.passwords == []
    assert not rescue.memory.exists()


def test_a_cut_connection_is_not_the_end(rescue: Rescue, tmp_path: Path) -> None:
    """The script goes on, and its end is told over the next connection."""
    go = tmp_path / "go"
    steps = []
    script = checked("s", f"echo one; until [ -e {go} ]; do sleep 0.1; done; echo two\n".encode())
    for step in steps_of(rescue.target(), script):
        steps += [step.what] if step.what != "tick" else []
        if step.what == "output" and steps.count("output") == 1:
            rescue.machine.runs()
        if step.what == "away":
            go.touch()
            rescue.up()
    assert steps[:2] == ["started", "output"]
    assert "away" in steps
    assert steps[-2:] == ["output", "end"]


def test_two_at_once_start_it_once(rescue: Rescue, tmp_path: Path) -> None:
    """The second one waits for the same run."""
    count = tmp_path / "count"
    found: list[list[tuple[str, Any]]] = []

    def run() -> None:
        found.append(rescue.run(f"echo x >> {count}; sleep 1; echo done\n"))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count.read_text() == "x\n"
    assert sorted(steps[0][0] for steps in found) == ["known", "known", "started"]
    assert all(steps[-2:] == [("output", "done\n"), ("end", "ended")] for steps in found)


def test_a_rescue_that_restarted_is_told(rescue: Rescue) -> None:
    """Nothing is started again."""
    steps = rescue.run("true", rescue.target(is_resumed=True))
    assert steps == [("end", "gone")]
