"""A device's page without a browser: what it shows, to whom, and what it keeps to itself."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from mock_api.console.feed import Feed
from mock_api.domain.audit import note_login
from tests.console.desk import Front, text_of
from tests.mock.stagehand import APP, DB, ISO_DAL, NEWCOMER, SPARE, VIEWER, WEB, WIN, WINBM

pytestmark = pytest.mark.slow  # pages by the dozen

TRAINEE = "307608_trainee@example.com"


def test_the_facts_of_a_guest_and_of_a_server() -> None:
    """Everything that the page names is there."""
    visitor = Front().enter()
    guest = text_of(visitor.get(f"devices/virtual-guest/{WEB}"))
    named = (
        "web-1.example.com", "Virtual server", str(WEB), "Dallas 13 (dal13)", "198.51.100.11",
        "10.93.20.11", "Ubuntu 22.04-64", "8192 MB", "web, production",
        "Disk 1: 124929698-SWAP, 2 GB", "Running",
    )  # fmt: skip
    assert [text for text in named if text not in guest] == []
    server = text_of(visitor.get(f"devices/hardware/{DB}"))
    for text in (
        "Bare metal server",
        "IPMI address 10.93.40.21",
        "128 GB",
        "Seagate ST1000NM0033, 1000 GB",
    ):
        assert text in server


def test_a_world_with_little_in_it() -> None:
    """No tags, no notes, no public address, no operating system: said in words, not left blank."""
    visitor = Front().enter()
    off = text_of(visitor.get("devices/virtual-guest/124929714"))
    assert "Public IP none" in off
    assert "Power off" in off
    assert "ssh root@10.93.20.15" in off
    spare = text_of(visitor.get(f"devices/hardware/{SPARE}"))
    assert "Operating system ordered without one" in spare
    assert "No login is recorded" in spare


@pytest.mark.parametrize("kind", ["virtual-guest", "hardware"])
@pytest.mark.parametrize("language", ["en", "it"])
def test_no_access_and_no_such_device_are_one_page(kind: str, language: str) -> None:
    """Nobody learns which numbers exist: the same status and the same text."""
    visitor = Front().enter(NEWCOMER, language)
    there = WEB if kind == "virtual-guest" else DB
    nowhere = 424242
    answers = [
        visitor.client.get(f"/console/devices/{kind}/{number}") for number in (there, nowhere)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text.replace(str(there), "N") == answers[1].text.replace(str(nowhere), "N")
    assert ("Unknown Device" if language == "en" else "Dispositivo sconosciuto") in answers[0].text
    assert "Mia Master (SL307608)" in answers[0].text


@pytest.mark.parametrize(
    "path", ["virtual-guest/x", "virtual-guest/-1", f"hardware/{WEB}", "nonsense/1", "hardware/²"]
)
def test_an_address_that_names_no_device_is_unknown_too(path: str) -> None:
    """Also to the account's owner, who is not told to ask for access."""
    answer = Front().enter().client.get(f"/console/devices/{path}")
    assert answer.status_code == 404
    assert "Unknown Device" in answer.text
    assert "granted" not in answer.text


@pytest.mark.parametrize("part", ["now", "menu", "timeline", "login", "actions/rescue"])
def test_a_page_whose_device_vanished_loads_itself_anew(part: str) -> None:
    """Access that was taken away, or another world: the open page turns into Unknown Device."""
    visitor = Front().enter(NEWCOMER)
    answer = visitor.client.get(
        f"/console/parts/devices/virtual-guest/{WEB}/{part}", headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_a_part_that_is_none_is_no_page() -> None:
    """The parts are a closed list: no name of a template comes from outside."""
    for name in ("refused", "dialog", "now.html"):
        assert (
            Front().enter().client.get(f"/console/parts/devices/hardware/{DB}/{name}").status_code
            == 404
        )


@pytest.mark.parametrize(
    ("device", "number", "secrets"),
    [
        ("virtual-guest", WEB, ["root", "Mock-Passw0rd-web-1-Kq7x"]),
        ("virtual-guest", WIN, ["Administrator", "Mock-Passw0rd-win-1-Zr4m"]),
        (
            "hardware",
            DB,
            ["root", "Mock-Passw0rd-db-1-Pf3v", "Mock-Ipmi-Passw0rd-db-1", "10.93.40.21"],
        ),
        (
            "hardware",
            WINBM,
            ["Administrator", "Mock-Passw0rd-winbm-1-Lc8g", "Mock-Ipmi-Passw0rd-winbm-1"],
        ),
    ],
)
def test_a_password_is_shown_when_asked_and_that_is_noted(
    device: str, number: int, secrets: list[str]
) -> None:
    """Never before, in no part, and every look is a row of the event log."""
    front = Front()
    visitor = front.enter()
    for path in (
        "devices/{}",
        "parts/devices/{}/now",
        "parts/devices/{}/login",
        "parts/devices/{}/timeline",
    ):
        assert "Passw0rd" not in visitor.get(path.format(f"{device}/{number}"))
    shown = text_of(visitor.post(f"parts/devices/{device}/{number}/login"))
    assert [text for text in secrets if text not in shown] == []
    rows: Any = front.play.call("SoftLayer_Event_Log", "getAllObjects").body
    newest = rows[-1]
    assert (newest["eventName"], newest["objectId"], newest["username"]) == (
        "View Password",
        number,
        "SL307608",
    )
    assert "Passw0rd" not in visitor.get(f"parts/devices/{device}/{number}/login")


def test_nobody_reads_the_password_of_a_device_it_does_not_see() -> None:
    """And no row says that it was shown."""
    front = Front()
    visitor = front.enter(NEWCOMER)
    before = list(front.play.stage.world.events)
    answer = visitor.client.post(
        f"/console/parts/devices/virtual-guest/{WEB}/login", headers={"X-CSRF-Token": visitor.token}
    )
    assert answer.status_code == 404
    assert "Passw0rd" not in answer.text
    assert front.play.stage.world.events == before


def test_the_timeline_is_newest_first_with_who_when_and_how_long() -> None:
    """Transactions and events in one list."""
    front = Front()
    visitor = front.enter()
    visitor.post(f"devices/virtual-guest/{WIN}/actions/image", image=ISO_DAL)
    front.play.advance(10)
    timeline = f"parts/devices/virtual-guest/{WIN}/timeline"
    assert "Boot from image , under way" in text_of(visitor.get(timeline))
    front.play.advance(200)
    visitor.post(f"devices/virtual-guest/{WIN}/actions/unload")
    front.play.advance(100)
    rows = [text_of(row) for row in re.findall(r"<li.*?</li>", visitor.get(timeline), re.DOTALL)]
    assert [re.sub(r"^\S+ \S+ UTC | \d{9}", "", row) for row in rows] == [
        "Transaction Cloud ISO Teardown Complete , took 50 s",
        "Unload Image by SL307608 192.0.2.10",
        "Transaction Cloud ISO Setup Complete , took 120 s",
        "Boot From Image by SL307608 192.0.2.10",
    ]


def test_events_are_for_those_who_may_read_the_log() -> None:
    """The permission is the event log's own; without it the transactions stay,
    and the reason is said.
    """
    front = Front()
    front.enter().post(f"devices/virtual-guest/{WEB}/actions/rescue")
    front.play.advance(10)
    may, may_not = (
        text_of(front.enter(name).get(f"devices/virtual-guest/{WEB}")) for name in (VIEWER, TRAINEE)
    )
    assert "by SL307608" in may
    assert "by SL307608" not in may_not
    assert "Rescue Boot" in may_not
    assert (
        "You lack the permission View Event Log (USER_EVENT_LOG_VIEW)."
        " This can be granted by: Mia Master" in may_not
    )


def test_other_devices_and_users_stay_out_of_the_timeline() -> None:
    """A sign-in is an event of a user, and another device's
    rescue is none of this one's business.
    """
    front = Front()
    visitor = front.enter()
    visitor.post(f"devices/virtual-guest/{APP}/actions/rescue")
    world = front.play.stage.world
    namesake = replace(world.users[7651001], id=WEB)  # ids of users and devices are counted apart
    note_login(world, namesake, world.clock.now_s(), success=True)
    assert "Nothing happened on this device yet." in text_of(
        visitor.get(f"devices/virtual-guest/{WEB}")
    )


def test_what_it_runs_and_since_when() -> None:
    """Accepted, under way with a time, then rescue with what to do there,
    then restarting without a transaction.
    """
    front = Front()
    visitor = front.enter()
    now = f"parts/devices/virtual-guest/{WEB}/now"
    assert "operating system since before this mock began" in text_of(visitor.get(now))
    visitor.post(f"devices/virtual-guest/{WEB}/actions/rescue")
    assert "Accepted; the transaction shows in a few seconds." in text_of(visitor.get(now))
    front.play.advance(125)
    page = visitor.get(now)
    assert "Rescue kernel is booting" in text_of(page)
    assert re.search(r'<progress max="1" value="0\.5"', page)
    front.play.advance(125)
    here = text_of(visitor.get(now))
    assert "rescue kernel since 2023-11-14 22:17:25 UTC" in here
    assert "/dev/xvda2" in here
    visitor.post(f"devices/virtual-guest/{WEB}/actions/reboot")
    assert "none; the device is restarting" in text_of(visitor.get(now))
    assert "/dev/xvda2" not in text_of(visitor.get(now))


def test_the_disks_of_bare_metal_have_other_names() -> None:
    """As the documentation's example says."""
    front = Front()
    visitor = front.enter()
    visitor.post(f"devices/hardware/{DB}/actions/rescue")
    front.play.advance(700)
    assert "/dev/sda2" in text_of(visitor.get(f"devices/hardware/{DB}"))


def test_a_transaction_that_never_ends_says_so() -> None:
    """No progress is shown where there is none."""
    front = Front()
    visitor = front.enter()
    front.play.steer("POST", "faults", {"operation": "*", "fault": {"kind": "stuck_transaction"}})
    visitor.post(f"devices/virtual-guest/{WEB}/actions/rescue")
    front.play.advance(100)
    page = visitor.get(f"parts/devices/virtual-guest/{WEB}/now")
    assert "It does not end by itself." in text_of(page)
    assert "<progress" not in page


def test_a_new_name_reaches_an_open_page() -> None:
    """The heading comes with the part that changes."""
    front = Front()
    visitor = front.enter()
    front.play.guest("editObject", {"hostname": "renamed"}, number=WEB)
    page = visitor.get(f"parts/devices/virtual-guest/{WEB}/now")
    assert '<h1 id="device-title" hx-swap-oob="true">renamed</h1>' in page


def _is_free(lock: Any) -> bool:
    """Whether another thread gets a lock."""
    with ExitStack() as held:
        taken: bool = lock.acquire(blocking=False)
        if taken:
            held.callback(lock.release)
        return taken


@pytest.mark.parametrize(
    "path", ["now", "menu", "timeline", "login", "actions/rescue", "actions/image"]
)
def test_no_page_is_written_with_the_world_held(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed has a lock of its own and takes the world's after it:
    the other order would stop the mock for good.
    """
    front = Front()
    visitor = front.enter()
    lock = front.play.stage.lock
    free: list[bool] = []

    def newest(feed: Feed) -> int:
        with ThreadPoolExecutor(1) as others:
            free.append(others.submit(_is_free, lock).result())
        return 0

    monkeypatch.setattr(Feed, "newest", newest)
    visitor.get(f"parts/devices/virtual-guest/{WEB}/{path}")
    visitor.client.get(f"/console/devices/hardware/{WEB}")
    assert free == [True, True]
