"""Terraform itself over the stacks of a project: the real one for the whole way,
stand-ins for what goes wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from classic_rescue.cli.session.session import open_session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.side_by_side import Call, Ends, run_side_by_side
from classic_rescue.cli.terraform.terraform import Stack, Terraform, open_terraform
from classic_rescue.cli.terraform.working_folders import WorkingFolders

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def terraform(mock: Any, project: Path) -> Terraform:
    """The real Terraform of a project that talks to the mock."""
    session = open_session(Path("fleet.yaml"), None, environ=os.environ, now=NOW)
    return open_terraform(session)


def stand_in(terraform: Terraform, folder: Path, script: str) -> tuple[Terraform, list[Stack]]:
    """A Terraform that is a shell script, and two stacks."""
    program = folder / "stand-in"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    stacks = [Stack(name, folder / name) for name in ("a", "b")]
    for stack in stacks:
        stack.folder.mkdir()
    return replace(terraform, program=str(program)), stacks


@pytest.mark.slow
def test_plans_applies_and_tells_the_state(
    terraform: Terraform, mock: Any, project: Path, tmp_path: Path
) -> None:
    """Synthesis, init, plan, its JSON, the apply of exactly that file, and the state,
    of two stacks.
    """
    fleet = project / "fleet.yaml"
    fleet.write_text("shards: 2\n" + fleet.read_text())
    stacks = terraform.synthesise()
    assert [stack.name for stack in stacks] == ["fleet-0", "fleet-1"]
    terraform.init(stacks)
    files = terraform.plan(stacks, tmp_path)
    plans = {name: json.loads(text) for name, text in terraform.plan_texts(stacks, files).items()}
    addresses = {row["address"] for plan in plans.values() for row in plan["resource_changes"]}
    assert 'terraform_data.boot["virtual_guest/124929698"]' in addresses
    assert all("values" not in json.loads(text) for text in terraform.state_texts(stacks).values())
    logs = {stack.name: tmp_path / f"{stack.name}.log" for stack in stacks}
    ends = terraform.apply(stacks, files, logs=logs, environ=terraform.environ, tick=lambda: None)
    assert ends == Ends({"fleet-0": 0, "fleet-1": 0}, is_interrupted=False)
    assert all("Apply complete!" in log.read_text() for log in logs.values())
    states = [json.loads(text)["values"] for text in terraform.state_texts(stacks).values()]
    assert sum(len(state["root_module"].get("resources", [])) for state in states) == 4


@pytest.mark.slow
def test_replaces_what_it_is_told_to(terraform: Terraform, tmp_path: Path) -> None:
    """More arguments reach the plan; one for a device that a stack does not have is harmless."""
    stacks = terraform.synthesise()
    terraform.init(stacks)
    files = terraform.plan(
        stacks, tmp_path, {"fleet-0": ['-replace=terraform_data.boot["hardware/1"]']}
    )
    assert files["fleet-0"].is_file()


@pytest.mark.slow
def test_a_broken_app_is_told_in_its_words(terraform: Terraform, project: Path) -> None:
    """What the app says on its way out is the message,
    and an old manifest is not taken for its work.
    """
    (project / "cdktf.out").mkdir()
    (project / "cdktf.out" / "manifest.json").write_text('{"stacks": {"old": {}}}')
    (project / "fleet.yaml").write_text("devices: 7\n")
    with pytest.raises(
        Failure, match=r"synthesis failed \(exit code 1\):\n  .*fleet.yaml:1: devices: "
    ) as failure:
        terraform.synthesise()
    assert "Traceback" not in failure.value.message
    assert not (project / "cdktf.out" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "app: None; allowed: a command such as"),
        ('{"app": "python \'"}', "allowed: a command such as"),
        ('{"app": "no-such-program x"}', "'no-such-program' is not on PATH"),
        ("[]", "not a JSON object"),
        ("{", "not JSON"),
        ('{"app": "true"}', "manifest.json is missing"),
    ],
)
def test_a_project_that_cannot_be_synthesised(
    terraform: Terraform, project: Path, text: str, said: str
) -> None:
    """Each mistake in cdktf.json is one sentence."""
    (project / "cdktf.json").unlink()
    (project / "cdktf.json").write_text(text)
    with pytest.raises(Failure, match=said):
        terraform.synthesise()


def test_every_failed_stack_is_told(terraform: Terraform, tmp_path: Path) -> None:
    """Terraform's last words without its frame, for each stack that failed and for no other."""
    script = (
        'case "$PWD" in */a) echo "│ Error: no lock" >&2; echo "│ held by Ann" >&2; exit 1;; esac'
    )
    broken, stacks = stand_in(terraform, tmp_path, script)
    with pytest.raises(Failure) as failure:
        broken.init(stacks)
    assert (
        failure.value.message
        == "terraform init of a failed (exit code 1):\n  Error: no lock\n  held by Ann"
    )


def test_one_failed_apply_does_not_keep_the_other(terraform: Terraform, tmp_path: Path) -> None:
    """Each stack has its exit code and its log, whatever happens to the others."""
    script = 'echo "$@" "$MORE"; case "$PWD" in */a) exit 1;; esac'
    program, stacks = stand_in(terraform, tmp_path, script)
    logs = {stack.name: tmp_path / f"{stack.name}.log" for stack in stacks}
    files = {stack.name: tmp_path / "x.tfplan" for stack in stacks}
    ends = program.apply(
        stacks,
        files,
        logs=logs,
        arguments=["-parallelism=3"],
        environ={**program.environ, "MORE": "told"},
        tick=lambda: None,
    )
    assert ends == Ends({"a": 1, "b": 0}, is_interrupted=False)
    assert (
        logs["b"].read_text() == f"apply -input=false -no-color -parallelism=3 {files['b']} told\n"
    )


def test_what_terraform_is_told(terraform: Terraform, project: Path, mock: Any) -> None:
    """The very endpoint and fleet file of the session, no question, no look for newer versions,
    a wait for the lock.
    """
    environ = terraform.environ
    assert environ["CLASSIC_RESCUE_ENDPOINT"] == mock.rest
    assert environ["CLASSIC_RESCUE_FLEET"] == str(project / "fleet.yaml")
    assert environ["CHECKPOINT_DISABLE"] == "1"
    assert environ["TF_CLI_ARGS_apply"].startswith("-lock-timeout=")
    assert "CLASSIC_RESCUE_BACKEND" not in environ
    assert "SL_API_KEY" not in repr(terraform)


def test_a_rehearsal_has_places_of_its_own(project: Path) -> None:
    """On the offline mock output and state are below .classic-rescue,
    whatever backend the file names.
    """
    folders = WorkingFolders(project, is_rehearsal=True)
    assert folders.output == ".classic-rescue/cdktf.out"
    assert folders.local_states == project / ".classic-rescue"
    assert folders.settings() == {"CLASSIC_RESCUE_BACKEND": "local"}
    assert WorkingFolders(project, is_rehearsal=False).settings() == {}


class Presses:
    """A tick that sends this process signals, each as soon as its file is there."""

    def __init__(self, folder: Path, *signals: tuple[str, signal.Signals]) -> None:
        self.folder = folder
        self.signals = list(signals)

    def __call__(self) -> None:
        """Send the next one if it is its turn."""
        if self.signals and (self.folder / self.signals[0][0]).exists():
            os.kill(os.getpid(), self.signals.pop(0)[1])


STUBBORN = """
import pathlib, signal, sys
def stop(number, frame):
    pathlib.Path("told").write_text(str(number))
    if not pathlib.Path("may-end").exists():
        return
    pathlib.Path("saved").touch()
    sys.exit(1)
signal.signal(signal.SIGINT, stop)
pathlib.Path("up").touch()
while True:
    signal.pause()
"""


def run_stubborn(
    folder: Path, tick: Callable[[], None], *, code: str = STUBBORN, at_once: int = 2
) -> Ends:
    """Two programs in one folder that end only when they are told to."""
    calls = {
        key: Call(
            (sys.executable, "-c", code),
            folder,
            out=folder / f"{key}.out",
            err=folder / f"{key}.out",
            environ=os.environ,
        )
        for key in ("a", "b")
    }
    return run_side_by_side(calls, at_once=at_once, tick=tick)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_terraform_save_its_state(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM reach it as one SIGINT; it ends by itself,
    and what has not begun does not begin.
    """
    (tmp_path / "may-end").touch()
    ends = run_stubborn(tmp_path, Presses(tmp_path, ("up", number)), at_once=1)
    assert ends == Ends({"a": 1}, is_interrupted=True)
    assert (tmp_path / "saved").exists()


def test_a_cancelled_job_of_github_is_not_killed(tmp_path: Path) -> None:
    """SIGTERM 7.5 seconds after SIGINT does not count as impatience: the state is still saved."""
    os.mkfifo(tmp_path / "go")
    waits = STUBBORN.replace("        return\n", "        pathlib.Path('go').read_text()\n")
    presses = Presses(tmp_path, ("up", signal.SIGINT), ("told", signal.SIGTERM))

    def tick() -> None:
        was_pressed = not presses.signals
        presses()
        if was_pressed and not (tmp_path / "may-end").exists():
            (tmp_path / "may-end").touch()
            (tmp_path / "go").write_text("")

    ends = run_stubborn(tmp_path, tick, code=waits, at_once=1)
    assert ends == Ends({"a": 1}, is_interrupted=True)
    assert (tmp_path / "saved").exists()


def test_a_second_ctrl_c_kills(tmp_path: Path) -> None:
    """What does not stop is killed when a person asks twice."""
    ends = run_stubborn(
        tmp_path, Presses(tmp_path, ("up", signal.SIGINT), ("told", signal.SIGINT)), at_once=1
    )
    assert ends == Ends({"a": -signal.SIGKILL}, is_interrupted=True)


def test_nothing_outlives_a_defect(tmp_path: Path) -> None:
    """When what watches the run breaks, the programs are told to
    stop and waited for before the error goes on.
    """
    (tmp_path / "may-end").touch()

    def breaks() -> None:
        if (tmp_path / "up").exists():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_stubborn(tmp_path, breaks, at_once=1)
    assert (tmp_path / "saved").exists()


def test_no_more_than_allowed_at_once(tmp_path: Path) -> None:
    """Five programs with two places: never a third beside them, and all are run."""
    code = (
        "import os, pathlib, sys; n = sys.argv[1]; pathlib.Path('in-' + n).touch();"
        " pathlib.Path('in-' + n).unlink()"
    )
    seen: list[int] = []
    calls = {
        str(n): Call(
            (sys.executable, "-c", code, str(n)),
            tmp_path,
            out=tmp_path / f"{n}",
            err=tmp_path / f"{n}",
            environ=os.environ,
        )
        for n in range(5)
    }
    ends = run_side_by_side(
        calls, at_once=2, tick=lambda: seen.append(len(list(tmp_path.glob("in-*"))))
    )
    assert ends.codes == dict.fromkeys("01234", 0)
    assert max(seen) <= 2
