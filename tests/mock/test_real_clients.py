"""The real SoftLayer SDK and slcli, which nobody here wrote, against a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import SoftLayer
from click.testing import CliRunner, Result
from SoftLayer.CLI.core import cli
from SoftLayer.exceptions import SoftLayerAPIError

from tests.mock.conftest import Control
from tests.mock.stagehand import APP, DB, ISO_DAL, SPARE, WEB, WIN, MockProcess

# Both warnings come from the SDK and its click; they end with a release of it for click 9.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.MultiCommand. is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The parameter --tag is used more than once:UserWarning"),
]
Slcli = Callable[..., Result]


@pytest.fixture
def client(mock_process: MockProcess, control: Control) -> Any:
    """The SDK's client on the freshly reset mock."""
    return SoftLayer.Client(
        username="tester", api_key="mock-key", endpoint_url=mock_process.urls["rest"], config_file="/dev/null"
    )


def test_rescue_of_a_guest(client: Any, control: Control) -> None:
    """VSManager.rescue, then wait_for_ready: pending=True waits, without it a rescue looks ready (3.3)."""
    manager = SoftLayer.VSManager(client)
    assert manager.rescue(WEB) is True
    control("POST", "clock", {"advance_s": 6})
    assert manager.wait_for_ready(WEB, limit=0, delay=0, pending=True) is False
    assert manager.wait_for_ready(WEB, limit=0, delay=0) is True
    with pytest.raises(SoftLayerAPIError, match="outstanding transaction"):
        manager.rescue(WEB)
    control("POST", "clock", {"run_until_stable": True})
    assert manager.wait_for_ready(WEB, limit=1, delay=0, pending=True) is True
    assert manager.get_instance(WEB)["lastTransaction"]["transactionStatus"]["name"] == "COMPLETE"


def test_rescue_and_reboot_of_bare_metal(client: Any, control: Control) -> None:
    """HardwareManager.rescue, then a reboot; the device is back in its system."""
    manager = SoftLayer.HardwareManager(client)
    assert manager.rescue(DB) is True
    control("POST", "clock", {"run_until_stable": True})
    assert manager.wait_for_ready(DB, limit=1, delay=0, pending=True) is True
    assert boot(control, DB) == "rescue"
    assert client.call("Hardware_Server", "rebootDefault", id=DB) is True
    assert boot(control, DB) == "os"


def boot(control: Control, number: int) -> str:
    """What a device runs now."""
    return str(next(row["boot"] for row in control("GET", "devices") if row["id"] == number))


def test_details(client: Any) -> None:
    """The SDK's full masks are served, and say what the world says."""
    guest = SoftLayer.VSManager(client).get_instance(WEB)
    assert guest["operatingSystem"]["passwords"][0]["password"].startswith("Mock-Passw0rd-web-1")
    assert {row["port"] for row in guest["networkComponents"]} == {0, 1}
    manager = SoftLayer.HardwareManager(client)
    assert manager.get_hardware(DB)["remoteManagementAccounts"][0]["username"] == "root"
    assert manager.get_hardware_fast(SPARE)["operatingSystem"] is None


def test_lists_and_resolving(client: Any) -> None:
    """Lists, their filters, and names and addresses for ids."""
    guests = SoftLayer.VSManager(client)
    assert len(list(guests.list_instances())) == 5
    assert [row["id"] for row in guests.list_instances(hourly=False, monthly=True)] == [APP]
    assert [row["id"] for row in guests.list_instances(tags=["windows"])] == [WIN]
    assert guests.resolve_ids("web-1") == guests.resolve_ids("198.51.100.11") == [WEB]
    assert guests.resolve_ids("10.93.20.11") == [WEB]
    assert guests.resolve_ids("nothing") == []
    assert len(list(SoftLayer.HardwareManager(client).list_hardware(datacenter="dal13"))) == 2


def test_iso_images(client: Any, control: Control) -> None:
    """call-api style: a number as text; the image shows while mounted."""
    client.call("Virtual_Guest", "mountIsoImage", str(ISO_DAL), id=WIN)
    control("POST", "clock", {"run_until_stable": True})
    image = client.call("Virtual_Guest", "getIsoBootImage", id=WIN, mask="id,storageRepository[datacenter[name]]")
    assert (image["id"], image["storageRepository"]["datacenter"]["name"]) == (ISO_DAL, "dal13")


def test_event_log_of_the_sdk(client: Any) -> None:
    """EventLogManager's filter by object id."""
    client.call("Virtual_Guest", "rebootDefault", id=WEB)
    manager = SoftLayer.EventLogManager(client)
    wanted = manager.build_filter(None, None, None, WEB, None, None)
    assert [row["eventName"] for row in manager.get_event_logs(wanted)] == ["Reboot"]


@pytest.fixture
def slcli(mock_process: MockProcess, control: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slcli:
    """slcli as a user runs it, in this process, which saves its start each time."""
    config = tmp_path / "softlayer.cfg"
    config.write_text(f"[softlayer]\nusername=tester\napi_key=mock-key\nendpoint_url={mock_process.urls['rest']}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("SL_USERNAME", "SL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: CliRunner().invoke(cli, ["-y", "-C", str(config), *words])


COMMANDS: list[tuple[list[str], str]] = [
    (["vs", "list"], "web-1"),
    (["vs", "detail", str(WEB), "--passwords"], "Mock-Passw0rd-web-1"),
    (["vs", "ready", "web-1"], "READY"),
    (["vs", "credentials", "web-1"], "Mock-Passw0rd-web-1"),
    (["hardware", "list"], "db-1"),
    (["hardware", "detail", str(DB), "--passwords", "--components"], "Mock-Ipmi-Passw0rd-db-1"),
    (["hardware", "credentials", "db-1"], "root"),
    (["image", "list"], "ops-toolbox-1.4.iso"),
    (["event-log", "types"], "CCI"),
]


@pytest.mark.parametrize(("words", "found"), COMMANDS, ids=[" ".join(words) for words, _ in COMMANDS])
def test_slcli(slcli: Slcli, words: list[str], found: str) -> None:
    """slcli's own commands work and show the world."""
    done = slcli(*words)
    assert (done.exit_code, found in done.output) == (0, True), done.output


def test_slcli_changes_devices(slcli: Slcli, control: Control) -> None:
    """slcli rescue and power commands do what they say; an error is the API's text."""
    assert slcli("vs", "rescue", "web-1").exit_code == 0
    again = slcli("vs", "reboot", "web-1")
    assert "There is currently an outstanding transaction for this server." in str(again.exception)
    control("POST", "clock", {"run_until_stable": True})
    assert boot(control, WEB) == "rescue"


def test_json_is_what_the_sdk_reads(mock_process: MockProcess, control: Control) -> None:
    """The contract lists the operations that the SDK used above, with their evidence."""
    rows = {(row["service"], row["method"]): row["evidence"] for row in control("GET", "contract")["operations"]}
    assert rows[("SoftLayer_Virtual_Guest", "executeRescueLayer")] == "real_client"
    assert json.dumps(sorted({str(value) for value in rows.values()})) == '["documented", "real_client"]'
