"""The tar of one run, fetched by several at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from classic_rescue.witness.left_files import LeftFiles


def test_two_that_fetch_one_run_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deploy, and `run` beside it: the last whole one stays."""
    one = LeftFiles(str(tmp_path), "web-1")
    monkeypatch.setattr(os, "getpid", lambda: 1)
    other = LeftFiles(str(tmp_path), "web-1")
    one.write(0, b"whole")
    other.write(0, b"wh")
    assert Path(one.keep()).read_bytes() == b"whole"
    other.write(2, b"ole")
    assert Path(other.keep()).read_bytes() == b"whole"
    other.write(0, b"w")
    other.drop()
    assert os.listdir(tmp_path / "files") == ["web-1.tar"]
