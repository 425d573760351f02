"""What holds for every workflow, ours and those that `init --forge` writes, and that
`make workflows` sees when it does not.
"""

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
from click.testing import CliRunner

from classic_rescue.cli.app import COMMANDS, app
from tests.gitops.conftest import ROOT, load
from tests.gitops.jobs import NOT_OURS, SOURCE, gitlab_jobs

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXTS = {path.name: path.read_text() for path in WORKFLOWS}
JOBS: dict[str, dict[str, Any]] = {
    f"{name}:{job}": definition
    for name, text in TEXTS.items()
    for job, definition in yaml.safe_load(text)["jobs"].items()
}
SETTINGS = (
    ".gitlab",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
    "Containerfile",
    "Makefile",
    "renovate.json",
)
TEMPLATE = (ROOT / ".gitlab" / "fleet.yml").read_text()
GITLAB = gitlab_jobs(TEMPLATE, {})
OWN: dict[str, Any] = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())

FLEET_JOBS = ("validate", "plan", "apply", "returns")
OWN_JOBS = ("check", "drill", "campaign")
WRITTEN = [f".github/workflows/{kind}.yml" for kind in ("apply", "plan", "schedule")]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with what `init --forge github` writes."""
    words = ["init", str(tmp_path / "fleet"), "--forge", "github", "--source", SOURCE]
    made = CliRunner().invoke(app, words)
    assert made.exit_code == 0, made.output
    return tmp_path / "fleet"


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
                assert "classic-rescue " in step["run"], (name, step)
                assert "environment" in job
    assert "secrets." not in str(JOBS["fleet-plan.yml:validate"])
    assert (
        JOBS["fleet-plan.yml:plan"]["if"]
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
        "check.yml:container": set(),
        "fleet-plan.yml:validate": set(),
        "fleet-plan.yml:plan": {"pull-requests"},
        "fleet-apply.yml:apply": set(),
        "fleet-schedule.yml:returns": {"issues"},
    }


def test_one_apply_at_a_time() -> None:
    """Merges and the schedule share one group, and none is cancelled by the next."""
    groups = [
        JOBS[name]["concurrency"]
        for name in ("fleet-apply.yml:apply", "fleet-schedule.yml:returns")
    ]
    assert groups == [{"group": "classic-rescue-apply", "cancel-in-progress": False}] * 2
    assert GITLAB["apply"]["resource_group"] == GITLAB["returns"]["resource_group"]
    assert GITLAB[".classic-rescue"]["interruptible"] is False


def test_a_cancelled_apply_gets_the_signal() -> None:
    """`exec`, as its last words: GitHub signals the shell alone, which would not pass it on."""
    for name in ("fleet-apply.yml:apply", "fleet-schedule.yml:returns"):
        applies = [
            step["run"]
            for step in JOBS[name]["steps"]
            if "classic-rescue apply" in step.get("run", "")
        ]
        assert len(applies) == 1
        assert applies[0].splitlines()[-1].startswith("exec ")


def test_the_check_of_the_project_stands_apart() -> None:
    """It is no fleet's: this repository has no account, and a fleet's pipeline no such job."""
    assert "workflow_run" not in "\n".join(TEXTS.values())
    whens = {"check": "!=", "drill": "!=", "campaign": "==", "container": "=="}
    for name, when in whens.items():
        job = JOBS[f"check.yml:{name}"]
        assert job["if"] == f"github.event_name {when} 'schedule'"
        assert not {"secrets", "environment"} & set(job)
    assert "secrets." not in TEXTS["check.yml"]
    called = [yaml.safe_load(TEXTS[name])[True] for name in TEXTS if name != "check.yml"]
    assert [list(events) for events in called] == [["workflow_call"]] * 3

    stages = GITLAB["stages"]
    assert [name for name, job in GITLAB.items() if "stage" in job] == list(FLEET_JOBS)
    assert [stages.index(GITLAB[name]["stage"]) for name in FLEET_JOBS] == [0, 1, 2, 2]
    assert not any({"needs", "dependencies", "cache"} & set(GITLAB[name]) for name in FLEET_JOBS)
    assert [name for name in OWN if "script" in OWN[name]] == list(OWN_JOBS)
    rules = {name: OWN[name]["rules"] for name in OWN_JOBS}
    at_night = {"if": '$CI_PIPELINE_SOURCE == "schedule"'}
    by_day = {"if": '$CI_PIPELINE_SOURCE != "schedule"'}
    assert rules == {"check": [by_day], "drill": [by_day], "campaign": [at_night]}


def test_the_project_itself_is_checked_by_one_command(tmp_path: Path) -> None:
    """The last step of the job is `make check`, in the checkout."""
    steps = [step["run"] for step in JOBS["check.yml:check"]["steps"] if "run" in step]
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci", ignore=NOT_OURS)
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    make.write_text('#!/bin/sh\necho "$PWD: make $*"\n')
    make.chmod(0o755)
    environ = {"PATH": f"{make.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", steps[-1]],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{tmp_path}: make check\n"
    assert OWN["check"]["script"] == [steps[-1]]


def test_every_job_installs_in_one_way() -> None:
    """Each of a fleet's jobs the same, on GitLab as on GitHub: only wheels, only what has its hash,
    by uv or pip, without settings of the checkout, and nothing of it before the standard library.
    """
    steps = [
        [step for step in job["steps"] if step.get("name") == "Install classic-rescue"]
        for name, job in JOBS.items()
        if name.startswith("fleet-")
    ]
    assert len(steps) == len(FLEET_JOBS)
    (step,) = steps[0]
    assert steps == [[step]] * len(FLEET_JOBS)
    assert "secrets" not in str(step)
    assert "--only-binary :all: --require-hashes -r" in step["run"]
    assert "uv --no-config pip install" in step["run"]
    calls = re.findall(r'(?m)(?:python3 |^"\$home/bin/python" )(\S+)', step["run"])
    assert set(calls) == {"-P"}
    assert all(yaml.safe_load(TEXTS[name])["env"]["PYTHONSAFEPATH"] for name in TEXTS
               if name.startswith("fleet-"))  # fmt: skip
    assert GITLAB[".classic-rescue"]["variables"]["PYTHONSAFEPATH"]
    (script,) = GITLAB[".classic-rescue"]["before_script"]
    ours = [line.strip() for line in step["run"].replace("$GITHUB_WORKSPACE/", "").splitlines()]
    theirs = [line.strip() for line in script.splitlines()]
    assert "\n".join(ours[1:]) in "\n".join(theirs)


def test_a_cache_of_a_fleet_is_keyed_by_what_is_pinned() -> None:
    """Another version, Python or machine takes nothing of it; nor does a part of the key."""
    for name, job in JOBS.items():
        if not name.startswith("fleet-"):
            continue
        (cache,) = [step for step in job["steps"] if "actions/cache@" in step.get("uses", "")]
        assert set(cache["with"]) == {"path", "key"}
        assert "hashFiles(inputs.requirements)" in cache["with"]["key"]
        assert "steps.machine.outputs.has" in cache["with"]["key"]
    assert GITLAB[".classic-rescue"]["cache"]["key"]["files"] == ["requirements.txt"]


def test_no_job_gets_all_secrets() -> None:
    """Each secret is declared, passed and given to a step by its name."""
    texts = [text for name, text in TEXTS.items() if name.startswith("fleet-")]
    declared = [set(yaml.safe_load(text)[True]["workflow_call"]["secrets"]) for text in texts]
    assert declared == [declared[0]] * 3
    for text in texts:
        assert set(re.findall(r"secrets\.(\w+)", text)) == set(declared[0])
        assert "inherit" not in text


def test_what_init_writes_only_calls(written: Path) -> None:
    """Under 20 lines a workflow, no script, the rights that are needed, and secrets by name."""
    for name in WRITTEN:
        text = (written / name).read_text()
        assert len(text.splitlines()) < 20
        (job,) = yaml.safe_load(text)["jobs"].values()
        assert set(job) == {"permissions", "uses", "with", "secrets"}
        called = name.replace("workflows/", "workflows/fleet-")
        project, _, commit = SOURCE.partition("@")
        assert job["uses"] == f"{project}/{called}@{commit}"
        assert job["secrets"] == {
            secret: f"${{{{ secrets.{secret} }}}}" for secret in job["secrets"]
        }


@pytest.mark.slow
def test_what_init_writes_is_clean(written: Path, tmp_path: Path) -> None:
    """actionlint, zizmor and the schemas have nothing against it either."""
    for name in SETTINGS:
        copy_of = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        if not (written / name).exists():
            copy_of(ROOT / name, written / name)
    shutil.copytree(ROOT / ".ci", written / ".ci", ignore=NOT_OURS)
    (written / "node_modules").symlink_to(ROOT / "node_modules")
    done = lint(written)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_init_writes_for_gitlab_is_valid(tmp_path: Path) -> None:
    """Also with a commit whose id YAML would read as a number."""
    source = f"acme/classic-rescue@{'7' * 40}"
    words = ["init", str(tmp_path), "--forge", "gitlab", "--source", source]
    assert CliRunner().invoke(app, words).exit_code == 0
    command = ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", ".gitlab-ci.yml"]
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert len((tmp_path / ".gitlab-ci.yml").read_text().splitlines()) < 20


def test_the_night_plays_campaign_and_state_machine() -> None:
    """The same words on both forges; the second runs, too, where the first has found something."""
    steps = [step for step in JOBS["check.yml:campaign"]["steps"] if "run" in step]
    campaign, machine = (step["run"] for step in steps)
    assert campaign == 'make campaign ARGS="--runs 2000 --commands 100"'
    tests = "tests/hook/test_transition_machine.py tests/cli/test_question.py"
    search = f".venv/bin/pytest --timeout 5400 {tests}"
    assert machine == f"MACHINE_EXAMPLES=20000 QUESTION_EXAMPLES=100 {search}"
    assert [step.get("if") for step in steps] == [None, "${{ !cancelled() }}"]
    (script,) = OWN["campaign"]["script"]
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

    for cache in OWN["check"]["cache"]:
        assert set(cache) == {"key", "paths"}
        assert ".ci/setup.py" in cache["key"]["files"]
    environment, *of_node = OWN["check"]["cache"]
    assert [cache["paths"] for cache in of_node] == [[f"{folder}/"] for folder in modules]
    version = environment["key"]["prefix"].removeprefix("python-")
    assert OWN["default"]["image"].startswith(f"python:{version}-")


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
        copy_of = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy_of(ROOT / name, tmp_path / name)
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
            ".github/workflows/fleet-plan.yml",
            "github.event.pull_request.head.repo.full_name",
            "github.no_such",
            "no_such",
        ),
        (
            ".github/workflows/fleet-plan.yml",
            "runs-on: ${{",
            "runs-on: ubuntu-99.04 # ${{",
            "ubuntu-99.04",
        ),
        (
            ".github/workflows/fleet-apply.yml",
            "@3d3c42e5aac5ba805825da76410c181273ba90b1",
            "@v7",
            "unpinned-uses",
        ),
        (
            ".github/workflows/fleet-apply.yml",
            "permissions: {}",
            "permissions: write-all",
            "excessive-permissions",
        ),
        (".github/workflows/fleet-schedule.yml", "timeout-minutes: 360\n", "\n", "timeout-minutes"),
        (
            ".github/workflows/fleet-schedule.yml",
            "run: classic-rescue ci solved",
            'run: a: b"',
            "schedule.yml",
        ),
        (
            ".gitlab/fleet.yml",
            "resource_group: classic",
            "resource_groups: [1]\n  when: sometimes #",
            "sometimes",
        ),
        (".pre-commit-hooks.yaml", "language: python", "language: cobol", "cobol"),
        (".pre-commit-config.yaml", "language: system", "language: cobol", "cobol"),
        ("Containerfile", "USER 10001", "RUN cd /tmp", "DL3003"),
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
        "hadolint",
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
    scripts = [step.get("run", "") for job in JOBS.values() for step in job["steps"]]
    scripts += [
        line
        for job in GITLAB.values()
        if isinstance(job, dict)
        for part in ("script", "after_script")
        for line in job.get(part, [])
    ]
    called = set(re.findall(r"(?:^|/|\s)classic-rescue ([a-z]+)", "\n".join(scripts)))
    assert called == {"validate", "plan", "preflight", "apply", "ci"}
    assert called <= set(COMMANDS)
