"""The end of what a machine printed: harmless to show, bounded, and there as an API."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mock_api.domain.real_machines import MachineNow, MachineState
from mock_api.harness import MockApi, MockFailure
from mock_api.machines.console import (
    END_BYTES,
    LINES,
    LONGEST_LINE,
    find_mark,
    read_end,
    shown_lines,
)
from mock_api.machines.follower import Follower
from mock_api.machines.protocol import Ended
from mock_api.machines.qemu import QemuMachines
from tests.mock.test_machines import WEB, WORLD, Played


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"one\ntwo", ["one", "two"]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"one\n\ntwo\n", ["one", "", "two"]),
        (b"10 %\r55 %\r100 %\nnext\n", ["100 %", "next"]),
        (b"10 %\r55 %\r", ["55 %"]),
        (b"step /\b-\b\\\b|\n", ["step |"]),
        (b"\b\b\bstart", ["start"]),
        (b"a\tb\n", ["a       b"]),
        (b"\x1b[1;31mred\x1b[0m plain", ["red plain"]),
        (b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS", ["SeaBIOS"]),
        (b"\x1b]0;a title\x07text", ["text"]),
        (b"\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\", ["link"]),
        (b"\x1b]0;never ended\nnext", ["", "next"]),
        (b"\x1bPdevice control\x1b\\text", ["text"]),
        ("\x9b31mred\x9d0;title\x9ctext".encode(), ["redtext"]),
        (b"\x1b(Bascii\x1b=\x1b7", ["ascii"]),
        (b"cut off\x1b[3", ["cut off"]),
        (b"cut off\x1b", ["cut off"]),
        (b"bell\x07null\x00delete\x7fform\x0cup\x0b", ["bellnulldeleteformup"]),
        ("turned \u202egpj.exe\u2069 \u200bzero \u2028line".encode(), ["turned gpj.exe zero line"]),
        (b"wrong \xff\xfe bytes \xc3", ["wrong \ufffd\ufffd bytes \ufffd"]),
        ("così è".encode(), ["così è"]),
        (b"<script>alert(1)</script>", ["<script>alert(1)</script>"]),
    ],
)
def test_what_is_left_of_what_was_printed(printed: bytes, shown: list[str]) -> None:
    """Text, as a terminal shows it last; nothing that steers one. HTML is the page's business."""
    assert shown_lines(printed) == tuple(shown)


def test_nothing_that_is_printed_is_more_than_text() -> None:
    """Every byte after every beginning of a sequence leaves only what can be printed."""
    beginnings = (b"", b"\x1b", b"\x1b[", b"\x1b]", b"\xc2\x9b", b"\x1bP", b"\r", b"\b")
    printed = b"".join(
        beginning + bytes([first, second])
        for beginning in beginnings
        for first in range(256)
        for second in (7, 8, 10, 13, 27, 64, 155)
    )
    lines = [line for start in range(0, len(printed), 999) for line in shown_lines(printed[start:])]
    assert lines
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("beginning", [b"\x1b[", b"\x1b]", b"\xc2\x9d", b"\x1b[0", b"\x1b[ "])
def test_a_file_of_beginnings_is_read_like_any_other(beginning: bytes) -> None:
    """Nothing is tried twice, so it ends; patterns that go back would take hours."""
    assert shown_lines(beginning * END_BYTES) == ()


def test_only_the_last_lines_are_kept() -> None:
    """And of a long one its beginning."""
    printed = "".join(f"line {number}\n" for number in range(100)).encode()
    assert shown_lines(printed) == tuple(f"line {number}" for number in range(100 - LINES, 100))
    (line,) = shown_lines(b"x" * END_BYTES)
    assert line == "x" * (LONGEST_LINE - 1) + "…"


def test_only_the_end_of_a_file_is_read(tmp_path: Path) -> None:
    """A file of a terabyte, of which nearly all is a hole, is read as quickly as a small one. The
    line that begins before what is read is left out.
    """
    path = tmp_path / "console"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 2**40)
        file.seek(0, os.SEEK_END)
        file.write(b"\nthe end\n")
    assert read_end(path) == ("the end",)
    assert find_mark(path) == (2**40 + 9, path.stat().st_mtime_ns)


def test_a_file_without_lines_is_read_too(tmp_path: Path) -> None:
    """What was never ended is the last line."""
    path = tmp_path / "console"
    path.write_bytes(b"." * (2 * END_BYTES))
    assert read_end(path)[0].startswith("....")


def test_a_file_that_is_not_there_has_printed_nothing(tmp_path: Path) -> None:
    """Nor has one without anything in it."""
    path = tmp_path / "console"
    assert read_end(path) == ()
    assert find_mark(path) is None
    path.touch()
    assert read_end(path) == ()
    assert find_mark(path) is not None


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    """A pipe that nobody writes to, and a folder."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(OSError, match="it is no file"):
            read_end(path)


class Room:
    """A mock with a machine of which only the console is there."""

    def __init__(self, folder: Path) -> None:
        self.api = MockApi(world=WORLD)
        self.machines = Played()
        self.machines.folder = folder
        self.follower = Follower(self.api.stage, self.machines, lambda text: None)
        self.api.stage.machines = self.follower
        self.follower.look()

    def prints(self, text: str) -> None:
        """At its console."""
        path = self.machines.console(WEB)
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(text)

    def does(self, method: str) -> MachineState:
        """A call at the API, and what the machine does then."""
        self.api.call("SoftLayer_Virtual_Guest", method, WEB)
        self.api.run_until_stable()
        self.follower.look()
        return self.follower.read(WEB).state


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """One machine, which runs."""
    return Room(tmp_path)


def test_what_a_machine_does_is_told(room: Room) -> None:
    """As it really is: on its way into another boot it is off."""
    assert room.follower.read(WEB) == MachineNow(MachineState.RUNNING)
    assert room.does("pause") is MachineState.PAUSED
    assert room.does("resume") is MachineState.RUNNING
    assert room.does("powerOff") is MachineState.OFF
    assert room.does("powerOn") is MachineState.RUNNING
    room.api.call("SoftLayer_Virtual_Guest", "executeRescueLayer", WEB)
    room.follower.look()
    assert room.follower.read(WEB).state is MachineState.OFF
    room.machines.own.append((WEB, Ended.DIED))
    room.follower.look()
    assert room.follower.read(WEB).state is MachineState.OFF


def test_why_a_machine_failed_is_told_until_its_next_boot(room: Room) -> None:
    """In the driver's words, beside what it printed before."""
    room.prints("so far\n")
    room.machines.problem = "its port is taken"
    assert room.does("rebootDefault") is MachineState.FAILED
    assert room.follower.read(WEB).problem == "its port is taken"
    assert room.follower.read(WEB).lines == ("so far",)
    room.machines.problem = ""
    assert room.does("rebootDefault") is MachineState.RUNNING
    assert room.follower.read(WEB).problem == ""


def test_a_console_that_cannot_be_read_is_told(room: Room) -> None:
    """The machine runs all the same."""
    room.machines.console(WEB).mkdir(parents=True)
    now = room.follower.read(WEB)
    assert now == MachineNow(MachineState.RUNNING, "its console cannot be read: it is no file")


def test_the_mark_differs_as_soon_as_anything_does(room: Room) -> None:
    """And is the same at rest, with nothing read."""
    marks = [room.follower.mark(WEB)]
    assert room.follower.mark(WEB) == marks[0]
    for step in (
        lambda: room.prints("one\n"),
        lambda: room.prints("two\n"),
        lambda: room.does("pause"),
    ):
        step()
        marks.append(room.follower.mark(WEB))
    assert len(set(marks)) == len(marks)


def test_the_control_plane_gives_the_same(room: Room) -> None:
    """With the state in a word, and no problem as null."""
    room.prints("\x1b[1mLinux\x1b[0m\n")
    assert room.api.steer("GET", f"machines/{WEB}") == {
        "id": WEB,
        "hostname": "web-1",
        "state": "running",
        "problem": None,
        "console": ["Linux"],
    }


def test_the_control_plane_tells_what_there_is_not() -> None:
    """A device without a machine, no device, and a mock without machines are told apart."""
    api = MockApi(world=WORLD)
    assert api.steer("GET", f"machines/{WEB}")["state"] == "absent"
    assert api.steer("GET", f"machines/{WEB + 1}")["state"] == "none"
    with pytest.raises(MockFailure, match="there is no device with the id 7"):
        api.steer("GET", "machines/7")


def test_a_machine_of_a_world_that_came_later_is_told(tmp_path: Path) -> None:
    """The mock goes on, and the other machines with it."""
    api = MockApi(world=WORLD)
    said: list[str] = []
    machines = QemuMachines({}, tmp_path, tmp_path, lambda: 0.0)
    follower = Follower(api.stage, machines, said.append)
    follower.look()
    assert follower.read(WEB).state is MachineState.FAILED
    assert "start the mock with that world" in follower.read(WEB).problem
    assert len(said) == 1
