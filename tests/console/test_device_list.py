"""The device list as pages, without a browser."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlencode

import pytest

from mock_api import worlds
from mock_api.console.list_query import COLUMNS
from mock_api.console.words import devices as devices_words
from mock_api.domain.world import Device, DeviceView, World, WorldDocument
from mock_api.worlds.generated import generate
from tests.console.desk import Front, Visitor, text_of
from tests.mock.stagehand import DB, MASTER, NEWCOMER, OFF, WEB, WIN, Play

pytestmark = pytest.mark.slow  # pages by the dozen

TRAINEE = "307608_trainee@example.com"
ALL = ["app-1", "big-1", "db-1", "off-1", "spare-1", "web-1", "win-1", "winbm-1"]


@pytest.fixture
def front() -> Front:
    """The demo world."""
    return Front()


@cache
def many() -> WorldDocument:
    """Ten thousand devices."""
    return generate(9000, 1000)


def rows(page: str) -> list[str]:
    """Each row of the table as a person reads it, a cell each between bars."""
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    cells = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("<tr")[1:]
    ]
    return [" | ".join(text_of(cell) for cell in row) for row in cells]


def names(visitor: Visitor, **query: str) -> list[str]:
    """The host names of a list, in its order."""
    page = visitor.get("parts/devices?" + urlencode(query))
    return [row.partition(".example.com")[0] for row in rows(page)]


def test_a_row_says_everything(front: Front) -> None:
    """Name, kind, place, addresses, system, status, boot state, since when, transaction."""
    page = front.enter().get()
    assert (
        "web-1.example.com | virtual | dal13 | 198.51.100.11 | 10.93.20.11 | Ubuntu 22.04-64"
        " Minimal for VSI | Running | operating system | from the start | -" in rows(page)
    )
    assert (
        "off-1.example.com | virtual | dal13 | none | 10.93.20.15 | Ubuntu 22.04-64 Minimal"
        " for VSI | Stopped | powered off | - | -" in rows(page)
    )
    assert f'href="/console/devices/virtual-guest/{WEB}"' in page
    assert f'href="/console/devices/hardware/{DB}"' in page
    assert "8 devices" in text_of(page)


def row_of(front: Front, name: str) -> str:
    """One row of the list."""
    return next(row for row in rows(front.enter().get()) if row.startswith(name))


def test_a_rescue_from_the_request_to_the_end(front: Front) -> None:
    """Accepted, then under way with the API's own name and a bar,
    then the rescue kernel and since when.
    """
    front.play.guest("executeRescueLayer")
    assert row_of(front, "web-1").endswith(
        "Running | operating system | from the start | accepted; the API does not show it yet"
    )
    front.play.advance(65)
    assert row_of(front, "web-1").endswith(
        "Processing | operating system | from the start | Rescue kernel is booting"
    )
    page = front.enter().get()
    assert re.search(
        r'<progress aria-label="[^"]*web-1[^"]*" value="0\.25"'
        r' data-from="1700000005\.0" data-due="1700000245\.0">',
        page,
    )
    front.play.advance(180)
    assert row_of(front, "web-1").endswith("Running | rescue kernel | 2023-11-14 22:17 UTC | -")
    assert 'data-say="web-1.example.com: rescue kernel"' in front.enter().get()


def test_a_stuck_transaction_says_so(front: Front) -> None:
    """Its bar has no end, and nobody waits for it."""
    front.play.steer(
        "POST",
        "faults",
        {"operation": "*.executeRescueLayer", "fault": {"kind": "stuck_transaction"}},
    )
    front.play.guest("executeRescueLayer")
    front.play.advance(1000)
    assert "stuck: it does not end by itself" in row_of(front, "web-1")
    bar = re.findall(r"<progress[^>]*>", front.enter().get())
    assert len(bar) == 1
    assert "value" not in bar[0]


def test_a_reboot_without_a_transaction_is_restarting(front: Front) -> None:
    """The API shows nothing of it, so the boot state says it."""
    front.play.guest("rebootDefault")
    assert row_of(front, "web-1").endswith("Running | restarting | - | -")
    front.play.advance(60)
    assert row_of(front, "web-1").endswith("Running | operating system | 2023-11-14 22:14 UTC | -")


def test_a_booted_image_is_named(front: Front) -> None:
    """Which of several it is matters."""
    front.play.guest("mountIsoImage", 34291701, number=WIN)
    front.play.advance(500)
    assert "| image WindowsRescueStandalone.iso |" in row_of(front, "win-1")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("web", ["web-1"]),
        ("WEB-1.EXAMPLE", ["web-1"]),
        ("production", ["db-1", "web-1"]),
        ("production centos", ["db-1"]),
        ("production windows", []),
        ("10.94", ["app-1", "spare-1"]),
        ("198.51.100.2", ["db-1", "spare-1", "winbm-1"]),
        (str(DB), ["db-1"]),
        ("  ", ALL),
    ],
)
def test_every_word_must_fit_somewhere(front: Front, text: str, found: list[str]) -> None:
    """Name, address, id, tag, system: in any case, in any order."""
    assert names(front.enter(), q=text) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "hardware"}, ["db-1", "spare-1", "winbm-1"]),
        ({"datacenter": "fra02"}, ["app-1", "spare-1"]),
        ({"boot": "rescue"}, ["web-1"]),
        ({"boot": "restarting"}, ["app-1"]),
        ({"boot": "off"}, ["off-1"]),
        ({"status": "processing"}, ["db-1"]),
        ({"status": "stopped"}, ["off-1"]),
        ({"status": "busy"}, ["app-1", "db-1"]),
        ({"status": "busy", "kind": "hardware"}, ["db-1"]),
        ({"boot": "os", "status": "running", "q": "win"}, ["win-1", "winbm-1"]),
    ],
)
def test_filters_narrow_the_list(front: Front, query: dict[str, str], found: list[str]) -> None:
    """By what stands and by what moves, together and with words."""
    front.play.guest("executeRescueLayer")
    front.play.advance(500)
    front.play.guest("rebootDefault", number=124929706)
    front.play.server("bootToRescueLayer")
    front.play.advance(10)
    assert names(front.enter(), **query) == found


FIRST_AND_LAST = {
    "name": ("app-1", "winbm-1"),
    "kind": ("db-1", "win-1"),
    "datacenter": ("big-1", "spare-1"),
    "public": ("web-1", "off-1"),
    "private": ("web-1", "spare-1"),
    "os": ("db-1", "spare-1"),
    "status": ("db-1", "off-1"),
    "boot": ("app-1", "off-1"),
    "since": ("app-1", "off-1"),
    "transaction": ("db-1", "winbm-1"),
}
LAST_DESCENDING = {"public": "off-1", "os": "spare-1", "since": "off-1", "transaction": "winbm-1"}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts_both_ways(front: Front, column: str) -> None:
    """What has no value comes last in both directions; equal ones are by name."""
    front.play.guest("executeRescueLayer")
    front.play.advance(500)
    front.play.server("bootToRescueLayer")
    front.play.advance(10)
    visitor = front.enter()
    up = names(visitor, sort=column)
    down = names(visitor, sort=column, order="desc")
    assert (up[0], up[-1]) == FIRST_AND_LAST[column]
    assert sorted(up) == sorted(down) == ALL
    assert up != down or column == "transaction"  # of which only one has a value
    assert down[-1] == LAST_DESCENDING.get(column, down[-1])
    page = visitor.get(f"?sort={column}&order=desc")
    assert page.count("aria-sort") == page.count('aria-sort="descending"') == 1


def test_numbers_in_names_count() -> None:
    """web-2 comes before web-10."""
    front = Front()
    for number, name in ((WEB, "n-10"), (WIN, "n-9"), (OFF, "N-1")):
        assert front.play.guest("editObject", {"hostname": name}, number=number) is True
    assert names(front.enter(), q="n-") == ["N-1", "n-9", "n-10"]


def test_edits_are_found_at_once(front: Front) -> None:
    """What a call changes is searched and sorted by its new value, and not by its old one."""
    visitor = front.enter()
    assert names(visitor, q="web")[0] == "web-1"
    front.play.guest("editObject", {"hostname": "alpha"})
    assert names(visitor, q="web-1") == []
    assert names(visitor)[0] == "alpha"
    front.play.guest("setTags", "nightly")
    assert names(visitor, q="nightly") == ["alpha"]
    front.play.stage.reset()
    assert names(visitor, q="web-1") == ["web-1"]


def test_who_has_no_access_sees_unknown_devices(front: Front) -> None:
    """They come last, with their kind alone, and who can grant access is named;
    nothing else is told of them.
    """
    page = front.enter(TRAINEE).get()
    found = rows(page)
    assert found[0].startswith("web-1.example.com")
    assert (
        found[1:]
        == ["Unknown Device | virtual | no access"] * 4
        + ["Unknown Device | bare metal | no access"] * 3
    )
    for secret in ("win-1", "db-1", str(DB), "10.93.30.21"):
        assert secret not in page
    assert "7 devices of the account are listed as Unknown Device" in text_of(page)
    assert f"({MASTER}), account owner" in text_of(page)
    assert "(307608_manager@example.com)" in text_of(page)


def test_unknown_devices_match_no_search(front: Front) -> None:
    """Neither words nor filters tell anything of them, and they are sorted behind all others."""
    visitor = front.enter(TRAINEE)
    assert names(visitor, q="win") == []
    assert names(visitor, kind="hardware") == []
    assert "Devices that you have no access to cannot be found." in text_of(visitor.get("?q=win"))
    assert names(visitor, sort="name", order="desc")[0] == "web-1"


def test_access_that_is_given_shows_at_once(front: Front) -> None:
    """An open page fetches the list again as the people change."""
    visitor = front.enter(NEWCOMER)
    assert rows(visitor.get())[0].startswith("Unknown Device")
    front.play.call("SoftLayer_User_Customer", "addHardwareAccess", 7651002, DB)
    assert rows(visitor.get())[0].startswith("db-1.example.com")


def test_a_hostile_name_is_harmless(front: Front) -> None:
    """What a call puts into a name or a tag, and what an address asks for, is text."""
    attack = '"><script>alert(1)</script>'
    front.play.guest("editObject", {"hostname": attack})
    visitor = front.enter()
    query = urlencode({"q": attack, "kind": attack, "page": attack})
    for path in ("", f"?{query}", f"parts/devices?{query}"):
        page = visitor.get(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_wrong_values_are_answered_kindly(front: Front) -> None:
    """The list comes, and says what it did not understand."""
    page = front.enter().get("?kind=router&sort=%00&page=-7")
    assert "Not understood in the address, and ignored: kind=router sort=\x00 page=-7" in text_of(
        page
    )
    assert len(rows(page)) == 8


def test_nothing_to_show_is_said(front: Front) -> None:
    """An empty account, and a search without a match."""
    assert "No device fits the search and the filters." in text_of(
        front.enter().get("?q=nothing-like-this")
    )
    assert "The account has no devices." in text_of(Front(Play(generate(0, 0))).enter().get())


def test_a_typed_search_comes_into_the_address(front: Front) -> None:
    """A refresh of the same list leaves the address alone."""
    visitor = front.enter()
    typed = visitor.client.get("/console/parts/devices?q=web+dal&kind=&page=2&shown=")
    assert typed.headers["HX-Replace-Url"] == "/console/?q=web+dal"
    again = visitor.client.get("/console/parts/devices?q=web&kind=&page=1&shown=q%3Dweb")
    assert "HX-Replace-Url" not in again.headers


def test_ten_thousand_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are complete and bounded, and only the devices of a page are settled."""
    front = Front(Play(many()))
    visitor = front.enter()
    assert "10,000 devices" in text_of(visitor.get())
    settled: list[object] = []
    view = World.view

    def counting(world: World, device: Device, now_s: float) -> DeviceView:
        settled.append(device)
        return view(world, device, now_s)

    monkeypatch.setattr(World, "view", counting)
    first = rows(visitor.get("?sort=private"))
    assert (len(first), len(settled)) == (50, 50)
    assert names(visitor, page="200")[-1].startswith("vg-9000")
    assert names(visitor, page="999999") == names(visitor, page="200")
    assert "Page 200 of 200" in text_of(visitor.get("?page=200"))
    everything = [
        name for page in range(1, 21) for name in names(visitor, kind="hardware", page=str(page))
    ]
    assert len(everything) == len(set(everything)) == 1000


def test_all_words_are_there_in_both_languages(front: Front) -> None:
    """In Italian no text of the list is English."""
    page = text_of(front.enter(TRAINEE, "it").get())
    for key in ("devices.title", "devices.unknown", "devices.column.boot", "devices.kind.hardware"):
        assert devices_words.WORDS[key].it in page
        assert devices_words.WORDS[key].en not in page
    front = Front(Play(many()))
    assert "10.000 dispositivi" in text_of(front.enter(language="it").get())


def test_the_demo_has_what_the_tests_say() -> None:
    """Their names are those of the demo world."""
    document = worlds.demo()
    assert sorted(row.hostname for row in (*document.guests, *document.hardware)) == ALL
