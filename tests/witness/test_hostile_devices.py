"""Scripts in systems that answer otherwise than a rescue system does, by accident or on purpose."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from classic_rescue.boot.script import checked
from classic_rescue.boot.ssh import Login
from classic_rescue.witness import runner
from classic_rescue.witness.keys import Key
from classic_rescue.witness.scripting import Scripts, Step, Target, _task
from tests.machines import Machine, machines, new_key
from tests.patience import PATIENCE_S

Make = Callable[[], Machine]
Process = Any  # an SSHServerProcess[bytes]
pytestmark = pytest.mark.slow
PASSWORD = "of-the-rescue-system"
STARTED = b"started boot /run/x\n"


@pytest.fixture(scope="module")
def make() -> Iterator[Make]:
    """A maker of machines."""
    with machines() as maker:
        yield maker


def target_of(machine: Machine, key: asyncssh.SSHKey, **more: Any) -> Target:
    """How to get there."""
    kind, blob = key.export_public_key("openssh").decode().split()[:2]
    return Target(
        host="127.0.0.1",
        port=machine.port,
        jump="",
        user="root",
        key=Key(kind, blob),
        login=Login(unverified=True),
        name="a-script",
        password=PASSWORD,
    )._replace(**more)


def end_of(scripts: Scripts, target: Target, text: str = "true\n", timeout_s: int = 60) -> Step:
    """The last step, within the time that this test has."""
    script = checked("s", text.encode())
    began = time.monotonic()
    for step in scripts.run(target, script, timeout_s):
        if step.what == "end":
            return step
        assert time.monotonic() - began < PATIENCE_S, "it never ends"
    raise AssertionError


@pytest.fixture
def scripts() -> Iterator[Scripts]:
    """The process that runs them."""
    found = Scripts(os.environ, "")
    yield found
    found.close()


def hostile(make: Make, *answers: bytes, rest: bytes = b"", code: int | None = 0) -> Target:
    """A system that says these words to one command after the other, and then always `rest`."""
    left = list(answers)

    async def serve(process: Process) -> None:
        process.stdout.write(left.pop(0) if left else rest)
        if code is None:
            process.close()
        else:
            process.exit(code)

    machine = make()
    key = new_key()
    shell = Path("/nonexistent")
    machine.runs(key, shell=shell, password=PASSWORD, serve=serve)
    return target_of(machine, key)


def test_a_key_of_a_kind_that_nobody_knows_ends(scripts: Scripts, make: Make) -> None:
    """It is no reason to wait without end."""
    target = hostile(make)._replace(key=Key("ssh-unheard-of", "AAAA"))
    assert end_of(scripts, target).said["end"] == "not_started"


def test_words_without_end_are_not_kept(scripts: Scripts, make: Make) -> None:
    """Where a start is to be told in one line, megabytes are no POSIX shell."""

    async def serve(process: Process) -> None:
        while True:
            process.stdout.write(b"x" * 65536)
            await process.stdout.drain()

    machine = make()
    key = new_key()
    machine.runs(key, shell=Path("/nonexistent"), password=PASSWORD, serve=serve)
    began = time.monotonic()
    said = end_of(scripts, target_of(machine, key)).said
    assert said == {"end": "not_started", "why": runner.NO_SHELL}
    assert time.monotonic() - began < 10


def followed(
    monkeypatch: pytest.MonkeyPatch, target: Target, timeout_s: int = 1
) -> list[dict[str, Any]]:
    """All that is told of a run, where nobody waits as long as otherwise."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(runner, "tell", lambda **said: told.append(said))
    for name, seconds in (("LOST_S", 2.0), ("GRACE_S", 0), ("POLL_S", 0.1), ("AGAIN_S", 0.1)):
        monkeypatch.setattr(runner, name, seconds)
    given: dict[str, Any] = _task(target, checked("s", b"true"), timeout_s)
    task = runner.Task(run=1, **given)
    # Another test of this process may have left a loop in its thread.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: asyncio.run(runner.Runner(task).end())).result(PATIENCE_S)
    return told


def test_one_that_always_says_it_runs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    """Long after the script's time; no deploy waits for a stranger without end."""
    told = followed(monkeypatch, hostile(make, STARTED, rest=b"runs boot\n"))
    assert told[-1]["end"] == "overtime"


def test_a_start_that_was_cut_is_tried_again(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    """The script may have begun: that nothing was run is not said, and not found out by chance."""
    cut = hostile(make, rest=b"started boot", code=None)
    assert followed(monkeypatch, cut)[-1]["end"] == "lost"
    again = followed(monkeypatch, cut._replace(is_again=True))
    assert [said["step"] for said in again] == ["end"]
    assert again[0]["end"] == "lost"


@pytest.mark.parametrize("code", [b"256", b"-1", b"9" * 5000, b"", b"x"])
def test_an_exit_code_that_is_none_is_no_end(
    monkeypatch: pytest.MonkeyPatch, make: Make, code: bytes
) -> None:
    """Whoever says that is not our program."""
    target = hostile(make, STARTED, rest=b"ended boot " + code + b"\n")
    assert followed(monkeypatch, target)[-1]["end"] == "lost"


@pytest.mark.parametrize("files", [b"a part", b""])
def test_files_that_never_come_do_not_hide_the_end(
    monkeypatch: pytest.MonkeyPatch, make: Make, files: bytes
) -> None:
    """How the script ended was told before."""
    told: list[bytes] = []

    async def serve(process: Process) -> None:
        told.append(STARTED if not told else b"ended boot 7\n")
        if "fetch" in (process.command or "") or "tar -cf" in (process.command or ""):
            process.stdout.write(files)
            process.close()
            return
        process.stdout.write(told[-1])
        process.exit(0)

    machine = make()
    key = new_key()
    machine.runs(key, shell=Path("/nonexistent"), password=PASSWORD, serve=serve)
    said = followed(monkeypatch, target_of(machine, key))
    assert said[-1]["end"] == "ended"
    assert said[-1]["code"] == 7
    assert said[-2] == {"run": 1, "step": "no_files", "why": runner.NO_FILES[0]}


class System:
    """A system with a shell of its own choice."""

    def __init__(self, make: Make, memory: Path) -> None:
        self.memory = memory
        self.machine = make()
        self.key = new_key()
        self.up()

    def up(self) -> None:
        """It answers."""
        self.machine.runs(self.key, shell=self.memory, password=PASSWORD)

    @property
    def target(self) -> Target:
        """How to get there."""
        return target_of(self.machine, self.key)

    @property
    def place(self) -> Path:
        """Where the run is."""
        return self.memory / "a-script"


@pytest.fixture
def system(make: Make, tmp_path: Path) -> System:
    """One of its own."""
    return System(make, tmp_path / "memory")


def test_one_that_is_killed_with_all_that_watches_it_ends(scripts: Scripts, system: System) -> None:
    """As `kill -9 -1` does it, or a system without memory; and it can run once more."""
    watch = system.place / "watch"
    text = f"until [ -s {watch} ]; do sleep 0.1; done; kill -KILL $(cat {watch})\nsleep 20\n"
    assert end_of(scripts, system.target, text).said["end"] == "killed"
    assert end_of(scripts, system.target._replace(is_resumed=True)).said["end"] == "killed"
    assert end_of(scripts, system.target._replace(is_again=True)).said["code"] == 0


def test_one_that_kills_who_waits_for_it_ends_with_its_time(
    scripts: Scripts, system: System
) -> None:
    """Nobody knows its code then."""
    assert end_of(scripts, system.target, "kill -KILL $PPID; sleep 60\n", 1).said["end"] == "killed"


@pytest.mark.parametrize("code", [0, 1, 126, 127, 137, 143, 255])
def test_each_code_is_told(scripts: Scripts, system: System, code: int) -> None:
    """Also those that shells use themselves."""
    assert end_of(scripts, system.target, f"exit {code}\n").said["code"] == code


def test_an_interpreter_that_is_missing_is_told(scripts: Scripts, system: System) -> None:
    """As the shell does it."""
    assert end_of(scripts, system.target, "#!/no/such/program\n").said["code"] == 127


def test_a_long_script_is_handed_over_while_files_come(
    scripts: Scripts, system: System, make: Make, tmp_path: Path
) -> None:
    """Neither waits for the other: both pipes of the process are full then."""
    files = 'for n in 1 2 3; do head -c 10000000 /dev/zero > "$CLASSIC_RESCUE_FILES/$n"; done\n'
    other = System(make, tmp_path / "other")
    text = "true\n" + "# a comment\n" * 80000
    ends = []

    def run() -> None:
        for number in range(30):
            target = other.target._replace(name=f"a-script-{number}")
            ends.append(end_of(scripts, target, text).said["end"])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    for number in range(4):
        target = system.target._replace(name=f"files-{number}")
        assert end_of(scripts, target, files).said["end"] == "ended"
    thread.join(PATIENCE_S)
    assert set(ends) == {"ended"}


def test_a_process_that_is_killed_in_the_middle_of_a_line_is_told(
    scripts: Scripts, system: System
) -> None:
    """What has come of that line is no JSON."""
    text = 'head -c 60000000 /dev/zero > "$CLASSIC_RESCUE_FILES/1"\n'
    for step in scripts.run(system.target, checked("s", text.encode()), 60):
        if step.what == "files":
            assert scripts._process is not None
            os.kill(scripts._process.pid, signal.SIGKILL)
    assert (step.what, step.said["end"]) == ("end", "lost")


def test_a_host_in_between_leads_on(make: Make, system: System, tmp_path: Path) -> None:
    """To the same run, over as many connections as it takes."""
    between = make()
    own = new_key()
    client = new_key()
    between.leads(own, client)
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    client.write_private_key(str(home / ".ssh/id_ed25519"))
    kind, blob = own.export_public_key("openssh").decode().split()[:2]
    (home / ".ssh/known_hosts").write_text(f"[127.0.0.1]:{between.port} {kind} {blob}\n")
    scripts = Scripts({**os.environ, "HOME": str(home)}, "")
    go = tmp_path / "go"
    text = f"until [ -e {go} ]; do sleep 0.1; done; exit 4\n"
    target = system.target._replace(jump=f"ops@127.0.0.1:{between.port}")
    steps: list[str] = []
    for step in scripts.run(target, checked("s", text.encode()), 60):
        steps += [step.what] if step.what not in steps[-1:] else []
        if step.what == "started":
            between.leads(own, client)  # which cuts what led through it
            go.touch()
    scripts.close()
    assert step.said["code"] == 4
    assert "away" in steps
