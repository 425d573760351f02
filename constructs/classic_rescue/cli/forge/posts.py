"""One comment on a pull or merge request, or one issue, kept up to date: found by the hidden marker
of its first line, with which each report begins.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
from classic_rescue.cli.terminal.hidden import hidden
from classic_rescue.review.reports.markdown import MARKER

MOST_CHARACTERS = 65_536
"""GitHub's limit for a comment and an issue. GitLab's is a million."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Posts:
    """The comments of one request, or the issues of a project, as one service has them.

    `path` lists them and makes one; `one` gives the path of a single one; `body` is the field of
    its text, `method` what changes it, `closing` what closes it.
    """

    api: Api
    path: str
    one: Callable[[Row], str]
    body: str
    method: str
    is_own: Callable[[Row], bool]
    query: Mapping[str, str] = field(default_factory=dict)
    closing: Mapping[str, object] = field(default_factory=dict)

    def find(self) -> str | None:
        """The path of the one that this program made."""
        rows = (row for row in self.api.rows(self.path, **self.query) if self.is_own(row))
        return next(
            (
                self.one(row)
                for row in rows
                if (row.get(self.body) or "").splitlines()[:1] == [MARKER]
            ),
            None,
        )

    def keep(self, text: str, more: Mapping[str, object]) -> str:
        """Update it, or make it.

        Where the answer is lost, it is looked for again before there would be two.
        """
        try:
            return self._keep(text, more)
        except ForgeError as problem:
            if "has no answer" not in str(problem):
                raise
        return self._keep(text, more)

    def _keep(self, text: str, more: Mapping[str, object]) -> str:
        content = {**more, self.body: text}
        if found := self.find():
            self.api.send(self.method, found, content)
            return f"{found} is up to date"
        self.api.send("POST", self.path, content)
        return f"made in {self.path}"

    def close(self) -> str:
        """Close it, if it is open."""
        found = self.find()
        if found is None:
            return "no issue is open"
        self.api.send(self.method, found, self.closing)
        return f"{found} is closed"


def comments(environ: Mapping[str, str], sleep: Sleep) -> Posts:
    """The comments on the request that this job is about."""
    if is_gitlab(environ):
        iid = setting(
            environ, environment.GITLAB_REQUEST, "this job is not of a merge request's pipeline"
        )
        return _of_gitlab(
            environ, sleep, f"merge_requests/{iid}/notes", number="id", body="body", query={}
        )
    event = setting(
        environ, environment.GITHUB_EVENT_PATH, "GitHub sets it; is this a job of GitHub Actions?"
    )
    number = (
        json.loads(Path(event).read_text(encoding="utf-8")).get("pull_request", {}).get("number")
    )
    if not isinstance(number, int):
        raise ForgeError("this job is not about a pull request, so there is none to comment on")
    one = "issues/comments/{id}".format_map
    return Posts(
        github(environ, sleep),
        f"issues/{number}/comments",
        one,
        body="body",
        method="PATCH",
        is_own=_is_bot,
    )


def issues(environ: Mapping[str, str], sleep: Sleep) -> Posts:
    """The open issues of the project."""
    if is_gitlab(environ):
        return _of_gitlab(
            environ,
            sleep,
            "issues",
            number="iid",
            body="description",
            query={"state": "opened"},
        )
    return Posts(
        github(environ, sleep),
        "issues",
        "issues/{number}".format_map,
        body="body",
        method="PATCH",
        # GitHub lists pull requests among the issues.
        is_own=lambda row: "pull_request" not in row and _is_bot(row),
        query={"state": "open"},
        closing={"state": "closed"},
    )


def _is_bot(row: Row) -> bool:
    """A job's token writes as a bot, and cannot ask which one:
    a person who copied the marker is none.
    """
    return bool((row.get("user") or {}).get("type") == "Bot")


def _of_gitlab(
    environ: Mapping[str, str],
    sleep: Sleep,
    path: str,
    *,
    number: str,
    body: str,
    query: Mapping[str, str],
) -> Posts:
    api = gitlab(environ, sleep)
    whole = f"projects/{setting(environ, environment.GITLAB_PROJECT, 'GitLab sets it')}/{path}"
    me = api.get("user")["id"]
    return Posts(
        api,
        whole,
        lambda row: f"{whole}/{row[number]}",
        body=body,
        method="PUT",
        is_own=lambda row: bool(row["author"]["id"] == me),
        query=query,
        closing={"state_event": "close"},
    )


def run_url(environ: Mapping[str, str]) -> str:
    """Where this job is seen."""
    names = (
        environment.GITHUB_SERVER_URL,
        environment.GITHUB_REPOSITORY,
        environment.GITHUB_RUN_ID,
    )
    server, repository, run = (environ.get(name, "") for name in names)
    return environ.get(environment.GITLAB_JOB_URL) or f"{server}/{repository}/actions/runs/{run}"


def keep_comment(
    review: Path, more: Iterable[Path], environ: Mapping[str, str], sleep: Sleep
) -> str:
    """Say the review in the request that this job is about. Returns what was done."""
    text = review_text(review, run_url(environ), more)
    with told_in_words():
        return comments(environ, sleep).keep(text, {})


def keep_issue(review: Path, title: str, environ: Mapping[str, str], sleep: Sleep) -> str:
    """Say it in an open issue. Returns what was done."""
    text = review_text(review, run_url(environ))
    with told_in_words():
        return issues(environ, sleep).keep(text, {"title": title})


def close_issue(environ: Mapping[str, str], sleep: Sleep) -> str:
    """Close that issue, if it is open. Returns what was done."""
    with told_in_words():
        return issues(environ, sleep).close()


def review_text(path: Path, url: str, more: Iterable[Path] = ()) -> str:
    """The text, more if it is there, and a link to the job, within the limit;
    a sentence where there is no file, since an older comment would mislead.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        text = (
            f"{MARKER}\n\n## ⛔ classic-rescue: no plan could be made\n\n"
            "The log of the job says why.\n"
        )
    text += "".join(
        "\n" + part.read_text(encoding="utf-8", errors="replace") for part in more if part.is_file()
    )
    text = hidden(text)
    foot = f"\n[the job that found this]({url})\n"
    if len(text) + len(foot) <= MOST_CHARACTERS:
        return text + foot
    cut = "\n\n(cut off: too long for a comment; the whole review is in the job's artifact)\n"
    return text[: MOST_CHARACTERS - len(cut) - len(foot)] + cut + foot
