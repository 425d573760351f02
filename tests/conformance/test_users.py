"""slcli's `user` commands and the SDK's UserManager, which nobody here wrote,
over REST and XML-RPC.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import SoftLayer
from click.testing import CliRunner, Result
from SoftLayer.CLI.core import cli
from SoftLayer.exceptions import SoftLayerAPIError, SoftLayerError
from SoftLayer.fixtures import (
    SoftLayer_User_Customer,
    SoftLayer_User_Permission_Action,
    SoftLayer_User_Permission_Department,
)  # fmt: skip

from tests.conformance.conftest import DOORS, World
from tests.mock.stagehand import DB, WEB, MockProcess
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.filterwarnings("ignore:.MultiCommand. is deprecated:DeprecationWarning")

MASTER = 167758
VIEWER = 7651001
NEWCOMER = 7651002
TRAINEE = 7651004
HOST = 691394
VIEWER_NAME = "307608_viewer@example.com"
VIEWER_KEY = "mock-viewer-classic-key-000000000000000000000000000000000000000b"
Slcli = Callable[..., Result]


@pytest.fixture
def process(server: MockProcess, world: World) -> MockProcess:
    """The mock of all conformance tests, freshly reset."""
    return server


@pytest.fixture(params=DOORS)
def endpoint(request: pytest.FixtureRequest, process: MockProcess) -> str:
    """The address of each transport."""
    return process.urls[str(request.param)]


def connect(endpoint: str, username: str = "tester", api_key: str = "mock-key") -> Any:
    """The SDK's client of a user."""
    return SoftLayer.Client(
        username=username, api_key=api_key, endpoint_url=endpoint, config_file="/dev/null"
    )


@pytest.fixture
def users(endpoint: str) -> Any:
    """The SDK's UserManager as the master user."""
    return SoftLayer.UserManager(connect(endpoint))


@pytest.fixture
def config(endpoint: str, tmp_path: Path) -> Path:
    """slcli's configuration of the master user."""
    path = tmp_path / "softlayer.cfg"
    path.write_text(f"[softlayer]\nusername=tester\napi_key=mock-key\nendpoint_url={endpoint}\n")
    return path


@pytest.fixture
def slcli(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slcli:
    """slcli in this process, which saves its start each time; JSON out."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(
        cli, ["-y", "-C", str(config), "--format", "json", *words]
    )


def shown(done: Result) -> Any:
    """The JSON of a command that went well; of several tables, a list."""
    assert done.exit_code == 0, (done.output, done.exception)
    decoder = json.JSONDecoder()
    rest = done.stdout.strip()
    tables = []
    while rest:
        table, end = decoder.raw_decode(rest)
        tables.append(table)
        rest = rest[end:].strip()
    return tables[0] if len(tables) == 1 else tables


def test_user_list_with_every_column(slcli: Slcli) -> None:
    """Every column that `user list` knows is filled."""
    columns = (
        "id,username,email,displayName,status,hardwareCount,virtualGuestCount,2FA,classicAPIKey,vpn"
    )
    rows = {row["username"]: row for row in shown(slcli("user", "list", "--columns", columns))}
    assert len(rows) == 6
    assert rows[VIEWER_NAME] == {
        "id": VIEWER, "username": VIEWER_NAME, "email": "viewer@example.com",
        "displayName": VIEWER_NAME, "status": "Active", "hardwareCount": 3, "virtualGuestCount": 5,
        "2FA": None, "classicAPIKey": "yes", "vpn": None,
    }  # fmt: skip
    assert rows["307608_former@example.com"]["status"] == "Disabled"
    assert rows["307608_trainee@example.com"]["virtualGuestCount"] == 1


def test_user_detail(slcli: Slcli) -> None:
    """By name; the newest login of each kind, the parent and the status."""
    table = shown(slcli("user", "detail", VIEWER_NAME))
    assert (table["Id"], table["Parent User"], table["Status"], table["APIKEY"]) == (
        VIEWER,
        "tester",
        "Active",
        "Yes",
    )
    assert table["Last Login"] == "2022-08-30T07:07:37-06:00 From: 192.0.2.21"
    assert table["Last Failed Login"] == "2022-08-30T07:06:40-06:00 From: 192.0.2.21"
    assert table["Name"] == "Vic Viewer"


def test_user_detail_with_everything(slcli: Slcli) -> None:
    """Keys, permissions, hardware, hosts, guests, logins and events are one table each."""
    slcli("user", "grant-access", str(VIEWER), f"--dedicated={HOST}")
    flags = ["--keys", "--permissions", "--hardware", "--virtual", "--logins", "--events"]
    basic, permissions, hosts, hardware, guests, logins, events = shown(
        slcli("user", "detail", str(VIEWER), *flags)
    )
    assert basic["APIKEY"] == "*****"
    assert "REMOTE_MANAGEMENT" in {row["keyName"] for row in permissions}
    assert hosts == [
        {
            "id": HOST,
            "Name": "host-1",
            "Cpus": 56,
            "Memory": 242,
            "Disk": 1200,
            "Created": "2022-08-30T07:07:37-06:00",
        }
    ]
    assert hardware[0]["hostname"] == "db-1.example.com"
    assert len(guests) == 5
    assert (logins, events) == ([], [])  # all the logins are more than thirty days old


def test_user_permissions(slcli: Slcli) -> None:
    """Every department with what the user holds of it; the master user has all and lists none."""
    roles, departments = shown(slcli("user", "permissions", str(VIEWER)))
    devices = {row["KeyName"]: row["Assigned"] for row in departments["Devices"]}
    assert roles == []
    assert (devices["REMOTE_MANAGEMENT"], devices["SERVER_RELOAD"]) == (True, False)
    fixture = SoftLayer_User_Permission_Department.getAllObjects
    assert {name: len(rows) for name, rows in departments.items()} == {
        row["name"]: len(row["permissions"]) for row in fixture
    }
    assert "is the Master User" in slcli("user", "permissions", str(MASTER)).output


def test_user_device_access(slcli: Slcli) -> None:
    """Blanket permissions and the devices themselves."""
    table = shown(slcli("user", "device-access", str(VIEWER)))
    assert [row["KeyName"] for row in value(table, "Permission")] == [
        "ACCESS_ALL_GUEST",
        "ACCESS_ALL_HARDWARE",
    ]
    slcli("user", "grant-access", str(TRAINEE), f"--hardware={DB}")
    table = shown(slcli("user", "device-access", str(TRAINEE)))
    assert "db-1.example.com" in json.dumps(value(table, "Hardware"))
    assert "web-1.example.com" in json.dumps(value(table, "Virtual Guest"))


def value(table: Any, name: str) -> Any:
    """The value of a row of a table of names and values."""
    return next(row["Value"] for row in table if row["Name"] == name)


@pytest.mark.parametrize(
    ("option", "number", "listed"),
    [
        ("--hardware", DB, "Hardware"),
        ("--virtual", WEB, "VirtualGuests"),
        ("--dedicated", HOST, "DedicatedHosts"),
    ],
)
def test_grant_and_remove_access(
    slcli: Slcli, users: Any, option: str, number: int, listed: str
) -> None:
    """Both say what they did, and the API shows it."""
    granted = slcli("user", "grant-access", str(NEWCOMER), f"{option}={number}")
    assert (granted.exit_code, "has been given access" in granted.output) == (0, True)
    rows = users.client.call("User_Customer", f"get{listed}", id=NEWCOMER)
    assert [row["id"] for row in rows] == [number]
    removed = slcli("user", "remove-access", str(NEWCOMER), f"{option}={number}")
    assert (removed.exit_code, "Removed access" in removed.output) == (0, True)
    assert list(users.client.call("User_Customer", f"get{listed}", id=NEWCOMER)) == []


def test_access_to_nothing(slcli: Slcli) -> None:
    """A device that does not exist is refused with SLDN's text."""
    done = slcli("user", "grant-access", str(NEWCOMER), "--hardware=1")
    assert "Please specify a valid hardware id." in str(done.exception)


def held(users: Any, number: int) -> set[str]:
    """What a user holds, by the SDK."""
    return {row["keyName"] for row in users.get_user_permissions(number)}


def test_edit_permissions(slcli: Slcli, users: Any) -> None:
    """One, another one off, all, none, and those of somebody else."""
    edit = ["user", "edit-permissions", VIEWER_NAME]
    assert (
        "updated successfully" in slcli(*edit, "--enable", "--permission", "SERVER_RELOAD").output
    )
    assert "updated successfully" in slcli(*edit, "--disable", "-p", "REMOTE_MANAGEMENT").output
    assert held(users, VIEWER) >= {"SERVER_RELOAD", "HARDWARE_VIEW"}
    assert "REMOTE_MANAGEMENT" not in held(users, VIEWER)
    assert slcli(*edit, "--enable", "--permission", "all").exit_code == 0
    assert held(users, VIEWER) == {row["keyName"] for row in users.get_all_permissions()}
    assert slcli(*edit, "--disable", "--permission", "ALL").exit_code == 0
    assert held(users, VIEWER) == set()
    assert slcli(*edit, "--from-user", "307608_newcomer@example.com").exit_code == 0
    assert held(users, VIEWER) == held(users, NEWCOMER)


def test_api_keys(slcli: Slcli, users: Any, endpoint: str) -> None:
    """`user apikey --refresh` gives a user another key, which works, and the old one does not."""
    done = slcli("user", "apikey", "--refresh", VIEWER_NAME)
    key = done.output.strip().rsplit(" ", 1)[-1]
    assert connect(endpoint, VIEWER_NAME, key).call("Account", "getCurrentUser")["id"] == VIEWER
    with pytest.raises(SoftLayerAPIError, match=r"Access Denied\. "):
        connect(endpoint, VIEWER_NAME, VIEWER_KEY).call("Account", "getCurrentUser")
    assert slcli("user", "apikey", "--remove", VIEWER_NAME).exit_code == 0
    assert list(users.get_api_authentication_keys(VIEWER)) == []


def test_edit_details_and_delete(slcli: Slcli, users: Any, endpoint: str) -> None:
    """A template changes details; `delete` sets CANCEL_PENDING,
    which locks the user out at once.
    """
    template = '{"firstName": "Vera", "lastName": "Vogel"}'
    done = slcli("user", "edit-details", VIEWER_NAME, f"--template={template}")
    assert (done.exit_code, users.get_user(VIEWER)["firstName"]) == (0, "Vera")
    assert "deleted successfully" in slcli("user", "delete", VIEWER_NAME).output
    assert users.get_user(VIEWER)["userStatusId"] == 1021
    with pytest.raises(SoftLayerAPIError, match=r"Access Denied\. "):
        connect(endpoint, VIEWER_NAME, VIEWER_KEY).call("Account", "getCurrentUser")


def test_the_master_user_cannot_be_deleted(slcli: Slcli) -> None:
    """The last one who could undo it stays."""
    assert "Access Denied." in str(slcli("user", "delete", "tester").exception)


def test_the_sdk_as_somebody_else(users: Any, endpoint: str) -> None:
    """The SDK knows the refusal's text; over XML-RPC also its class, which REST loses."""
    viewer = SoftLayer.UserManager(connect(endpoint, VIEWER_NAME, VIEWER_KEY))
    assert viewer.get_current_user("mask[id]") == {"id": VIEWER}
    with pytest.raises(SoftLayerAPIError, match="device access to other users") as caught:
        viewer.grant_hardware_access(NEWCOMER, DB)
    code = "SoftLayer_Exception_PermissionDenied" if "xmlrpc" in endpoint else 500
    assert caught.value.faultCode == code
    with pytest.raises(SoftLayerError, match="Unable to find user id"):
        viewer.resolve_ids("307608_newcomer@example.com")
    assert users.resolve_ids("307608_newcomer@example.com") == [NEWCOMER]


def test_login_history_by_date(users: Any) -> None:
    """The SDK's filter of a start date finds the logins after it."""
    assert [row["successFlag"] for row in users.get_logins(VIEWER, "01/01/2022 0:0:0")] == [
        True,
        False,
    ]
    assert list(users.get_logins(VIEWER, "08/31/2022 0:0:0")) == []


def test_a_portal_token_of_the_sdk(process: MockProcess) -> None:
    """XML-RPC's PortalLoginToken, as the SDK's TokenAuthentication sends it;
    a wrong one is refused.
    """
    for token, name in (
        ("mock-viewer-portal-token-b", VIEWER_NAME),
        ("mock-master-portal-token-a", None),
    ):
        auth = SoftLayer.TokenAuthentication(VIEWER, token)
        client = SoftLayer.Client(
            auth=auth, endpoint_url=process.urls["xmlrpc"], config_file="/dev/null"
        )
        if name:
            assert client.call("Account", "getCurrentUser")["username"] == name
        else:
            with pytest.raises(SoftLayerAPIError, match=r"Access Denied\. "):
                client.call("Account", "getCurrentUser")


LISTS: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("User_Customer", "getPermissions", SoftLayer_User_Customer.getPermissions),
    ("User_Customer", "getLoginAttempts", SoftLayer_User_Customer.getLoginAttempts),
    ("User_Customer", "getApiAuthenticationKeys", SoftLayer_User_Customer.getApiAuthenticationKeys),
    ("User_Customer", "getDedicatedHosts", SoftLayer_User_Customer.getDedicatedHosts),
    ("User_Permission_Action", "getAllObjects", SoftLayer_User_Permission_Action.getAllObjects),
    (
        "User_Permission_Department",
        "getAllObjects",
        SoftLayer_User_Permission_Department.getAllObjects,
    ),
]


@pytest.mark.parametrize(
    ("service", "method", "fixture"), LISTS, ids=[f"{row[0]}.{row[1]}" for row in LISTS]
)
def test_lists_have_the_fixtures_fields(
    users: Any, service: str, method: str, fixture: list[dict[str, Any]]
) -> None:
    """Every field of a row in SP's fixture is in ours, with its type."""
    users.grant_dedicated_access(VIEWER, HOST)
    number = VIEWER if service == "User_Customer" else None
    mask = "mask[permissions]" if service.endswith("Department") else None
    row = users.client.call(service, method, id=number, mask=mask)[0]
    assert differences(row, {name: value for each in fixture for name, value in each.items()}) == {}


def test_a_user_has_the_fixtures_fields(users: Any) -> None:
    """Every field of SP's fixture of a user is in ours, with its type."""
    fixture = SoftLayer_User_Customer.getObject
    names = ",".join(set(fixture) - {"parent"})
    assert differences(users.get_user(VIEWER, f"mask[{names},parent[id,username]]"), fixture) == {}


def differences(ours: Any, theirs: Any) -> dict[str, tuple[object, object]]:
    """What is missing of theirs, or of another type; null, an empty text over XML-RPC, has none."""
    found: dict[str, tuple[object, object]] = {}
    for name, value in theirs.items():
        given = ours.get(name, "(missing)")
        if (
            isinstance(value, list)
            and isinstance(given, list)
            and value
            and given
            and isinstance(value[0], dict)
        ):
            found |= {
                f"{name}.{below}": pair for below, pair in differences(given[0], value[0]).items()
            }
        elif given not in ("", None) and value is not None and type(given) is not type(value):
            found[name] = (given, value)
    return found


SMOKES = [
    (["user", "list"], VIEWER_NAME),
    (["user", "detail", VIEWER_NAME, "-k", "-p", "-h", "-v", "-l", "-e"], "Vic Viewer"),
    (["user", "permissions", VIEWER_NAME], "SERVER_RELOAD"),
    (
        ["user", "edit-permissions", VIEWER_NAME, "-p", "SERVER_RELOAD"],
        "Permissions updated successfully",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("words", "found"), SMOKES, ids=[words[1] for words, _ in SMOKES])
def test_slcli_as_a_process(config: Path, tmp_path: Path, words: list[str], found: str) -> None:
    """The command as a user types it, in a process of its own, with its tables for people."""
    script = "import sys; from SoftLayer.CLI.core import main; sys.argv[0] = 'slcli'; main()"
    command = [sys.executable, "-W", "ignore", "-c", script, "-y", "-C", str(config), *words]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        env={"HOME": str(tmp_path), "COLUMNS": "200", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, found in done.stdout) == (0, True), done.stdout + done.stderr
