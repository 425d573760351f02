"""`python .ci/release.py DIR`: the sdist of this commit in DIR, and the wheel that it makes.

Built from what git has, so that nothing else of a checkout gets into a package, and the wheel from
the sdist, so that both hold the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from setuptools import build_meta

ROOT = Path(__file__).resolve().parents[1]


def main(target: Path) -> int:
    """Build both. Returns the exit code."""
    target.mkdir(parents=True, exist_ok=True)
    place = str(target.resolve())
    with tempfile.TemporaryDirectory() as folder:
        committed = Path(folder, "committed.tar")
        archive = ["git", "archive", "--format=tar", f"--output={committed}", "HEAD"]
        subprocess.run(archive, cwd=ROOT, check=True)
        sources = _unpacked(committed, Path(folder, "sources"))
        sdist = _quietly(sources, lambda: build_meta.build_sdist(place))
        (unpacked,) = _unpacked(target / sdist, Path(folder, "sdist")).iterdir()
        wheel = _quietly(unpacked, lambda: build_meta.build_wheel(place))
    for name in (sdist, wheel):
        print(f"{target / name}: {(target / name).stat().st_size / 1_000_000:.1f} MB")
    return 0


def _unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def _quietly(folder: Path, build: Callable[[], str]) -> str:
    """Build in a folder; what setuptools says goes to standard error."""
    before = os.getcwd()
    out = os.dup(1)
    os.chdir(folder)
    os.dup2(2, 1)
    try:
        return build()
    finally:
        os.dup2(out, 1)
        os.close(out)
        os.chdir(before)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
