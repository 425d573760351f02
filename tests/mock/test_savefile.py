"""The save file: every answered change is in it, a restart gives the same world,
and what goes wrong is said.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mock_api import worlds
from mock_api.command_line import main
from mock_api.domain import savelog
from mock_api.domain.document import to_json
from mock_api.domain.savefile import SaveFile, SaveFileError
from mock_api.domain.stage import Stage
from mock_api.domain.world import WorldDocument
from tests.mock.stagehand import START_S, WEB, WIN, Play


def saving(path: Path, document: WorldDocument | None = None) -> Play:
    """The demo world, saved in this file from the start."""
    play = Play(document)
    play.stage.save_file = SaveFile(path)
    play.stage.save()
    return play


def killed(play: Play) -> None:
    """What the system does for a killed process: the file is closed as it is."""
    file = play.stage.save_file
    assert file is not None
    file.close()


def restored(path: Path) -> tuple[WorldDocument, WorldDocument]:
    """Both worlds of a file, as the next mock finds them."""
    file = SaveFile(path)
    found = file.restore()
    file.close()
    assert found is not None
    return found


def test_every_save_holds_the_newest_state(tmp_path: Path) -> None:
    """After each kind of change the file holds the world that is on stage, clock included,
    and the starting one.
    """
    play = saving(tmp_path / "s.world")
    assert play.stage.save_file is not None
    steps: list[Callable[[], object]] = [
        lambda: play.guest("executeRescueLayer"),
        lambda: play.advance(400),
        lambda: play.guest("rebootDefault"),
        lambda: play.server("bootToRescueLayer"),
        lambda: play.steer("PATCH", "settings", {"guest_rescue_s": 1}),
        lambda: play.steer("POST", "faults", {"fault": {"kind": "rate_limit"}, "probability": 0.5}),
        lambda: play.steer("POST", "faults", {"fault": {"kind": "delay", "seconds": 1}}),
        lambda: play.steer("DELETE", "faults/1"),
        lambda: play.steer("PUT", "world", json.loads(to_json(worlds.generate(2, 2)))),
        lambda: play.steer("POST", "reset"),
        lambda: play.guest("executeRescueLayer"),
    ]
    for step in steps:
        step()
        play.stage.mark_changed()
        play.stage.save()
        assert play.stage.save_file.restore() == (play.stage.starting, play.stage.document())
    killed(play)


def test_a_change_is_one_short_line(tmp_path: Path) -> None:
    """In a world of a thousand busy guests, a change appends less than a thousandth of the file."""
    path = tmp_path / "s.world"
    play = saving(path, worlds.generate(1000, 0))
    for number in range(1000001, 1001001):
        play.guest("executeRescueLayer", number=number)
    play.advance(400)
    before = path.stat()
    play.guest("rebootDefault", number=1000001)
    after = path.stat()
    assert after.st_ino == before.st_ino
    assert 0 < after.st_size - before.st_size < before.st_size / 1000
    killed(play)


def test_the_file_does_not_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the changes outgrow the world, it is written again, and nothing is lost."""
    monkeypatch.setattr(savelog, "SHORTEST_LOG", 0)
    path = tmp_path / "s.world"
    play = saving(path)
    sizes = []
    for _ in range(40):
        play.advance(400)
        play.guest("rebootDefault")
        sizes.append(path.stat().st_size)
    assert any(later < earlier for earlier, later in pairwise(sizes))
    assert max(sizes) < 3 * sizes[0]
    assert restored_equals(path, play)


def restored_equals(path: Path, play: Play) -> bool:
    """Whether a killed mock's file holds its world."""
    expected = (play.stage.starting, play.stage.document())
    killed(play)
    return restored(path) == expected


def test_the_clock_goes_on_from_where_it_was(tmp_path: Path) -> None:
    """A mock that runs on after its last change and is killed
    then starts again at the time it had noted.
    """
    play = saving(tmp_path / "s.world")
    play.guest("executeRescueLayer")
    play.advance(77.25)
    play.stage.save_time()
    killed(play)
    _, document = restored(tmp_path / "s.world")
    stage = Stage(document, lambda: 5.0, START_S + 10**6)
    assert stage.world.clock.now_s() == START_S + 77.25


def test_a_crash_between_record_and_header_keeps_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header may lag behind by what nobody was told of yet."""
    path = tmp_path / "s.world"
    play = saving(path)
    monkeypatch.setattr(savelog.SaveLog, "keep_time", lambda log, now_s: None)
    play.guest("executeRescueLayer")
    assert restored_equals(path, play)


def test_a_torn_record_was_never_answered(tmp_path: Path) -> None:
    """Cut at any byte of the last record before the header counts it,
    the file is the world before it.
    """
    path = tmp_path / "s.world"
    play = saving(path)
    whole = path.read_bytes()
    before = (play.stage.starting, play.stage.document())
    play.guest("executeRescueLayer")
    killed(play)
    last = path.read_bytes()[len(whole) :]
    for cut in (*range(0, len(last), 41), len(last) - 1):
        path.write_bytes(whole + last[:cut])
        assert restored(path) == before


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_file_that_was_cut_from_outside_is_refused(tmp_path: Path, share: float) -> None:
    """Whatever is missing of what was answered is noticed, and nothing is overwritten."""
    path = tmp_path / "s.world"
    play = saving(path)
    play.guest("executeRescueLayer")
    killed(play)
    damaged = path.read_bytes()[: int(path.stat().st_size * share)]
    path.write_bytes(damaged)
    file = SaveFile(path)
    with pytest.raises(
        SaveFileError,
        match=r"damaged at byte \d+ of \d+; put a copy in its place|not a saved world",
    ):
        file.restore()
    file.close()
    assert path.read_bytes() == damaged


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    """Every record carries its checksum."""
    path = tmp_path / "s.world"
    killed(saving(path))
    data = bytearray(path.read_bytes())
    data[data.index(b"web-1")] ^= 1
    path.write_bytes(data)
    file = SaveFile(path)
    with pytest.raises(SaveFileError, match="damaged at byte 128 of"):
        file.restore()
    file.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is not a saved world; this mock reads format 2"),
        ('{"format":1,\n"starting":{}}', "this is not a saved world; this mock reads format 2"),
        (
            '{"format": "classic-mock-save", "version": 3}',
            "this is a saved world of format 3; this mock reads format 2",
        ),
        ('{"format": "classic-mock-save", "version": 2}', "this is not a saved world"),
        ("\x00" * 500, "this is not a saved world"),
    ],
)
def test_other_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """A file of another kind or version is said to be one, and left alone."""
    path = tmp_path / "s.world"
    path.write_text(text)
    assert said in start(capsys, "--save", str(path))
    assert path.read_text() == text


def test_a_world_of_other_fields_is_refused(tmp_path: Path) -> None:
    """A file whose checksums are right but whose fields this version does not know."""
    path = tmp_path / "s.world"
    log = savelog.SaveLog(path)
    log.replace(
        b'{"starting":{"account":{"id":1},"planet":"mars"},"document":null,"moving":{"now_s":1}}',
        1.0,
    )
    log.close()
    file = SaveFile(path)
    with pytest.raises(
        SaveFileError, match=r"cannot be read by this version of the mock: .*planet"
    ) as caught:
        file.restore()
    assert "\n" not in str(caught.value)
    file.close()


def start(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """The one sentence of a mock that cannot start; the command line runs in this process."""
    assert main(options) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1), err
    return err


def test_two_mocks_never_share_a_save_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second one ends with 2 and one sentence, whether something was saved yet or not."""
    path = tmp_path / "s.world"
    held = SaveFile(path)
    assert "another mock already uses this save file" in start(capsys, "--save", str(path))
    play = Play()
    play.stage.save_file = held
    for _ in range(2):
        play.stage.mark_changed()
        play.stage.save()
        assert "another mock already uses this save file" in start(capsys, "--save", str(path))
    held.close()


def test_unusable_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No folder, a folder, a device, a place where nobody may write."""
    for place, reason in [
        (tmp_path / "none" / "s.world", "No such file"),
        (tmp_path, "Is a directory"),
        (Path("/dev/null"), "no regular file"),
        (Path("/proc/s.world"), ""),
    ]:
        said = start(capsys, "--save", str(place))
        assert f"{place}: the save file cannot be used (" in said
        assert reason in said


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    """One file is one file, before the first save, after it, and after the end."""
    SaveFile(tmp_path / "s.world").close()
    assert list(tmp_path.iterdir()) == []
    play = saving(tmp_path / "s.world")
    assert [path.name for path in tmp_path.iterdir()] == ["s.world"]
    assert (tmp_path / "s.world").stat().st_mode & 0o777 == 0o600
    killed(play)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that a link names is written, not the link."""
    (tmp_path / "link").symlink_to(tmp_path / "s.world")
    killed(saving(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert restored(tmp_path / "s.world")


def test_a_file_that_was_taken_away_comes_back(tmp_path: Path) -> None:
    """Somebody removes the file while the mock runs:
    the next change writes the whole world again.
    """
    path = tmp_path / "s.world"
    play = saving(path)
    path.unlink()
    play.guest("executeRescueLayer")
    assert restored_equals(path, play)


class Crash(BaseException):
    """The process is gone before it does its next step."""


def crash_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the mock be killed before its step-th call of the system."""
    left = iter(range(step))

    def watched(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def run(*arguments: Any) -> Any:
            if next(left, None) is None:
                raise Crash
            return real(*arguments)

        return run

    for name in ("open", "pwrite", "ftruncate", "fsync", "fdatasync", "replace", "unlink"):
        monkeypatch.setattr(os, name, watched(name))


@pytest.mark.parametrize("whole", [False, True], ids=["a change", "the whole world"])
def test_a_kill_between_any_two_steps_leaves_a_whole_world(tmp_path: Path, whole: bool) -> None:
    """Killed before each call of the system in turn,
    the file is the world before the change or after it.
    """
    ended = False
    number = 0
    while not ended:
        path = tmp_path / f"{number}.world"
        play = saving(path)
        before = play.stage.document()
        if whole:  # another document cannot be told as a change
            play.stage.world.change_settings(
                replace(play.stage.world.settings, lockout_s=float(number))
            )
        with pytest.MonkeyPatch.context() as monkeypatch:
            crash_at(monkeypatch, number)
            try:
                play.guest("executeRescueLayer")
                ended = True
            except Crash:
                number += 1
        after = play.stage.document()
        killed(play)
        assert restored(path)[1] in (before, after)
    assert number > 2


class Disk:
    """A disk that is full after some more bytes, under `os.pwrite` as the save file uses it."""

    def __init__(self, free_bytes: int) -> None:
        self.free_bytes = free_bytes
        self._write = os.pwrite

    def pwrite(self, descriptor: int, data: memoryview, offset: int) -> int:
        """Write what still fits, and refuse when nothing does."""
        growth = max(0, offset + len(data) - os.fstat(descriptor).st_size)
        if growth > self.free_bytes:
            if self.free_bytes == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data = data[: len(data) - growth + self.free_bytes]
            growth = self.free_bytes
        self.free_bytes -= growth
        return self._write(descriptor, data, offset)


@pytest.mark.parametrize("free_bytes", [0, 100])
def test_a_full_disk_is_said_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int
) -> None:
    """The client reads why, the file is what it was,
    and with room again the next change saves both.
    """
    path = tmp_path / "s.world"
    play = saving(path)
    before = path.read_bytes()
    disk = Disk(free_bytes)
    monkeypatch.setattr(os, "pwrite", disk.pwrite)
    answer = play.call("SoftLayer_Virtual_Guest", "executeRescueLayer", WEB)
    assert answer.status == 500
    assert "could not save its world" in str(answer.body)
    assert "No space left on device" in str(answer.body)
    steered = play.ask("POST", "clock", b'{"advance_s": 1}')
    assert (steered.status, b"No space left" in steered.body) == (500, True)
    assert path.read_bytes() == before
    assert [name.name for name in tmp_path.iterdir()] == ["s.world"]
    disk.free_bytes = 10**9
    assert play.guest("executeRescueLayer", number=WIN)[
        "code"
    ]  # Windows has no rescue: refused, but nothing is lost
    play.stage.mark_changed()
    play.stage.save()
    assert restored_equals(path, play)


def test_a_file_size_limit_stops_a_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real refusal of the system at the first write: one sentence, and nothing is left behind."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        said = start(capsys, "--save", str(tmp_path / "s.world"), "--port=0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "could not save its world" in said
    assert "File too large" in said


def test_a_copy_of_the_file_alone_is_the_world(tmp_path: Path) -> None:
    """At any moment the file needs nothing beside it: a copy on another machine starts there."""
    play = saving(tmp_path / "s.world")
    play.guest("executeRescueLayer")
    shutil.copy(tmp_path / "s.world", tmp_path / "copy.world")
    assert restored(tmp_path / "copy.world") == (play.stage.starting, play.stage.document())
    killed(play)


def test_people_can_read_it(tmp_path: Path) -> None:
    """A header line, then a checksum and a JSON value a line."""
    play = saving(tmp_path / "s.world")
    play.guest("executeRescueLayer")
    header, *records = (tmp_path / "s.world").read_text().splitlines()
    assert json.loads(header)["good_bytes"] == (tmp_path / "s.world").stat().st_size
    values: list[dict[str, Any]] = [json.loads(line.partition(" ")[2]) for line in records]
    assert values[0]["starting"]["account"]["id"] == 307608
    assert values[1]["states"]["put"][str(WEB)]["transactions"][0]["label"] == "guest_rescue"
    killed(play)
