"""Jobs of a fleet repository that holds only what `classic-rescue init --forge` wrote, run step by
step on this machine: real commands, stand-ins for what only the service can do.

Every job begins in a fresh clone, calls the workflows of this checkout as the forge would fetch
them, and installs the wheel of this checkout. A stand-in for uv links it, and the developer's
packages in the place of those that uv would fetch.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from click.testing import CliRunner

from classic_rescue.cli.app import app
from tests.gitops.conftest import ROOT, job_environ
from tests.gitops.forges import TOKEN, Forge
from tests.wheel import build_wheel, install_wheel, pinned

SOURCE = "acme/classic-rescue@3d3c42e5aac5ba805825da76410c181273ba90b1"
KEPT = ("PATH", "LANG", "JSII_RUNTIME_PACKAGE_CACHE_ROOT", "GOGC")
# Another worker may be writing byte code at this moment; 9,000 files of npm take seconds to copy.
NOT_OURS = shutil.ignore_patterns("__pycache__", "node_modules")

UV = """#!{python} -P
# Stands for uv: `uv --no-config pip install --python HOME/bin/python … -r FILE [-r FILE …]`.
import pathlib, shutil, sys
words = sys.argv[1:]
given = set(words)
assert words[:4] == ["--no-config", "pip", "install", "--python"], words
assert given >= {{"--no-deps", "--only-binary", ":all:", "--require-hashes"}}, words
home = pathlib.Path(words[4]).parents[1]
(packages,) = home.glob("lib/python*/site-packages")
files = [pathlib.Path(after) for word, after in zip(words, words[1:]) if word == "-r"]
if files[0].name == "requirements.txt":
    assert "{line}" in files[0].read_text(), files[0].read_text()
    (packages / "wheel.pth").write_text("{installed}\\n")
    for program in ("classic-rescue", "classic-rescue-app"):
        text = pathlib.Path("{installed}", "bin", program).read_text()
        (home / "bin" / program).write_text(f"#!{{words[4]}}\\n" + text.partition("\\n")[2])
        (home / "bin" / program).chmod(0o755)
else:
    assert files[0] == pathlib.Path("{installed}", "classic_rescue", "installation", "default.txt")
    (packages / "z.pth").write_text("{packages}\\n")
"""


class Package(NamedTuple):
    """The wheel of this checkout: the line that pins it, and where it is unpacked."""

    line: str
    installed: Path

    @classmethod
    def made_in(cls, folder: Path) -> Package:
        """Build it."""
        wheel = build_wheel(folder)
        return cls(pinned(wheel), install_wheel(wheel, folder / "installed"))


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
    package: Package
    secrets: dict[str, str]
    network: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    artifacts: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the project's repository with `init`, and the stand-in for uv."""
        self.origin = self.folder / "origin"
        forge = "gitlab" if self.forge.is_gitlab else "github"
        words = ["init", str(self.origin), "--forge", forge, "--source", SOURCE]
        made = CliRunner().invoke(app, words)
        assert made.exit_code == 0, made.output
        file = self.origin / "requirements.txt"
        text = re.sub(r"^classic-rescue.*\n", self.package.line, file.read_text(), flags=re.M)
        file.write_text(text)
        git(self.origin, "init", "-q")
        uv = self.folder / "bin" / "uv"
        uv.parent.mkdir()
        packages = sysconfig.get_path("purelib")
        told = {
            **self.package._asdict(),
            "line": self.package.line.strip(),
            "python": sys.executable,
            "packages": packages,
        }
        uv.write_text(UV.format(**told))
        uv.chmod(0o755)

    def commit(self, message: str, **files: str) -> str:
        """Commit files to the branch that is checked out. Returns the commit."""
        for name, text in files.items():
            (self.origin / name.replace("_", ".")).write_text(text)
        git(self.origin, "add", ".")
        git(self.origin, "commit", "-qm", message)
        return git(self.origin, "rev-parse", "HEAD")

    def check_out(self, commit: str) -> None:
        """A fresh clone of this commit."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.workspace.mkdir(parents=True)
        clone = ("clone", "-q", "--shared")
        git(self.workspace, *clone, str(self.origin), ".")
        git(self.workspace, "checkout", "-q", commit)

    def environ(self, commit: str) -> dict[str, str]:
        """What a job finds: nothing of the developer's, and no secret."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        found = {
            **kept,
            **job_environ(self.forge, self.folder, sha=commit),
            **self.network,
            "PATH": f"{self.folder / 'bin'}:{kept['PATH']}",
            "HOME": str(self.folder),
        }
        if self.forge.is_gitlab:
            base = git(self.origin, "merge-base", "main", commit)
            found["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = base
            found["CI_PROJECT_DIR"] = str(self.workspace)
        else:
            del found["GITHUB_TOKEN"]  # a step gets it only where its env asks for it
            found["RUNNER_TEMP"] = str(self.workspace.with_name("temp"))
            found["GITHUB_WORKSPACE"] = str(self.workspace)
            found["GITHUB_PATH"] = str(self.folder / "path.txt")
        return found

    def bash(self, script: str, environ: Mapping[str, str]) -> tuple[bool, str]:
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
        """Run a job of the workflow that the one of the repository calls at this commit."""
        text = git(self.origin, "show", f"{commit}:.github/workflows/{workflow}.yml")
        (caller,) = yaml.safe_load(text)["jobs"].values()
        called, _, ref = caller["uses"].rpartition("@")
        project, _, place = called.partition("/.github/")
        assert f"{project}@{ref}" == SOURCE
        definition = yaml.safe_load((ROOT / ".github" / place).read_text())
        asked = definition.get("on", definition.get(True))["workflow_call"]  # YAML 1.1's `on`
        given = {name: self._value(value, {}) for name, value in caller["with"].items()}
        inputs = {name: one["default"] for name, one in asked["inputs"].items()} | given
        assert set(given) <= set(inputs)
        assert set(caller["secrets"]) <= set(asked["secrets"])
        _allows(caller["permissions"], definition["jobs"].values())
        environ = self.environ(commit)
        shutil.rmtree(environ["RUNNER_TEMP"], ignore_errors=True)
        Path(environ["GITHUB_PATH"]).write_text("")
        call = Call(inputs, self._passed(caller["secrets"]), environ)
        for name, value in definition.get("env", {}).items():
            environ[name] = self._value(value, call.known)
        ended = Ended(True, "")
        for step in definition["jobs"][job]["steps"]:
            if not _is_due(step.get("if", "success()"), inputs, is_success=ended.is_success):
                continue
            ok, said = self._step(step, call, commit)
            ended = Ended(ended.is_success and ok, ended.said + said)
        return ended

    def _passed(self, asked: Mapping[str, str]) -> dict[str, str]:
        """The secrets that a caller names: no others reach the workflow that it calls."""
        return {name: self._value(value, {}) for name, value in asked.items()}

    def _step(self, step: dict[str, Any], call: Call, commit: str) -> tuple[bool, str]:
        action = step.get("uses", "").partition("@")[0]
        if action == "actions/checkout":
            assert step["with"]["persist-credentials"] is False
            self.check_out(commit)
        elif action == "actions/upload-artifact":
            self._keep(self._value(step["with"]["path"], call.known))
        elif action == "actions/cache":
            pass  # nothing is there: each job installs
        elif action:
            raise AssertionError(f"no stand-in for {action}")
        else:
            assert "${{" not in step["run"]
            env = step.get("env", {}).items()
            own = {name: self._value(value, call.known) for name, value in env}
            first = Path(call.environ["GITHUB_PATH"]).read_text().splitlines()
            path = os.pathsep.join([*reversed(first), call.environ["PATH"]])
            return self.bash(step["run"], call.environ | own | {"PATH": path})
        return True, ""

    def _value(self, text: str, known: Mapping[str, str]) -> str:
        """A text with its expressions; `known` are inputs and secrets of a called workflow."""

        def one(found: re.Match[str]) -> str:
            value = known.get(found[1])
            if value is None and found[1].startswith("vars."):
                value = self.variables.get(found[1].removeprefix("vars."))
            if value is None and not known and found[1].startswith("secrets."):
                value = self.secrets.get(found[1].removeprefix("secrets."))
            return value or found[3] or ""

        told = re.sub(r"\$\{\{ ([\w.-]+)( \|\| '(.*?)')? }}", one, text)
        assert "${{" not in told, told
        return told

    def _keep(self, path: str) -> None:
        if (self.workspace / path).is_dir():
            kept = self.folder / "artifacts" / str(len(self.artifacts))
            shutil.copytree(self.workspace / path, kept)
            self.artifacts.append(kept)

    def gitlab(self, job: str, commit: str) -> Ended:
        """Run a job of the file that the .gitlab-ci.yml at this commit includes."""
        file = yaml.safe_load(git(self.origin, "show", f"{commit}:.gitlab-ci.yml"))
        (included,) = file["include"]
        assert f"{included['project']}@{included['ref']}" == SOURCE
        jobs = gitlab_jobs((ROOT / included["file"].removeprefix("/")).read_text(), included)
        definition = jobs[jobs[job]["extends"]] | jobs[job]
        variables = jobs[jobs[job]["extends"]]["variables"] | jobs[job].get("variables", {})
        told = {name: str(value) for name, value in variables.items()}
        environ = self.environ(commit) | told | self.secrets | self.variables
        self.check_out(commit)
        ok, said = self.bash(
            "\n".join([*definition["before_script"], *definition["script"]]), environ
        )
        after = environ | {"CI_JOB_STATUS": "success" if ok else "failed"}
        _, said_after = self.bash(
            "\n".join(definition.get("after_script", [])), after
        )  # its end does not count
        artifacts = definition.get("artifacts", {})
        if ok or artifacts.get("when") == "always":
            for path in artifacts.get("paths", []):
                self._keep(path)
        return Ended(ok, said + said_after)


class Call(NamedTuple):
    """A workflow that is called, with its inputs and the secrets that it was given."""

    inputs: Mapping[str, Any]
    secrets: Mapping[str, str]
    environ: dict[str, str]

    @property
    def known(self) -> dict[str, str]:
        """What its expressions may name."""
        return {
            "github.token": TOKEN,
            **{f"inputs.{name}": str(value) for name, value in self.inputs.items()},
            **{f"secrets.{name}": value for name, value in self.secrets.items()},
        }


def gitlab_jobs(template: str, include: Mapping[str, Any]) -> dict[str, Any]:
    """The jobs of a template, with the inputs that an `include:` gives."""
    spec, jobs = template.split("\n---\n", 1)
    asked = yaml.safe_load(spec)["spec"]["inputs"]
    given = include.get("inputs", {})
    assert set(given) <= set(asked)
    for name, one in asked.items():
        value = given.get(name, one["default"])
        text = str(value).lower() if isinstance(value, bool | list) else value
        jobs = jobs.replace(f"$[[ inputs.{name} ]]", text)
    assert "$[[" not in jobs
    found: dict[str, Any] = yaml.safe_load(jobs)
    return found


def _allows(caller: Mapping[str, str], jobs: Any) -> None:
    """A workflow that asks for more rights than its caller has does not start."""
    rank = {"none": 0, "read": 1, "write": 2}
    for job in jobs:
        for right, level in job["permissions"].items():
            assert rank[caller.get(right, "none")] >= rank[level], (right, level)


def _is_due(condition: str, inputs: Mapping[str, Any], *, is_success: bool) -> bool:
    return {
        "success()": is_success,
        "failure()": not is_success,
        "steps.installed.outputs.cache-hit != 'true'": is_success,
        "${{ !cancelled() }}": True,
        "${{ !cancelled() && inputs.preflight }}": bool(inputs.get("preflight")),
    }[condition]
