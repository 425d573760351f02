"""Jobs of the workflows, run step by step on this machine: real commands, stand-ins for what only
the service can do.

Every job begins in a fresh clone at one and the same path, as on a hosted runner. `make setup` is
left out, and the environment is a link, since both are the developer's own. `make check` only says
its words: it would run these tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.gitops.conftest import ROOT, job_environ
from tests.gitops.forges import TOKEN, Forge

PARTS = (
    ".ci",
    ".github",
    ".gitlab-ci.yml",
    ".gitignore",
    "Makefile",
    "cdktf.json",
    "constructs",
    "main.py",
)
KEPT = ("PATH", "LANG", "JSII_RUNTIME_PACKAGE_CACHE_ROOT", "GOGC")
# Another worker may be writing byte code at this moment; 9,000 files of npm take seconds to copy.
NOT_OURS = shutil.ignore_patterns("__pycache__", "node_modules")
# Of every program in a clone, so that the byte code of the clone before is still right.
CLONED_S = 1_767_225_600


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    who = [
        "-c",
        "user.name=Ann",
        "-c",
        "user.email=ann@example.com",
        "-c",
        "init.defaultBranch=main",
    ]
    return subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@dataclass
class Ended:
    """How a job ended: whether every step that counts succeeded, and all that was said."""

    is_success: bool
    said: str

    @property
    def plain(self) -> str:
        """What was said, on one line: paragraphs are wrapped for people."""
        return " ".join(self.said.split())


@dataclass
class Runner:
    """A machine that runs jobs of one project.

    `secrets` and `variables` are those of the project, `network` what the machine has. `workspace`
    is where every job of every project of this machine finds its clone.
    """

    folder: Path
    workspace: Path
    forge: Forge
    secrets: dict[str, str]
    network: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    artifacts: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the project's repository, with this checkout's code, and no fleet file yet."""
        self.origin = self.folder / "origin"
        self.origin.mkdir()
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, self.origin / part, ignore=NOT_OURS)
            else:
                shutil.copy(ROOT / part, self.origin / part)
        git(self.origin, "init", "-q")
        shim = self.folder / "bin" / "make"
        shim.parent.mkdir()
        shim.write_text(
            '#!/bin/sh\n[ "$*" = setup ] && exit 0\n'
            '[ "$*" = check ] && echo "$PWD: make check" && exit 0\n'
            f'exec {shutil.which("make")} -o setup "$@"\n'
        )
        shim.chmod(0o755)

    def commit(self, message: str, **files: str) -> str:
        """Commit files to the branch that is checked out. Returns the commit."""
        for name, text in files.items():
            (self.origin / name.replace("_", ".")).write_text(text)
        git(self.origin, "add", ".")
        git(self.origin, "commit", "-qm", message)
        return git(self.origin, "rev-parse", "HEAD")

    def check_out(self, commit: str) -> None:
        """A fresh clone of this commit, with the developer's environment.

        It gets the byte code of the clone before: compiling took half of a job's time.
        """
        before = self.workspace.with_name("before")
        if self.workspace.exists():
            self.workspace.rename(before)
        self.workspace.mkdir(parents=True)
        clone = ("clone", "-q", "--shared")
        git(self.workspace, *clone, str(self.origin), ".")
        git(self.workspace, "checkout", "-q", commit)
        for path in self.workspace.rglob("*.py"):
            os.utime(path, (CLONED_S, CLONED_S))
        for path in before.glob("constructs/**/__pycache__"):
            path.rename(self.workspace / path.relative_to(before))
        shutil.rmtree(before, ignore_errors=True)
        for name in (".venv", "node_modules"):
            (self.workspace / name).symlink_to(ROOT / name)

    def environ(self, commit: str) -> dict[str, str]:
        """What a job finds: nothing of the developer's, and no secret."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        more = [self.network["PYTHONPATH"]] if "PYTHONPATH" in self.network else []
        found = {
            **kept,
            **job_environ(self.forge, self.folder, sha=commit),
            **self.network,
            "PATH": f"{self.folder / 'bin'}:{kept['PATH']}",
            "HOME": str(self.folder),
            # The link's package is that of another checkout: the clone's own comes first.
            "PYTHONPATH": ":".join(
                [str(self.workspace / "constructs"), str(self.workspace), *more]
            ),
        }
        if self.forge.is_gitlab:
            base = git(self.origin, "merge-base", "main", commit)
            found["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = base
        else:
            del found["GITHUB_TOKEN"]  # a step gets it only where its env asks for it
        return found

    def bash(self, script: str, environ: dict[str, str]) -> tuple[bool, str]:
        """Run a step's script as both services do. Whether it succeeded, and what it said."""
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        done = subprocess.run(
            command,
            cwd=self.workspace,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        return done.returncode == 0, f"$ {script}\n{done.stdout}{done.stderr}\n"

    def github(self, workflow: str, job: str, commit: str) -> Ended:
        """Run a job of a workflow of the checkout at this commit."""
        definition = yaml.safe_load(
            git(self.origin, "show", f"{commit}:.github/workflows/{workflow}.yml")
        )
        environ = self.environ(commit)
        for name, value in definition.get("env", {}).items():
            environ[name] = self._value(value)
        ended = Ended(True, "")
        for step in definition["jobs"][job]["steps"]:
            if not _is_due(step.get("if", "success()"), is_success=ended.is_success):
                continue
            ok, said = self._step(step, environ, commit)
            ended = Ended(ended.is_success and ok, ended.said + said)
        return ended

    def _step(self, step: dict[str, Any], environ: dict[str, str], commit: str) -> tuple[bool, str]:
        action = step.get("uses", "").partition("@")[0]
        if action == "actions/checkout":
            assert step["with"]["persist-credentials"] is False
            self.check_out(commit)
        elif action == "actions/upload-artifact":
            self._keep(step["with"]["path"])
        elif action == "actions/cache":
            pass  # the environment is a link
        elif action:
            raise AssertionError(f"no stand-in for {action}")
        else:
            assert "${{" not in step["run"]
            own = {name: self._value(value) for name, value in step.get("env", {}).items()}
            return self.bash(step["run"], environ | own)
        return True, ""

    def _value(self, expression: str) -> str:
        if expression == "${{ github.token }}":
            return TOKEN
        found = re.fullmatch(r"\$\{\{ (secrets|vars)\.(\w+)( \|\| '(.*)')? }}", expression)
        assert found, expression
        known = self.secrets if found[1] == "secrets" else self.variables
        return known.get(found[2]) or found[4] or ""

    def _keep(self, path: str) -> None:
        if (self.workspace / path).is_dir():
            kept = self.folder / "artifacts" / str(len(self.artifacts))
            shutil.copytree(self.workspace / path, kept)
            self.artifacts.append(kept)

    def gitlab(self, job: str, commit: str) -> Ended:
        """Run a job of the checkout's .gitlab-ci.yml at this commit."""
        file = yaml.safe_load(git(self.origin, "show", f"{commit}:.gitlab-ci.yml"))
        definition = file[job]
        environ = self.environ(commit) | file["variables"] | self.secrets | self.variables
        self.check_out(commit)
        ok, said = self.bash("\n".join(definition["script"]), environ)
        after = environ | {"CI_JOB_STATUS": "success" if ok else "failed"}
        _, said_after = self.bash(
            "\n".join(definition.get("after_script", [])), after
        )  # its end does not count
        artifacts = definition.get("artifacts", {})
        if ok or artifacts.get("when") == "always":
            for path in artifacts.get("paths", []):
                self._keep(path)
        return Ended(ok, said + said_after)


def _is_due(condition: str, *, is_success: bool) -> bool:
    return {
        "success()": is_success,
        "failure()": not is_success,
        "${{ !cancelled() }}": True,
        "${{ !cancelled() && vars.CLASSIC_RESCUE_PREFLIGHT != 'off' }}": True,
    }[condition]
