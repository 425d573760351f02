"""The process: its one line, its options, saving, kill -9, and clients side by side."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.mock.conftest import Control
from tests.mock.stagehand import DB, GUEST, ROOT, MockProcess, refusal
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

LOGIN = {"Authorization": "Basic " + base64.b64encode(b"tester:mock-key").decode()}


def get(port: int, path: str, connection: http.client.HTTPConnection | None = None) -> Any:
    """The JSON value of a GET."""
    used = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        used.request("GET", path, headers=LOGIN)
        return json.loads(used.getresponse().read())
    finally:
        if connection is None:
            used.close()


def rescue(port: int, number: int) -> Any:
    """Send a guest into rescue."""
    return get(port, f"/rest/v3.1/{GUEST}/{number}/executeRescueLayer.json")


def test_one_line_and_a_clean_end() -> None:
    """stdout is one line of JSON, stderr is empty, SIGTERM ends with 0."""
    running = MockProcess()
    assert set(running.urls) == {"rest", "xmlrpc", "control", "console"}
    assert get(running.port, "/_mock/health")["status"] == "ok"
    assert running.stop() == (0, "", "")


def test_the_date_header_tells_the_mocks_own_time() -> None:
    """A client can compare event times with no other clock."""
    running = MockProcess("--speed", "0")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_S)
        connection.request("POST", "/_mock/clock", json.dumps({"advance_s": 86400 * 400}))
        now_s = json.loads(connection.getresponse().read())["now_s"]
        connection.request("GET", "/rest/v3.1/SoftLayer_Account/getObject.json", headers=LOGIN)
        date = parsedate_to_datetime(connection.getresponse().headers["Date"])
        assert date.timestamp() == int(now_s)
    finally:
        running.stop()


def test_bad_starts_are_explained(
    tmp_path: Path, mock_process: MockProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad options, files and ports: exit 2, one sentence, no traceback."""
    (tmp_path / "torn.json").write_text('{"format":1,')
    (tmp_path / "world.json").write_text('{"account": 1}')
    cases = [
        (("--port", "99999"), "no port"),
        (("--speed", "-1"), "no speed"),
        (("--generate", "many"), "GUESTS,HARDWARE"),
        (("--master-user", "name"), "NAME:KEY"),
        (("--idle-exit", "0"), "seconds above 0"),
        (("--world", str(tmp_path / "world.json")), "world.json:1:2: account: must be an object"),
        (("--save", str(tmp_path / "torn.json")), "not a saved world"),
        (("--save", str(tmp_path / "nowhere" / "s.json")), "cannot be used"),
        (("--port", str(mock_process.port)), "cannot start on"),
    ]
    for options, word in cases:
        assert word in refusal(capsys, *options)


def test_idle_exit_and_vanished_folder(tmp_path: Path) -> None:
    """Without requests it stops with 0; without its folder it stops with 1 and a sentence."""
    folder = tmp_path / "folder"
    folder.mkdir()
    idle = MockProcess("--idle-exit", "0.2")
    homeless = MockProcess("--save", str(folder / "world.json"))
    shutil.rmtree(folder)
    assert (idle.process.wait(timeout=PATIENCE_S), homeless.process.wait(timeout=PATIENCE_S)) == (
        0,
        1,
    )
    assert "folder of the save file is gone" in homeless.process.communicate()[1]
    idle.process.communicate()


def test_keep_alive(mock_process: MockProcess, control: Control) -> None:
    """Many requests on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", mock_process.port, timeout=PATIENCE_S)
    path = f"/rest/v3.1/SoftLayer_Hardware_Server/{DB}.json"
    assert [get(0, path, connection)["hostname"] for _ in range(3)] == ["db-1"] * 3
    socket_before = connection.sock
    get(0, path, connection)
    assert connection.sock is socket_before
    connection.close()


def test_ctrl_c_while_it_loads(tmp_path: Path) -> None:
    """Loading takes a third of a second; who interrupts it sees no traceback."""
    (tmp_path / "flask.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "mock_api", "--port", "0"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
