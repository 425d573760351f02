"""Real machines in QEMU behind the mock. Two are broken, so that they do not come up any more. They
are taken into rescue, with proof, and you repair them. With --repair all is done by itself, and
then a restart from inside is found that only a host key shows.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from drill.exercise import KEY, USER, Drill, DrillError
from drill.scenes import exercise
from mock_api.machines import debian
from mock_api.machines.images import PACKAGES, are_built, build, missing
from mock_api.machines.programs import ImagesError

ROOT = Path(__file__).resolve().parents[1]


def prepare(folder: Path, drill: Drill, *, with_debian: bool) -> None:
    """Packages, images, and a project in the folder. Raises DrillError, ImagesError."""
    if missing():
        command = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES.split()]
        if os.geteuid() == 0:
            drill.say(f"installing packages: {' '.join(command)}")
            subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, check=False)
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if missing():
            raise DrillError(
                f"{', '.join(missing())}: not on this machine. On Debian: sudo {' '.join(command)}"
            )
    if not are_built(folder / "images"):
        drill.say("building the images, once")
        build(folder / "images", tell)
    world = (ROOT / "drill/world.yaml").read_text()
    if with_debian:
        prepare_debian(folder / "images", drill)
        world += (ROOT / "drill/debian.yaml").read_text()
    (folder / "world.yaml").write_text(world)
    for old in ("devices", ".classic-rescue", "cdktf.out"):
        shutil.rmtree(folder / old, ignore_errors=True)
    for state in folder.glob("*.tfstate*"):
        state.unlink()
    for needed in ("cdktf.json", "main.py", "constructs"):
        (folder / needed).unlink(missing_ok=True)
        (folder / needed).symlink_to(ROOT / needed)


def prepare_debian(images: Path, drill: Drill) -> None:
    """Raises ImagesError."""
    if (images / debian.IMAGE).exists():
        return
    if os.geteuid() == 0 and debian.lacking():
        command = ["apt-get", "install", "-y", "--no-install-recommends", debian.NEEDED]
        drill.say(f"installing a package: {' '.join(command)}")
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    drill.say("building the disk with Debian, once")
    debian.build(images, tell)


def tell(text: str) -> None:
    """A line of what is being built."""
    print(text, flush=True)


@contextmanager
def mock(folder: Path) -> Iterator[dict[str, str]]:
    """The mock with its machines, and the environment of an operator who works with it."""
    command = [sys.executable, "-m", "mock_api", "--world", str(folder / "world.yaml")]
    command += ["--machines", str(folder), "--master-user", f"{USER}:{KEY}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            raise DrillError("the mock did not start")
        yield {
            **os.environ,
            "SL_USERNAME": USER,
            "SL_API_KEY": KEY,
            "CLASSIC_RESCUE_ENDPOINT": json.loads(first)["rest"],
            "CLASSIC_RESCUE_LOCKS": str(folder / ".classic-rescue/locks"),
            "MOCK_CONSOLE": json.loads(first)["console"],
            "MOCK_CONTROL": json.loads(first)["control"],
        }
    finally:
        process.terminate()
        process.wait(30)


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 all as it should be, 1 not, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--repair", action="store_true", help="do all of it; 0 if it went well")
    parser.add_argument(
        "--debian", action="store_true", help="a fourth machine, with a whole Debian; needs root"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / ".classic-rescue/drill",
        help="where images, disks and the fleet file are (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    folder = options.folder.absolute()
    drill = Drill(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        prepare(folder, drill, with_debian=options.debian)
        with mock(folder) as environ:
            drill.environ = environ
            exercise(drill, repairs=options.repair, with_debian=options.debian)
        if options.repair:
            drill.tell_figures()
    except (DrillError, ImagesError, OSError) as problem:
        print(f"drill: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
