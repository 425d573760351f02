"""The reviewed plan of the pull or merge request that a commit of the main branch came with.

Only the artifact of a successful plan job of this very project counts, made for the last commit of
the request, and for this request where the service tells: one that a fork or another workflow made
is not what people have reviewed. Two plans of that commit that say something else are none.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classic_rescue.boot import environment
from classic_rescue.cli.forge.api import (
    Api,
    ForgeError,
    Sleep,
    github,
    gitlab,
    is_gitlab,
    setting,
    told_in_words,
)

FOLDER = "reviewed"
"""The artifact's name on GitHub, the folder in it on GitLab."""

WORKFLOW = ".github/workflows/plan.yml"
JOB = "plan"
ESSENCE = "essence.json"
MOST_BYTES = 500_000_000
MOST_PLANS = 5
"""Of one commit, that are held against each other."""

HOW_TO_GO_ON = (
    "Nothing was applied. Plan what is on the main branch again: open a pull request from it, for"
    " example one that changes a comment in the fleet file, let it be reviewed, and merge it."
)


def fetch_reviewed(folder: Path, environ: Mapping[str, str], sleep: Sleep) -> str:
    """Write its files into the folder. Returns where they are from.

    Raises ForgeError that says what to do where there is none.
    """
    fetch = _from_gitlab if is_gitlab(environ) else _from_github
    try:
        with told_in_words():
            return fetch(environ, sleep, folder)
    except (ForgeError, zipfile.BadZipFile) as problem:
        raise ForgeError(f"{problem}\n{HOW_TO_GO_ON}") from None


def _from_github(environ: Mapping[str, str], sleep: Sleep, folder: Path) -> str:
    api = github(environ, sleep)
    sha = setting(environ, environment.GITHUB_SHA, "GitHub sets it")
    branch = environ.get(environment.GITHUB_REF_NAME)
    repository = environ[environment.GITHUB_REPOSITORY]
    requests = [
        row
        for row in api.rows(f"commits/{sha}/pulls")
        if row["merged_at"] and row["base"]["ref"] == branch
    ]
    (request, *_) = _newest(
        requests,
        "merged_at",
        f"commit {sha} of {branch} came without a pull request: nobody reviewed it",
    )
    head = request["head"]["sha"]
    number = request["number"]
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
        and _is_about(run, number, branch)
    ]
    what = f"pull request {number} (its last commit is {head})"
    plans = []
    for run in _newest(runs, "created_at", f"{what} has no successful run of {WORKFLOW}"):
        artifacts = [
            row
            for row in api.rows(f"actions/runs/{run['id']}/artifacts", "artifacts")
            if row["name"] == FOLDER
        ]
        none = f"the plan run {run['id']} of {what} has no artifact `{FOLDER}`"
        artifact = _newest(artifacts, "created_at", none)[0]
        if not artifact["expired"]:
            path = f"actions/artifacts/{artifact['id']}/zip"
            plans.append((f"run {run['id']}", _unpacked(api, path, inside="")))
        elif not plans:
            raise ForgeError(f"the reviewed plan of {what} is kept no longer (run {run['id']})")
    return f"the plan of {what}, from {_keep(plans, folder, what)}, is in {folder}"


def _is_about(run: dict[str, Any], number: int, branch: str | None) -> bool:
    """Whether a run was made for this request and branch, as far as GitHub tells: it lists no
    request that is closed.
    """
    told = run.get("pull_requests") or []
    return not told or any(row["number"] == number and row["base"]["ref"] == branch for row in told)


def _from_gitlab(environ: Mapping[str, str], sleep: Sleep, folder: Path) -> str:
    api = gitlab(environ, sleep)
    sha = setting(environ, environment.GITLAB_COMMIT, "GitLab sets it")
    branch = setting(environ, environment.GITLAB_BRANCH, "GitLab sets it")
    project = f"projects/{setting(environ, environment.GITLAB_PROJECT, 'GitLab sets it')}"
    requests = [
        row
        for row in api.rows(f"{project}/repository/commits/{sha}/merge_requests")
        if row["state"] == "merged" and row["target_branch"] == branch
    ]
    (request, *_) = _newest(
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
        if row["status"] == "success"
        and row.get("source") == "merge_request_event"
        and _is_of(row, request["sha"], api, project)
    ]
    none = f"{what} has no successful job `{JOB}` of its last commit {request['sha']}"
    plans = []
    for pipeline in _newest(pipelines, "id", none):
        jobs = list(api.rows(f"{project}/pipelines/{pipeline['id']}/jobs"))
        job = _newest([row for row in jobs if row["name"] == JOB], "id", none)[0]
        if job.get("artifacts_file"):
            path = f"{project}/jobs/{job['id']}/artifacts"
            plans.append((f"job {job['id']}", _unpacked(api, path, inside=f"{FOLDER}/")))
        elif not plans:
            raise ForgeError(f"the reviewed plan of {what} is kept no longer (job {job['id']})")
    return f"the plan of {what}, from {_keep(plans, folder, what)}, is in {folder}"


def _is_of(pipeline: dict[str, Any], head: str, api: Api, project: str) -> bool:
    """Whether a pipeline ran for this commit, or for what a merge of it would give."""
    if pipeline["sha"] == head:
        return True
    if not str(pipeline.get("ref")).endswith("/merge"):
        return False
    address = f"{api.base.rstrip('/')}/{project}/repository/commits/{pipeline['sha']}"
    try:
        content, _ = api.call("GET", address)
    except ForgeError:  # such a commit is kept for a while only
        return False
    return head in json.loads(content)["parent_ids"]


def _newest(rows: Sequence[dict[str, Any]], key: str, none: str) -> list[dict[str, Any]]:
    """Some objects, the newest first. Raises ForgeError where there is none."""
    if not rows:
        raise ForgeError(none)
    return sorted(rows, key=lambda row: row[key], reverse=True)[:MOST_PLANS]


def _keep(plans: Sequence[tuple[str, dict[str, bytes]]], folder: Path, what: str) -> str:
    """Write the newest plan. Returns where it is from.

    Raises ForgeError where another one of the same commit says something else.
    """
    (source, files), *others = plans
    for other, old in others:
        if _effect(old) != _effect(files):
            raise ForgeError(
                f"the plans of {what} disagree: {source} and {other} say of one commit that"
                " something else would happen, and nobody can tell which was reviewed"
            )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return source


def _effect(files: Mapping[str, bytes]) -> object:
    """What `apply` would hold against its own plan: when and where it was made does not count."""
    try:
        return json.loads(files[ESSENCE])["essence"]
    except (KeyError, TypeError, ValueError):
        return files.get(ESSENCE)


def _unpacked(api: Api, path: str, inside: str) -> dict[str, bytes]:
    """The files of an archive, by their plain names:
    nothing in it may choose where it is written.
    """
    files = {}
    content, _ = api.call("GET", f"{api.base.rstrip('/')}/{path}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in members) > MOST_BYTES:
            raise ForgeError(f"{path}: more than {MOST_BYTES // 1_000_000} MB; that is no plan")
        for info in members:
            name = info.filename.removeprefix(inside)
            if name != Path(name).name or name in ("", ".", ".."):
                raise ForgeError(
                    f"{path}: holds {info.filename!r}; a plan's folder holds plain files only"
                )
            files[name] = archive.read(info)
    return files
