"""The end of the process while clients are at it: what has begun is finished, nothing is half,
and it ends in time.
"""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mock.crowd import CLIENTS, FIRST, Ask, Crowd, control, guest, half_a_request
from tests.mock.stagehand import ROOT, MockProcess
from tests.patience import PATIENCE_S

DELAY_S = 3600
DELAY = {"operation": "SoftLayer_Virtual_Guest.executeRescueLayer", "times": None,
         "fault": {"kind": "delay", "seconds": DELAY_S}}  # fmt: skip
pytestmark = pytest.mark.slow
SIGNALS = (signal.SIGTERM, signal.SIGINT)
LIMITED_FILES = 100


@pytest.fixture
def save(tmp_path: Path) -> Path:
    """The save file of the test."""
    return tmp_path / "world.json"


USUAL = ("-m", "mock_api")
PATIENT = (
    "-c",
    "import sys; from mock_api import listener; listener.STOP_WITHIN_S = 3600.0;"
    " from mock_api.command_line import main; sys.exit(main())",
)
"""A mock that does not cut off what holds up its end."""


@pytest.fixture
def mock(request: pytest.FixtureRequest, save: Path) -> Iterator[MockProcess]:
    """A mock with a save file; a test ends it."""
    program = getattr(request, "param", USUAL)
    running = MockProcess("--generate", "300,0", "--save", str(save), program=program)
    yield running
    running.process.kill()
    running.process.communicate()


@pytest.fixture
def crowd(mock: MockProcess) -> Iterator[Crowd]:
    """Its clients."""
    clients = Crowd(mock.port)
    yield clients
    clients.close()


def rescued_in(save: Path) -> set[int]:
    """The guests whose rescue is in the event log of a save file; a mock reads the file."""
    reader = MockProcess("--save", str(save), "--speed", "0")
    try:
        clients = Crowd(reader.port)
        events = clients.ask(control("world"))["moving"]["events"]
        clients.close()
        return {event["object_id"] for event in events}
    finally:
        reader.stop()


def seen_by_faults(mock: MockProcess) -> int:
    """How many calls the first fault rule has counted."""
    asker = Crowd(mock.port)
    seen: int = asker.ask(control("faults"))[0]["seen"]
    asker.close()
    return seen


@pytest.mark.parametrize("mock", [PATIENT], ids=["patient"], indirect=True)
@pytest.mark.parametrize("number", SIGNALS)
def test_requests_under_way_are_answered(
    mock: MockProcess, crowd: Crowd, save: Path, number: int
) -> None:
    """A stop ends the delays that faults play; each request that waited in one is answered,
    and its change saved.
    """
    crowd.ask(control("faults", DELAY))
    crowd.send([guest(FIRST + index, "executeRescueLayer") for index in range(20)])
    while seen_by_faults(mock) < 20:
        pass
    mock.process.send_signal(number)
    assert crowd.read(20) == [True] * 20
    out, err = mock.process.communicate(timeout=PATIENCE_S)
    assert (mock.process.returncode, out, err) == (0, "", "")
    assert rescued_in(save) == set(range(FIRST, FIRST + 20))


def test_a_busy_mock_stops_without_a_half_answer(
    mock: MockProcess, crowd: Crowd, save: Path
) -> None:
    """Clients that never pause get whole answers, then closed connections;
    what was accepted is saved.
    """
    accepted: set[int] = set()
    closed = False
    for index in range(300):
        try:
            crowd.send([guest(FIRST + index, "executeRescueLayer"), *[control("world")] * 3])
            if index == 30:
                mock.process.terminate()
            if crowd.read(4)[0] is True:
                accepted.add(FIRST + index)
        # Also http.client.RemoteDisconnected: closed before the first byte; never IncompleteRead.
        except ConnectionError:
            closed = True
            break
    assert closed
    out, err = mock.process.communicate(timeout=PATIENCE_S)
    assert (mock.process.returncode, out, err) == (0, "", "")
    assert len(accepted) >= 30
    assert accepted <= rescued_in(save)


@pytest.mark.parametrize("mock", [PATIENT], ids=["patient"], indirect=True)
def test_nobody_holds_up_a_stop(mock: MockProcess, crowd: Crowd) -> None:
    """Clients with half a request, and signals that come again and again,
    change nothing about the end.
    """
    assert crowd.ask(guest(FIRST)) == {"id": FIRST}
    stalled = [half_a_request(mock.port) for _ in range(CLIENTS)]
    for _ in range(200):
        mock.process.send_signal(signal.SIGTERM)
        mock.process.send_signal(signal.SIGINT)
    out, err = mock.process.communicate(timeout=PATIENCE_S)
    assert (mock.process.returncode, out, err) == (0, "", "")
    for client in stalled:
        client.close()


def test_a_client_that_does_not_read_is_given_up(mock: MockProcess, crowd: Crowd) -> None:
    """An answer of megabytes that nobody reads delays the end for a bounded time;
    nobody can connect meanwhile.
    """
    crowd.ask(Ask("/_mock/world", "PUT", big_world(crowd)))
    reader = socket.create_connection(("127.0.0.1", mock.port))
    reader.sendall(b"GET /_mock/world HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 5)
    assert reader.recv(8) == b"HTTP/1.1"
    mock.process.terminate()
    out, err = mock.process.communicate(timeout=PATIENCE_S)
    assert (mock.process.returncode, out, err) == (0, "", "")
    reader.close()


def big_world(crowd: Crowd) -> Any:
    """The running world with 30,000 guests, about 15 megabytes."""
    world = crowd.ask(control("world"))
    first = world["guests"][0]
    world["guests"] = [
        {**first, "id": number, "hostname": f"vg-{number}"} for number in range(1, 30001)
    ]
    return world | {"moving": None}


def test_a_signal_during_start_up_leaves_nothing_behind(save: Path) -> None:
    """SIGTERM at any point of the start ends it at once: no traceback, no torn save file;
    the next start works.
    """
    command = [sys.executable, "-X", "importtime", "-m", "mock_api", "--save", str(save)]
    for module in (
        "argparse",
        "mock_api.domain.world",
        "mock_api.contract",
        "mock_api.listener",
        "mock_api.server",
    ):
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert any(line.split("|")[-1].strip() == module for line in process.stderr)
        process.terminate()
        rest = process.stderr.read()
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)
        assert "Traceback" not in rest
    assert MockProcess("--save", str(save)).stop() == (0, "", "")


def test_a_signal_right_after_the_line_is_a_clean_end() -> None:
    """Whoever has read the line may stop the mock: it already listens to signals then."""
    assert [MockProcess().stop() for _ in range(3)] == [(0, "", "")] * 3


def test_more_clients_than_connections() -> None:
    """Beyond the limit of open files clients wait until others leave; those inside are served."""
    program = f"ulimit -n {LIMITED_FILES}; exec {sys.executable} -m mock_api --verbose"
    process = subprocess.Popen(
        ["bash", "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(json.loads(process.stdout.readline())["rest"].split(":")[2].split("/")[0])
        inside = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        inside.connect()
        waiting = [
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
            for _ in range(LIMITED_FILES)
        ]
        for _ in range(50):
            inside.request("GET", "/_mock/health")
            assert json.loads(inside.getresponse().read())["status"] == "ok"
        last = waiting.pop()
        for client in waiting:
            client.close()
        last.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert last.recv(15) == b"HTTP/1.1 200 OK"
    finally:
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert b"reached the connection limit" in err
    assert (
        b"Traceback" not in err
    )  # it does not try again and again to take connections that it cannot hold
