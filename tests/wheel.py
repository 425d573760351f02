"""The package as others install it: a wheel of a copy of the sources, built offline."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]


def build_wheel(folder: Path) -> Path:
    """Build it in this folder, with what is installed."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in ("constructs", "mock_api"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run(
        [*PIP, "wheel", *offline, "-w", str(folder), str(source)], check=True, cwd=folder
    )
    (built,) = folder.glob("*.whl")
    return built


def pinned(wheel: Path, sha256: str = "") -> str:
    """The line of a requirements file that pins it; another hash may be given."""
    name, version, *_ = wheel.name.split("-")
    digest = sha256 or hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')}=={version} --hash=sha256:{digest}\n"


def install_wheel(wheel: Path, target: Path) -> Path:
    """Install it, and nothing else, into a folder. Returns the folder."""
    words = ["install", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run([*PIP, *words], check=True)
    return target
