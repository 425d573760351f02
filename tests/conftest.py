"""What several kinds of test share: a mock server of their own,
driven through its control plane.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import pytest

from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[1]
pytest_plugins = ["tests.times"]
IN_CI = bool(os.environ.get("CI"))  # as it was at the start: the tests themselves do not see it
USER = "demo"
KEY = "test-key-of-the-master-0123456789"

# A shell that runs the tests in the background has them ignore Ctrl-C, and so would every program
# that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The synthesis unpacks its libraries once a home, which takes as long as the rest of it; and most
# tests that synthesise have a home of their own.
os.environ.setdefault(
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT",
    str(Path.home() / ".cache" / "aws" / "jsii" / "package-cache"),
)

# Terraform starts 1,700 times, and takes a third less time where it collects no garbage so early.
os.environ.setdefault("GOGC", "800")

# A slow machine is no defect: no example of a property test has a time limit.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(optionalhook=True)  # test_libraries.py runs without xdist
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are processors: a test often waits, for a browser or a program's end."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Property tests go over the same lines hundreds of times: measuring them
    costs most and tells least.

    Each of xdist's workers begins with the files that hold slow tests: one that came last would
    keep all others waiting.
    """
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.no_cover)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    share = -(-len(items) // workers) or 1
    for start in range(0, len(items), share):
        items[start : start + share] = sorted(
            items[start : start + share], key=lambda item: item.path not in slow
        )


def pytest_collection_finish() -> None:
    """Seven thousand tests are not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


def measured() -> dict[str, str]:
    """The environment for a Python that counts where this process is measured.

    For those that live long: each start costs a tenth of a second more.
    coverage's `patch = subprocess` would count all of them, and xdist's workers
    twice.
    """
    environ = dict(os.environ)
    if measuring := coverage.Coverage.current():
        environ["COVERAGE_PROCESS_CONFIG"] = measuring.config.serialize()
    return environ


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be signed in to the real service: no test may reach it.

    Nor may it matter that a CI system runs them: there the product keeps no journal unless told.
    """
    for name in [
        name
        for name in os.environ
        if name == "CI" or name.startswith(("SL_", "CLASSIC_RESCUE_", "IC_IAM_"))
    ]:
        if name != "CLASSIC_RESCUE_CDK":  # which library the synthesis tests run with
            monkeypatch.delenv(name)


@dataclass
class Mock:
    """A mock server of its own, through its control plane."""

    rest: str
    control: str

    def control_call(self, path: str, body: object = None, method: str | None = None) -> Any:
        """One call to `/_mock/`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 always http on this machine
            self.control + path, data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:  # noqa: S310 (http)
            return json.loads(reply.read() or b"null")

    def pass_s(self, seconds: float) -> None:
        """Let time pass, if it stands still."""
        self.control_call("clock", {"advance_s": seconds}, method="POST")

    def changes(self) -> list[str]:
        """Every accepted request that changes a device since the last look,
        as METHOD or METHOD ID.
        """
        rows = self.control_call("journal")
        self.control_call("journal", method="DELETE")
        return [
            f"{row['method']} {row['id']}"
            for row in rows
            if row["kind"] == "changing" and row["status"] == 200
        ]

    def call_as_somebody_else(self, service: str, device: int, method: str) -> None:
        """One call past Terraform, as a colleague in the console would make it."""
        request = urllib.request.Request(f"{self.rest}{service}/{device}/{method}.json")  # noqa: S310 always http on this machine
        request.add_header(
            "Authorization", "Basic " + base64.b64encode(f"{USER}:{KEY}".encode()).decode()
        )
        urllib.request.urlopen(request, timeout=PATIENCE_S).close()  # noqa: S310 (http)

    def fault(self, operation: str, kind: str, **more: object) -> None:
        """Make the next call of this operation go wrong."""
        rule = {"operation": operation, "times": 1, "fault": {"kind": kind, **more}}
        self.control_call("faults", rule, method="POST")


@contextmanager
def running_mock(log: Path, *arguments: str, is_measured: bool = False) -> Iterator[Mock]:
    """A mock server on a free port, gone at the end; what it complains about is in `log`."""
    command = [sys.executable, "-m", "mock_api", "--master-user", f"{USER}:{KEY}", *arguments]
    environ = measured() if is_measured else None
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=stream, text=True
        )
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line, log.read_text()
            urls = json.loads(line)
            yield Mock(urls["rest"], urls["control"])
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def start_mock() -> Any:
    """Start mock servers: a context manager that takes the log file and more arguments."""
    return running_mock


@pytest.fixture(scope="session")
def standing_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """One mock for all full cycles of a worker, whose time stands still; `fresh_mock` resets it."""
    with running_mock(tmp_path_factory.mktemp("mock") / "mock.log", "--speed", "0") as started:
        yield started


@pytest.fixture
def fresh_mock(standing_mock: Mock) -> Mock:
    """The mock of the full cycles in its starting world, with an empty journal."""
    standing_mock.control_call("reset", method="POST")
    return standing_mock


@pytest.fixture(scope="session")
def mock_process() -> Iterator[Any]:
    """One mock process (tests.mock.stagehand.MockProcess) for all tests of real clients;
    its time stands still.
    """
    from tests.mock.stagehand import MockProcess

    running = MockProcess("--speed", "0", environ=measured())
    yield running
    running.stop()
