"""The offline mock that a project starts for itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3
from click.testing import Result

from classic_rescue.cli.session import embedded_mock
from classic_rescue.cli.session.embedded_mock import Mock, ensure_mock
from classic_rescue.cli.terminal.failures import Failure
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

Run = Callable[..., Result]


def read_mock(project: Path) -> Mock:
    """What mock.json says."""
    return Mock(**json.loads((project / ".classic-rescue" / "mock.json").read_text()))


def send_and_wait(mock: Mock, path: str) -> None:
    """Send a request as the mock's user, and let its work end."""
    login = urllib3.make_headers(basic_auth=f"{mock.user}:{mock.key}")
    url = f"{mock.rest}{path}.json"
    assert urllib3.request("GET", url, headers=login, timeout=PATIENCE_S).status == 200
    urllib3.request(
        "POST", f"{mock.control}clock", json={"run_until_stable": True}, timeout=PATIENCE_S
    )


def kill(mock: Mock) -> None:
    """End it as a crash would."""
    os.kill(mock.pid, signal.SIGKILL)
    os.waitpid(mock.pid, 0)


def test_nothing_in_the_project_runs_instead(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module in the project's folder does not come before the standard library's, whatever
    PYTHONPATH says of folders that are not named in full; what the mock writes is private,
    also where the folder was open and the umask lets all pass.
    """
    for name in ("json.py", "socket.py", "flask.py", "sitecustomize.py"):
        (project / name).write_text("raise SystemExit('a trap has run')\n")
    (project / ".classic-rescue").mkdir()
    (project / ".classic-rescue").chmod(0o777)
    monkeypatch.setenv("PYTHONPATH", ":.:constructs")
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    before = os.umask(0)
    try:
        ended = run("status", "app-1")
    finally:
        os.umask(before)
    assert ended.exit_code == 0, ended.stderr
    files = [path for path in (project / ".classic-rescue").iterdir() if path.is_file()]
    assert (project / ".classic-rescue").stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in files} == {
        path.name: 0o600 for path in files
    }


def test_is_told_and_used_again(run: Run, project: Path) -> None:
    """The first line says that it is the mock and why; a second command uses the same one;
    its files are private.
    """
    first = run("status", "app-1")
    mock = read_mock(project)
    assert first.exit_code == 0
    assert first.stdout.splitlines()[0] == (
        f"endpoint: the offline mock at {mock.rest} (no endpoint and no credentials are"
        f" configured); its clock runs 60 times as fast; watch it at {mock.console}"
    )
    page = urllib3.request("GET", mock.console, timeout=PATIENCE_S)
    assert "Choose who you are" in page.data.decode()
    assert told(run("status", "app-1").stdout) == told(first.stdout)
    assert read_mock(project) == mock
    assert (project / ".classic-rescue" / "mock.json").stat().st_mode & 0o777 == 0o600


def told(text: str) -> list[str]:
    """What was said, without the paragraph that tells the time."""
    lines = text.splitlines()
    return [lines[0], *lines[lines.index("app-1") :]]


def test_world_survives_a_crash(run: Run, project: Path) -> None:
    """After kill -9 the next command starts another mock with the saved world."""
    before = ensure_mock(project)
    send_and_wait(before, "SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    kill(before)
    ended = run("status", "web-1")
    assert ended.exit_code == 0
    assert "observed  rescue" in ended.stdout
    assert read_mock(project).pid != before.pid


def test_goes_away_when_idle(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without requests it ends by itself, and the next command gets another."""
    monkeypatch.setattr(embedded_mock, "IDLE_EXIT_S", 0.5)
    mock = ensure_mock(project)
    deadline = time.monotonic() + PATIENCE_S
    while os.waitpid(mock.pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert ensure_mock(project).pid != mock.pid


def test_two_commands_start_one(project: Path) -> None:
    """Commands that begin at the same moment share one mock."""
    with ThreadPoolExecutor(4) as pool:
        mocks = set(pool.map(ensure_mock, [project] * 4))
    assert len(mocks) == 1


def test_somebody_elses_mock_is_not_used(project: Path) -> None:
    """A mock that does not know our key is another project's, whatever mock.json says."""
    mock = ensure_mock(project)
    path = project / ".classic-rescue" / "mock.json"
    path.write_text(path.read_text().replace(mock.key, "0" * 32))
    assert embedded_mock._running(path.parent) is None
    path.write_text(path.read_text().replace("0" * 32, mock.key))
    assert embedded_mock._running(path.parent) == mock


@pytest.mark.parametrize("status", [401, 503])
def test_a_mock_that_plays_a_fault_is_used(project: Path, status: int) -> None:
    """It runs, whatever it was told to answer: the command meets the fault, no second starts."""
    mock = ensure_mock(project)
    rule = {"operation": "*", "times": 100, "fault": {"kind": "error", "status": status}}
    urllib3.request("POST", f"{mock.control}faults", json=rule, timeout=PATIENCE_S)
    assert ensure_mock(project) == mock


def test_it_comes_back_where_it_was(project: Path) -> None:
    """At the address that it had, which a browser and the notes of restarts know."""
    before = ensure_mock(project)
    kill(before)
    assert ensure_mock(project).rest == before.rest


def test_its_port_may_be_taken(project: Path) -> None:
    """Then it gets another one."""
    before = ensure_mock(project)
    kill(before)
    with socket.create_server(("127.0.0.1", urlsplit(before.rest).port or 0)):
        assert ensure_mock(project).rest != before.rest


def test_broken_world_says_how_to_go_on(run: Run, project: Path) -> None:
    """A mock that cannot start passes on its last words, and names the file to delete."""
    folder = project / ".classic-rescue"
    folder.mkdir()
    (folder / "world.json").write_text("not a world")
    ended = run("status")
    assert ended.exit_code == 1
    assert "the offline mock did not start: mock_api: " in ended.stderr
    assert f"{folder / 'world.json'}: delete that file" in ended.stderr


@pytest.mark.parametrize("missing", ["mock_api", "flask"])
def test_without_the_mock(project: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Where it, or what it needs, is not installed, the sentence names both ways on."""
    monkeypatch.setattr(
        f"{embedded_mock.__name__}.find_spec",
        lambda name: None if name == missing else find_spec(name),
    )
    (project / "mock_api").unlink()
    with pytest.raises(Failure, match=r"classic-rescue\[mock\].* set SL_USERNAME and SL_API_KEY"):
        ensure_mock(project)


@pytest.mark.parametrize(
    "configured",
    [
        {"SL_USERNAME": "SL1", "SL_API_KEY": "a-key-12345"},
        {"CLASSIC_RESCUE_ENDPOINT": "http://127.0.0.1:9/rest/v3.1/"},
        {"IC_IAM_TOKEN": "token"},
    ],
)
def test_never_beside_real_settings(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, configured: dict[str, str]
) -> None:
    """As soon as anything is configured, no mock is started:
    the command fails rather than pretend.
    """
    (project / "fleet.yaml").write_text("devices: {}\n")
    for name, value in configured.items():
        monkeypatch.setenv(name, value)
    ended = run("status")
    assert "offline mock" not in ended.output
    assert not (project / ".classic-rescue").exists()
