"""Local stand-ins for GitHub's and GitLab's API, in the shapes that their documentation gives,
and for a state store.

GitHub: https://docs.github.com/en/rest/issues/comments, /rest/issues/issues, /rest/commits/commits
(pulls of a commit), /rest/actions/workflow-runs, /rest/actions/artifacts.
GitLab: https://docs.gitlab.com/api/notes/, /api/issues/, /api/commits/ (merge requests of a
commit), /api/merge_requests/, /api/pipelines/, /api/jobs/, /api/job_artifacts/.
"""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "forge-token-0123456789"
REPOSITORY = "acme/fleet"
Row = dict[str, Any]


@dataclass
class Reply:
    """What is answered."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Forge:
    """One service with one project.

    `first` are answers that the next requests get instead of their own.
    `drops_next`: the next request with this verb is done, and its answer is lost.
    """

    url: str = ""
    is_gitlab: bool = False
    comments: list[Row] = field(default_factory=list)
    issues: list[Row] = field(default_factory=list)
    requests_of: dict[str, list[Row]] = field(default_factory=dict)
    runs: list[Row] = field(default_factory=list)
    artifacts: dict[int, list[Row]] = field(default_factory=dict)
    archives: dict[int, bytes] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    first: list[Reply] = field(default_factory=list)
    drops_next: str = ""
    asked: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)
    locks: dict[str, bytes] = field(default_factory=dict)

    def post(self, body: str, *, is_own: bool = True) -> Row:
        """A comment or issue as the service lists it."""
        number = 1000 + len(self.comments) + len(self.issues)
        if self.is_gitlab:
            return {
                "id": number,
                "iid": number,
                "body": body,
                "description": body,
                "author": {"id": 7 if is_own else 8},
            }
        kind = "Bot" if is_own else "User"
        return {
            "id": number,
            "number": number,
            "body": body,
            "user": {"login": "somebody", "type": kind},
        }

    def keep(self, folder: Path, inside: str = "") -> int:
        """Keep a folder as an artifact's archive. Returns its number."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, inside + path.name)
        number = 5000 + len(self.archives)
        self.archives[number] = packed.getvalue()
        return number


def of_github(forge: Forge, call: str, query: dict[str, str], body: bytes) -> Reply | None:
    """GitHub's answer, or None where it has no such address."""
    verb, _, path = call.partition(f" /repos/{REPOSITORY}/")
    where = path.split("/")
    match verb, where:
        case "GET", ["issues", "7", "comments"]:
            return _page(forge, forge.comments, query, path)
        case "POST", ["issues", "7", "comments"]:
            return _made(forge, forge.comments, json.loads(body))
        case "PATCH", ["issues", "comments", number]:
            return _changed(forge.comments, int(number), json.loads(body))
        case "GET", ["issues"]:
            return _page(
                forge, [row for row in forge.issues if row.get("state") != "closed"], query, path
            )
        case "POST", ["issues"]:
            return _made(forge, forge.issues, json.loads(body))
        case "PATCH", ["issues", number]:
            return _changed(forge.issues, int(number), json.loads(body))
        case "GET", ["commits", sha, "pulls"]:
            return _page(forge, forge.requests_of.get(sha, []), query, path)
        case "GET", ["actions", "runs"]:
            runs = [run for run in forge.runs if run["head_sha"] == query["head_sha"]]
            return Reply(body={"total_count": len(runs), "workflow_runs": runs})
        case "GET", ["actions", "runs", number, "artifacts"]:
            return Reply(body={"artifacts": forge.artifacts.get(int(number), [])})
        case "GET", ["actions", "artifacts", number, "zip"]:
            return Reply(302, headers={"Location": f"{forge.url}/storage/{number}"})
    return None


def of_gitlab(forge: Forge, call: str, query: dict[str, str], body: bytes) -> Reply | None:
    """GitLab's answer, or None where it has no such address."""
    if call == "GET /user":
        return Reply(body={"id": 7, "username": "project_1_bot"})
    verb, _, path = call.partition(" /projects/1/")
    match verb, path.split("/"):
        case "GET", ["merge_requests", "7", "notes"]:
            return _page(forge, forge.comments, query, f"projects/1/{path}")
        case "POST", ["merge_requests", "7", "notes"]:
            return _made(forge, forge.comments, json.loads(body))
        case "PUT", ["merge_requests", "7", "notes", number]:
            return _changed(forge.comments, int(number), json.loads(body))
        case "GET", ["issues"]:
            return _page(
                forge,
                [row for row in forge.issues if row.get("state_event") != "close"],
                query,
                path,
            )
        case "POST", ["issues"]:
            return _made(forge, forge.issues, json.loads(body))
        case "PUT", ["issues", number]:
            return _changed(forge.issues, int(number), json.loads(body))
        case "GET", ["repository", "commits", sha, "merge_requests"]:
            return Reply(body=forge.requests_of.get(sha, []))
        case "GET", ["repository", "commits", sha] if sha in forge.parents:
            return Reply(body={"id": sha, "parent_ids": forge.parents[sha]})
        case "GET", ["merge_requests", "7", "pipelines"]:
            return Reply(body=forge.runs)
        case "GET", ["pipelines", number, "jobs"]:
            return Reply(body=forge.artifacts.get(int(number), []))
        case "GET", ["jobs", number, "artifacts"]:
            return Reply(302, headers={"Location": f"{forge.url}/storage/{number}"})
    return None


def _page(forge: Forge, rows: list[Row], query: dict[str, str], path: str) -> Reply:
    """Thirty at most, however many are wanted: further pages must be asked for."""
    size = min(int(query.get("per_page", 20)), 30)
    page = int(query.get("page", 1))
    last = page * size >= len(rows)
    prefix = "" if forge.is_gitlab else f"/repos/{REPOSITORY}"
    more = f"{forge.url}{prefix}/{path}?per_page={size}&page={page + 1}"
    links = f'<{forge.url}{prefix}/{path}?page=1>; rel="first"' + (
        "" if last else f', <{more}>; rel="next"'
    )
    return Reply(body=rows[(page - 1) * size : page * size], headers={"Link": links})


def _made(forge: Forge, rows: list[Row], given: Row) -> Reply:
    rows.append(forge.post("") | given)
    return Reply(201, rows[-1])


def _changed(rows: list[Row], number: int, given: Row) -> Reply:
    row = next(row for row in rows if number in (row["id"], row.get("number")))
    row |= given
    if row.get("state") == "closed" or row.get("state_event") == "close":
        row["is_closed"] = True
    return Reply(body=row)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    forge: Forge
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Answer any verb."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.reply(
            parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}, body
        )
        if self.command == self.forge.drops_next:
            self.forge.drops_next = ""
            self.close_connection = True
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_LOCK = do_UNLOCK = do_DELETE = answer

    def reply(self, path: str, query: dict[str, str], body: bytes) -> Reply:
        """The answer of storage, state store or API."""
        forge = self.forge
        call = f"{self.command} {path}"
        sent = (self.headers.get("Authorization"), self.headers.get("PRIVATE-TOKEN"))
        if path.startswith("/storage/"):
            forge.leaked += [token for token in sent if token]
            return Reply(body=forge.archives[int(path.rpartition("/")[2])])
        if path.startswith("/state/"):
            return state_store(forge, self.command, path, body)
        forge.asked.append(call)
        wanted = (None, TOKEN) if forge.is_gitlab else (f"Bearer {TOKEN}", None)
        if sent != wanted:
            return Reply(401, {"message": "Bad credentials"})
        answer = of_gitlab if forge.is_gitlab else of_github
        if forge.first:
            return forge.first.pop(0)
        return answer(forge, call, query, body) or Reply(404, {"message": "Not Found"})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def state_store(forge: Forge, verb: str, path: str, body: bytes) -> Reply:
    """Terraform's `http` backend: https://developer.hashicorp.com/terraform/language/backend/http."""
    if verb == "LOCK":
        held = forge.locks.setdefault(path, body)
        return Reply(200 if held == body else 423, held)
    if verb == "UNLOCK":
        forge.locks.pop(path, None)
        return Reply(body=b"")
    if verb == "GET":
        return Reply(body=forge.states[path]) if path in forge.states else Reply(404, b"")
    forge.states[path] = body
    return Reply(body=b"")


@contextmanager
def running(*, is_gitlab: bool) -> Iterator[Forge]:
    """A service on a free port of this machine."""
    forge = Forge(is_gitlab=is_gitlab)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"forge": forge}))
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
