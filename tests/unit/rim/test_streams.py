"""Output that stops nothing, and what nobody foresaw."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

import pytest

from classic_rescue.rim.streams import Outlet
from classic_rescue.rim.unexpected import say_unexpected


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.tries = 0

    def write(self, text: str) -> int:
        """Fail as the system does."""
        self.tries += 1
        raise OSError(self.number, os.strerror(self.number))


def test_what_is_written_is_hidden() -> None:
    """Each text as a whole."""
    stream = io.StringIO()
    print("the key", file=Outlet(stream, lambda text: text.replace("key", "***")))
    assert stream.getvalue() == "the ***\n"


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO])
def test_a_stream_that_fails_is_left_alone(number: int) -> None:
    """One try; a reader who went away is no loss, everything else is."""
    stream = Broken(number)
    outlet = Outlet(stream, str)
    print("one", file=outlet, flush=True)
    print("two", file=outlet, flush=True)
    assert stream.tries == 1
    assert (outlet.lost is not None) is (number != errno.EPIPE)


def test_a_defect_is_said_by_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is in a file for the user alone, without secrets."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        raise ValueError("Invalid header value b'eyJSECRET'")
    except ValueError as problem:
        said = say_unexpected("classic-rescue", problem, lambda text: text.replace("eyJ", "***"))
    (path,) = tmp_path.iterdir()
    assert said == (
        f"a defect of classic-rescue: ValueError; the details are in {path};"
        " please report it, without secrets"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "***SECRET" in path.read_text()
    assert "Traceback" in path.read_text()


def test_a_defect_without_a_place_for_its_details(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full or missing temporary folder is said, too."""
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    assert "could not be written (No such file" in say_unexpected("x", ValueError("secret"), str)
