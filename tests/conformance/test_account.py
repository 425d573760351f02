"""slcli's commands for images, the account, the event log, tags and search."""

from __future__ import annotations

import ast
import json

import pytest

from tests.conformance.conftest import Slcli, World
from tests.mock.stagehand import APP, DB, WEB

PUBLIC = {6813371, 6813372}
PRIVATE = {8920131, 8920132}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", PUBLIC | PRIVATE),
        ("--public", PUBLIC),
        ("--private", PRIVATE),
        ("--name web-golden-2026", {8920132}),
        ("--limit 1", PUBLIC | PRIVATE),
    ],
)
def test_image_list(slcli: Slcli, options: str, found: set[int]) -> None:
    """Each option leaves the templates that the world says, with kind and visibility."""
    rows = slcli.json("image", "list", *options.split())
    assert {row["Id"] for row in rows} == found
    assert {row["Visibility"] for row in rows if row["Id"] in PUBLIC} <= {"PUBLIC"}


@pytest.mark.parametrize(
    "name", ["8920132", "web-golden-2026", "00881c44-000c-4000-8000-000000881c44"]
)
def test_image_detail(slcli: Slcli, name: str) -> None:
    """By number, name and GUID; sizes are bytes on the wire."""
    shown = slcli.json("image", "detail", name)
    assert (shown["Id"], shown["Name"], shown["Type"]) == (8920132, "web-golden-2026", "SYSTEM")
    assert [(row["DC"], int(row["Size"])) for row in shown["Datacenters"]] == [
        ("dal13", 25 * 2**30)
    ]
    disk = shown["Virtual Disks"][0]
    assert (disk["Device"], disk["Capacity"], int(disk["Size On Disk"])) == (
        "web-golden-2026",
        "25 GB",
        25 * 2**30,
    )


def test_image_detail_of_an_iso(slcli: Slcli) -> None:
    """A public ISO lies in both data centres."""
    shown = slcli.json("image", "detail", "WindowsRescueStandalone.iso")
    assert (shown["Visibility"], [row["DC"] for row in shown["Datacenters"]]) == (
        "PUBLIC",
        ["dal13", "fra02"],
    )


def test_account_summary(slcli: Slcli, world: World) -> None:
    """Counts and money, as many as the world has."""
    shown = slcli.json("account", "summary")
    held = world.call("GET", "world")
    rows = {
        "Hardware": "hardware", "Virtual Guests": "guests", "Users": "users",
        "Dedicated Hosts": "dedicated_hosts",
    }  # fmt: skip
    assert {name: shown[name] for name in rows} == {
        name: len(held[table]) for name, table in rows.items()
    }
    expected = {
        "Company Name": "Example Operations", "Image Templates": 2, "Network Vlans": 4,
        "Subnets": 5, "Open Tickets": 0, "Upcoming Invoice": 1427.0,
    }  # fmt: skip
    assert {name: shown[name] for name in expected} == expected


def test_summary(slcli: Slcli) -> None:
    """Devices and networks; slcli 6.2.9 asks for no router,
    so it knows no data centre (its own list_vlans mask).
    """
    assert slcli.json("summary") == [
        {
            "datacenter": None,
            "hardware": 3,
            "virtual_servers": 5,
            "vlans": 4,
            "subnets": 6,
            "public_ips": 1536,
        }
    ]


def test_account_events(slcli: Slcli, world: World) -> None:
    """No maintenance: three calls, three empty tables."""
    slcli.text("account", "events")
    assert world.methods() == ["getAllObjects"] * 3


def happen(slcli: Slcli, world: World) -> None:
    """A rescue, a reboot a day later, and one of bare metal."""
    slcli.text("vs", "rescue", "web-1")
    world.pass_time(86400)
    slcli.text("vs", "reboot", "web-1")
    slcli.text("hardware", "reboot", "db-1")


@pytest.mark.parametrize(
    ("options", "events"),
    [
        ([], ["Rescue", "Reboot", "Reboot"]),
        (["-e", "Rescue"], ["Rescue"]),
        (["-i", str(DB)], ["Reboot"]),
        (["-t", "CCI"], ["Rescue", "Reboot"]),
        (["-t", "Server", "-e", "Rescue"], []),
        (["-l", "1"], ["Rescue"]),
        (["-l", "-1"], ["Rescue", "Reboot", "Reboot"]),
        (["-d", "01/01/2020", "-D", "01/01/2120"], ["Rescue", "Reboot", "Reboot"]),
        (["-d", "01/01/2120"], []),
        (["-D", "01/01/2020"], []),
        (["-d", "01/01/2020", "-z", "+0500"], ["Rescue", "Reboot", "Reboot"]),
        (["--metadata", "-e", "Rescue"], ["Rescue"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_event_log(slcli: Slcli, world: World, options: list[str], events: list[str]) -> None:
    """Each filter, oldest first, with device names and user names."""
    happen(slcli, world)
    lines = slcli.text("event-log", "get", *options).splitlines()[1:]
    rows = [ast.literal_eval(f"({line})") for line in lines]
    assert [row[0] for row in rows] == events
    assert all(
        row[4] == "tester" and row[1] in ("web-1.example.com", "db-1.example.com") for row in rows
    )


def test_event_log_types(slcli: Slcli) -> None:
    """The names of kinds of object that real accounts show."""
    assert {"CCI", "Server", "Image", "Security Group"} <= {
        row["types"]["value"] for row in slcli.json("event-log", "types")
    }


def test_tags(slcli: Slcli) -> None:
    """List, details and what carries a tag."""
    rows = {row["Tag"]: row["Count"] for row in slcli.json("tags", "list")}
    assert rows == {"app": 1, "db": 1, "production": 2, "web": 1, "windows": 1}
    assert slcli.text("tags", "details", "production").split().count("GUEST") == 1
    assert "db-1.example.com" in slcli.text("tags", "list", "--detail")
    number = next(row["Id"] for row in slcli.json("tags", "list") if row["Tag"] == "web")
    assert str(WEB) in slcli.text("tags", "details", str(number))


def test_tags_set(slcli: Slcli) -> None:
    """Tags by kind and number replace those that were there."""
    words = ("tags", "set", "--resource-id", str(APP))
    assert "successfully" in slcli.text(*words, "--tags=one, two", "--key-name=GUEST")
    assert slcli.json("vs", "detail", str(APP))["tags"] == ["one", "two"]
    refused = slcli.run(*words, "--tags=one", "--key-name=HARDWARE")
    assert "Unable to find object" in refused.text


def test_taggable(slcli: Slcli) -> None:
    """Everything that can have tags, found through search."""
    text = slcli.text("tags", "taggable")
    assert all(
        name in text
        for name in ("web-1.example.com", "db-1.example.com", "1895", "web-golden-2026")
    )


def test_search(slcli: Slcli) -> None:
    """Words and advanced queries; without a type, devices and VLANs are looked through."""
    found = slcli.json("search", "198.51.100.21")
    assert [(row["resourceType"], row["resource"]["hostname"]) for row in found] == [
        ("SoftLayer_Hardware", "db-1")
    ]
    advanced = slcli.json(
        "search", "_objectType:SoftLayer_Virtual_Guest,SoftLayer_Network_Vlan", "*8*", "--advanced"
    )
    assert {row["resourceType"] for row in advanced} == {
        "SoftLayer_Virtual_Guest",
        "SoftLayer_Network_Vlan",
    }
    assert slcli.json("search", "nothing-like-it") == []
    assert "SoftLayer_Virtual_Guest" in slcli.text("search", "--types")


def test_call_api_masks_filters_pages(slcli: Slcli) -> None:
    """Masks, all ways of filtering, order and pages."""
    base = ("call-api", "Account", "getVirtualGuests", "--mask", "id,hostname")
    assert [row["hostname"] for row in slcli.json(*base, "--limit=2", "--offset=1")] == [
        "win-1",
        "app-1",
    ]
    assert slcli.json(*base, "-f", "virtualGuests.hostname=app-1") == [
        {"id": APP, "hostname": "app-1"}
    ]
    names = slcli.json(
        *base, "-f", "virtualGuests.hostname IN web-1,app-1", "--orderBy=virtualGuests.id=DESC"
    )
    assert [row["hostname"] for row in names] == ["app-1", "web-1"]
    wanted = json.dumps(
        {"virtualGuests": {"hostname": {"operation": "^= b"}}}, separators=(",", ":")
    )
    assert [row["hostname"] for row in slcli.json(*base, "--json-filter", wanted)] == ["big-1"]


def test_call_api_errors(slcli: Slcli) -> None:
    """Unknown services, methods and objects answer as the real API does (classic-api.md 4.7)."""
    for words, text in (
        (["Nonsense", "getObject"], "Service does not exist"),
        (["Account", "fly"], 'Function ("fly") is not a valid method for this service.'),
        (["Virtual_Guest", "getObject", "--id", "1"], "Unable to find object with id of '1'."),
        (
            ["Virtual_DedicatedHost", "getObject", "--id", "7"],
            "Unable to find object with id of '7'.",
        ),
        (["Virtual_Guest", "getObject"], "Object does not exist to execute method on."),
    ):
        done = slcli.run("call-api", *words)
        assert (done.code, text in done.text) == (1, True), done.text


def test_a_dedicated_host(slcli: Slcli) -> None:
    """By its number."""
    words = ("call-api", "Virtual_DedicatedHost", "getObject", "--id", "691394")
    host = slcli.json(*words, "--mask", "id,datacenter[name]")
    assert (host["id"], host["datacenter"]["name"]) == (691394, "dal13")
