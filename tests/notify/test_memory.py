"""What was told: once, whoever asks, and never a reason to stop."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classic_rescue.notify.memory import KEPT, FileStore, Memory, MemoryLostError, Row

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def memory(folder: Path, now: datetime = NOW, account: str = "softlayer.com") -> Memory:
    """The memory of a machine whose locks are in this folder."""
    return Memory(FileStore({"CLASSIC_RESCUE_LOCKS": str(folder / "locks")}), account, now)


def row(begin: str = "then", device: str = "virtual_guest/1", scope: str = "ops down") -> Row:
    """One thing to tell."""
    return Row(scope, device, begin)


def test_a_row_is_claimed_once(tmp_path: Path) -> None:
    """By whichever run; a later one is another."""
    assert memory(tmp_path).claim([row(), row()]) == {row()}
    assert memory(tmp_path).claim([row(), row("later")]) == {row("later")}


def test_another_account_has_other_devices(tmp_path: Path) -> None:
    """With the same numbers, in a mock."""
    assert memory(tmp_path).scope("ops", "down") == "softlayer.com ops down"
    assert memory(tmp_path, account="mock").scope("ops", "down") == "mock ops down"


def test_a_row_that_is_released_can_be_claimed(tmp_path: Path) -> None:
    """Nobody was told."""
    found = memory(tmp_path)
    found.claim([row()])
    found.release([row()])
    assert found.claim([row()]) == {row()}


def test_the_newest_is_found_and_forgotten_with_the_others(tmp_path: Path) -> None:
    """Of one device and scope, and of no other."""
    found = memory(tmp_path)
    found.claim([row("a"), row("b"), row("c", "virtual_guest/12"), row("d", scope="ops up")])
    both = ["virtual_guest/1", "virtual_guest/12"]
    assert found.newest("ops down", both) == {both[0]: "b", both[1]: "c"}
    found.forget(["ops down"], both[:1])
    assert found.newest("ops down", both) == {both[1]: "c"}
    assert found.newest("ops up", both) == {both[0]: "d"}


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    """After a month."""
    memory(tmp_path).claim([row()])
    later = memory(tmp_path, NOW + KEPT + timedelta(days=1))
    later.prune()
    assert later.claim([row()]) == {row()}


CLAIM = """
import sys
from datetime import UTC, datetime
from classic_rescue.notify.memory import FileStore, Memory, Row
memory = Memory(FileStore({"CLASSIC_RESCUE_LOCKS": sys.argv[1]}), "a", datetime.now(UTC))
sys.stdin.readline()
print(sum(len(memory.claim([Row("ops down", str(n), "then")])) for n in range(50)))
"""


def test_of_several_processes_one_tells(tmp_path: Path) -> None:
    """At the same moment, with a file that is not there yet."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(tmp_path / "locks")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    assert sum(int(process.communicate()[0]) for process in started) == 50


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """As one that takes no byte more."""
    found = memory(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(MemoryLostError, match=r"told\.sqlite"):
            found.claim([row()])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"x" * 500])
def test_a_file_that_is_none_is_said(tmp_path: Path, content: bytes) -> None:
    """A torn one, too."""
    (tmp_path / "locks").mkdir(mode=0o700)
    (tmp_path / "locks" / "told.sqlite").write_bytes(content)
    with pytest.raises(MemoryLostError, match=r"told\.sqlite"):
        memory(tmp_path).claim([row()])


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    """As the locks have it."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks").chmod(0o777)
    with pytest.raises(MemoryLostError, match="only this user"):
        memory(tmp_path).claim([row()])


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """Names of devices are in it."""
    memory(tmp_path).claim([row()])
    assert (tmp_path / "locks" / "told.sqlite").stat().st_mode & 0o077 == 0
