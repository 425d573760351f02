"""slcli's commands for bare metal."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import Slcli, World
from tests.mock.stagehand import DB, SPARE, WINBM

ALL = {DB, WINBM, SPARE}
FILTERS: list[tuple[str, set[int]]] = [
    ("", ALL),
    ("--hostname db-1", {DB}),
    ("--domain example.com", ALL),
    ("--cpu 24", {DB}),
    ("--memory 64", {WINBM}),
    ("--network 1000", ALL),
    ("--datacenter fra02", {SPARE}),
    ("--owner tester", ALL),
    ("--owner nobody", set()),
    ("--primary_ip 198.51.100.21", {DB}),
    ("--backend_ip 10.93.30.22", {WINBM}),
    ("--tag db", {DB}),
    ("--limit 1", ALL),
    ("--search", ALL),
    ("--search db", {DB}),
    ("--search --hostname win --datacenter Dallas", {WINBM}),
    ("--search --tag db", {DB}),
]


@pytest.mark.parametrize(
    ("options", "found"), FILTERS, ids=[options or "plain" for options, _ in FILTERS]
)
def test_filters(slcli: Slcli, options: str, found: set[int]) -> None:
    """Each filter of the list leaves the servers that the world says."""
    assert {row["id"] for row in slcli.json("hardware", "list", *options.split())} == found


def test_default_columns(slcli: Slcli) -> None:
    """The list as it comes."""
    row = next(row for row in slcli.json("hardware", "list") if row["id"] == DB)
    assert row == {
        "id": DB, "hostname": "db-1", "primary_ip": "198.51.100.21", "backend_ip": "10.93.30.21",
        "datacenter": "dal13", "action": None, "owner": "tester", "tags": ["db", "production"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["db-1", "198.51.100.21", "10.93.30.21", str(DB), "0cfed45d-000b-4000-8000-00000cfed45d"],
)
def test_names_of_a_server(slcli: Slcli, name: str) -> None:
    """A server is found by host name, public and private address, number and GUID."""
    assert slcli.json("hardware", "detail", name)["id"] == DB


def test_detail(slcli: Slcli) -> None:
    """Thirteen calls, ten of them at once, and every row that comes from the world."""
    options = ("--passwords", "--price", "--components")
    shown = slcli.json("hardware", "detail", str(DB), *options)
    expected = {
        "id": DB, "hostname": "db-1", "domain": "example.com", "fqdn": "db-1.example.com",
        "status": "ACTIVE", "datacenter": "dal13", "cores": 24, "public_ip": "198.51.100.21",
        "private_ip": "10.93.30.21", "ipmi_ip": "10.93.40.21", "os": "CentOS",
        "os_version": "7.x (64 bit)", "owner": "tester", "billing": "Monthly",
        "tags": ["db", "production"],
    }  # fmt: skip
    assert {name: shown[name] for name in expected} == expected
    assert shown["users"] == [{"username": "root", "password": "Mock-Passw0rd-db-1-Pf3v"}]
    assert shown["remote users"] == [
        {"ipmi_username": "root", "password": "Mock-Ipmi-Passw0rd-db-1"}
    ]
    assert {row["Type"] for row in shown["System_data"]} == {"HARD_DRIVE", "PROCESSOR", "RAM"}
    assert {row["Type"] for row in shown["components"]} == {"HARD_DRIVE", "PROCESSOR", "RAM"}
    assert [row["Name"] for row in shown["vlans"]] == ["dal13.bcr01.1895", "dal13.fcr01.2895"]
    assert [row["Recurring Price"] for row in shown["prices"]] == [412.0, 260.0, 152.0]


def test_detail_of_a_server_without_system(slcli: Slcli) -> None:
    """It says so; slcli 6.2.9 needs something there."""
    assert slcli.json("hardware", "detail", "spare-1")["os"] == "No Operating System"


def test_credentials(slcli: Slcli) -> None:
    """The recorded login of the system; a server without one has none."""
    row = slcli.json("hardware", "credentials", "db-1")[0]
    assert (row["Username"], row["Password"], row["Software"]) == (
        "root",
        "Mock-Passw0rd-db-1-Pf3v",
        "CentOS",
    )
    assert slcli.json("hardware", "credentials", "spare-1") == []


def test_rescue(slcli: Slcli, world: World) -> None:
    """Rescue shows as the active and the last transaction, and ends in the rescue kernel."""
    assert slcli.text("hardware", "rescue", "db-1") == ""
    world.pass_time(10)
    listed = slcli.json("hardware", "list", "--hostname", "db-1")[0]
    assert listed["action"] == "RESCUE_BOOT"
    assert slcli.json("hardware", "detail", "db-1")["last_transaction"].startswith("Rescue Boot")
    world.settle()
    assert world.device(DB)["boot"] == "rescue"


@pytest.mark.parametrize(
    ("words", "method"),
    [
        (["reboot"], "rebootDefault"),
        (["reboot", "--hard"], "rebootHard"),
        (["reboot", "--soft"], "rebootSoft"),
        (["power-cycle"], "powerCycle"),
    ],
)
def test_reboots(slcli: Slcli, world: World, words: list[str], method: str) -> None:
    """Each kind of reboot leaves rescue and starts the 20-minute rule."""
    slcli.text("hardware", "rescue", "db-1")
    world.settle()
    assert slcli.text("hardware", words[0], "db-1", *words[1:]) == ""
    assert (world.methods()[-1], world.device(DB)["boot"]) == (method, "os")
    refusal = slcli.run("hardware", "power-off", "db-1").text
    assert "A Remote management command has recently been issued" in " ".join(refusal.split())


def test_power(slcli: Slcli, world: World) -> None:
    """Off and on, as the management card says; the commands are listed."""
    slcli.text("hardware", "power-off", "spare-1")
    state = ("call-api", "Hardware_Server", "getServerPowerState", "--id", str(SPARE))
    assert (world.device(SPARE)["power"], slcli.text(*state).strip()) == ("HALTED", "off")
    slcli.text("hardware", "power-on", "spare-1")
    assert slcli.text(*state).strip() == "on"
    commands = ("call-api", "Hardware_Server", "getRecentRemoteManagementCommands")
    mask = "remoteManagementCommand[name]"
    rows = slcli.json(*commands, f"--id={SPARE}", "--mask", mask)
    assert [row["remoteManagementCommand"]["name"] for row in rows] == ["powerOff", "powerOn"]


def test_toggle_ipmi(slcli: Slcli, world: World) -> None:
    """The call is queued: the interface is off a minute later, and on again after another job."""
    flag = ("call-api", "Hardware_Server", "getObject", "--id", str(DB), "--mask", "isIpmiDisabled")
    assert slcli.text("hardware", "toggle-ipmi", "db-1", "--disable").strip() == "True"
    assert slcli.json(*flag)["isIpmiDisabled"] is False
    world.settle()
    assert slcli.json(*flag)["isIpmiDisabled"] is True
    slcli.text("hardware", "toggle-ipmi", "db-1", "--enable")
    world.settle()
    assert slcli.json(*flag)["isIpmiDisabled"] is False


def test_toggle_ipmi_meets_the_outstanding_transaction(slcli: Slcli, world: World) -> None:
    """SLDN: with an active transaction it throws."""
    slcli.text("hardware", "rescue", "db-1")
    done = slcli.run("hardware", "toggle-ipmi", "db-1")
    assert (done.code, "outstanding transaction" in done.text) == (1, True)


def test_sensor(slcli: Slcli, world: World) -> None:
    """Readings by kind; a server that is off turns no fan."""
    text = slcli.text("hardware", "sensor", str(DB), "--discrete")
    assert all(
        name in text for name in ("Ambient 1 Temperature", "6580.000", "12.305", "IPMI Watchdog")
    )
    slcli.text("hardware", "power-off", "db-1")
    assert "6580.000" not in slcli.text("hardware", "sensor", str(DB))


def test_storage(slcli: Slcli) -> None:
    """The drives, and no network storage."""
    text = slcli.text("hardware", "storage", "db-1")
    assert ("Hard Drive" in text, "Seagate ST1000NM0033" in text) == (True, True)


def test_monitoring_billing_bandwidth(slcli: Slcli) -> None:
    """The smaller tables."""
    assert (
        slcli.json("hardware", "monitoring", str(DB))["Devices monitors"][0]["Type"]
        == "SERVICE PING"
    )
    assert slcli.json("hardware", "billing", "db-1")["Total"] == 412.0
    day = ("-s", "2026-01-01", "-e", "2026-01-02")
    assert "Pub In" in slcli.text("hardware", "bandwidth", "db-1", *day)


def test_edit(slcli: Slcli) -> None:
    """Name, domain, tags and user data."""
    changes = ("-H", "spare-2", "-D", "example.org", "-g", "x", "-u", "hello")
    slcli.text("hardware", "edit", "spare-1", *changes)
    shown = slcli.json("hardware", "detail", "spare-2")
    assert (shown["id"], shown["fqdn"], shown["tags"]) == (SPARE, "spare-2.example.org", ["x"])
    assert slcli.json("call-api", "Hardware_Server", "getUserData", f"--id={SPARE}") == [
        {"value": "hello"}
    ]


def test_reload(slcli: Slcli, world: World) -> None:
    """Not ready for 66 minutes at least, and no longer in rescue."""
    slcli.text("hardware", "rescue", "db-1")
    world.settle()
    assert slcli.text("hardware", "reload", "db-1") == ""
    world.pass_time(3900)
    assert (slcli.run("hardware", "ready", "db-1").code, world.device(DB)["boot"]) == (2, "os")
    again = slcli.run("hardware", "reload", "db-1")
    assert (again.code, "outstanding transaction" in again.text) == (1, True)
    world.pass_time(100)
    assert "READY" in slcli.text("hardware", "ready", "db-1")
