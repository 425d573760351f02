"""The commands of `ci` and the programs in .ci/, run in this process, against local stand-ins for
GitHub and GitLab.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from classic_rescue.cli.app import app
from classic_rescue.cli.commands import ci
from tests.gitops.forges import REPOSITORY, TOKEN, Forge, running

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=[False, True], ids=["github", "gitlab"])
def forge(request: pytest.FixtureRequest) -> Iterator[Forge]:
    """Both services, one after the other."""
    with running(is_gitlab=request.param) as started:
        yield started


@pytest.fixture
def gitlab() -> Iterator[Forge]:
    """GitLab alone."""
    with running(is_gitlab=True) as started:
        yield started


def job_environ(forge: Forge, folder: Path, *, sha: str = "f" * 40) -> dict[str, str]:
    """The variables that the service sets in a job about request 7."""
    if forge.is_gitlab:
        return {
            "GITLAB_CI": "true",
            "CI": "true",
            "CI_API_V4_URL": forge.url,
            "CI_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_COMMIT_SHA": sha,
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_URL": "https://gitlab.example.com/acme/fleet/-/jobs/1",
            "GITLAB_TOKEN": TOKEN,
        }
    event = folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    return {
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "GITHUB_API_URL": forge.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(folder / "output.txt"),
        "GITHUB_SERVER_URL": "https://github.example.com",
        "GITHUB_RUN_ID": "42",
        "GITHUB_SHA": sha,
        "GITHUB_REF_NAME": "main",
        "GITHUB_TOKEN": TOKEN,
    }


Ci = Callable[..., Result]


@pytest.fixture
def waits() -> list[float]:
    """How long commands have waited, in seconds; they do not really."""
    return []


@pytest.fixture
def run_ci(forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> Ci:
    """Run a command of `ci` in a job; variables can be changed, None takes one away."""
    monkeypatch.setattr(ci, "sleep", waits.append)
    found = job_environ(forge, tmp_path)

    def run(*words: str, **more: str | None) -> Result:
        return CliRunner().invoke(app, ["ci", *words], env=found | more)

    return run


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A program of .ci/, as a module."""
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(name)
