"""`slcli vs list` and the other commands that only look at virtual servers."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import Slcli, World
from tests.mock.stagehand import APP, BIG, ISO_DAL, OFF, WEB, WIN

ALL = {APP, BIG, OFF, WEB, WIN}
FILTERS: list[tuple[str, set[int]]] = [
    ("", ALL),
    ("--hourly", ALL - {APP}),
    ("--monthly", {APP}),
    ("--hostname web-1", {WEB}),
    ("--hostname web*", {WEB}),
    ("--hostname WEB-1", {WEB}),
    ("--domain example.com", ALL),
    ("--domain other.com", set()),
    ("--cpu 4", {WEB, WIN}),
    ("--memory 8192", {WEB, APP}),
    ("--network 1000", ALL),
    ("--network 10", set()),
    ("--datacenter fra02", {APP}),
    ("--tag windows --tag app", {WIN, APP}),
    ("--transient true", set()),
    ("--transient false", ALL),
    ("--limit 2", ALL),
    ("--hostname web-1 --datacenter fra02", set()),
    ("--search", ALL),
    ("--search web", {WEB}),
    ("--search 198.51.100.12", {WIN}),
    ("--search --hostname web --datacenter Dallas --tag web --tag production", {WEB}),
    ("--search --hostname web --datacenter Frankfurt", set()),
]


@pytest.mark.parametrize(
    ("options", "found"), FILTERS, ids=[options or "plain" for options, _ in FILTERS]
)
def test_filters(slcli: Slcli, options: str, found: set[int]) -> None:
    """Each filter of the list leaves the guests that the world says."""
    assert {row["id"] for row in slcli.json("vs", "list", *options.split())} == found


def test_default_columns(slcli: Slcli) -> None:
    """The list as it comes: names, places, addresses, status and date."""
    row = next(row for row in slcli.json("vs", "list") if row["id"] == WEB)
    assert row == {
        "id": WEB, "hostname": "web-1", "domain": "example.com", "deviceStatus.name": "Running",
        "datacenter": "dal13", "primary_ip": "198.51.100.11", "backend_ip": "10.93.20.11",
        "createDate": "2022-08-30 07:07", "action": None,
    }  # fmt: skip


def test_every_column_and_order(slcli: Slcli, world: World) -> None:
    """Columns that must be asked for, sorted by one of them;
    the action is the transaction under way.
    """
    slcli.text("vs", "rescue", "app-1")
    world.pass_time(10)
    columns = (
        "id,hostname,guid,primary_ip,backend_ip,datacenter,"
        "action,power_state,created_by,tags,createDate"
    )
    rows = slcli.json("vs", "list", f"--columns={columns}", "--sortby=id")
    assert [row["id"] for row in rows] == sorted(ALL)
    row = next(row for row in rows if row["id"] == APP)
    shown = (row["action"], row["power_state"], row["created_by"], row["tags"], row["guid"][:8])
    assert shown == ("RESCUE_BOOT", "Running", "tester", ["app"], f"{APP:08x}")


@pytest.mark.parametrize(
    "name",
    ["web-1", "198.51.100.11", "10.93.20.11", str(WEB), "077246a2-000a-4000-8000-0000077246a2"],
)
def test_names_of_a_guest(slcli: Slcli, name: str) -> None:
    """A guest is found by host name, public and private address, number and GUID."""
    assert slcli.json("vs", "detail", name)["id"] == WEB


def test_a_name_that_nobody_has(slcli: Slcli) -> None:
    """slcli says so itself, with exit code 2."""
    done = slcli.run("vs", "detail", "nobody")
    assert (done.code, "Unable to find VS 'nobody'" in done.text) == (2, True)


def test_detail(slcli: Slcli) -> None:
    """Every row of the table that comes from the world."""
    options = ("--passwords", "--price")
    shown = slcli.json("vs", "detail", "web-1", *options)
    expected = {
        "id": WEB, "hostname": "web-1", "domain": "example.com", "fqdn": "web-1.example.com",
        "status": "ACTIVE", "state": "RUNNING", "active_transaction": None, "datacenter": "dal13",
        "os": "Ubuntu", "os_version": "22.04-64 Minimal for VSI", "cores": 4, "memory": 8192,
        "public_ip": "198.51.100.11", "private_ip": "10.93.20.11", "private_only": False,
        "billing": "Hourly", "owner": "tester", "tags": ["web", "production"],
        "ptr": "web-1.example.com.", "Price rate": 38.2,
    }  # fmt: skip
    assert {name: shown[name] for name in expected} == expected
    assert shown["users"] == [
        {"software": "Ubuntu", "username": "root", "password": "Mock-Passw0rd-web-1-Kq7x"}
    ]
    assert [(row["Drive"], row["Capacity"]) for row in shown["drives"]] == [
        ("0", "100 GB"),
        ("1", "2 GB"),
        ("7", "64 MB"),
    ]
    assert [row["type"] for row in shown["vlans"]] == ["PRIVATE", "PUBLIC"]
    assert [(row["Type"], row["Allotment"]) for row in shown["Bandwidth"]] == [
        ("Public", "250"),
        ("Private", "N/A"),
    ]
    assert [row["Item"] for row in shown["Prices"]] == ["Total", "4 x 2.0 GHz Cores", "8 GB"]


def test_detail_without_public_side(slcli: Slcli) -> None:
    """A guest on the private network alone, powered off."""
    shown = slcli.json("vs", "detail", "off-1")
    assert (shown["public_ip"], shown["private_only"], shown["state"]) == ("-", True, "HALTED")
    assert shown["notes"] == "powered off, private network only"


def test_detail_with_a_cd(slcli: Slcli, world: World) -> None:
    """A mounted ISO is one more drive; after the unmount the
    slot without image is passed over (2.3).
    """
    slcli.text(*f"call-api Virtual_Guest mountIsoImage {ISO_DAL} --id {WIN}".split())
    world.settle()
    assert [row["Name"] for row in slcli.json("vs", "detail", "win-1")["drives"]].count("CD") == 1
    slcli.text(*f"call-api Virtual_Guest unmountIsoImage --id {WIN}".split())
    world.settle()
    shown = slcli.json("vs", "detail", "win-1")
    assert [row["Name"] for row in shown["drives"]].count("CD") == 0
    assert shown["last_transaction"].startswith("Cloud ISO Teardown")


def test_credentials(slcli: Slcli) -> None:
    """The recorded administrator login."""
    assert slcli.json("vs", "credentials", "win-1") == [
        {
            "username": "Administrator", "password": "Mock-Passw0rd-win-1-Zr4m",
            "Software": "WIN_2022-STD_64", "Version": "2022 STD (64 bit)",
        }
    ]  # fmt: skip


def test_access_is_empty(slcli: Slcli, world: World) -> None:
    """Nobody used a console: the call is answered with an empty list."""
    assert slcli.text("vs", "access", str(WEB)).strip() == "-"
    assert world.methods() == ["getBrowserConsoleAccessLogs"]


def test_storage(slcli: Slcli) -> None:
    """No network storage, and the local disks."""
    text = slcli.text("vs", "storage", "web-1")
    assert ("100 GB" in text, "Swap" in text) == (True, True)


def test_monitoring(slcli: Slcli) -> None:
    """One ping monitor on the public address."""
    shown = slcli.json("vs", "monitoring", str(WEB))
    monitor = shown["Devices monitors"][0]
    assert (shown["Location"], monitor["IpAddress"], monitor["Type"]) == (
        "Dallas 13",
        "198.51.100.11",
        "SERVICE PING",
    )


def test_billing(slcli: Slcli) -> None:
    """What the guest costs, and its parts."""
    shown = slcli.json("vs", "billing", "web-1")
    assert (shown["Total"], shown["Provision Date"]) == (38.2, "2022-08-30T07:07:37-06:00")
    assert sum(row["Recurring Price"] for row in shown["prices"]) == pytest.approx(38.2)


def test_bandwidth(slcli: Slcli) -> None:
    """A day has 24 hours of the same traffic."""
    day = ("-s", "2026-01-01T00:00:00", "-e", "2026-01-02T00:00:00")
    text = slcli.text("vs", "bandwidth", "web-1", *day)
    assert (
        text.count("2026-01-01 ") == 24 + 4
    )  # the hours, and when each direction was at its highest
