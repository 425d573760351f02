"""`classic-rescue run`: a real mock, and a shell behind a real SSH server in the device's place."""

from __future__ import annotations

import json
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.boot.script import READY, read_script
from classic_rescue.hook.scripts import Ended, ScriptRun
from classic_rescue.witness.scripting import Step
from tests.machines import Machine, machines, new_key

Run = Callable[..., Result]
WEB_1 = 124929698
LOGIN = "{password: stored, unverified: true}"
pytestmark = pytest.mark.slow


class Rescue:
    """web-1 in its rescue system, which lets root in with the password that the service keeps."""

    def __init__(self, machine: Machine, fleet: Path, memory: Path, password: str) -> None:
        self.machine = machine
        self.system = new_key()
        self.key = new_key()
        self.memory = memory
        self.password = password
        self._fleet = fleet

    def declare(self, login: str | None = LOGIN) -> None:
        """Write the fleet file."""
        way = f"address: 127.0.0.1, port: {self.machine.port}"
        way += f", login: {login}" if login else ""
        self._fleet.write_text(
            f"devices:\n  web-1: {{virtual_guest: {WEB_1}, boot: rescue, ssh: {{{way}}}}}\n"
        )

    def boots(self) -> None:
        """Its rescue system, with nothing in memory."""
        shutil.rmtree(self.memory, ignore_errors=True)
        self.machine.runs(self.key, shell=self.memory, password=self.password)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """One address for all."""
    with machines() as make:
        yield make()


@pytest.fixture
def rescue(machine: Machine, run: Run, mock: Any, project: Path, tmp_path: Path) -> Rescue:
    """A device whose system was recorded, and that is in rescue."""
    world = mock.control_call("GET", "world")
    guest = next(one for one in world["guests"] if one["id"] == WEB_1)
    found = Rescue(machine, project / "fleet.yaml", tmp_path / "memory", guest["password"])
    found.declare()
    machine.passwords.clear()
    machine.runs(found.system)
    assert run("status").exit_code == 2
    mock.act(f"SoftLayer_Virtual_Guest/{WEB_1}/executeRescueLayer")
    found.boots()
    return found


def script(text: str, name: str = "repair.sh") -> str:
    """A script in the project's folder."""
    Path(name).write_text(text)
    return name


def told(run: Run, *words: str) -> dict[str, Any]:
    """What it says for programs."""
    found: dict[str, Any] = json.loads(run("run", "web-1", *words, "--json").stdout)
    return found


def test_a_script_runs_in_rescue_and_what_it_prints_is_shown(run: Run, rescue: Rescue) -> None:
    """With its name, its digest, who logs in and to which key."""
    ended = run("run", "web-1", script("echo one\necho two >&2\nprintf three\n"))
    text = " ".join(ended.stdout.split())
    assert ended.exit_code == 0, ended.output
    assert "web-1 | one\nweb-1 | two\nweb-1 | three\n" in ended.stdout
    assert "web-1: the script ended with exit code 0" in text
    assert "repair.sh, sha256 " in text
    assert ", 3 lines; as root at 127.0.0.1:" in text
    assert str(rescue.key.get_fingerprint()) in text
    assert rescue.password not in ended.output


def test_another_exit_code_is_told(run: Run, rescue: Rescue) -> None:
    """By the command's own code, too, and with the interpreter that the script names."""
    found = told(run, script("#!/bin/sh -e\necho first\nfalse\necho never\n"))
    assert (found["exit_code"], found["output"], found["is_known"]) == (1, "first\n", True)
    assert run("run", "web-1", "repair.sh").exit_code == 2


def test_a_script_runs_once_in_a_rescue(run: Run, rescue: Rescue, tmp_path: Path) -> None:
    """Whoever calls it again gets the same run; a new rescue system, or --again, is another one."""
    count = tmp_path / "count"
    name = script(f"echo x >> {count}\n")
    for _ in range(3):
        assert run("run", "web-1", name).exit_code == 0
    assert count.read_text() == "x\n"
    assert "it was started in this rescue already" in run("run", "web-1", name).stdout
    assert run("run", "web-1", name, "--again").exit_code == 0
    assert count.read_text() == "x\n" * 2


@pytest.mark.parametrize("again", [(), ("--again",)])
def test_an_interrupted_run_is_waited_for_by_the_same_command(
    run: Run,
    rescue: Rescue,
    tmp_path: Path,
    again: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The script goes on in the device, and is not started once more."""
    count = tmp_path / "count"
    go = tmp_path / "go"
    name = script(f"echo x >> {count}; until [ -e {go} ]; do sleep 0.1; done\n")
    follow = ScriptRun._follow

    def interrupted(self: ScriptRun, steps: Iterator[Step], *_: object) -> Ended:
        assert next(step.what for step in steps if step.what != "tick") == "started"
        raise KeyboardInterrupt

    monkeypatch.setattr(ScriptRun, "_follow", interrupted)
    ended = run("run", "web-1", name, *again)
    assert ended.exit_code == 130
    assert "the script goes on in the device" in " ".join(ended.stderr.split())
    monkeypatch.setattr(ScriptRun, "_follow", follow)
    go.touch()
    assert run("run", "web-1", name, *again).exit_code == 0
    assert count.read_text() == "x\n"


def test_a_restart_meanwhile_is_told_and_nothing_run_again(
    run: Run, rescue: Rescue, project: Path, tmp_path: Path
) -> None:
    """What was started and not seen to end is gone with the rescue system's memory."""
    count = tmp_path / "count"
    name = script(f"echo x >> {count}\n")
    assert run("run", "web-1", name).exit_code == 0
    kept = project / ".classic-rescue/scripts.json"
    kept.write_text(kept.read_text().replace('"code": 0', '"code": null'))
    rescue.boots()
    ended = run("run", "web-1", name)
    assert ended.exit_code == 5
    assert "restarted meanwhile: how the script ended is unknown" in " ".join(ended.stdout.split())
    assert run("run", "web-1", name).exit_code == 5
    assert count.read_text() == "x\n"
    assert run("run", "web-1", name, "--again").exit_code == 0
    assert count.read_text() == "x\n" * 2


def test_a_script_that_takes_too_long_is_stopped(run: Run, rescue: Rescue) -> None:
    """By a signal to all of its processes."""
    found = told(run, script("echo begun; sleep 300\n"), "--timeout", "1s")
    assert (found["exit_code"], found["output"]) == (143, "begun\n")
    assert "was stopped after 1 s, which was its time" in found["text"]


def test_output_without_end_is_cut(run: Run, rescue: Rescue) -> None:
    """And read on, so that the script ends as it would."""
    found = told(run, script("yes 0123456789abcdef | head -c 300000\necho end >&2\nexit 4\n"))
    assert (found["exit_code"], found["is_cut"], len(found["output"])) == (4, True, 65536)


def test_what_a_script_prints_moves_no_terminal(run: Run, rescue: Rescue) -> None:
    """Escapes are shown, not obeyed."""
    ended = run("run", "web-1", script("printf '\\033[2J\\033]0;owned\\007\\n'\n"))
    assert "\x1b" not in ended.stdout
    assert "\x07" not in ended.stdout


def test_a_letter_of_several_bytes_is_told_whole(run: Run, rescue: Rescue) -> None:
    """Also where it comes in two parts."""
    found = told(run, script("printf '\\303'; sleep 3; printf '\\244\\303\\n\\303'\n"))
    assert found["output"] == "ä\ufffd\n\ufffd"


def test_a_file_that_is_called_as_one_that_ships_is_another_one(run: Run, rescue: Rescue) -> None:
    """The policy's word for that one does not let it run."""
    script("echo mine\n", "fsck")
    fleet = Path("fleet.yaml")
    fleet.write_text("policy: {scripts_allowed: [fsck]}\n" + fleet.read_text())
    ended = run("run", "web-1", "./fsck")
    assert ended.exit_code == 1
    assert "scripts_allowed does not take ./fsck" in " ".join(ended.stderr.split())


def test_a_child_that_goes_on_is_not_waited_for(run: Run, rescue: Rescue) -> None:
    """What the script itself printed is there."""
    found = told(run, script("setsid sleep 60 &\necho done\n"))
    assert (found["exit_code"], found["output"]) == (0, "done\n")


def test_the_history_tells_of_it(run: Run, rescue: Rescue) -> None:
    """Which script, by its digest, where and with which result."""
    run("run", "web-1", script("exit 0\n"))
    run("run", "web-1", script("exit 9\n", "other.sh"))
    newest, before = json.loads(run("history", "--json").stdout)["runs"][:2]
    assert (before["verb"], before["result"], before["exit"]) == ("run", "ran", 0)
    assert before["text"].startswith("repair.sh, sha256 ")
    assert (newest["result"], newest["exit"]) == ("failed", 1)
    assert "exit code 9" in newest["text"]
    assert "repair.sh" in run("history").stdout


@pytest.mark.parametrize(
    ("login", "words"),
    [
        (None, "does not say how to log in"),
        ("{password: stored}", "a host key that nobody has pinned"),
    ],
)
def test_a_password_goes_to_nobody_who_was_not_allowed(
    run: Run, rescue: Rescue, login: str | None, words: str
) -> None:
    """It is not even asked of the service; the server records what it is sent."""
    rescue.declare(login)
    ended = run("run", "web-1", script("exit 0\n"))
    assert ended.exit_code == 3
    assert words in " ".join(ended.stderr.split())
    assert rescue.machine.passwords == []


def test_a_system_that_is_not_in_rescue_runs_no_script(run: Run, rescue: Rescue, mock: Any) -> None:
    """By the device's own word, and by the service's."""
    rescue.machine.runs(rescue.system, shell=rescue.memory, password=rescue.password)
    ended = run("run", "web-1", script("exit 0\n"))
    assert ended.exit_code == 3
    assert "it is not in rescue" in ended.stderr
    rescue.machine.runs()
    assert run("run", "web-1", script("exit 0\n")).exit_code == 3
    assert rescue.machine.passwords == []
    assert not rescue.memory.exists()


def test_a_wrong_password_is_told(run: Run, rescue: Rescue) -> None:
    """Nothing was run."""
    rescue.machine.runs(rescue.key, shell=rescue.memory, password="another")
    ended = run("run", "web-1", script("exit 0\n"))
    assert ended.exit_code == 1
    assert "nothing was run: it does not let the user in" in " ".join(ended.output.split())


def test_the_password_is_nowhere_to_be_seen(run: Run, rescue: Rescue, project: Path) -> None:
    """Not in the arguments and environments of processes, nor in any file of the project."""
    itself = f"[{rescue.password[0]}]{rescue.password[1:]}"  # does not find the search
    look = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
    found = told(run, script(f"{look} | grep -c '{itself}'\n"))
    assert found["output"].strip() in ("0", "")
    for path in project.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert rescue.password.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"echo a\r\necho b\r\n", "line 1: ends as in Windows (CRLF)"),
        (b"\x7fELF\x00\x01", "a binary file"),
        (b"#!python\n", "line 1: not `#!` and the path of a program"),
        (b"#!/bin/sh 'x\n", "bad.sh, line 1: No closing quotation"),
        (b"x" * ((1 << 20) + 1), "more than 1 MB"),
    ],
)
def test_what_is_no_script_is_refused(run: Run, project: Path, content: bytes, words: str) -> None:
    """Before anybody is asked for anything."""
    Path("bad.sh").write_bytes(content)
    ended = run("run", "web-1", "bad.sh")
    assert ended.exit_code == 1
    assert words in ended.stderr
    assert "bad.sh" in ended.stderr


def test_a_script_that_is_not_there_is_named_with_those_that_are(run: Run, project: Path) -> None:
    """And a time that is none."""
    ended = run("run", "web-1", "fsk")
    assert ended.exit_code == 1
    assert "fsk: No such file or directory; ready ones: fsck, mount, collect" in ended.stderr
    ended = run("run", "web-1", "fsck", "--timeout=soon")
    assert ended.exit_code == 1
    assert "'soon'; allowed: such as 90s" in ended.stderr


@pytest.mark.parametrize("name", READY)
def test_what_ships_is_a_script(name: str) -> None:
    """Its first lines say what it does and how it ends."""
    found = read_script(name)
    assert found.interpreter == ("/bin/sh",)
    head = found.content.decode().split("\n\n")[0].splitlines()[1:]
    assert head[0].startswith("# ")
    assert len(head) >= 2


def test_what_a_script_leaves_is_brought_as_a_tar(run: Run, rescue: Rescue, project: Path) -> None:
    """For this user only, and again where the same run is looked at again."""
    text = 'printf kept > "$CLASSIC_RESCUE_FILES/log"; mkdir "$CLASSIC_RESCUE_FILES/sub"\n'
    found = told(run, script(text))
    path = Path(found["files"])
    assert path.parent == project / ".classic-rescue" / "files"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tarfile.open(path) as tar:
        assert sorted(tar.getnames()) == [".", "./log", "./sub"]
        content = tar.extractfile("./log")
        assert content is not None
        assert content.read() == b"kept"
    ended = run("run", "web-1", "repair.sh")
    assert f"what it left is in {path.relative_to(project)}" in " ".join(ended.stdout.split())
    assert not list(path.parent.glob("*.new"))


def test_a_script_that_leaves_nothing_makes_no_file(run: Run, rescue: Rescue) -> None:
    """And no folder."""
    assert told(run, script("true\n"))["files"] is None
    assert not Path(".classic-rescue", "files").exists()


def test_too_much_is_not_fetched_and_that_is_told(run: Run, rescue: Rescue) -> None:
    """The script has ended as it has."""
    text = 'dd if=/dev/zero of="$CLASSIC_RESCUE_FILES/big" bs=1M count=70 2>/dev/null\n'
    ended = run("run", "web-1", script(text))
    assert ended.exit_code == 0, ended.output
    assert "are not fetched: they have more than 64 MB" in " ".join(ended.stderr.split())
    assert not list(Path(".classic-rescue").glob("files/*"))
