"""Fetch the reviewed plan of the pull or merge request that this commit of the main branch came
with, into a folder.

    reviewed.py DIR

Only the artifact of a successful plan job of this very project counts, made for the last commit of
the request: one that a fork or another workflow made is not what people have reviewed.
"""

from __future__ import annotations

import io
import os
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent))  # last: `-P` leaves it out

from forge import Api, ForgeError, github, gitlab, is_gitlab, setting

FOLDER = "reviewed"
"""The artifact's name on GitHub, the folder in it on GitLab."""

WORKFLOW = ".github/workflows/plan.yml"
JOB = "plan"
MOST_BYTES = 500_000_000

HOW_TO_GO_ON = (
    "Nothing was applied. Plan what is on the main branch again: open a pull request from it, for"
    " example one that changes a comment in the fleet file, let it be reviewed, and merge it."
)


def main(
    arguments: Sequence[str], environ: Mapping[str, str], sleep: Callable[[float], None]
) -> int:
    """Returns 0, or 1 after a few sentences that say what is wrong and what to do."""
    try:
        if len(arguments) != 1:
            raise ForgeError(f"usage: {__doc__}")
        folder = Path(arguments[0])
        said = (
            _from_gitlab(environ, sleep, folder)
            if is_gitlab(environ)
            else _from_github(environ, sleep, folder)
        )
    except (ForgeError, OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as problem:
        words = (
            str(problem)
            if isinstance(problem, ForgeError | OSError)
            else f"not the answer expected: {problem!r}"
        )
        print(f"reviewed: {words}\n{HOW_TO_GO_ON}", file=sys.stderr)
        return 1
    print(f"reviewed: {said}")
    return 0


def _from_github(environ: Mapping[str, str], sleep: Callable[[float], None], folder: Path) -> str:
    api = github(environ, sleep)
    sha = setting(environ, "GITHUB_SHA", "GitHub sets it")
    branch = environ.get("GITHUB_REF_NAME")
    repository = environ["GITHUB_REPOSITORY"]
    requests = [
        row
        for row in api.rows(f"commits/{sha}/pulls")
        if row["merged_at"] and row["base"]["ref"] == branch
    ]
    request = _last(
        requests,
        "merged_at",
        f"commit {sha} of {branch} came without a pull request: nobody reviewed it",
    )
    head = request["head"]["sha"]
    runs = [
        run
        for run in api.rows(
            "actions/runs", "workflow_runs", event="pull_request", head_sha=head, status="success"
        )
        if run["path"].partition("@")[0] == WORKFLOW
        and run["head_sha"] == head
        and run["event"] == "pull_request"
        and run["conclusion"] == "success"
        and (run["head_repository"] or {}).get("full_name") == repository
    ]
    what = f"pull request {request['number']} (its last commit is {head})"
    run = _last(runs, "created_at", f"{what} has no successful run of {WORKFLOW}")
    artifacts = [
        row
        for row in api.rows(f"actions/runs/{run['id']}/artifacts", "artifacts")
        if row["name"] == FOLDER
    ]
    artifact = _last(
        artifacts, "created_at", f"the plan run {run['id']} of {what} has no artifact `{FOLDER}`"
    )
    if artifact["expired"]:
        raise ForgeError(f"the reviewed plan of {what} is kept no longer (run {run['id']})")
    _unpack(api, f"actions/artifacts/{artifact['id']}/zip", folder, inside="")
    return f"the plan of {what}, from run {run['id']}, is in {folder}"


def _from_gitlab(environ: Mapping[str, str], sleep: Callable[[float], None], folder: Path) -> str:
    api = gitlab(environ, sleep)
    sha = setting(environ, "CI_COMMIT_SHA", "GitLab sets it")
    branch = setting(environ, "CI_DEFAULT_BRANCH", "GitLab sets it")
    project = f"projects/{setting(environ, 'CI_PROJECT_ID', 'GitLab sets it')}"
    requests = [
        row
        for row in api.rows(f"{project}/repository/commits/{sha}/merge_requests")
        if row["state"] == "merged" and row["target_branch"] == branch
    ]
    request = _last(
        requests,
        "merged_at",
        f"commit {sha} of {branch} came without a merge request: nobody reviewed it",
    )
    what = f"merge request !{request['iid']}"
    if request["source_project_id"] != request["target_project_id"]:
        raise ForgeError(f"{what} came from a fork, whose plan cannot be trusted")
    pipelines = [
        row
        for row in api.rows(f"{project}/merge_requests/{request['iid']}/pipelines")
        if row["status"] == "success" and row.get("source") == "merge_request_event"
    ]
    newest = max(pipelines, key=lambda row: int(row["id"]), default=None)
    jobs = list(api.rows(f"{project}/pipelines/{newest['id']}/jobs")) if newest else []
    job = _last(
        [row for row in jobs if row["name"] == JOB], "id", f"{what} has no successful job `{JOB}`"
    )
    if not job.get("artifacts_file"):
        raise ForgeError(f"the reviewed plan of {what} is kept no longer (job {job['id']})")
    _unpack(api, f"{project}/jobs/{job['id']}/artifacts", folder, inside=f"{FOLDER}/")
    return f"the plan of {what}, from job {job['id']}, is in {folder}"


def _last(rows: Sequence[dict[str, Any]], key: str, none: str) -> dict[str, Any]:
    """The newest of some objects. Raises ForgeError where there is none."""
    if not rows:
        raise ForgeError(none)
    return max(rows, key=lambda row: row[key])


def _unpack(api: Api, path: str, folder: Path, inside: str) -> None:
    """The files of an archive, by their plain names:
    nothing in it may choose where it is written.
    """
    content, _ = api.call("GET", f"{api.base.rstrip('/')}/{path}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in files) > MOST_BYTES:
            raise ForgeError(f"{path}: more than {MOST_BYTES // 1_000_000} MB; that is no plan")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for info in files:
            name = info.filename.removeprefix(inside)
            if name != Path(name).name or name in ("", ".", ".."):
                raise ForgeError(
                    f"{path}: holds {info.filename!r}; a plan's folder holds plain files only"
                )
            (folder / name).write_bytes(archive.read(info))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, time.sleep))
