"""The thin client, by every shell that is here: what it hands over, says and ends with."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from classic_rescue.cli.terraform.conducting import Conducting
from classic_rescue.conductor.clients import Client
from classic_rescue.conductor.waiting import Waiting
from tests.conductor.conftest import NOBODY, SHELLS, Entrance, command
from tests.patience import PATIENCE_S

by_shells = pytest.mark.parametrize("shell", SHELLS, ids=" ".join)


@by_shells
def test_it_hands_over_the_order_and_says_what_it_is_told(
    entrance: Entrance, shell: list[str], tmp_path: Path
) -> None:
    """Word by word, to each stream, and with the exit code."""
    order = '{"reason": "it\'s \\\\ 100 % `done` $HOME", "name": "ü"}'
    place = tmp_path / "a  folder\\n with blanks"
    place.mkdir()
    hook = entrance.start(order, shell=shell, cwd=place)
    client = entrance.next()
    assert client.wanted.verb == "enter"
    assert client.wanted.directory == str(place)
    assert client.wanted.environ == {
        "CLASSIC_RESCUE_ORDER": order,
        "CLASSIC_RESCUE_POLICY": "enforced",
    }
    client.out.write("  now: os; \\n is no line's end, nor 100 % of `it`\n")
    client.err.write("note: s3cret\nxyz\n")
    client.out.write("half")
    client.out.write(" a line\n")
    entrance.door.leave(client, 7)
    out, err = hook.communicate(timeout=PATIENCE_S)
    assert out == "  now: os; \\n is no line's end, nor 100 % of `it`\nhalf a line\n"
    assert err == "note: ***\nxyz\n"
    assert hook.returncode == 7


@by_shells
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_order_and_the_last_word_is_said(
    entrance: Entrance, shell: list[str], number: signal.Signals
) -> None:
    """Also the second one cuts nothing off."""
    hook = entrance.start(shell=shell)
    client = entrance.next()
    client.out.write("begun\n")
    assert hook.stdout is not None
    assert hook.stdout.readline() == "begun\n"
    for _ in range(2):
        os.killpg(hook.pid, number)
    _until_stopped(client.waiting)
    client.out.write("interrupted: nothing was changed\n")
    entrance.door.leave(client, 130)
    out, _ = hook.communicate(timeout=PATIENCE_S)
    assert out == "interrupted: nothing was changed\n"
    assert hook.returncode == 130


def test_who_waits_outside_comes_in_later_or_is_stopped(tmp_path: Path) -> None:
    """Also where its signal came meanwhile, and where it was killed meanwhile."""
    entrance = Entrance(tmp_path, room=1)
    first = entrance.start()
    client = entrance.next()
    others = [entrance.start() for _ in range(3)]
    _until(lambda: len(entrance.door._outside) == 3)
    entrance.door._outside = deque(str(hook.pid) for hook in others)
    assert entrance.came.empty()
    stopped, killed, last = others
    os.killpg(stopped.pid, signal.SIGTERM)
    killed.kill()
    killed.wait(PATIENCE_S)
    _until(lambda: str(stopped.pid) in entrance.door._to_be_stopped)
    entrance.door.leave(client, 0)
    client = entrance.next()
    assert client.number == str(stopped.pid)
    assert client.waiting.is_stopped
    entrance.door.leave(client, 130)
    client = entrance.next()
    assert client.number == str(last.pid)
    assert not client.waiting.is_stopped
    entrance.door.leave(client, 0)
    codes = [hook.wait(PATIENCE_S) for hook in (first, stopped, killed, last)]
    assert codes == [0, 130, -signal.SIGKILL, 0]


@by_shells
def test_a_hook_that_is_killed_ends_its_order(entrance: Entrance, shell: list[str]) -> None:
    """Nobody reads what its order says; the order is not left waiting."""
    hook = entrance.start(shell=shell)
    client = entrance.next()
    hook.kill()
    hook.wait(PATIENCE_S)
    _until_stopped(client.waiting)
    with pytest.raises(BrokenPipeError):
        client.out.write("anybody there?\n")
    entrance.door.leave(client, 1)


REQUEST = "rebootDefault: the device restarts into its operating system; usually 3 min"


@by_shells
@pytest.mark.parametrize(
    ("told", "request_told"),
    [
        ([], ""),
        (["mountIsoImage: the device goes down"], "mountIsoImage: the device goes down"),
        (["unmountIsoImage: the device goes down", REQUEST], REQUEST),
    ],
)
def test_the_end_of_the_conductor_is_told(
    entrance: Entrance, shell: list[str], told: list[str], request_told: str
) -> None:
    """What was last asked for, what was last known, and that nothing is sent any more."""
    hook = entrance.start(shell=shell)
    client = entrance.next()
    for text in told:
        client.remember(json.dumps({"step": "request", "text": text}))
    client.remember(json.dumps({"step": "wait", "text": "waiting up to 3 min"}))
    client.out.write("waiting up to 3 min\n")
    assert hook.stdout is not None
    assert hook.stdout.readline() == "waiting up to 3 min\n"
    entrance.door._leaving.put(client)  # without a word, as where its process is killed
    with (entrance.folder / "ask").open("wb") as pipe:
        pipe.write(b"left\n")
    _, err = hook.communicate(timeout=PATIENCE_S)
    assert err == (
        "classic-rescue hook: interrupted: the process that carries out the orders of this run has"
        " ended; nothing is sent any more;"
        + (f" its last request, sent or about to be: {request_told};" if request_told else "")
        + " the last that was known: waiting up to 3 min; run again\n"
    )
    assert hook.returncode == 130


def test_a_hook_that_was_not_greeted_is_told_by_who_started_the_conductor(tmp_path: Path) -> None:
    """It would wait for ever: nobody else writes to its pipe."""
    entrance = Entrance(tmp_path)
    entrance.door._greet = _nothing
    dead = subprocess.Popen(["/bin/true"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    dead.wait()
    (tmp_path / "ask").unlink()
    os.mkfifo(tmp_path / "ask")  # nobody listens there
    hook = entrance.start()
    watched = Conducting(dead, tmp_path)
    while hook.poll() is None:
        assert watched.read_new() == []
        threading.Event().wait(0.01)
    assert "has ended" in hook.communicate()[1]
    assert hook.returncode == 130
    assert "ended with exit code 0" in watched.problem


@pytest.mark.parametrize("is_folder_there", [False, True])
def test_a_hook_of_a_run_that_has_ended_starts_nothing(
    tmp_path: Path, *, is_folder_there: bool
) -> None:
    """Neither by itself, nor with what another run left."""
    folder = tmp_path / "gone"
    if is_folder_there:
        folder.mkdir()
        source = Path(__file__).parents[2] / "constructs/classic_rescue/conductor/client.sh"
        (folder / "client").write_bytes(source.read_bytes())
    ended = subprocess.run(
        ["/bin/sh", "-c", command()],
        env={"PATH": "/usr/bin:/bin", "CLASSIC_RESCUE_CONDUCTOR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 130
    assert "has ended; nothing was started; run again" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_conductor_the_hook_is_a_process_of_its_own(value: str | None) -> None:
    """As with plain `cdktf deploy` and plain Terraform."""
    environ = {} if value is None else {"CLASSIC_RESCUE_CONDUCTOR": value}
    ended = subprocess.run(
        ["/bin/sh", "-c", command()], env=environ, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 127
    assert NOBODY in ended.stderr


def test_the_folder_is_for_one_user(entrance: Entrance) -> None:
    """Pipes and orders, too."""
    hook = entrance.start()
    client = entrance.next()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in entrance.folder.iterdir()}
    assert modes["ask"] == 0o600
    assert modes[client.number] == 0o600
    assert f"{client.number}.order" not in modes
    entrance.door.leave(client, 0)
    hook.communicate(timeout=PATIENCE_S)


def test_what_no_hook_wrote_is_passed_over(entrance: Entrance) -> None:
    """Whoever writes into the pipe of all: nonsense, numbers of nobody, a file for a pipe."""
    (entrance.folder / "12").write_text("no pipe")
    with (entrance.folder / "ask").open("wb") as pipe:
        pipe.write(b"\xff\xfe\n\nbegin\nbegin x\nbegin ../../etc/passwd\nbegin 12\nstop 99\nleft\n")
    hook = entrance.start()
    client = entrance.next()
    entrance.door.leave(client, 0)
    hook.communicate(timeout=PATIENCE_S)
    assert hook.returncode == 0


def test_a_hundred_at_once(entrance: Entrance) -> None:
    """Each gets its own words and its own end."""
    hooks = {str(hook.pid): hook for hook in [entrance.start() for _ in range(100)]}
    for _ in hooks:
        client = entrance.next()
        client.out.write(f"I am {client.number}\n")
        entrance.door.leave(client, int(client.number) % 100)
    for number, hook in hooks.items():
        out, err = hook.communicate(timeout=PATIENCE_S)
        assert (out, err, hook.returncode) == (f"I am {number}\n", "", int(number) % 100)
    while not entrance.door.is_empty:
        threading.Event().wait(0.01)
    assert {path.name for path in entrance.folder.iterdir()} == {"ask", "client"}


def _nothing(client: Client) -> None:
    """Leave it waiting."""


def _until_stopped(waiting: Waiting) -> None:
    _until(lambda: waiting.is_stopped)


def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        threading.Event().wait(0.005)
