"""The real machine behind a device, without a browser: what its page and the list say of it, to
whom, and how often anybody looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from mock_api import worlds
from mock_api.console.feed import Feed
from mock_api.domain.facts import Machine
from mock_api.domain.real_machines import MachineNow, MachineState
from tests.console.desk import Front, Visitor, text_of
from tests.mock.stagehand import APP, MASTER, NEWCOMER, WEB, Play

PAGE = f"devices/virtual-guest/{WEB}"
PART = f"parts/devices/virtual-guest/{WEB}/machine"
TOPIC = f"machine/virtual_guest/{WEB}"


class Played:
    """A machine that does what a test says, and counts who looks."""

    def __init__(self) -> None:
        self.now = MachineNow(MachineState.RUNNING)
        self.reads = 0

    def mark(self, device: int) -> object:
        """As whoever drives real ones."""
        return self.now

    def read(self, device: int) -> MachineNow:
        """As whoever drives real ones."""
        assert device == WEB
        self.reads += 1
        return self.now


class Scene:
    """The demo world, with a machine behind web-1."""

    def __init__(self) -> None:
        document = worlds.demo()
        guests = tuple(
            replace(row, public_ip="127.0.0.11", machine=Machine()) if row.id == WEB else row
            for row in document.guests
        )
        self.front = Front(Play(replace(document, guests=guests)))
        self.machines = Played()
        self.front.play.stage.machines = self.machines

    def shows(self, now: MachineNow, language: str = "en") -> str:
        """What the page says of a machine."""
        self.machines.now = now
        return text_of(self.front.enter(language=language).get(PART))


@pytest.fixture
def scene() -> Scene:
    """One machine, which runs."""
    return Scene()


def test_a_device_without_a_machine_shows_none(scene: Scene) -> None:
    """Nothing of it is on the page, and nobody looks for one; its part is empty."""
    visitor = scene.front.enter()
    page = visitor.get(f"devices/virtual-guest/{APP}")
    assert "machine" not in page.lower()
    assert visitor.get(f"parts/devices/virtual-guest/{APP}/machine").strip() == ""
    assert scene.machines.reads == 0


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (MachineNow(MachineState.RUNNING), "runs It was started with what"),
        (MachineNow(MachineState.PAUSED), "paused It stands still until"),
        (MachineNow(MachineState.OFF), "off The device is off, or about to start something."),
        (MachineNow(MachineState.FAILED, "its port is taken"), "not started its port is taken"),
        (MachineNow(MachineState.ABSENT), "absent This mock was started without --machines."),
        (MachineNow(MachineState.RUNNING), "It has not printed anything yet."),
        (MachineNow(MachineState.RUNNING, "its console cannot be read: why"), "be read: why"),
        (MachineNow(MachineState.OFF, lines=("the last words",)), "something. the last words"),
        (MachineNow(MachineState.FAILED, "no disk", ("so far",)), "not started no disk so far"),
    ],
)
def test_each_state_has_its_words(scene: Scene, now: MachineNow, words: str) -> None:
    """Whatever it printed before stays to be read."""
    said = scene.shows(now)
    assert said.startswith("Real machine ")
    assert words in said


@pytest.mark.parametrize("state", [state for state in MachineState if state != "none"])
def test_each_state_has_italian_words(scene: Scene, state: MachineState) -> None:
    """As the rest of the page."""
    assert scene.shows(MachineNow(state), "it").startswith("Macchina reale ")


def test_what_is_printed_is_never_markup(scene: Scene) -> None:
    """Tags, attributes, entities and templates stay what they are: text."""
    lines = ("<img src=x onerror=alert(1)>", "</pre></section>", "&lt;", "{{ 7 * 7 }}", "\"'")
    scene.machines.now = MachineNow(MachineState.FAILED, "<b>why</b>", lines)
    part = scene.front.enter().get(PART)
    assert "<img" not in part
    assert "<b>" not in part
    shown = re.search(r"<pre[^>]*>\n(.*?)</pre>", part, re.DOTALL)
    assert shown
    assert shown[1].split("\n") == [
        "&lt;img src=x onerror=alert(1)&gt;", "&lt;/pre&gt;&lt;/section&gt;", "&amp;lt;",
        "{{ 7 * 7 }}", "&#34;&#39;",
    ]  # fmt: skip


def test_lines_are_shown_as_they_are(scene: Scene) -> None:
    """A first line that is empty, and spaces at the beginning."""
    scene.machines.now = MachineNow(MachineState.RUNNING, lines=("", "  indented", "", "end"))
    assert '<pre lang="en">\n\n  indented\n\nend</pre>' in scene.front.enter().get(PART)


def test_only_the_part_that_shows_it_reads_it(scene: Scene) -> None:
    """The page and its part do; the list, other parts and other devices do not."""
    visitor = scene.front.enter()
    others = [PART.replace("machine", name) for name in ("now", "timeline", "menu", "login")]
    for path in ("", f"devices/virtual-guest/{APP}", *others):
        visitor.get(path)
    assert scene.machines.reads == 0
    visitor.get(PAGE)
    visitor.get(PART)
    assert scene.machines.reads == 2


def test_the_list_has_a_word_for_it(scene: Scene) -> None:
    """At the devices that have one."""
    for language, word in (("en", "machine"), ("it", "macchina")):
        page = scene.front.enter(language=language).get()
        rows = re.findall(r'<tr id="device-(\d+)"(.*?)</tr>', page, re.DOTALL)
        assert len(rows) > 1
        assert [int(number) for number, row in rows if f">{word}<" in row] == [WEB]


def test_who_may_not_see_the_device_sees_no_machine(scene: Scene) -> None:
    """Neither the page nor its part, and nothing is read."""
    visitor = scene.front.enter(NEWCOMER)
    assert visitor.client.get(f"/console/{PAGE}").status_code == 404
    assert visitor.client.get(f"/console/{PART}").status_code == 404
    assert scene.machines.reads == 0


def test_the_feed_tells_what_a_machine_printed(scene: Scene) -> None:
    """Once, to every page; it compares marks and reads nothing."""
    play = scene.front.play
    feed = Feed(play.stage, play.real)
    known = feed.newest()
    play.advance(1)
    assert feed.read(known) == (known, frozenset())
    scene.machines.now = MachineNow(MachineState.RUNNING, lines=("Linux",))
    play.advance(1)
    newest, topics = feed.read(known)
    assert topics == {TOPIC}
    play.advance(1)
    assert feed.read(newest)[1] == frozenset()
    assert feed.read(known)[1] == {TOPIC}
    assert scene.machines.reads == 0


def test_the_feed_watches_the_machines_of_the_world_that_runs(scene: Scene) -> None:
    """Another world, others."""
    play = scene.front.play
    feed = Feed(play.stage, play.real)
    play.stage.load(worlds.demo())
    play.advance(1)
    known = feed.newest()
    scene.machines.now = MachineNow(MachineState.OFF)
    play.advance(1)
    assert feed.read(known)[1] == frozenset()
    play.steer("POST", "reset")
    play.advance(1)
    assert TOPIC in feed.read(known)[1]


@pytest.mark.parametrize(("username", "is_told"), [(MASTER, True), (NEWCOMER, False)])
def test_who_may_not_see_a_device_does_not_learn_what_it_printed(
    scene: Scene, username: str, is_told: bool
) -> None:
    """As with every other change of a device."""
    visitor: Visitor = scene.front.enter(username)
    desk = scene.front.app.extensions["console"]

    @contextmanager
    def looks(environ: object) -> Iterator[Callable[[], bool]]:
        left = iter([False] * 3)
        yield lambda: next(left, True)

    scene.front.app.extensions["console"] = replace(desk, streaming=looks)
    since = desk.feed.newest()
    scene.machines.now = MachineNow(MachineState.RUNNING, lines=("a secret",))
    scene.front.play.advance(1)
    said = visitor.client.get(f"/console/live?since={since}").text
    assert (TOPIC in said) is is_told
    assert "a secret" not in said
