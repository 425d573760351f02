"""The three programs that go to a rescue system, with the tools of a Debian and with busybox."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import tarfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from classic_rescue.witness.runner import _command
from tests.conftest import IN_CI
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow


@dataclass
class Tools:
    """One kind of rescue system: what is on its PATH."""

    path: str
    id: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex}")

    def call(self, name: str, *words: str, text: str = "") -> tuple[int, bytes]:
        """Its exit code and what it prints."""
        shell = shutil.which("sh", path=self.path)
        assert shell
        ended = subprocess.run(
            [shell, "-c", _command(name, list(words))],
            input=text.encode(),
            stdout=subprocess.PIPE,
            env={"PATH": self.path},
            timeout=PATIENCE_S,
            check=False,
        )
        return ended.returncode, ended.stdout

    def start(self, text: str, *, again: bool = False) -> tuple[str, str]:
        """What it says, and the folder of the run."""
        flags = ["no", "yes" if again else "no"]
        words = [self.id, str(len(text)), "1000", "30", "5", *flags, "sh"]
        code, said = self.call("start.sh", *words, text=text)
        assert code == 0
        word, _, folder = said.decode().split()
        return word, folder

    def look(self, folder: str) -> list[str]:
        """What it is now, the boot left out, and the output."""
        told = self.call("look.sh", folder, "1")[1].decode()
        first, _, output = told.partition("\n")
        word, _, *more = first.split(" ")
        return [word, *more, output]

    def until(self, folder: str, word: str) -> list[str]:
        """The first look that says this."""
        end = time.monotonic() + PATIENCE_S
        while (told := self.look(folder))[0] != word:
            assert time.monotonic() < end, told
            time.sleep(0.1)
        return told


@pytest.fixture(params=["debian", "busybox"])
def tools(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tools]:
    """Each kind."""
    path = os.environ["PATH"]
    if request.param == "busybox":
        if not shutil.which("busybox"):
            (pytest.fail if IN_CI else pytest.skip)(
                "busybox is missing: `make busybox` installs it"
            )
        folder = tmp_path / "bin"
        folder.mkdir()
        subprocess.run(["busybox", "--install", "-s", str(folder)], check=True)
        path = str(folder)
    kind = Tools(path)
    yield kind
    for base in ("/run", "/tmp"):  # noqa: S108 the programs' own folders
        for left in Path(base, "classic-rescue").glob(f"{kind.id}*"):
            shutil.rmtree(left)


def _gate(tmp_path: Path) -> tuple[Path, str]:
    """A file, and a script that goes on until it is there."""
    gate = tmp_path / "gate"
    return gate, f"echo begun\nuntil [ -e {gate} ]; do sleep 0.1; done\necho over\nexit 3\n"


def test_a_script_that_runs_is_told_as_that_and_is_not_begun_twice(
    tools: Tools, tmp_path: Path
) -> None:
    """However often it is looked at, and also by somebody who wants it once more."""
    gate, text = _gate(tmp_path)
    word, folder = tools.start(text)
    assert word == "started"
    assert [tools.look(folder)[0] for _ in range(3)] == ["runs"] * 3
    assert tools.start(text) == ("known", folder)
    assert tools.start(text, again=True) == ("known", folder)
    gate.touch()
    assert tools.until(folder, "ended") == ["ended", "3", "", "begun\nover\n"]


def test_one_that_has_ended_is_begun_again_only_for_who_wants_that(tools: Tools) -> None:
    """The first run's folder goes out of the way."""
    _, folder = tools.start("exit 4\n")
    tools.until(folder, "ended")
    assert tools.start("exit 4\n")[0] == "known"
    assert tools.start("exit 5\n", again=True) == ("started", folder)
    assert tools.until(folder, "ended") == ["ended", "5", "", ""]


def test_one_whose_watch_was_killed_is_told_and_may_begin_again(
    tools: Tools, tmp_path: Path
) -> None:
    """What it did can no longer be known."""
    gate, text = _gate(tmp_path)
    _, folder = tools.start(text)
    os.kill(int(Path(folder, "watch").read_text()), signal.SIGKILL)
    tools.until(folder, "killed")
    gate.touch()
    assert tools.start("exit 0\n", again=True)[0] == "started"
    assert tools.until(folder, "ended")[:2] == ["ended", "0"]


def test_what_it_leaves_is_fetched_as_a_tar(tools: Tools) -> None:
    """With nothing left, exit code 3; with more than the limit, 4."""
    _, folder = tools.start("echo 7 > $CLASSIC_RESCUE_FILES/seven\n")
    tools.until(folder, "ended")
    code, tar = tools.call("fetch.sh", folder, "100")
    assert code == 0
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        seven = opened.extractfile("./seven")
        assert seven
        assert seven.read() == b"7\n"
    assert tools.call("fetch.sh", folder, "0")[0] == 4
    os.remove(Path(folder, "files", "seven"))
    assert tools.call("fetch.sh", folder, "100")[0] == 3
