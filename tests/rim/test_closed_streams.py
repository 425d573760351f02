"""Output that goes nowhere: closed, full, or read by somebody who left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

CLI = [sys.executable, "-m", "classic_rescue.cli"]
HOOK = [sys.executable, "-m", "classic_rescue.hook"]
MOCK = [sys.executable, "-m", "mock_api"]
CLOSED = ("<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-")


def shell(command: list[str], redirection: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it as a shell starts it."""
    return subprocess.run(
        ["sh", "-c", f'"$@" {redirection}', "sh", *command],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PYTHONPATH": f"{ROOT / 'constructs'}:{ROOT}",
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose fleet file needs no API, and a world file that the mock checks."""
    (tmp_path / "fleet.yaml").write_text("devices: {web-1: {virtual_guest: 1, boot: os}}\n")
    (tmp_path / "j.jsonl").write_text("")
    return tmp_path


COMMAND_LINES = {
    "validate": ([*CLI, "validate"], 0),
    "history": ([*CLI, "history", "--journal", "j.jsonl"], 0),
    "history of nothing": ([*CLI, "history", "--journal", "j.jsonl", "--json"], 0),
    "wrong usage": ([*CLI, "status", "--nonsense"], 1),
    "half a setting": ([*CLI, "status", "--endpoint", "https://a.example.com/rest/v3.1/"], 1),
    "help": ([*CLI, "--help"], 0),
    "hook": ([*HOOK, "fly"], 2),
    "mock": ([*MOCK, "--check"], 0),
    "wrong usage of the mock": ([*MOCK, "--nonsense"], 2),
}


@pytest.mark.parametrize(("command", "code"), COMMAND_LINES.values(), ids=COMMAND_LINES)
def test_closed_streams_stop_nothing(folder: Path, command: list[str], code: int) -> None:
    """The exit code is that of the work; whatever is still open says what it always says."""
    usual = shell(command, "", folder)
    assert usual.returncode == code, usual.stderr
    for redirection in CLOSED if "validate" in command else CLOSED[1:2]:
        ended = shell(command, redirection, folder)
        assert ended.returncode == code, (redirection, ended.stderr)
        assert "Traceback" not in ended.stderr
        assert "defect" not in ended.stderr
        if "2>" not in redirection:
            assert ended.stderr == usual.stderr
    assert not list(folder.glob("classic-*-defect-*"))


@pytest.mark.parametrize("name", ["validate", "history of nothing", "help", "mock"])
def test_a_full_disk_is_said(folder: Path, name: str) -> None:
    """What was asked for did not get out: exit code 1, and one line that says why."""
    ended = shell(COMMAND_LINES[name][0], "> /dev/full", folder)
    assert ended.returncode == 1
    assert "standard output cannot be written: No space left on device" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["validate", "history of nothing", "help"])
def test_a_reader_who_leaves_is_no_problem(folder: Path, name: str) -> None:
    """As with `| head`: nothing is said, and the exit code is that of the work."""
    command, code = COMMAND_LINES[name]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT / "constructs"),
        },
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (code, b"")


def test_a_terminal_without_our_signs_shows_escapes(folder: Path) -> None:
    """A name that is no UTF-8 in the arguments, and a terminal in ASCII."""
    ended = subprocess.run(
        [*CLI, "history", "--journal", "j.jsonl", b"\xff"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "constructs"),
            "PYTHONIOENCODING": "ascii",
        },
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_json_stays_json(folder: Path) -> None:
    """A secret that looks like a part of the result does not break it."""
    environ = {"PASSWORD_OK": "false", "TOKEN_AGE": "12345"}
    ended = subprocess.run(
        [*CLI, "history", "--journal", "j.jsonl", "--json"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "constructs"), **environ},
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert json.loads(ended.stdout)
