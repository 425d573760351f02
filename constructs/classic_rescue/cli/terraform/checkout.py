"""Which files a plan was made from: the commit and tree of
the git checkout that a project is in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.cli.terminal.failures import Failure


@dataclass(frozen=True, slots=True)
class Checkout:
    """The commit that is checked out (empty before the first one), and the tree of the project's
    tracked files.

    The tree is that of the files as they lie there, changed or not: the same files have the same
    tree, whichever way a pull request was merged.
    """

    commit: str
    tree: str


def checkout_of(project: Path, environ: Mapping[str, str]) -> Checkout | None:
    """The checkout of a project; None for one that is not in git.

    Raises Failure where git cannot tell.
    """
    project = project.resolve()
    if not any((folder / ".git").exists() for folder in (project, *project.parents)):
        return None
    git = shutil.which("git", path=environ.get(environment.PATH, os.defpath))
    if not git:
        raise Failure(
            f"{project} is a git checkout, and git is missing: it tells whether a plan is stale;"
            " install git"
        )
    quiet = {key: value for key, value in environ.items() if not key.startswith("GIT_")}

    def ask(*words: str, **more: str) -> str:
        done = subprocess.run(  # noqa: S603 the system's git, and no word of a user
            [git, *words],
            cwd=project,
            env={**quiet, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip() or f"exit code {done.returncode}"
            raise Failure(f"git cannot tell which files are checked out in {project}: {said}")
        return done.stdout.strip()

    has_commit = ask("rev-list", "-n1", "--all")
    with tempfile.TemporaryDirectory(prefix="classic-rescue-") as private:
        # Index and objects of our own: looking must not leave anything in the repository, and may
        # not be allowed to.
        index = Path(project, ask("rev-parse", "--git-path", "index"))
        objects = Path(project, ask("rev-parse", "--git-path", "objects"))
        own = {
            environment.GIT_INDEX: str(Path(private, "index")),
            environment.GIT_OBJECTS: private,
            environment.GIT_MORE_OBJECTS: str(objects),
        }
        if index.is_file():
            shutil.copyfile(index, own[environment.GIT_INDEX])
        ask("add", "--update", ".", **own)
        tree = ask("write-tree", **own)
        prefix = ask("rev-parse", "--show-prefix").rstrip("/")
        tree = ask("rev-parse", f"{tree}:{prefix}", **own) if prefix else tree
    return Checkout(ask("rev-parse", "HEAD") if has_commit else "", tree)
