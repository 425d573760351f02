"""What a forge and an editor are told about the repository's files."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def attribute(name: str, paths: list[str]) -> dict[str, str]:
    """What .gitattributes says about these files."""
    said = subprocess.run(
        ["git", "check-attr", "-z", name, "--", *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return dict(zip(said[0::3], said[2::3], strict=False))


def test_every_page_that_make_docs_writes_is_marked_as_generated() -> None:
    """A review folds what a program wrote; a page that is new in the Makefile needs its line."""
    written = re.findall(r"> (docs/\S+)", (ROOT / "Makefile").read_text())
    assert written
    marks = attribute("linguist-generated", written)
    assert marks == dict.fromkeys(written, "set")


def test_make_access_without_a_device_is_no_success() -> None:
    """It says how to call it, and starts nothing."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME")}  # no ARGS of an outer make
    command = ["make", "--old-file=setup", "access"]
    ended = subprocess.run(
        command, cwd=ROOT, env=plain, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "make access: which device? Such as: make access NAME=web-1\n" in ended.stderr
    assert ended.stdout == ""
    asked = subprocess.run(
        [*command, "NAME=web-1", "--dry-run"],
        cwd=ROOT,
        env=plain,
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'classic-rescue access "web-1"' in asked.stdout


def test_pictures_are_binary() -> None:
    """No line ending is put right in them."""
    pictures = subprocess.run(
        ["git", "ls-files", "*.png"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert pictures
    assert set(attribute("text", pictures).values()) == {"unset"}


def test_renovate_looks_at_every_file_with_pins() -> None:
    """Those of Python, of both command lines and of the workflows."""
    settings = json.loads((ROOT / "renovate.json").read_text())
    assert set(settings["enabledManagers"]) == {
        "pipenv",
        "npm",
        "github-actions",
    }
    pinned = ("Pipfile.lock", "package-lock.json", ".ci/cdktn/package-lock.json")
    assert all((ROOT / name).is_file() for name in pinned)
