"""Starting cdktf, stopping it in order, and reading its log."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.cdktf_run import KEPT_LOGS, Ended, errors_in, new_log, run_cdktf
from classic_rescue.cli.terraform.processes import groups_below, process_table
from classic_rescue.cli.terraform.toolchain import Toolchain, find_toolchain

# As cdktf does: a Terraform in a session of its own, which saves its state when it is interrupted.
# cdktf itself dies of SIGINT at once,
# so the state is only saved if SIGINT goes to the Terraform alone.
FAKE_CDKTF = """
import pathlib, signal, subprocess, sys
inner = '''
import pathlib, signal, sys
def stop(number, frame):
    pathlib.Path("saved").write_text("state")
    sys.exit(1)
signal.signal(signal.SIGINT, stop)
pathlib.Path("up").write_text("")
signal.pause()
'''
child = subprocess.Popen([sys.executable, "-c", inner], start_new_session=True)
print("Terraform ended", child.wait())
sys.exit(3)
"""


def run(code: str, folder: Path, tick: Callable[[], None] = lambda: None) -> Ended:
    """Run Python code in place of cdktf."""
    held, other = os.pipe()
    try:
        return run_cdktf(
            Toolchain((sys.executable, "-c", code), dict(os.environ)),
            ["deploy"],
            cwd=folder,
            log=folder / "log",
            held_open=held,
            tick=tick,
            sleep=lambda seconds: time.sleep(seconds / 5),
        )
    finally:
        os.close(held)
        os.close(other)


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    """Both streams are in the log, the exit code is told, and standard input is empty."""
    ended = run("import sys; print('out', repr(sys.stdin.read())); sys.exit('err')", tmp_path)
    assert ended == Ended(1, is_interrupted=False)
    assert sorted((tmp_path / "log").read_text().split("\n")) == ["", "err", "out ''"]


def test_ctrl_c_lets_terraform_save_its_state(tmp_path: Path) -> None:
    """One Ctrl-C reaches Terraform and not cdktf: the state is saved before cdktf ends."""

    def press_once() -> None:
        if (tmp_path / "up").exists():
            (tmp_path / "up").unlink()
            os.kill(os.getpid(), signal.SIGINT)

    ended = run(FAKE_CDKTF, tmp_path, press_once)
    assert ended == Ended(3, is_interrupted=True)
    assert (tmp_path / "saved").exists()


@pytest.mark.slow
def test_second_ctrl_c_kills(tmp_path: Path) -> None:
    """A second Ctrl-C kills what does not stop."""
    stubborn = FAKE_CDKTF.replace("sys.exit(1)", "signal.pause()")
    stubborn = stubborn.replace("sys.exit(3)", "signal.pause()")  # it may see its Terraform die

    def press() -> None:
        if (tmp_path / "up").exists():
            (tmp_path / "up").unlink()
            os.kill(os.getpid(), signal.SIGINT)
        elif (tmp_path / "saved").exists():
            (tmp_path / "saved").unlink()
            os.kill(os.getpid(), signal.SIGINT)

    assert run(stubborn, tmp_path, press) == Ended(-signal.SIGKILL, is_interrupted=True)


def test_ctrl_c_before_terraform_stops_cdktf(tmp_path: Path) -> None:
    """While no Terraform runs, cdktf itself gets the signal."""

    def press_once() -> None:
        if (tmp_path / "up").exists():
            (tmp_path / "up").unlink()
            os.kill(os.getpid(), signal.SIGINT)

    code = (
        "import pathlib, signal; signal.signal(signal.SIGINT, signal.SIG_DFL);"
        " pathlib.Path('up').write_text(''); signal.pause()"
    )
    assert run(code, tmp_path, press_once) == Ended(-signal.SIGINT, is_interrupted=True)


def test_groups_of_descendants() -> None:
    """Groups of children and grandchildren, not the root's own, not those of others."""
    table = [(10, 1, 10), (11, 10, 10), (12, 11, 12), (13, 12, 12), (14, 1, 14)]
    assert groups_below(10, table) == {12}


def test_process_table_has_this_process() -> None:
    """The table of the machine knows this process, its parent and group."""
    assert (os.getpid(), os.getppid(), os.getpgrp()) in process_table()


def test_errors_are_found_in_the_log() -> None:
    """Terraform's framed error is shown without frame, colour and repetition; the rest is not."""
    text = (
        "fleet-0  Initializing\nfleet-0  \x1b[31m╷\x1b[0m\n"
        "         \x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0mno lock\n"
        "         │ held by somebody\n         ╵\n" * 2
    )
    assert errors_in(text) == ["Error: no lock", "held by somebody"]


def test_log_without_an_error_gives_its_end() -> None:
    """Where no line says error, the last lines are shown, whole."""
    assert errors_in("a b\n\nInvoking failed\n") == ["a b", "Invoking failed"]


def test_newest_logs_are_kept(tmp_path: Path) -> None:
    """A new log is private, and the oldest one above ten goes."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(KEPT_LOGS + 3):
        path = folder / f"deploy-{number}.log"
        path.touch()
        os.utime(path, (number, number))
    log = new_log(folder, "destroy", datetime(2026, 11, 23, tzinfo=UTC))
    left = {path.name for path in folder.iterdir()}
    assert len(left) == KEPT_LOGS
    assert "deploy-3.log" not in left
    assert "deploy-4.log" in left
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("missing", "said"),
    [("cdktf", "node_modules"), ("terraform", "terraform, or tofu, is missing")],
)
def test_missing_tools_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, said: str
) -> None:
    """What is missing, what it is for and how to get it is one sentence."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # where `make setup` may have put a Terraform
    if missing != "cdktf":
        (tmp_path / "node_modules" / ".bin").mkdir(parents=True)
        (tmp_path / "node_modules" / ".bin" / "cdktf").touch()
    with pytest.raises(Failure, match=said) as failure:
        find_toolchain(tmp_path, {"PATH": str(tmp_path)})
    assert "make setup" in failure.value.message


def test_environment_of_cdktf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """tofu alone is chosen, TF_CLI_CONFIG_FILE is dropped only when there is no such file,
    this Python comes first.
    """
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # where `make setup` may have put a Terraform
    (tmp_path / "node_modules" / ".bin").mkdir(parents=True)
    (tmp_path / "node_modules" / ".bin" / "cdktf").touch()
    tofu = tmp_path / "tofu"
    tofu.write_text('#!/bin/sh\necho \'{"terraform_version": "1.8.0"}\'\n')
    tofu.chmod(0o755)
    given = {
        "PATH": str(tmp_path),
        "TF_CLI_CONFIG_FILE": str(tmp_path / "rc"),
        "TF_CLI_ARGS_apply": "-lock-timeout=1s",
    }
    environ = find_toolchain(tmp_path, given).environ
    assert environ["TERRAFORM_BINARY_NAME"] == "tofu"
    assert "TF_CLI_CONFIG_FILE" not in environ
    assert environ["PATH"].startswith(str(Path(sys.executable).parent))
    assert (
        environ["TF_CLI_ARGS_apply"] == "-lock-timeout=30m -lock-timeout=1s"
    )  # the last one counts
    assert environ["TF_CLI_ARGS_destroy"] == "-lock-timeout=30m"
    assert (environ["CI"], environ["CHECKPOINT_DISABLE"]) == ("1", "1")
    (tmp_path / "rc").touch()
    assert (
        find_toolchain(tmp_path, given).environ["TF_CLI_CONFIG_FILE"] == given["TF_CLI_CONFIG_FILE"]
    )


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ('#!/bin/sh\necho \'{"terraform_version": "1.3.10"}\'\n', "is Terraform 1.3.10: too old"),
        ("no program", "cannot be started"),
    ],
)
def test_a_terraform_that_cannot_do_it_is_named(tmp_path: Path, program: str, said: str) -> None:
    """Before the first device is touched, with what is needed."""
    (tmp_path / "node_modules" / ".bin").mkdir(parents=True)
    (tmp_path / "node_modules" / ".bin" / "cdktf").touch()
    (tmp_path / "terraform").write_text(program)
    (tmp_path / "terraform").chmod(0o755)
    with pytest.raises(Failure, match=said):
        find_toolchain(tmp_path, {"PATH": str(tmp_path)})
