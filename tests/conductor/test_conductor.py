"""The conductor as a process of its own, with hooks as Terraform starts them, against the mock."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.conducting import Conducting, conducting, for_clients
from classic_rescue.cli.terraform.hook_events import HookEvent
from classic_rescue.conductor.__main__ import Conductor
from classic_rescue.stack.blocks import HookCall
from tests.conftest import KEY, USER, Mock, running_mock
from tests.patience import PATIENCE_S
from tests.timekeeper import keeping_time

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GUESTS = range(1_000_001, 1_000_001 + 40)
SOURCE = str(ROOT / "constructs")
STILL = ("--speed", "0")
FORTY = ("--generate", "40,2")


SABOTAGED = """\
import sys
from classic_rescue.conductor import __main__ as conductor, clients
clients.Door._enter = lambda door, number: 1 / 0
sys.argv = ["conductor", {folder!r}]
sys.exit(conductor.run_process())
"""
FEW_FILES = """
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
"""
"""Goes on where the steering is of the conductor (timekeeper.py)."""


@dataclass
class Fleet:
    """Many guests of one mock, and what runs of them have told."""

    mock: Mock
    environ: dict[str, str]
    folder: Path
    events: list[HookEvent] = field(default_factory=list)

    def start(
        self,
        conductor: Conducting | None,
        orders: Mapping[str, Sequence[str]],
        *,
        verb: Any = "enter",
        **more: Any,
    ) -> dict[str, subprocess.Popen[str]]:
        """A hook for each device, by key: what it is to run. Without a conductor, each alone."""
        environ = for_clients(self.environ, conductor) if conductor else self.environ
        # Alone, each is steered by itself (tests/timekeeper.py).
        steered = self.folder / "steering/python"
        python = str(steered) if conductor is None else sys.executable
        command = HookCall(python, SOURCE, None).command(verb).replace("$${", "${")
        hooks = {}
        for key, (boot, *image) in orders.items():
            goal = Goal(BootState(boot), image[0] if image else None)
            order = Order(key, DeviceRef.from_key(key), goal, more.get("timeout_s", 3600))
            hooks[key] = subprocess.Popen(
                ["/bin/sh", "-c", command],
                env={**environ, "CLASSIC_RESCUE_ORDER": json.dumps(order.to_dict())},
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return hooks

    def finish(
        self,
        conductor: Conducting | None,
        hooks: Mapping[str, subprocess.Popen[str]],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> dict[str, tuple[int, str]]:
        """How they ended, and their last lines."""
        while any(hook.poll() is None for hook in hooks.values()):
            if conductor:
                self.events += conductor.read_new()
            meanwhile()
            threading.Event().wait(0.02)
        if conductor:
            self.events += conductor.read_new()
        ends = {}
        for key, hook in hooks.items():
            out, _ = hook.communicate(timeout=PATIENCE_S)
            ends[key] = (hook.returncode, out.splitlines()[-1] if out else "")
        return ends

    def sent(self) -> Counter[str]:
        """How often each device was restarted since the last look."""
        return Counter(change.split()[-1] for change in self.mock.changes())

    def states(self) -> Counter[str]:
        """What the guests run."""
        devices = self.mock.control_call("devices")
        return Counter(row["boot"] for row in devices if row["id"] in GUESTS)


@pytest.fixture(scope="module")
def still_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """A mock with forty guests and two servers, whose clock stands still."""
    log = tmp_path_factory.mktemp("mock") / "mock.log"
    with running_mock(log, *STILL, *FORTY) as mock:
        yield mock


@pytest.fixture
def fleet(still_mock: Mock, tmp_path: Path) -> Iterator[Fleet]:
    """The world as it was at the start; orders wait in its time alone."""
    still_mock.control_call("faults", method="DELETE")
    still_mock.control_call("reset", method="POST")
    still_mock.changes()
    with keeping_time(still_mock, tmp_path / "steering") as steering:
        yield Fleet(still_mock, {**environ_of(still_mock, tmp_path), **steering}, tmp_path)


def environ_of(mock: Mock, folder: Path) -> dict[str, str]:
    """What the command has in its environment."""
    return {
        "PATH": os.environ["PATH"],
        "SL_USERNAME": USER,
        "SL_API_KEY": KEY,
        "CLASSIC_RESCUE_ENDPOINT": mock.rest,
        "CLASSIC_RESCUE_JOURNAL": str(folder / "journal.jsonl"),
        "CLASSIC_RESCUE_LOCKS": str(folder / "locks"),
        "HOME": str(folder),
    }


def guests(boot: str = "rescue") -> dict[str, tuple[str]]:
    """All of them, to run this."""
    return {f"virtual_guest/{number}": (boot,) for number in GUESTS}


def test_forty_go_and_come_back_with_few_calls(fleet: Fleet) -> None:
    """Each is restarted once a way, told of as ever, and recorded; nothing is left behind."""
    with conducting(fleet.environ) as conductor:
        folder = conductor.folder
        ends = fleet.finish(conductor, fleet.start(conductor, guests()))
        assert {code for code, _ in ends.values()} == {0}, ends
        assert all(" os → rescue; last transaction" in line for _, line in ends.values())
        calls = [row["method"] for row in fleet.mock.control_call("journal")]
        assert fleet.sent() == {str(number): 1 for number in GUESTS}
        assert fleet.states() == {"rescue": 40}
        assert len(calls) < 5 * len(GUESTS), Counter(calls)
        back = fleet.start(conductor, guests(), verb="leave")
        ends = fleet.finish(conductor, back)
        assert {code for code, _ in ends.values()} == {0}, ends
        assert fleet.sent() == {str(number): 1 for number in GUESTS}
        assert fleet.states() == {"os": 40}
        assert not conductor.problem
    assert not folder.exists()
    assert conductor.counts["requests"] >= len(calls)
    assert conductor.counts["refused"] == 0
    rows = (fleet.folder / "journal.jsonl").read_text().splitlines()
    assert Counter(json.loads(row)["verb"] for row in rows) == {"enter": 40, "leave": 40}
    assert {event.step for event in fleet.events if event.is_last} == {"done"}
    assert len({event.device for event in fleet.events}) == 40


def test_names_images_and_servers(fleet: Fleet) -> None:
    """Whatever an order may be about."""
    devices = fleet.mock.control_call("devices")
    server = next(row for row in devices if row["kind"] == "hardware")
    guest = next(row for row in devices if row["id"] == GUESTS[3])
    orders = {
        f"hardware/{server['id']}": ("rescue",),
        f"hostname/{guest['hostname']}": ("rescue",),
        f"virtual_guest/{GUESTS[0]}": ("image", "WindowsRescueStandalone.iso"),
        f"virtual_guest/{GUESTS[1]}": ("image", "no such image"),
        "virtual_guest/7": ("rescue",),
    }
    with conducting(fleet.environ) as conductor:
        ends = fleet.finish(conductor, fleet.start(conductor, orders))
    codes = [code for code, _ in ends.values()]
    assert codes == [0, 0, 0, 3, 3], ends
    assert "there is no image 'no such image'" in ends[f"virtual_guest/{GUESTS[1]}"][1]
    assert "Unable to find" in ends["virtual_guest/7"][1]


def test_devices_that_are_named_are_looked_up_together(fleet: Fleet) -> None:
    """By hostname and by address, in a list for all of them; what none or several have is looked up
    singly, and refused in the words of ever.
    """
    devices = {row["id"]: row for row in fleet.mock.control_call("devices")}
    orders = {f"hostname/{devices[number]['hostname'].upper()}": ("rescue",) for number in GUESTS}
    orders["hostname/nobody"] = ("rescue",)
    with conducting(fleet.environ) as conductor:
        ends = fleet.finish(conductor, fleet.start(conductor, orders))
    made = Counter(row["method"] for row in fleet.mock.control_call("journal"))
    *found, nobody = ends.values()
    assert {code for code, _ in found} == {0}, ends
    assert nobody[0] == 3
    assert "hostname nobody: no device has it" in nobody[1]
    assert fleet.sent() == {str(number): 1 for number in GUESTS}
    assert made["getHardware"] < len(GUESTS), made


def test_more_hooks_than_files_may_be_open(fleet: Fleet) -> None:
    """The others wait outside until there is room; nobody is forgotten."""
    with (fleet.folder / "steering/sitecustomize.py").open("a") as steering:
        steering.write(FEW_FILES)
    with conducting(fleet.environ) as conductor:
        ends = fleet.finish(conductor, fleet.start(conductor, guests()))
    assert {code for code, _ in ends.values()} == {0}, ends
    assert fleet.sent() == {str(number): 1 for number in GUESTS}


def test_as_many_files_may_be_open_as_the_system_lets() -> None:
    """A shell's own limit is often 1,024, which a thousand hooks and their connections exceed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
    try:
        with conducting({"PATH": os.environ["PATH"]}) as conductor:
            found = resource.prlimit(conductor.pid, resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == (hard, hard)


def test_what_nobody_foresaw_leaves_no_hook_waiting(
    fleet: Fleet, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thread that all wait for is gone: the process ends, and each hook says so."""
    folder = fleet.folder / "conductor"
    folder.mkdir(0o700)
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SABOTAGED.format(folder=str(folder))],
        env=fleet.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    conductor = Conducting(process, folder)
    conductor.wait_until_ready()
    some = dict(list(guests().items())[:3])
    ends = fleet.finish(conductor, fleet.start(conductor, some))
    conductor.end()
    assert conductor.problem.endswith("ended with exit code 1")
    assert {code for code, _ in ends.values()} == {130}, ends
    said = capfd.readouterr().err
    assert "a defect of classic-rescue: ZeroDivisionError; the details are in" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("moment", [5, 20, 40])
def test_the_conductor_is_killed(fleet: Fleet, moment: int) -> None:
    """Every hook says so and ends as interrupted; nothing is sent any more; hooks alone then bring
    all there, and no device is restarted twice.
    """
    with ExitStack() as stack:
        conductor = stack.enter_context(conducting(fleet.environ))
        hooks = fleet.start(conductor, guests())
        killed: list[int] = []

        def kill() -> None:
            done = fleet.mock.control_call("journal")
            sent = sum(row["kind"] == "changing" for row in done)
            if sent >= moment and not killed:
                killed.append(sent)
                os.kill(conductor.pid, signal.SIGKILL)

        ends = fleet.finish(conductor, hooks, kill)
        assert killed
        assert "ended by signal 9" in conductor.problem
    assert {code for code, _ in ends.values()} <= {0, 130}
    assert 130 in {code for code, _ in ends.values()}
    assert all("has ended" in line for code, line in ends.values() if code == 130)
    before = fleet.sent()
    again = fleet.finish(None, fleet.start(None, guests()))
    assert {code for code, _ in again.values()} == {0}, again
    assert before + fleet.sent() == {str(number): 1 for number in GUESTS}
    assert fleet.states() == {"rescue": 40}


def test_the_command_is_gone(fleet: Fleet) -> None:
    """The end of its pipe ends every order in order: the last word, the journal, and no process."""
    with conducting(fleet.environ) as conductor:
        fleet.mock.control_call("settings", {"guest_rescue_s": 40_000.0}, method="PATCH")
        hooks = fleet.start(conductor, guests(), timeout_s=80_000)
        process = conductor._process
        assert process.stdin is not None
        ended: list[bool] = []

        def leave() -> None:
            if sum(event.step == "wait" for event in fleet.events) > 60 and not ended:
                ended.append(True)
                process.stdin.close()  # type: ignore[union-attr] # it was checked

        ends = fleet.finish(conductor, hooks, leave)
        assert ended
        assert process.wait(PATIENCE_S) == 0
        assert not conductor.folder.exists()
    assert {code for code, _ in ends.values()} == {130}
    assert all(
        "interrupted: executeRescueLayer was accepted at" in line for _, line in ends.values()
    ), ends
    rows = (fleet.folder / "journal.jsonl").read_text().splitlines()
    assert [json.loads(row)["result"] for row in rows] == ["interrupted"] * 40


def test_lines_of_the_journal_come_one_after_the_other(fleet: Fleet) -> None:
    """No reader of it meets an empty line, however many orders end at once."""
    # Long enough that another is often met half written.
    host = Conductor(str(fleet.folder), fleet.environ, pace=1, tell=lambda line: None)
    path = fleet.folder / "journal.jsonl"

    def write() -> None:
        for _ in range(6):
            assert host.keep(str(path), {"text": "x" * 400_000}, None) == ""

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [len(row) > 400_000 for row in path.read_text().splitlines()] == [True] * 48


def test_no_secret_reaches_terraform_and_its_hooks(fleet: Fleet) -> None:
    """The conductor has them; whoever looks at the environment of a hook finds none."""
    with conducting(fleet.environ) as conductor:
        given = for_clients({**fleet.environ, "CLASSIC_RESCUE_JOURNAL_TOKEN": "t0ken"}, conductor)
    assert KEY not in given.values()
    assert "t0ken" not in given.values()


@pytest.mark.parametrize("value", ["fast", "0", "-1", "nan", "1e9"])
def test_a_pace_that_is_none_is_refused_before_anything_starts(fleet: Fleet, value: str) -> None:
    """With what is allowed."""
    environ = {**fleet.environ, "CLASSIC_RESCUE_REQUESTS_PER_SECOND": value}
    with pytest.raises(Failure, match="allowed: a number above 0, up to 1000"), conducting(environ):
        pytest.fail("it started")


def test_a_limit_of_the_account_is_waiting(tmp_path: Path) -> None:
    """Twice as fast as the service allows: none fails, and none is restarted twice."""
    log = tmp_path / "mock.log"
    with running_mock(log, "--speed=10", *FORTY) as mock:
        mock.control_call("settings", {"guest_rescue_s": 30.0}, method="PATCH")
        limiter = {"kind": "rate_limiter", "requests": 10, "seconds": 1.0}
        rule = {"operation": "*", "times": None, "fault": limiter}
        mock.control_call("faults", rule, method="POST")
        environ = {**environ_of(mock, tmp_path), "CLASSIC_RESCUE_CLOCK_SPEED": "10"}
        fleet = Fleet(mock, environ, tmp_path)
        with conducting({**environ, "CLASSIC_RESCUE_REQUESTS_PER_SECOND": "20"}) as conductor:
            hooks = fleet.start(conductor, guests(), timeout_s=86_000)
            ends = fleet.finish(conductor, hooks)
        assert {code for code, _ in ends.values()} == {0}, ends
        assert fleet.sent() == {str(number): 1 for number in GUESTS}
