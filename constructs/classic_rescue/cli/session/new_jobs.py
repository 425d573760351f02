"""The files by which a forge plans, applies and brings back what a fleet repository declares.

They only call this project's own workflows, by version, so that a newer version is one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import NamedTuple

from classic_rescue.api.settings import PUBLIC_ENDPOINT
from classic_rescue.boot import environment
from classic_rescue.cli.terminal.failures import Failure

OWNERS = "CODEOWNERS"
REQUIREMENTS = "requirements.txt"
FILL_IN = "FILL-IN"
"""Stands where only the user knows what belongs there."""

NOBODY = f"{FILL_IN}@owners.invalid"
"""No account of any forge: `.invalid` is nobody's domain (RFC 2606)."""

_PART = r"(?!\.\.?[/@])[\w.-]+"
_SOURCE = re.compile(
    rf"(?P<project>{_PART}(?:/{_PART})+)@(?P<ref>(?!.*\.\.)\w[\w./-]*)", flags=re.ASCII
)
_CALLED = re.compile(
    r"uses: (?P<project>\S+?)/\.github/workflows/fleet-plan\.yml@(?P<ref>\S+)"
    r'|project: "(?P<group>\S+)"\n\s+ref: "(?P<tag>\S+)"\n\s+file: /\.gitlab/fleet\.yml'
)
_REPOSITORY = re.compile(r"(?:repository|source)[^,]*, https://(?P<host>[^/]+)/(?P<project>\S+)")


class Forge(StrEnum):
    """What runs the jobs."""

    GITHUB = "github"
    GITLAB = "gitlab"
    ATLANTIS = "atlantis"
    NONE = "none"

    @property
    def marks(self) -> str:
        """The file by which a folder shows that its jobs run there."""
        return _MARKS[self]

    @property
    def needs_source(self) -> bool:
        """Whether its files call those of this project's repository."""
        return self in (Forge.GITHUB, Forge.GITLAB)


_MARKS = {
    Forge.GITHUB: ".github/workflows/plan.yml",
    Forge.GITLAB: ".gitlab-ci.yml",
    Forge.ATLANTIS: "atlantis.yaml",
    Forge.NONE: "",
}


class Source(NamedTuple):
    """Where our workflows are called from: a project of the forge, and a commit or tag."""

    project: str
    ref: str

    @property
    def is_fixed(self) -> bool:
        """Whether nobody can move it: the full id of a commit."""
        return bool(re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", self.ref))


def forge_of(there: Mapping[Forge, str]) -> Forge:
    """Whose jobs a folder has, by the text of each forge's file: those that call ours."""
    for forge, text in there.items():
        if text and (_CALLED.search(text) or not forge.needs_source):
            return forge
    return Forge.NONE


def source_of(forge: Forge, given: str | None, there: str = "") -> Source:
    """What `--source` says; else what the file that is `there` calls; else what the package tells
    of its repository. Raises Failure where none of them does.
    """
    if given is not None:
        found = _SOURCE.fullmatch(given)
        is_too_deep = found and forge is Forge.GITHUB and found["project"].count("/") > 1
        if found is None or is_too_deep:
            raise Failure(
                f"--source {given}: not understood; allowed: OWNER/REPO@REF, such as"
                " acme/classic-rescue@ and the full id of a commit"
            )
        return Source(found["project"], found["ref"])
    if called := _CALLED.search(there):
        return Source(called["project"] or called["group"], called["ref"] or called["tag"])
    package = _package()
    if package and (project := _repository(package, forge)):
        return Source(project, f"v{package.version}")
    raise Failure(
        f"--forge {forge} needs --source OWNER/REPO@REF: the jobs call the workflows of"
        f" classic-rescue's own repository on {forge}, and this package does not tell where that"
        " is; REF is the full id of a commit there, or a tag"
    )


def _package() -> Distribution | None:
    try:
        return distribution("classic-rescue")
    except PackageNotFoundError:
        return None


def _repository(package: Distribution, forge: Forge) -> str:
    """The project that the package's metadata names, if it is on this forge."""
    for line in package.metadata.get_all("Project-URL") or ():
        found = _REPOSITORY.match(line.lower())
        if found and forge.value in found["host"]:
            return str(line).rpartition(found["host"] + "/")[2].removesuffix(".git").strip("/")
    return ""


def requirement() -> str:
    """This very package, with its hash where the installer has noted it: of a wheel that it was
    given, not of one from an index.
    """
    package = _package()
    origin = json.loads((package and package.read_text("direct_url.json")) or "{}")
    archive = origin.get("archive_info") or {}
    found = (archive.get("hashes") or {}).get("sha256")
    sha256 = found or str(archive.get("hash", "")).removeprefix("sha256=") or FILL_IN
    return f"classic-rescue=={package.version if package else FILL_IN} --hash=sha256:{sha256}"


def job_files(forge: Forge, source: Source | None, pinned: str) -> dict[str, str]:
    """Each file's text by its name; `pinned` is the line that says what the jobs install."""
    if forge is Forge.NONE:
        return {}
    files = {REQUIREMENTS: _REQUIREMENTS + pinned + "\n", OWNERS: _OWNERS}
    if forge is Forge.ATLANTIS:
        return {**files, forge.marks: _ATLANTIS}
    assert source is not None  # noqa: S101 see Forge.needs_source; this tells the type checker
    if forge is Forge.GITLAB:
        return {**files, forge.marks: _GITLAB.format(**source._asdict(), endpoint=PUBLIC_ENDPOINT)}
    calls = {
        name: _github(name, source, event, rights)
        for name, (event, rights) in _GITHUB_WORKFLOWS.items()
    }
    return {**files, **calls}


def _github(name: str, source: Source, event: str, rights: Mapping[str, str]) -> str:
    kind = name.rpartition("/")[2].removesuffix(".yml")
    lines = [
        f"# {_DOES[kind]} Set-up: docs/gitops.md of {source.project}",
        f"name: {kind}",
        event,
        "permissions: {}",
        "jobs:",
        "  fleet:",
        "    permissions:",
        *(f"      {right}" for right in rights.values()),
        f"    uses: {source.project}/.github/workflows/fleet-{kind}.yml@{source.ref}",
        "    with:",
        f"      endpoint: ${{{{ vars.{environment.ENDPOINT} || '{PUBLIC_ENDPOINT}' }}}}",
        f"      trusted-hosts: ${{{{ vars.{environment.TRUSTED_HOSTS} }}}}",
        "    secrets: # by name; for another backend another line than the last",
        *(f"      {secret}: ${{{{ secrets.{secret} }}}}" for secret in _SECRETS),
    ]
    return "\n".join(lines) + "\n"


def left_to_fill_in(texts: Mapping[str, str]) -> Iterable[str]:
    """What is still to be said by the user, a line a file."""
    for name, what in _TO_FILL_IN.items():
        if FILL_IN in texts.get(name, ""):
            yield f"{name} is not finished: {what}"


_TO_FILL_IN = {
    OWNERS: "it names nobody who must approve; put your team in the place of"
    f" {NOBODY} (and require their review in the forge's settings)",
    REQUIREMENTS: f"put the hash of the wheel in the place of {FILL_IN}, as `pip hash` prints it;"
    " no job installs anything before",
}

_SECRETS = (environment.SL_USERNAME, environment.SL_API_KEY, "PG_CONN_STR")
_READS = "contents: read # the fleet file"
_DOES = {
    "plan": "A pull request: check the file, plan, say in a comment what restarts.",
    "apply": "A merge: exactly what was reviewed, or nothing.",
    "schedule": "By the clock: bring back what has reached its `until`; an issue for the rest.",
}
_GITHUB_WORKFLOWS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    ".github/workflows/plan.yml": (
        "on: pull_request",
        {"contents": _READS, "requests": "pull-requests: write # the comment"},
    ),
    ".github/workflows/apply.yml": (
        'on: {push: {branches: [main], paths-ignore: ["**.md"]}}',
        {
            "contents": _READS,
            "requests": "pull-requests: read # which one this commit came with",
            "actions": "actions: read # its plan",
        },
    ),
    ".github/workflows/schedule.yml": (
        'on: {schedule: [{cron: "*/15 * * * *"}], workflow_dispatch: {}}',
        {"contents": _READS, "issues": "issues: write # the drift report"},
    ),
}

_GITLAB = """\
# Merge request: plan, and say in a note what restarts. Merge: exactly that. Schedule: bring back
# what has reached its `until`. Set-up: docs/gitops.md of {project}
include:
  - project: "{project}"
    ref: "{ref}"
    file: /.gitlab/fleet.yml
    inputs:
      endpoint: {endpoint}
      trusted-hosts: "" # the host of an http or s3 backend
"""

_ATLANTIS = """\
# Which changes are planned. What a plan and an apply run is in the server's own repos.yaml, so that
# no pull request decides it:
#
#   repos:
#     - id: github.com/YOU/fleet
#       apply_requirements: [approved, mergeable, undiverged]
#       workflow: classic-rescue
#   workflows:
#     classic-rescue:
#       plan:
#         steps:
#           - run: classic-rescue plan --out reviewed --zero-if-allowed --at window
#       apply:
#         steps:
#           - run: classic-rescue apply reviewed
#
# The server's image holds the package (requirements.txt); its environment has endpoint and key.
version: 3
projects:
  - name: fleet
    dir: .
    autoplan: {when_modified: ["*.yaml", "*.yml", "*.json", "**/*.sh"]}
"""

_REQUIREMENTS = """\
# What the jobs install, by its hash, as `pip hash classic_rescue-….whl` prints it. The package
# brings the lock of all that it runs with. From an index of your own: add `--index-url https://…`.
# From a URL: classic-rescue @ https://… --hash=sha256:…
"""

_OWNERS = f"""\
# Who must approve a change of what decides for the devices. Nobody does yet.
* {NOBODY}
"""
