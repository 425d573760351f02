"""slcli commands that change virtual servers; what they did is read in the world."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import Slcli, World
from tests.mock.stagehand import APP, WEB, WIN

OUTSTANDING = "There is currently an outstanding transaction for this server."


def test_rescue(slcli: Slcli, world: World) -> None:
    """Rescue prints nothing, shows as the active transaction, and ends in the rescue kernel."""
    assert slcli.text("vs", "rescue", "web-1") == ""
    world.pass_time(10)
    assert slcli.json("vs", "detail", "web-1")["active_transaction"] == "RESCUE_BOOT"
    again = slcli.run("vs", "reboot", "web-1")
    assert (again.code, OUTSTANDING in again.text) == (1, True)
    world.settle()
    assert (world.device(WEB)["boot"], world.device(WEB)["power"]) == ("rescue", "RUNNING")


def test_ready_is_true_throughout_a_rescue(slcli: Slcli, world: World) -> None:
    """slcli's `ready` only knows reloads (classic-api.md 3.3)."""
    slcli.text("vs", "rescue", "web-1")
    world.pass_time(10)
    assert "READY" in slcli.text("vs", "ready", "web-1")


@pytest.mark.parametrize(
    ("option", "method"),
    [([], "rebootDefault"), (["--hard"], "rebootHard"), (["--soft"], "rebootSoft")],
)
def test_reboots(slcli: Slcli, world: World, option: list[str], method: str) -> None:
    """Each reboot is its own method, and goes back to the system."""
    slcli.text("vs", "rescue", "web-1")
    world.settle()
    assert slcli.text("vs", "reboot", "web-1", *option) == ""
    assert (world.methods()[-1], world.device(WEB)["boot"]) == (method, "os")


@pytest.mark.parametrize(("option", "method"), [([], "powerOffSoft"), (["--hard"], "powerOff")])
def test_power(slcli: Slcli, world: World, option: list[str], method: str) -> None:
    """Off, soft by default, and on again."""
    slcli.text("vs", "power-off", "web-1", *option)
    assert (world.methods()[-1], world.device(WEB)["power"]) == (method, "HALTED")
    slcli.text("vs", "power-on", "web-1")
    assert world.device(WEB)["power"] == "RUNNING"


def test_pause_and_resume(slcli: Slcli, world: World) -> None:
    """A paused guest can be resumed; one that is not paused cannot."""
    slcli.text("vs", "pause", "web-1")
    assert (world.device(WEB)["power"], slcli.json("vs", "detail", "web-1")["state"]) == (
        "PAUSED",
        "PAUSED",
    )
    slcli.text("vs", "resume", "web-1")
    assert world.device(WEB)["power"] == "RUNNING"
    assert "must be Suspended" in slcli.run("vs", "resume", "web-1").text


def test_edit(slcli: Slcli, world: World) -> None:
    """Name, domain, tags and user data; every list shows the new ones,
    and a reset takes them back.
    """
    changes = ("-H", "app-2", "-D", "example.org", "-g", "a", "-g", "b c", "-u", "hello")
    done = slcli.text("vs", "edit", "app-1", *changes)
    assert done.count("was updated") == 4
    shown = slcli.json("vs", "detail", "app-2")
    assert (shown["fqdn"], shown["tags"], shown["ptr"]) == (
        "app-2.example.org",
        ["a", "b c"],
        "app-2.example.org.",
    )
    assert [row["id"] for row in slcli.json("vs", "list", "--tag", "b c")] == [APP]
    user_data = slcli.json("call-api", "Virtual_Guest", "getUserData", f"--id={APP}")
    assert user_data == [{"value": "hello"}]
    world.call("POST", "reset")
    assert slcli.json("vs", "detail", "app-1")["tags"] == ["app"]


def test_tags_can_be_taken_off(slcli: Slcli, world: World) -> None:
    """An empty tag removes all."""
    slcli.text("vs", "edit", "web-1", "--tag=")
    assert slcli.json("vs", "list", "--tag", "production") == []


def test_reload(slcli: Slcli, world: World) -> None:
    """A reload is not ready while it is under way;
    it ends rescue and lists as the last transaction.
    """
    slcli.text("vs", "rescue", "app-1")
    world.settle()
    assert slcli.text("vs", "reload", "app-1") == ""
    assert world.device(APP)["boot"] == "os"
    world.pass_time(10)
    done = slcli.run("vs", "ready", "app-1")
    assert (done.code, "not ready" in done.text) == (2, True)
    assert slcli.json("vs", "list", "--hostname", "app-1")[0]["deviceStatus.name"] == "Reloading"
    world.settle()
    assert "READY" in slcli.text("vs", "ready", "app-1")


def test_what_cannot_be_rescued(slcli: Slcli, world: World) -> None:
    """A Windows guest is refused with the API's text, and stays as it is."""
    done = slcli.run("vs", "rescue", "win-1")
    assert (done.code, "Windows" in done.text, world.device(WIN)["boot"]) == (1, True, "os")
