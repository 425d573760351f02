"""The hook for pre-commit, and the hooks of this repository, with the real pre-commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.gitops.conftest import ROOT
from tests.gitops.jobs import git

BIN = Path(sys.executable).parent
HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]


@pytest.mark.slow
def test_a_broken_fleet_file_cannot_be_committed(tmp_path: Path) -> None:
    """A commit with a mistake is stopped with its line; a good one goes through; other files
    do not start the check.

    With `language: system` and this environment: the published `python` builds a new one with all
    packages (a minute and the network), which is pre-commit's own work and the same for every hook.
    """
    local = {
        **HOOK,
        "language": "system",
        "entry": f"{sys.executable} -m classic_rescue.cli validate",
    }
    (tmp_path / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]})
    )
    git(tmp_path, "init", "-q")
    environ = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT / "constructs"),
    }

    def commit(name: str, text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / name).write_text(text)
        git(tmp_path, "add", name)
        return subprocess.run(
            ["pre-commit", "run"],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    broken = commit("fleet.yaml", "devices:\n  a: {hardware: 7, boot: sleep}\n")
    assert broken.returncode == 1
    assert "fleet.yaml:2: devices.a.boot" in broken.stdout
    good = commit("fleet.yaml", "devices:\n  a: {hardware: 7, boot: rescue}\n")
    assert good.returncode == 0, good.stdout
    assert "Passed" in good.stdout
    commit_without_hooks = ("-c", "core.hooksPath=/dev/null", "commit", "-qm")
    git(tmp_path, *commit_without_hooks, "good")
    assert "Skipped" in commit("notes.txt", "nothing\n").stdout


@pytest.mark.slow
def test_our_own_hooks_stop_what_ruff_refuses(tmp_path: Path) -> None:
    """The hooks find their tools in the clone's environment, and no hook asks for another
    repository.

    Those that run make or pytest are left out: they are words that CI runs anyway.
    """
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    settings = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in settings["repos"]] == ["local"]
    (tmp_path / ".venv").symlink_to(BIN.parent)
    (tmp_path / "broken.py").write_text("import os\nx  =  1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "broken.py")
    environ = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "SKIP": "mypy,workflows,house",
    }
    done = subprocess.run(
        ["pre-commit", "run"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "F401" in done.stdout
    assert "unformatted" in done.stdout
