"""`repair:` from the fleet file to the device: a real mock, real Terraform, and a shell behind an
SSH server in each device's place.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from classic_rescue.cli.pages.history_schema import json_schema
from tests.machines import Machine, machines, new_key
from tests.patience import PATIENCE_S

Run = Callable[..., Result]
WEB_1 = 124929698
APP_1 = 124929706
RESCUE_IT = f"SoftLayer_Virtual_Guest/{WEB_1}/executeRescueLayer"
POLL_S = 0.05
pytestmark = pytest.mark.slow


class Device:
    """A device whose machine runs what the service says: a system of its own, or a rescue system
    with a new key and an empty memory at each boot.
    """

    def __init__(self, machine: Machine, number: int, memory: Path, password: str) -> None:
        self.machine = machine
        self.number = number
        self.memory = memory
        self.password = password
        self.boots = 0
        self._runs: object = ()
        self._system = new_key()

    def follow(self, row: dict[str, Any]) -> None:
        """Boot what the service says."""
        wanted = (row["boot"], bool(row["move"]))
        if wanted == self._runs:
            return
        self._runs = wanted
        if row["move"]:
            self.machine.runs()
        elif row["boot"] == "os":
            self.machine.runs(self._system)
        else:
            self.restart()

    def restart(self) -> None:
        """Its rescue system, again."""
        self.boots += 1
        memory = self.memory / str(self.boots)
        self.machine.runs(new_key(), shell=memory, password=self.password)


class Site:
    """The devices, and a thread that lets them do what the service says."""

    def __init__(self, mock: Any, devices: list[Device]) -> None:
        self.devices = {device.number: device for device in devices}
        self._mock = mock
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._follow)

    def __enter__(self) -> Site:
        """Begin: all run what they should."""
        self.look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._is_over.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._is_over.wait(POLL_S):
            self.look()

    def look(self) -> None:
        """Let each follow once."""
        for row in self._mock.control_call("GET", "devices"):
            if device := self.devices.get(row["id"]):
                device.follow(row)


@pytest.fixture(scope="module")
def make() -> Iterator[Callable[[], Machine]]:
    """A maker of machines."""
    with machines() as maker:
        yield maker


@pytest.fixture
def site(make: Callable[[], Machine], mock: Any, project: Path, tmp_path: Path) -> Iterator[Site]:
    """Two devices."""
    world = mock.control_call("GET", "world")
    passwords = {guest["id"]: guest["password"] for guest in world["guests"]}
    devices = [
        Device(make(), number, tmp_path / str(number), passwords[number])
        for number in (WEB_1, APP_1)
    ]
    with Site(mock, devices) as found:
        yield found


def declare(site: Site, *lines: str, more: str = "") -> None:
    """Write the fleet file: a line a device, for `ID: REST`."""
    said = [more, "devices:"]
    for line in lines:
        name, number, rest = line.split(" ", 2)
        port = site.devices[int(number)].machine.port
        login = "{password: stored, unverified: true}"
        ssh = f"ssh: {{address: 127.0.0.1, port: {port}, login: {login}}}"
        said.append(f"  {name}: {{virtual_guest: {number}, {rest}, {ssh}}}")
    Path("fleet.yaml").write_text("\n".join([*said, ""]))


def script(text: str, name: str = "repairs/fix.sh") -> str:
    """A script in the project."""
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text)
    return name


def prepared(site: Site, run: Run, text: str, then: str = "stay") -> None:
    """A device with its key on record, and a repair that is declared."""
    declare(site, f"web-1 {WEB_1} boot: os")
    assert run("status").exit_code == 0
    script(text)
    declare(site, f"web-1 {WEB_1} boot: rescue, repair: {{script: repairs/fix.sh, then: {then}}}")


def deployed(run: Run) -> tuple[Result, dict[str, Any]]:
    """A deploy, and what it says of web-1."""
    ended = run("deploy", "--yes", "--json")
    row: dict[str, Any] = json.loads(ended.stdout)["devices"][0]
    return ended, row


def until(is_so: Callable[[], bool]) -> None:
    """Wait for it."""
    give_up = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(POLL_S)


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[None]:
    """Let something happen meanwhile."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE_S)


def test_a_repair_runs_once_and_is_told(site: Site, run: Run, mock: Any, tmp_path: Path) -> None:
    """In the table, the journal and the history, with its output."""
    count = tmp_path / "count"
    prepared(site, run, f"echo x >> {count}\necho mended\n")
    ended, row = deployed(run)
    assert ended.exit_code == 0, ended.output
    assert (row["result"], row["after"]) == ("repaired", "rescue")
    assert "repairs/fix.sh (sha256 " in row["evidence"]
    assert "2 lines): the script ended with exit code 0" in row["evidence"]
    assert count.read_text() == "x\n"
    lines = json.loads(run("history", "--json").stdout)["runs"]
    ran = next(line for line in lines if line["verb"] == "run")
    jsonschema.validate(ran, json_schema())
    assert ran["script"]["output"] == ["mended"]
    assert ran["script"]["exit_code"] == 0
    assert deployed(run)[1]["result"] == "unchanged"
    assert count.read_text() == "x\n"
    assert mock.changes() == [f"executeRescueLayer {WEB_1}"]


def test_a_repaired_device_can_leave(site: Site, run: Run, mock: Any) -> None:
    """After an end with 0 it goes back, and that is then where it is wanted."""
    prepared(site, run, "echo mended\n", then="leave")
    ended, row = deployed(run)
    assert ended.exit_code == 0, ended.output
    assert (row["result"], row["before"], row["after"]) == ("repaired", "os", "os")
    assert mock.changes() == [f"executeRescueLayer {WEB_1}", f"rebootDefault {WEB_1}"]
    assert run("status").exit_code == 0
    assert run("drift").exit_code == 0, run("drift").output
    assert deployed(run)[1]["result"] == "unchanged"
    assert mock.changes() == []


def test_a_script_that_fails_leaves_the_device_in_rescue(site: Site, run: Run, mock: Any) -> None:
    """With what it said at last; and not once more, until the script is another one."""
    prepared(site, run, "echo looking\necho no such disk\nexit 3\n", then="leave")
    ended, row = deployed(run)
    assert ended.exit_code != 0
    assert (row["result"], row["before"]) == ("failed", "os")
    assert "ended with exit code 3" in row["evidence"]
    assert "looking | no such disk" in row["evidence"]
    assert "it stays in rescue" in row["evidence"]
    assert run("status").exit_code == 2
    again = deployed(run)[1]
    assert "in this rescue already" in again["evidence"]
    assert site.devices[WEB_1].boots == 1
    script("echo mended\n")
    ended, row = deployed(run)
    assert ended.exit_code == 0, ended.output
    assert (row["result"], row["after"]) == ("repaired", "os")
    assert mock.changes() == [f"executeRescueLayer {WEB_1}", f"rebootDefault {WEB_1}"]
    assert "its repair, repairs/fix.sh" not in run("status", "--long").stdout


def test_a_password_that_is_printed_is_hidden_before_a_line_is_cut(
    site: Site, run: Run, project: Path
) -> None:
    """Not even its first half is told."""
    password = site.devices[WEB_1].password
    prepared(site, run, f"printf '%*s%s\\n' 196 x '{password}' | tr ' ' x\nexit 3\n")
    ended, row = deployed(run)
    assert "xxx" in row["evidence"]
    assert f"x{password[:2]}" not in ended.output
    for path in project.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.name != "fix.sh":
            assert f"x{password[:2]}".encode() not in path.read_bytes(), path


def test_a_script_that_is_called_as_one_that_ships_is_another_one(site: Site, run: Run) -> None:
    """Where it is written as a path."""
    prepared(site, run, "true\n")
    script("echo mine\n", "./fsck")
    fleet = Path("fleet.yaml")
    fleet.write_text(fleet.read_text().replace("repairs/fix.sh", "./fsck"))
    assert "./fsck (sha256 " in deployed(run)[1]["evidence"]


def test_status_tells_of_a_repair_that_failed(site: Site, run: Run) -> None:
    """Why a device that is to leave is still in rescue."""
    prepared(site, run, "exit 3\n", then="leave")
    deployed(run)
    told = " ".join(run("status", "--long").stdout.split())
    assert "DIFFERS desired os observed rescue" in told
    assert "its repair, repairs/fix.sh, ended with exit code 3" in told


def test_a_restart_meanwhile_is_told_and_nothing_run_again(
    site: Site, run: Run, tmp_path: Path
) -> None:
    """How the script ended is unknown, and stays so in this rescue."""
    count = tmp_path / "count"
    prepared(site, run, f"echo x >> {count}; sleep 60\n")
    device = site.devices[WEB_1]

    def restart_once_it_runs() -> None:
        until(count.exists)
        device.restart()

    with beside(restart_once_it_runs):
        ended, row = deployed(run)
    assert ended.exit_code != 0
    assert row["result"] == "failed"
    assert "nothing was run" not in row["evidence"]
    assert "how the script ended is unknown" in row["evidence"]
    _, row = deployed(run)
    assert "how the script ended is unknown" in row["evidence"]
    assert count.read_text() == "x\n"


def test_a_script_has_its_time(site: Site, run: Run) -> None:
    """TERM, then KILL, to all of its processes; its output until then is told."""
    prepared(site, run, "echo begun; sleep 60\n")
    fleet = Path("fleet.yaml")
    fleet.write_text(fleet.read_text().replace("then: stay", "timeout: 2s"))
    _, row = deployed(run)
    assert row["result"] == "failed"
    assert "was stopped after 2 s, which was its time" in row["evidence"]
    assert "it said at last: begun" in row["evidence"]


def test_an_interrupted_deploy_is_taken_up_again(site: Site, tmp_path: Path, run: Run) -> None:
    """Ctrl-C: the script goes on, and the next deploy waits for its end."""
    count = tmp_path / "count"
    go = tmp_path / "go"
    prepared(site, run, f"echo x >> {count}; until [ -e {go} ]; do sleep 0.1; done; echo mended\n")
    command = [sys.executable, "-P", "-m", "classic_rescue.cli", "deploy", "--yes"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    until(count.exists)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE_S)
    text = " ".join(output.decode().split())
    assert process.returncode == 130, text
    assert "repairs/fix.sh may go on in the device" in text
    go.touch()
    ended, row = deployed(run)
    assert ended.exit_code == 0, ended.output
    assert row["result"] == "repaired"
    assert count.read_text() == "x\n"
    lines = json.loads(run("history", "--json").stdout)["runs"]
    assert [line["script"]["output"] for line in lines if line["verb"] == "run"] == [["mended"]]


def test_another_text_than_was_reviewed_is_refused(site: Site, run: Run, mock: Any) -> None:
    """Before anything restarts: by `apply`, and by the hook itself."""
    prepared(site, run, "echo mended\n")
    assert run("plan", "--out", "reviewed").exit_code == 2
    script("rm -rf /\n")
    refused = run("apply", "reviewed")
    assert refused.exit_code == 1
    assert "sha256" in refused.output
    assert run("plan", "--out", "reviewed").exit_code == 2
    stacks = list(Path("cdktf.out/stacks").glob("*/cdk.tf.json"))
    assert stacks
    script("echo mended\n")
    tree = json.loads(stacks[0].read_text())
    order = tree["locals"]["devices"][f"virtual_guest/{WEB_1}"].removeprefix("${").removesuffix("}")
    enter = [sys.executable, "-P", "-m", "classic_rescue.hook", "enter"]
    environ = {**os.environ, "CLASSIC_RESCUE_ORDER": order, "PYTHONPATH": "constructs"}
    environ["PYTHONPATH"] = str(Path("constructs").resolve())
    hook = subprocess.run(
        enter, cwd=stacks[0].parent, env=environ, capture_output=True, text=True, check=False
    )
    assert hook.returncode == 3, hook.stdout + hook.stderr
    assert "is another text than was planned" in hook.stdout
    assert mock.changes() == []


def test_without_a_recorded_key_nothing_restarts(site: Site, run: Run, mock: Any) -> None:
    """Its rescue system could never be told from its operating system."""
    site.devices[WEB_1].machine.runs()
    script("echo mended\n")
    declare(site, f"web-1 {WEB_1} boot: rescue, repair: {{script: repairs/fix.sh}}")
    _, row = deployed(run)
    assert "its repair needs proof, and could never be had" in row["evidence"]
    assert mock.changes() == []


def test_a_way_back_that_failed_does_not_begin_with_another_rescue(
    site: Site, run: Run, mock: Any
) -> None:
    """The device has come back by itself since."""
    prepared(site, run, "echo mended\n", then="leave")
    mock.control_call(
        "POST",
        "faults",
        {
            "operation": "SoftLayer_Virtual_Guest.rebootDefault",
            "times": 99,
            "fault": {"kind": "error", "status": 500, "code": "x", "text": "no"},
        },
    )
    ended, _ = deployed(run)
    assert ended.exit_code != 0
    assert f"executeRescueLayer {WEB_1}" in mock.changes()
    mock.control_call("DELETE", "faults")
    mock.act(f"SoftLayer_Virtual_Guest/{WEB_1}/rebootDefault")
    until(lambda: json.loads(run("status", "--json").stdout)["devices"][0]["observed"] == "os")
    mock.changes()
    ended, row = deployed(run)
    assert ended.exit_code == 0, ended.output
    assert "ended with exit code 0 in the rescue of" in row["evidence"]
    assert mock.changes() == []


def test_what_ran_before_in_another_rescue_is_no_repair_that_is_done(
    site: Site, run: Run, mock: Any, tmp_path: Path
) -> None:
    """By an order that stayed, or by hand: the next order with `then: leave` is a new one."""
    count = tmp_path / "count"
    prepared(site, run, f"echo x >> {count}\n")
    deployed(run)
    declared = Path("fleet.yaml").read_text()
    declare(site, f"web-1 {WEB_1} boot: os")
    deployed(run)
    Path("fleet.yaml").write_text(declared.replace("then: stay", "then: leave"))
    ended, row = deployed(run)
    assert ended.exit_code == 0, ended.output
    assert row["result"] == "repaired"
    assert count.read_text() == "x\n" * 2
    wanted = [f"executeRescueLayer {WEB_1}", f"rebootDefault {WEB_1}"] * 2
    assert mock.changes() == wanted


def test_two_devices_side_by_side(site: Site, run: Run, tmp_path: Path) -> None:
    """Each once, and each is told by itself."""
    declare(site, f"web-1 {WEB_1} boot: os", f"app-1 {APP_1} boot: os")
    run("status")
    script(f"echo x >> {tmp_path / 'count'}\n")
    repair = "boot: rescue, repair: {script: repairs/fix.sh, then: leave}"
    declare(site, f"web-1 {WEB_1} {repair}", f"app-1 {APP_1} {repair}")
    ended = run("deploy", "--yes", "--json")
    assert ended.exit_code == 0, ended.output
    rows = json.loads(ended.stdout)["devices"]
    assert [row["result"] for row in rows] == ["repaired", "repaired"]
    assert (tmp_path / "count").read_text() == "x\nx\n"


def test_the_policy_names_the_scripts(site: Site, run: Run) -> None:
    """For the fleet file and for `run` alike."""
    prepared(site, run, "echo mended\n")
    fleet = Path("fleet.yaml")
    fleet.write_text("policy: {scripts_allowed: ['reviewed/*', fsck]}\n" + fleet.read_text())
    for words in (("validate",), ("plan", "--out", "reviewed"), ("deploy", "--yes")):
        refused = run(*words)
        assert refused.exit_code in (1, 3)
        assert "scripts_allowed" in refused.output
    refused = run("run", "web-1", "repairs/fix.sh")
    assert refused.exit_code == 1
    assert "scripts_allowed does not take repairs/fix.sh" in " ".join(refused.output.split())


def test_the_review_shows_the_text(site: Site, run: Run, tmp_path: Path) -> None:
    """As it is, where nothing in it can end its block or hide."""
    prepared(site, run, "echo '```'\necho \u202eevil\n")
    assert run("plan", "--out", "reviewed").exit_code == 2
    text = Path("reviewed", "review.md").read_text()
    assert "````sh\necho '```'\necho \\u202eevil\n" in text
    assert "**Run a script:** web-1" in text
    assert "<code>repairs/fix.sh</code>: 2 lines, in web-1" in text
