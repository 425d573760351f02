"""The hook as Terraform starts it: a process with an environment, exit codes, signals and lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from classic_rescue.boot.ssh import Proof, SshAccess
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.hook.exits import EXIT_MEANINGS, Exit
from tests.conftest import KEY, USER, Mock
from tests.hook.test_run import WEB
from tests.machines import machines, new_key
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from tests.hook.conftest import Bench

pytestmark = pytest.mark.slow

BARE = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


@pytest.fixture
def stopped_mock(served_mock: Mock) -> Mock:
    """Hooks that are processes of their own need a port."""
    return served_mock


def hook(
    arguments: list[str], environment: dict[str, str], source_root: Path
) -> subprocess.CompletedProcess[str]:
    """Run the hook with nothing in its environment but what is given."""
    return subprocess.run(
        [sys.executable, "-m", "classic_rescue.hook", *arguments],
        env={**BARE, "PYTHONPATH": str(source_root), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def signed_in(bench: Bench, order: str) -> dict[str, str]:
    """The environment of a hook that can work."""
    return {
        "SL_USERNAME": USER,
        "SL_API_KEY": KEY,
        "CLASSIC_RESCUE_ENDPOINT": bench.mock.rest,
        "CLASSIC_RESCUE_ORDER": order,
        "CLASSIC_RESCUE_LOCKS": str(bench.folder),
    }


def test_the_hook_loads_nothing_heavy(source_root: Path) -> None:
    """It starts once a device, so it loads the standard library and this package only."""
    code = (
        "import sys, classic_rescue.hook.__main__;"
        " print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**BARE, "PYTHONPATH": str(source_root)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "http" in loaded
    foreign = loaded - set(sys.stdlib_module_names) - {"classic_rescue", "__main__", "__mp_main__"}
    # What site-packages' own .pth files load at every start is not the hook's choice.
    at_start = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"],
        env=BARE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {
        name for name in foreign if name not in {n.partition(".")[0] for n in at_start}
    } == set()


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ([], {}, "usage: python -m classic_rescue.hook enter|leave"),
        (["fly"], {}, "fly: not understood"),
        (["enter", "leave"], {}, "not understood"),
        (["enter"], {}, "CLASSIC_RESCUE_ORDER is not set"),
        (["enter"], {"CLASSIC_RESCUE_ORDER": "{"}, "is not JSON"),
        (["enter"], {"CLASSIC_RESCUE_ORDER": "[" * 100000}, "is not JSON"),
        (["enter"], {"CLASSIC_RESCUE_ORDER": "[]"}, "is not an object"),
        (
            ["enter"],
            {"CLASSIC_RESCUE_ORDER": '{"name": "x"}'},
            "missing or unknown fields: boot, device",
        ),
        (["enter"], {"CLASSIC_RESCUE_ORDER": "ORDER"}, "SL_USERNAME and SL_API_KEY"),
        (
            ["enter"],
            {"CLASSIC_RESCUE_ORDER": "ORDER", "SL_USERNAME": "me"},
            "SL_API_KEY is not; set both",
        ),
        (
            ["enter"],
            {
                "CLASSIC_RESCUE_ORDER": "ORDER",
                "SL_USERNAME": "me",
                "SL_API_KEY": "k",
                "CLASSIC_RESCUE_CLOCK_SPEED": "60",
            },
            "only for a mock on this machine",
        ),
        (
            ["enter"],
            {
                "CLASSIC_RESCUE_ORDER": "ORDER",
                "SL_USERNAME": "me",
                "SL_API_KEY": "k",
                "CLASSIC_RESCUE_LABELS": "x",
            },
            "allowed: a JSON list",
        ),
    ],
)
def test_a_wrong_call_says_what_is_allowed(
    arguments: list[str],
    environment: dict[str, str],
    words: str,
    order_json: str,
    source_root: Path,
) -> None:
    """Exit 2, one line on standard error, no traceback, and nothing was sent."""
    environment = {name: value.replace("ORDER", order_json) for name, value in environment.items()}
    done = hook(arguments, environment, source_root)
    assert done.returncode == Exit.USAGE
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_every_exit_code_has_a_meaning() -> None:
    """The table is complete, and no two ways to end share a code."""
    assert set(EXIT_MEANINGS) == set(Exit)
    assert len({int(exit) for exit in Exit}) == len(EXIT_MEANINGS)


def test_json_lines_events_and_no_secret(
    bench: Bench, order_json: str, source_root: Path, tmp_path: Path
) -> None:
    """`--json` prints an object a line, the event file gets the same lines,
    and the key is in neither.
    """
    events = tmp_path / "events.jsonl"
    order = json.dumps({**json.loads(order_json), "reason": f"because {KEY}\x1b[31m\nred"})
    done = hook(
        ["enter", "--json"],
        {**signed_in(bench, order), "CLASSIC_RESCUE_EVENTS": str(events)},
        source_root,
    )
    assert done.returncode == Exit.DONE, done.stdout + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["step"] for row in rows] == ["start", "look", "done"]
    assert [json.loads(line) for line in events.read_text().splitlines()] == rows
    assert events.stat().st_mode & 0o077 == 0
    assert KEY not in done.stdout + events.read_text()
    assert "because ***?[31m?red" in rows[0]["text"]


def test_lines_name_time_and_device(bench: Bench, order_json: str, source_root: Path) -> None:
    """One plain line a step: UTC time, device, text."""
    done = hook(["leave"], signed_in(bench, order_json), source_root)
    assert done.returncode == Exit.DONE, done.stdout + done.stderr
    for line in done.stdout.splitlines():
        stamp, name, text = line.split(" ", 2)
        assert stamp.endswith("Z")
        assert len(stamp) == 20
        assert name == "dev:"
        assert text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_waiting_at_once(
    bench: Bench, order_json: str, source_root: Path, number: signal.Signals
) -> None:
    """Terraform's interrupt: exit 130, and the last line says what is still under way."""
    bench.mock.call_as_somebody_else("SoftLayer_Virtual_Guest", 124929698, "executeRescueLayer")
    bench.sleep(20)
    process = subprocess.Popen(
        [sys.executable, "-m", "classic_rescue.hook", "enter"],
        env={**BARE, "PYTHONPATH": str(source_root), **signed_in(bench, order_json)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:
        if "so far" in line:
            break
    process.send_signal(number)
    rest = process.stdout.read()
    assert process.wait(PATIENCE_S) == Exit.INTERRUPTED
    assert "dev: interrupted: transaction" in rest
    assert "(Rescue kernel is booting) is still under way on virtual_guest 124929698" in rest


def test_an_early_signal_ends_it_without_a_traceback(source_root: Path) -> None:
    """Ctrl-C while it still imports: nothing was sent, so there is nothing to tell."""
    program = """
import os, runpy, signal, sys

class Bell:
    def find_spec(self, name, path, target=None):
        if name == "classic_rescue.api.client":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Bell())
sys.argv = ["hook", "enter"]
runpy.run_module("classic_rescue.hook", run_name="__main__", alter_sys=True)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env={**os.environ, "PYTHONPATH": str(source_root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_an_event_file_that_cannot_be_written_does_not_stop_a_transition(
    bench: Bench, order_json: str, source_root: Path
) -> None:
    """A full disk or a missing folder costs the progress display, not the device."""
    environment = {
        **signed_in(bench, order_json),
        "CLASSIC_RESCUE_EVENTS": "/nonexistent/events.jsonl",
    }
    done = hook(["enter"], environment, source_root)
    assert done.returncode == Exit.DONE, done.stderr
    assert "/nonexistent/events.jsonl cannot be written" in done.stderr
    assert done.stderr.count("cannot be written") == 1


def test_an_endpoint_that_only_the_stack_names_gets_no_key(bench: Bench, source_root: Path) -> None:
    """Not even under plain cdktf, where nobody has looked before the hook."""
    order = Order("web-1", DeviceRef.from_key(WEB), Goal(BootState.RESCUE))
    environ = signed_in(bench, json.dumps(order.to_dict()))
    endpoint = environ.pop("CLASSIC_RESCUE_ENDPOINT")
    environ["CLASSIC_RESCUE_FLEET_ENDPOINT"] = endpoint
    bench.mock.control_call("journal", method="DELETE")
    refused = hook(["enter"], environ, source_root)
    assert refused.returncode == Exit.USAGE
    assert "only the fleet file names '127.0.0.1', so it gets no credentials" in refused.stderr
    assert bench.mock.control_call("journal") == []


def test_a_hook_alone_asks_the_device_itself(
    bench: Bench, source_root: Path, tmp_path: Path
) -> None:
    """As plain Terraform starts it: without site-packages, in the folder of its stack. The process
    that asks has them, and no credentials.
    """
    stack = tmp_path / "cdktf.out/stacks/fleet-0"
    stack.mkdir(parents=True)
    (tmp_path / "cdktf.out/manifest.json").write_text("{}")
    with machines() as make:
        machine = make()
        key = new_key()
        machine.runs(key)
        ssh = SshAccess("127.0.0.1", machine.port, proof=Proof.REQUIRED)
        order = Order("web-1", DeviceRef.from_key(WEB), Goal(BootState.OS), ssh=ssh)
        done = subprocess.run(
            [sys.executable, "-S", "-P", "-m", "classic_rescue.hook", "enter"],
            env={
                **BARE,
                **signed_in(bench, json.dumps(order.to_dict())),
                "PYTHONPATH": os.path.relpath(source_root, stack),
            },
            cwd=stack,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == Exit.DONE, done.stderr
    assert str(key.get_fingerprint()) in done.stdout
    assert (tmp_path / ".classic-rescue/host-keys.json").exists()
