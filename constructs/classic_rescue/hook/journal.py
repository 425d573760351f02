"""The history: one JSON line a run of the hook, appended to a file or sent to a URL.

A journal that cannot be written is said once and stops nothing. docs/history.schema.json describes
a line.
"""

from __future__ import annotations

import http.client
import json
import os
import pwd
import stat
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from classic_rescue.api.errors import SettingsError
from classic_rescue.api.settings import is_loopback
from classic_rescue.api.values import checked_token
from classic_rescue.boot import environment
from classic_rescue.boot.blank import is_blank
from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.states import Order
from classic_rescue.hook.app_files import MANIFEST, output_folder
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.report import Field, clean
from classic_rescue.rim.hiding import Form

OFF = "off"
FOLDER = ".classic-rescue"
ALLOWED = f"allowed: a path, an https URL (http only on this machine), pg:SCHEMA, or {OFF}"
TABLE = "pg:"
"""What the place of a journal in PostgreSQL begins with; the schema follows."""

CONTENT_TYPE = "application/x-ndjson"
UNPROVEN = "unproven"
"""The result of a run that ends well without proof: `to` is only what was proved."""

SCHEMA_VERSION = 1
LONGEST_POST_S = 3.0
"""A device's hook must not wait for a journal: what takes longer counts as not written."""

_ACTORS = (environment.GITHUB_ACTOR, environment.GITLAB_USER, environment.JENKINS_USER)
_COMMITS = (environment.GITHUB_SHA, environment.GITLAB_COMMIT, environment.JENKINS_COMMIT)
_RUN_URLS = (environment.GITLAB_JOB_URL, environment.GITLAB_PIPELINE_URL, environment.JENKINS_URL)

Line = dict[str, "Field | list[str] | Mapping[str, Any]"]


def place(
    environ: Mapping[str, str],
    project: str | None,
    *,
    is_rehearsal: bool,
    directory: str = "",
    table: str = "",
) -> str:
    """The path, URL or table of the journal; empty where none is kept.

    Without a setting: `table`, that of the fleet's backend, also in CI; where there is none, a file
    in the project's folder, but none in CI, where nobody would find it again, or outside any
    project. A rehearsal on a mock has a file of its own, so that it is never taken for what
    happened to real devices. A relative path outside any project is one in `directory`; empty:
    where this process runs.
    """
    given = environ.get(environment.JOURNAL, "").strip()
    if given:
        if given.casefold() == OFF:
            return ""
        if "://" in given or is_table(given):
            return given
        return os.path.join(project or directory, given)
    if table and not is_rehearsal:
        return table
    if project is None or environ.get(environment.CI, "").casefold() not in ("", "0", "false"):
        return ""
    return os.path.join(project, FOLDER, "rehearsals.jsonl" if is_rehearsal else "journal.jsonl")


def is_table(place: str) -> bool:
    """Whether the journal is a table."""
    return place.startswith(TABLE)


def key_of(place: str, environ: Mapping[str, str]) -> str | None:
    """What opens the journal at this place: the connection of a table, or the token of a URL."""
    return environ.get(environment.PG_CONNECTION if is_table(place) else environment.JOURNAL_TOKEN)


def project_around(directory: str) -> str | None:
    """The project's folder, seen from where Terraform runs: PROJECT/cdktf.out/stacks/STACK (see
    `declarations`).

    A rehearsal's cdktf.out is in PROJECT/.classic-rescue. None where no manifest says that this is
    such a folder.
    """
    output = output_folder(directory)
    if not os.path.isfile(os.path.join(output, MANIFEST)):
        return None
    around = os.path.dirname(output)
    return os.path.dirname(around) if os.path.basename(around) == FOLDER else around


class Start(NamedTuple):
    """What is known of a run before it begins.

    `user` is the service's; `secrets` never get into a line.
    """

    verb: str
    order: Order
    started: datetime
    endpoint: str = ""
    user: str = ""
    secrets: tuple[Form, ...] = ()


class End(NamedTuple):
    """How a run ended. `told` are the fields that the report printed;
    `requests` those that restart, in order. `script` is what ran in its rescue system, where the
    line is about that.
    """

    exit: Exit
    ended: datetime
    told: Mapping[str, Field]
    took_s: float | None = None
    device: str = ""
    requests: tuple[str, ...] = ()
    script: Mapping[str, Any] | None = None


def line_of(start: Start, end: End, environ: Mapping[str, str]) -> Line:
    """One line of the journal, without secrets and without control characters."""
    order = start.order
    told = end.told
    is_done = told.get("step") == "done"
    line: Line = {
        "schema_version": SCHEMA_VERSION,
        "time": clock_time(end.ended),
        "started": clock_time(start.started),
        "name": order.name,
        "key": order.device.key,
        "device": end.device or None,
        "verb": start.verb,
        "wanted": str(order.goal),
        "from": told.get("before") or told.get("state"),
        "to": told.get("after") if is_done and told.get("result") != UNPROVEN else None,
        "result": told.get("result") if is_done else end.exit.name.lower(),
        "exit": int(end.exit),
        "requests": list(end.requests),
        "took_s": end.took_s,
        "evidence": told.get("evidence") if is_done else None,
        "text": told.get("text"),
        "reason": order.reason,
        "break_glass": told.get("break_glass") or _break_glass(environ),
        "user": start.user or None,
        "os_user": os_user(),
        "host": os.uname().nodename,
        "ci_actor": ci_actor(environ),
        "ci_url": ci_url(environ),
        "commit": _first(environ, _COMMITS),
        "endpoint": start.endpoint or None,
    }
    if end.script:
        line["script"] = end.script
    return {key: _clean(value, start.secrets) for key, value in line.items()}


def _clean(value: Any, secrets: tuple[Form, ...]) -> Any:  # noqa: ANN401 a value of a line
    if isinstance(value, str):
        return clean(value, secrets)
    if isinstance(value, list):
        return [_clean(one, secrets) for one in value]
    if isinstance(value, Mapping):
        return {key: _clean(one, secrets) for key, one in value.items()}
    return value


def keep(place: str, line: Line, key: str | None) -> str:
    """Write the line; `key` is that of `key_of`. Returns why it cannot be written, for one note;
    empty when it is.
    """
    if is_table(place):
        from classic_rescue.hook.journal_table import JournalTable  # a driver that few need

        table = JournalTable(place, key)
        try:
            return table.append(line)
        finally:
            table.close()
    content = json.dumps(line).encode() + b"\n"
    if "://" in place:
        return _post(place, content, key)
    try:
        _append(place, content)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        return f"{place}: {getattr(problem, 'strerror', None) or problem}"
    return ""


def _append(path: str, content: bytes) -> None:
    """One write in append mode, so that lines of hooks side by side never mix, however long (on a
    file of this machine; over NFS they may). A line that a killed writer left unfinished is ended
    first: it must not take this one along. What looks unfinished may be another hook's line on its
    way: then an empty line comes in between, which is skipped.
    """
    if os.path.basename(os.path.dirname(path)) == FOLDER:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o600)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a regular file")
        if status.st_size and os.pread(descriptor, 1, status.st_size - 1) != b"\n":
            content = b"\n" + content
        if os.write(descriptor, content) != len(content):
            raise OSError(None, "only a part of the line could be written: the disk is full")
    finally:
        os.close(descriptor)


def refusal_of(url: str) -> str:
    """Why nothing is sent to this URL; empty when it may be."""
    if any(not "!" <= character <= "~" for character in url):
        return f"a URL has no blanks, control characters or signs outside ASCII; {ALLOWED}"
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # such as http://[::, or a port that is no number
        is_usable = False
    if not is_usable:
        return f"not a usable URL; {ALLOWED}"
    if parts.username or parts.password:
        return (
            f"the URL holds credentials; put a bearer token into {environment.JOURNAL_TOKEN}"
            " instead"
        )
    if parts.scheme == "http" and not is_loopback(url):
        return f"not encrypted; {ALLOWED}"
    return ""


def said(url: str) -> str:
    """The URL for people: without credentials and without its query, which may hold a key. A table
    as SQL calls it.
    """
    if is_table(url):
        return f"the table {url.removeprefix(TABLE)}.journal in PostgreSQL"
    try:
        parts = urlsplit(url)
    except ValueError:
        return environment.JOURNAL
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _post(url: str, content: bytes, token: str | None) -> str:
    """In a thread, since no timeout of the standard library
    covers looking up a name and a dripping answer.
    """
    if refusal := refusal_of(url):
        return f"{said(url)}: {refusal}"
    outcome: list[str] = []
    worker = threading.Thread(
        target=lambda: outcome.append(_send(url, content, token)), daemon=True
    )
    worker.start()
    worker.join(LONGEST_POST_S)
    why = outcome[0] if outcome else f"no answer within {LONGEST_POST_S:g} s"
    return why and f"{said(url)}: {why}"


def authorization(token: str | None) -> str:
    """The header for a URL; empty without a token. Raises SettingsError for one that cannot be
    sent.
    """
    return f"Bearer {checked_token(token, environment.JOURNAL_TOKEN)}" if token else ""


def _send(url: str, content: bytes, token: str | None) -> str:
    from classic_rescue.api.posting import open_url  # urllib.request costs a tenth

    try:
        with open_url(
            url,
            content,
            LONGEST_POST_S,
            content_type=CONTENT_TYPE,
            authorization=authorization(token),
        ) as reply:
            return "" if reply.status < 300 else f"HTTP {reply.status}"
    except SettingsError as problem:
        return str(problem)
    except (OSError, ValueError, http.client.HTTPException) as problem:
        return f"{type(problem).__name__}: {problem}"


def _break_glass(environ: Mapping[str, str]) -> str | None:
    reason = environ.get(environment.BREAK_GLASS, "").strip()
    return None if is_blank(reason) else reason


def os_user() -> str:
    """Who runs this process."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.getuid())


def ci_actor(environ: Mapping[str, str]) -> str | None:
    """Who started the run of a CI system."""
    return _first(environ, _ACTORS)


def ci_url(environ: Mapping[str, str]) -> str | None:
    """Where a run of a CI system is shown."""
    server = environ.get(environment.GITHUB_SERVER_URL)
    repository = environ.get(environment.GITHUB_REPOSITORY)
    run = environ.get(environment.GITHUB_RUN_ID)
    if server and repository and run:
        return f"{server}/{repository}/actions/runs/{run}"
    return _first(environ, _RUN_URLS)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)
