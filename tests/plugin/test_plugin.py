"""The pytest plugin in other people's projects:
a separate pytest in a folder that holds nothing of ours.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys

import pytest

from tests.patience import PATIENCE_S
from tests.plugin.project import ROOT, Project

pytestmark = pytest.mark.slow

IN_PROCESS = '''
import pytest
import SoftLayer
from mock_api.harness import MockFailure

GUEST = "SoftLayer_Virtual_Guest"

def test_rescue_takes_its_time(mock_api):
    assert mock_api.call(GUEST, "executeRescueLayer", 124929698) is True
    assert mock_api.devices()[124929698]["boot"] == "os"
    mock_api.advance(30)
    mask = "mask[transactionStatus[name]]"
    seen = mock_api.call(GUEST, "getActiveTransaction", 124929698, mask=mask)
    assert seen["transactionStatus"]["name"] == "RESCUE_BOOT"
    mock_api.run_until_stable()
    assert mock_api.devices()[124929698]["boot"] == "rescue"
    mock_api.restart_inside(124929698)
    assert mock_api.devices()[124929698]["boot"] == "os"

def test_every_test_begins_anew(mock_api):
    assert mock_api.devices()[124929698]["boot"] == "os"
    assert mock_api.journal() == []
    assert mock_api.steer("GET", "clock")["now"].startswith("2026-01-01T00:00:00")

@pytest.mark.parametrize("xmlrpc", [False, True])
def test_the_sdk_needs_no_port(mock_api, xmlrpc):
    guests = SoftLayer.VSManager(mock_api.client(xmlrpc=xmlrpc)).list_instances(hostname="web-1")
    assert [guest["id"] for guest in guests] == [124929698]
    assert [row["method"] for row in mock_api.journal()] == ["getVirtualGuests"]

def test_other_users(mock_api):
    client = mock_api.client(user="307608_newcomer@example.com")
    assert SoftLayer.VSManager(client).list_instances() == []
    with pytest.raises(LookupError, match="no user 'nobody'; there are"):
        mock_api.client(user="nobody")

@pytest.mark.parametrize(("kind", "details", "error"), [
    ("drop", {}, "Remote end closed"),
    ("delay", {"seconds": 3600}, "Read timed out"),
])
def test_faults_of_the_wire_look_like_the_network(mock_api, kind, details, error):
    client = mock_api.client()
    client.transport.timeout = 5
    mock_api.fault(kind, "SoftLayer_Account.getObject", **details)
    with pytest.raises(SoftLayer.TransportError, match=error):
        client.call("Account", "getObject")
    assert client.call("Account", "getObject")["id"] == 307608

def test_failures_say_what_the_api_said(mock_api):
    number = mock_api.fault("rate_limit", times=None)
    assert number == 1
    with pytest.raises(MockFailure) as caught:
        mock_api.call("SoftLayer_Account", "getObject")
    assert caught.value.status == 500
    assert caught.value.code == "SoftLayer_Exception_WebService_RateLimitExceeded"
    mock_api.clear_faults()
    assert mock_api.call("SoftLayer_Account", "getObject", mask="mask[id]") == {"id": 307608}
    with pytest.raises(MockFailure, match="400: .*sped"):
        mock_api.steer("POST", "clock", {"sped": 1})

def test_a_dropped_call(mock_api):
    mock_api.fault("drop")
    with pytest.raises(ConnectionError):
        mock_api.call("SoftLayer_Account", "getObject")

def test_masks_filters_and_pages(mock_api):
    def names(**asked):
        asked["mask"] = "mask[hostname]"
        rows = mock_api.call("SoftLayer_Account", "getVirtualGuests", **asked)
        return [row["hostname"] for row in rows]
    assert names(filter={"virtualGuests": {"hostname": {"operation": "web-1"}}}) == ["web-1"]
    assert names(limit=2, offset=1) == ["win-1", "app-1"]

def test_worlds_and_settings(mock_api):
    mock_api.load_world({"account": {"id": 5}, "guests": [{"hostname": "solo"}]})
    assert mock_api.username == "SL5"
    assert [row["hostname"] for row in mock_api.devices().values()] == ["solo"]
    assert mock_api.settings(guest_rescue_s=1)["guest_rescue_s"] == 1
    mock_api.reset()
    assert mock_api.username == "SL307608"

@pytest.mark.mock_api(world={"account": {"id": 7}, "hardware": [{}]}, hardware_rescue_s=10)
def test_a_marker_gives_a_world_and_settings(mock_api):
    assert mock_api.call("SoftLayer_Hardware_Server", "bootToRescueLayer", 2000001) is True
    mock_api.advance(16)
    assert mock_api.devices()[2000001]["boot"] == "rescue"
'''  # fmt: skip


def test_the_mock_in_process(project: Project) -> None:
    """`mock_api`: fresh for each test, steered by hand,
    joined to the SDK over both doors without a port.
    """
    project.write("test_it.py", IN_PROCESS)
    result = project.run("--strict-markers", "--strict-config", "-W", "error")
    assert result.counts() == {"passed": 12}, result.output


SERVED = """
import SoftLayer

def test_one_server_for_all(mock_server):
    mock_server.reset()
    client = SoftLayer.create_client_from_env(
        username=mock_server.username, api_key=mock_server.api_key, endpoint_url=mock_server.rest)
    assert client.call("Virtual_Guest", "executeRescueLayer", id=124929698) is True
    mock_server.run_until_stable()
    assert mock_server.devices()[124929698]["boot"] == "rescue"
    assert mock_server.steer("GET", "clock")["speed"] == 0

def test_it_is_the_same_one(mock_server):
    assert mock_server.devices()[124929698]["boot"] == "rescue"
    print("PORT", mock_server.rest.split(":")[2].split("/")[0])
"""


@pytest.mark.slow
def test_the_server(project: Project) -> None:
    """`mock_server`: one process for all tests, gone at their end."""
    project.write("test_it.py", SERVED)
    result = project.run("-s")
    assert result.counts() == {"passed": 2}, result.output
    port = re.search(r"PORT (\d+)", result.output)
    assert port is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port[1])), timeout=PATIENCE_S)


WORKERS = """
import os, pytest

@pytest.mark.parametrize("number", range(8))
def test_side_by_side(mock_server, mock_api, number):
    mock_server.reset()
    assert mock_server.call("SoftLayer_Virtual_Guest", "executeRescueLayer", 124929698) is True
    assert mock_api.call("SoftLayer_Virtual_Guest", "executeRescueLayer", 124929698) is True
    with open("seen", "a") as file:
        file.write(f"{os.environ['PYTEST_XDIST_WORKER']} {mock_server.rest}\\n")
"""


@pytest.mark.slow
def test_each_worker_of_xdist_has_a_server(project: Project) -> None:
    """Two workers never meet in one world."""
    project.write("test_it.py", WORKERS)
    result = project.run("-p", "xdist.plugin", "-n2", "--dist=each")
    assert result.counts() == {"passed": 16}, result.output
    pairs = set((project.folder / "seen").read_text().splitlines())
    assert sorted(line.split()[0] for line in pairs) == ["gw0", "gw1"]
    assert len({line.split()[1] for line in pairs}) == 2


OPTIONS = """
def test_in_process(mock_api):
    assert [row["hostname"] for row in mock_api.devices().values()] == ["solo"]

def test_server(mock_server):
    assert [row["hostname"] for row in mock_server.devices().values()] == ["solo"]
    assert mock_server.steer("GET", "clock")["speed"] == 60
"""


@pytest.mark.slow
def test_options_name_world_and_speed(project: Project) -> None:
    """The world's file counts from the settings' folder, wherever pytest was started."""
    project.write(
        "pytest.ini", "[pytest]\nmock_api_world = solo.yaml\nmock_api_server_speed = 60\n"
    )
    project.write("solo.yaml", "account: {id: 1}\nguests: [{hostname: solo}]\n")
    project.write("test_it.py", OPTIONS)
    result = project.run(
        "-c", str(project.folder / "pytest.ini"), str(project.folder / "test_it.py")
    )
    assert result.counts() == {"passed": 2}, result.output


OWN_WORLD = """
import pytest

@pytest.fixture(scope="session")
def mock_api_world():
    return {"account": {"id": 1}, "guests": [{"hostname": "solo"}], "clock": {"speed": 60}}
"""


@pytest.mark.slow
def test_a_fixture_gives_the_world(project: Project) -> None:
    """A project overrides `mock_api_world`, for both fixtures, with plain values."""
    project.write("conftest.py", OWN_WORLD)
    project.write("pytest.ini", "[pytest]\nmock_api_server_speed = 60\n")
    project.write("test_it.py", OPTIONS)
    result = project.run()
    assert result.counts() == {"passed": 2}, result.output


@pytest.mark.parametrize("fixture", ["mock_api", "mock_server"])
def test_a_wrong_world_is_said_in_words(project: Project, fixture: str) -> None:
    """Each mistake with its line, as at the command line."""
    project.write("pytest.ini", "[pytest]\nmock_api_world = w.yaml\n")
    project.write("w.yaml", "account: {id: x}\nguestz: []\n")
    project.write("test_it.py", f"def test_it({fixture}):\n    assert False\n")
    result = project.run()
    assert result.counts() == {"error": 1}, result.output
    assert 'w.yaml:1:11: account.id: must be a whole number; given was "x".' in result.output
    assert 'w.yaml:2:1: guestz: this field is not known; did you mean "guests"?' in result.output


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    """pytest loads it in every project: it imports neither Flask nor pydantic nor the mock."""
    code = "import json, sys, mock_api.pytest_plugin; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True
        ).stdout
    )
    assert not {"flask", "waitress", "pydantic", "yaml", "requests", "SoftLayer"} & set(loaded)
    assert {name for name in loaded if name.startswith("mock_api")} == {
        "mock_api",
        "mock_api.pytest_plugin",
    }


def test_its_help_is_complete(project: Project) -> None:
    """Fixtures, marker and options are where pytest users look for them."""
    fixtures = project.run("--fixtures").output
    assert re.search(r"^mock_api --.*\n +A fresh mock of the classic API", fixtures, re.MULTILINE)
    assert re.search(r"^mock_server \[session scope\] --", fixtures, re.MULTILINE)
    assert "@pytest.mark.mock_api(world=None, **settings)" in project.run("--markers").output
    assert "mock_api_world (string)" in project.run("--help").output


def test_a_real_device_skips_where_it_cannot_be(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is missing, and the line that installs it. `make drill` has the real ones."""
    monkeypatch.setenv("PATH", "/nonexistent")
    project.write("test_it.py", "def test_it(real_device):\n    raise AssertionError\n")
    result = project.run("-rs")
    assert result.counts() == {"skipped": 1}, result.output
    assert "a real device needs qemu-system-x86_64" in " ".join(result.output.split())
