"""Which plan a merge applies: that of the merged request's last commit, made by the plan job
of this project.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.cli.forge.api import ForgeError
from classic_rescue.cli.forge.reviewed_plan import fetch_reviewed
from tests.gitops.conftest import Ci, job_environ
from tests.gitops.forges import REPOSITORY, Forge

SHA = "f" * 40
HEAD = "a" * 40
Fetch = Callable[[], Result]


@pytest.fixture
def fetch(run_ci: Ci, tmp_path: Path) -> Fetch:
    """Run `ci fetch` for the commit SHA, into the folder `fetched`."""
    return lambda: run_ci("fetch", str(tmp_path / "fetched"))


def merged_request(forge: Forge) -> dict[str, Any]:
    """Request 7 as the service tells it once it is merged."""
    if forge.is_gitlab:
        return {
            "iid": 7,
            "state": "merged",
            "merged_at": "2026-11-24T12:00:00Z",
            "target_branch": "main",
            "source_project_id": 1,
            "target_project_id": 1,
            "sha": HEAD,
        }
    return {
        "number": 7,
        "merged_at": "2026-11-24T12:00:00Z",
        "base": {"ref": "main"},
        "head": {"sha": HEAD},
    }


def plan_run(forge: Forge, number: int) -> dict[str, Any]:
    """A successful run of the plan workflow, or pipeline of the request."""
    if forge.is_gitlab:
        return {
            "id": number,
            "status": "success",
            "source": "merge_request_event",
            "ref": "refs/merge-requests/7/head",
            "sha": HEAD,
        }
    return {
        "id": number,
        "path": ".github/workflows/plan.yml",
        "head_sha": HEAD,
        "event": "pull_request",
        "conclusion": "success",
        "created_at": f"2026-11-24T11:00:{number:02d}Z",
        "head_repository": {"full_name": REPOSITORY},
        "pull_requests": [{"number": 7, "base": {"ref": "main"}}],
    }


def give_plan(forge: Forge, run: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Keep a folder as the reviewed plan of a run. Returns the artifact or job."""
    number = forge.keep(folder, "reviewed/" if forge.is_gitlab else "")
    row: dict[str, Any] = {
        "id": number,
        "name": "plan",
        "artifacts_file": {"filename": "artifacts.zip"},
    }
    if not forge.is_gitlab:
        row = {
            "id": number,
            "name": "reviewed",
            "expired": False,
            "created_at": "2026-11-24T11:01:00Z",
        }
    forge.runs.append(run)
    forge.artifacts[run["id"]] = [row]
    return row


def made_at(when: int, **essence: object) -> str:
    """The text of essence.json, as far as it is read here."""
    return json.dumps({"created": when, "essence": essence})


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A folder with a plan."""
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "essence.json").write_text(made_at(0))
    (folder / "review.md").write_text("# read me")
    return folder


def test_the_newest_plan_of_the_request(
    forge: Forge, fetch: Fetch, plan: Path, tmp_path: Path
) -> None:
    """Of several successful runs the last one counts, with its files by their names;
    no token goes to the storage.
    """
    forge.requests_of[SHA] = [merged_request(forge)]
    give_plan(forge, plan_run(forge, 10), plan)
    (plan / "essence.json").write_text(made_at(12))
    give_plan(forge, plan_run(forge, 12), plan)
    (plan / "essence.json").write_text(made_at(11))
    give_plan(forge, plan_run(forge, 11), plan)
    assert fetch().exit_code == 0
    fetched = tmp_path / "fetched"
    assert (fetched / "essence.json").read_text() == made_at(12)
    assert sorted(path.name for path in fetched.iterdir()) == ["essence.json", "review.md"]
    assert forge.leaked == []


NOT_REVIEWED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "github": (
        [
            {"path": ".github/workflows/other.yml"},
            {"head_sha": "b" * 40},
            {"event": "push"},
            {"conclusion": "failure"},
            {"head_repository": {"full_name": "mallory/fleet"}},
            {"head_repository": None},
            {"pull_requests": [{"number": 8, "base": {"ref": "main"}}]},
            {"pull_requests": [{"number": 7, "base": {"ref": "release"}}]},
        ],
        "has no successful run of .github/workflows/plan.yml",
    ),
    "gitlab": (
        [
            {"status": "failed"},
            {"source": "push"},
            {"sha": "b" * 40},
            {"sha": "c" * 40, "ref": "refs/merge-requests/7/merge"},
            {"sha": "d" * 40, "ref": "refs/merge-requests/7/merge"},
        ],
        f"has no successful job `plan` of its last commit {HEAD}",
    ),
}


def test_other_runs_do_not_count(forge: Forge, fetch: Fetch, plan: Path, tmp_path: Path) -> None:
    """What another workflow, a fork, an older commit or a failed run has made was not reviewed."""
    forge.requests_of[SHA] = [merged_request(forge)]
    forge.parents["d" * 40] = ["e" * 40, "b" * 40]
    changes, said = NOT_REVIEWED["gitlab" if forge.is_gitlab else "github"]
    for number, change in enumerate(changes):
        give_plan(forge, plan_run(forge, number) | change, plan)
    ended = fetch()
    assert ended.exit_code == 1
    told = ended.stderr
    assert said in told
    assert "Nothing was applied" in told
    assert not (tmp_path / "fetched").exists()


def test_plans_that_disagree_are_none(
    forge: Forge, fetch: Fetch, plan: Path, tmp_path: Path
) -> None:
    """Nobody can tell which of two plans of one commit people have read."""
    forge.requests_of[SHA] = [merged_request(forge)]
    for number, effect in ((10, "stays"), (12, "restarts"), (11, "restarts")):
        (plan / "essence.json").write_text(made_at(number, web=effect))
        give_plan(forge, plan_run(forge, number), plan)
    ended = fetch()
    assert ended.exit_code == 1
    told = ended.stderr
    assert "disagree" in told
    assert "Nothing was applied" in told
    assert not (tmp_path / "fetched").exists()


def test_a_closed_request_is_not_listed(forge: Forge, fetch: Fetch, plan: Path) -> None:
    """GitHub lists no request of a run once it is closed; a pipeline of what a merge would give
    has another commit, whose parent is the request's.
    """
    forge.requests_of[SHA] = [merged_request(forge)]
    merge = {"sha": "c" * 40, "ref": "refs/merge-requests/7/merge"}
    forge.parents["c" * 40] = ["b" * 40, HEAD]
    closed: dict[str, Any] = {"pull_requests": []}
    run = plan_run(forge, 10) | (merge if forge.is_gitlab else closed)
    give_plan(forge, run, plan)
    assert fetch().exit_code == 0


def test_a_commit_without_a_request(forge: Forge, fetch: Fetch) -> None:
    """What was pushed to main directly nobody has reviewed; an open request does not count."""
    key, value = ("state", "opened") if forge.is_gitlab else ("merged_at", None)
    forge.requests_of[SHA] = [merged_request(forge) | {key: value}]
    ended = fetch()
    assert ended.exit_code == 1
    assert f"commit {SHA} of main came without a " in ended.stderr


def test_a_plan_that_is_kept_no_longer(forge: Forge, fetch: Fetch, plan: Path) -> None:
    """An expired artifact is named as such, with what to do."""
    forge.requests_of[SHA] = [merged_request(forge)]
    artifact = give_plan(forge, plan_run(forge, 10), plan)
    artifact |= {"artifacts_file": None} if forge.is_gitlab else {"expired": True}
    ended = fetch()
    assert ended.exit_code == 1
    assert "is kept no longer" in ended.stderr


@pytest.mark.parametrize("name", ["../essence.json", "/etc/passwd", "a/b", "reviewed/../../x"])
def test_an_archive_cannot_choose_where_it_goes(
    forge: Forge,
    fetch: Fetch,
    plan: Path,
    tmp_path: Path,
    name: str,
) -> None:
    """A name with a folder in it is refused."""
    forge.requests_of[SHA] = [merged_request(forge)]
    artifact = give_plan(forge, plan_run(forge, 10), plan)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    forge.archives[artifact["id"]] = packed.getvalue()
    ended = fetch()
    assert ended.exit_code == 1
    assert "holds plain files only" in ended.stderr
    assert not (tmp_path / "essence.json").exists()


def test_a_broken_archive(forge: Forge, fetch: Fetch, plan: Path) -> None:
    """A download that is no archive is a sentence."""
    forge.requests_of[SHA] = [merged_request(forge)]
    artifact = give_plan(forge, plan_run(forge, 10), plan)
    forge.archives[artifact["id"]] = b"<html>"
    ended = fetch()
    assert ended.exit_code == 1
    assert "File is not a zip file" in ended.stderr


def test_a_fork_of_gitlab(gitlab: Forge, tmp_path: Path) -> None:
    """A merge request from a fork has its pipelines in the fork: its plan is not taken."""
    gitlab.requests_of[SHA] = [merged_request(gitlab) | {"source_project_id": 2}]
    environ = job_environ(gitlab, tmp_path, sha=SHA)
    with pytest.raises(ForgeError, match="came from a fork, whose plan cannot be trusted"):
        fetch_reviewed(tmp_path / "fetched", environ, lambda seconds: None)
