"""The process: its one line, its options, saving, kill -9, and clients side by side."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from mock_api import worlds
from mock_api.__main__ import main
from mock_api.domain.savefile import SaveFile
from tests.mock.conftest import Control
from tests.mock.stagehand import DB, GUEST, ROOT, WEB, MockProcess, Play

LOGIN = {"Authorization": "Basic " + base64.b64encode(b"tester:mock-key").decode()}


def get(port: int, path: str, connection: http.client.HTTPConnection | None = None) -> Any:
    """The JSON value of a GET."""
    used = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=20)
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
    assert set(running.urls) == {"rest", "xmlrpc", "control"}
    assert get(running.port, "/_mock/health")["status"] == "ok"
    assert running.stop() == (0, "", "")


def test_the_date_header_tells_the_mocks_own_time() -> None:
    """A client can compare event times with no other clock."""
    running = MockProcess("--speed", "0")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
        connection.request("POST", "/_mock/clock", json.dumps({"advance_s": 86400 * 400}))
        now_s = json.loads(connection.getresponse().read())["now_s"]
        connection.request("GET", "/rest/v3.1/SoftLayer_Account/getObject.json", headers=LOGIN)
        date = parsedate_to_datetime(connection.getresponse().headers["Date"])
        assert date.timestamp() == int(now_s)
    finally:
        running.stop()


def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    """An answered change is on disk: after kill -9 the next mock knows it, and its time goes on from there."""
    save = tmp_path / "world.json"
    first = MockProcess("--save", str(save), "--speed", "0")
    assert rescue(first.port, WEB) is True
    before = get(first.port, "/_mock/world")
    first.process.kill()
    first.process.communicate()
    second = MockProcess("--save", str(save))
    try:
        after = get(second.port, "/_mock/world")
        assert after == before
        assert "outstanding" in rescue(second.port, WEB)["error"]
    finally:
        second.stop()


def start(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """The one sentence of a mock that cannot start; the command line runs in this process."""
    try:
        code = main(options)
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else -1
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1), err
    return err


def test_two_mocks_never_share_a_save_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one ends with 2 and one sentence."""
    held = SaveFile(tmp_path / "world.json")
    assert "another mock already uses this save file" in start(capsys, "--save", str(tmp_path / "world.json"))
    held.close()


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
        (("--world", str(tmp_path / "world.json")), "world.json: account"),
        (("--save", str(tmp_path / "torn.json")), "not a saved world"),
        (("--save", str(tmp_path / "nowhere" / "s.json")), "cannot be used"),
        (("--port", str(mock_process.port)), "cannot start on"),
    ]
    for options, word in cases:
        assert word in start(capsys, *options)


def test_idle_exit_and_vanished_folder(tmp_path: Path) -> None:
    """Without requests it stops with 0; without its folder it stops with 1 and a sentence."""
    folder = tmp_path / "folder"
    folder.mkdir()
    idle = MockProcess("--idle-exit", "0.2")
    homeless = MockProcess("--save", str(folder / "world.json"))
    shutil.rmtree(folder)
    assert (idle.process.wait(timeout=20), homeless.process.wait(timeout=20)) == (0, 1)
    assert "folder of the save file is gone" in homeless.process.communicate()[1]
    idle.process.communicate()


def test_fifty_clients_lose_no_update(mock_process: MockProcess, control: Control) -> None:
    """50 clients send every one of 200 guests into rescue twice: each took exactly one."""
    control("PUT", "world", json.loads((ROOT / "mock_api" / "worlds" / "demo.json").read_text()) | crowd())
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: rescue(mock_process.port, number), [*range(1, 201), *range(1, 201)]))
    assert sum(answer is True for answer in answers) == 200
    rows = control("GET", "world")["moving"]
    assert len(rows["states"]) == len(rows["events"]) == 200
    assert len({row["id"] for row in rows["events"]}) == 200
    control("POST", "clock", {"run_until_stable": True})
    assert {row["boot"] for row in control("GET", "devices")} == {"rescue"}


def crowd() -> dict[str, object]:
    """200 guests, no hardware, and the login of the tests."""
    guests = [
        {"id": n, "hostname": f"g{n}", "domain": "example.com", "datacenter": "dal13", "os": "ubuntu-22",
         "private_ip": f"10.0.{n // 250}.{n % 250}", "password": f"Mock-Passw0rd-{n}"} for n in range(1, 201)
    ]  # fmt: skip
    users = [{"id": 1, "username": "tester", "api_key": "mock-key", "master": True}]
    return {"guests": guests, "hardware": [], "users": users}


def test_keep_alive(mock_process: MockProcess, control: Control) -> None:
    """Many requests on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", mock_process.port, timeout=20)
    path = f"/rest/v3.1/SoftLayer_Hardware_Server/{DB}.json"
    assert [get(0, path, connection)["hostname"] for _ in range(3)] == ["db-1"] * 3
    socket_before = connection.sock
    get(0, path, connection)
    assert connection.sock is socket_before
    connection.close()


def test_every_save_holds_the_newest_state(tmp_path: Path) -> None:
    """Saving after each change, then reading: the world is the one on stage, also after a PUT and a reset."""
    play = Play()
    play.stage.save_file = file = SaveFile(tmp_path / "s.json")
    steps: list[Callable[[], object]] = [
        lambda: play.guest("executeRescueLayer"),
        lambda: play.advance(400),
        lambda: play.guest("rebootDefault"),
        lambda: play.server("bootToRescueLayer"),
        lambda: play.steer("PATCH", "settings", {"guest_rescue_s": 1}),
        lambda: play.steer("POST", "faults", {"fault": {"kind": "rate_limit"}, "probability": 0.5}),
        lambda: play.guest("getObject"),
        lambda: play.steer("POST", "clock", {"pause": True}),
        lambda: play.stage.load(worlds.generate(2, 2)),
        lambda: play.steer("POST", "reset"),
    ]
    for step in steps:
        step()
        play.stage.mark_changed()
        play.stage.save()
        assert file.restore() == (play.stage.starting, play.stage.document())
    file.close()


def test_saving_encodes_only_what_changed(tmp_path: Path) -> None:
    """In a world of 1,000 busy guests, one change is encoded in a fraction of the time of all of them."""
    play = Play(worlds.generate(1000, 0))
    for number in range(1000001, 1001001):
        play.guest("executeRescueLayer", number=number)
    file = SaveFile(tmp_path / "s.json")
    first_s = timed(lambda: file.encode(play.stage.starting, play.stage.world))
    later_s = []
    for number in range(1000001, 1000006):
        play.advance(300)
        play.guest("rebootDefault", number=number)
        later_s.append(timed(lambda: file.encode(play.stage.starting, play.stage.world)))
    assert min(later_s) < first_s / 2
    file.close()


def timed(run: Callable[[], object]) -> float:
    """Real seconds that a call takes; only their proportion is tested."""
    start_s = time.perf_counter()
    run()
    return time.perf_counter() - start_s
