"""Programs of the Debian that this runs on: those that make the images, and those that go into
them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATH = os.pathsep.join([*os.get_exec_path(), "/usr/sbin", "/sbin"])
"""Debian keeps some of the programs out of the path of a user who is not root."""


class ImagesError(Exception):
    """Images cannot be built: one sentence, with what to do."""


def program(name: str) -> str:
    """Where a program is; its name where it is nowhere."""
    return shutil.which(name, path=PATH) or name


def run(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """What it prints. Raises CalledProcessError, OSError."""
    done = subprocess.run(  # noqa: S603 the distribution's own programs
        [program(command[0]), *command[1:]],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, **environ} if environ else None,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode(errors="replace")


def fed(
    command: Sequence[str], content: bytes, folder: Path, *, may_complain: bool = False
) -> bytes:
    """What a program makes of this on its standard input. Raises CalledProcessError, OSError."""
    done = subprocess.run(  # noqa: S603 the distribution's own programs
        [program(command[0]), *command[1:]],
        input=content,
        cwd=folder,
        capture_output=True,
        check=not may_complain,
    )
    return done.stdout


def why_not(problem: OSError | subprocess.CalledProcessError) -> str:
    """A sentence, with the last words of the program."""
    if isinstance(problem, OSError):
        return f"the images cannot be built: {problem}"
    words = (problem.stderr or b"").decode(errors="replace").strip().splitlines()
    command = Path(str(problem.cmd[0])).name
    return f"the images cannot be built: {command}: {words[-1] if words else 'it failed'}"


@dataclass(frozen=True)
class Unpacked:
    """Packages that are only unpacked: on the computer itself they would start services."""

    root: Path

    def copy(self, name: str, root: Path) -> None:
        """A program and its libraries into a root file system; another's where no package brought
        it. Raises CalledProcessError, OSError.
        """
        found = [self.root / place / name for place in ("sbin", "usr/sbin", "bin", "usr/bin")]
        path = next((str(one) for one in found if one.exists()), program(name))
        places = [self.root / place for place in ("lib", "usr/lib")]
        folders = [str(one) for place in places for one in (place, *place.glob("*-linux-gnu"))]
        with_libraries(path, root, self.root, {"LD_LIBRARY_PATH": os.pathsep.join(folders)})


def unpack(packages: Sequence[str], folder: Path) -> Unpacked:
    """These packages, and what they need and this computer lacks. Raises CalledProcessError,
    OSError.
    """
    root = folder / "unpacked"
    root.mkdir()
    simulated = ["apt-get", "install", "-s", "-q", "--no-install-recommends", *packages]
    lacking = re.findall(r"^Inst (\S+)", run(simulated, folder), re.MULTILINE)
    if lacking:
        run(["apt-get", "download", *lacking], root)
    for package in root.glob("*.deb"):
        run(["dpkg-deb", "-x", str(package), str(root)], folder)
        package.unlink()
    return Unpacked(root)


def with_libraries(
    path: str, root: Path, below: Path = Path("/"), environ: Mapping[str, str] | None = None
) -> None:
    """Copy a program and its libraries into a root file system, to where they are `below`."""
    needed = re.findall(r"(/\S+) \(0x", run(["ldd", path], root, environ))
    for one in (path, *needed):
        place = root / (os.path.relpath(one, below if one.startswith(f"{below}/") else "/"))
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(one, place)
