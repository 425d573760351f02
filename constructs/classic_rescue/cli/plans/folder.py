"""The folder of a reviewed plan: what people read, and what `apply` compares its own plan with.
Nothing in it is executed, and nothing in it is a plan file of Terraform's.

essence.json    written last: without it the folder is not finished
review.md, review.json, junit.xml, review.sarif
applied.json    written by an apply: when, by whom, and how each stack ended
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from classic_rescue.cli.plans.essence import Essence, as_json, from_json
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.checkout import Checkout

SCHEMA_VERSION = 2
ESSENCE = "essence.json"
REPORTS = {
    "review.md": "markdown",
    "review.json": "json_report",
    "junit.xml": "junit",
    "review.sarif": "sarif",
}
"""File → its module in `review.reports`."""

BESIDE = "preflight.md"
"""What `classic-rescue preflight` may have written there."""

APPLIED = "applied.json"
"""What the last `apply` of the plan says about itself."""

EARLIER = "manifest.json"
"""Of a version that kept plan files, `*.tfplan`; they go with the rest."""

PLAN_AGAIN = "plan again, and have that reviewed"
MOST_BYTES = 64_000_000
"""Of one file: fifty times that of 5,000 devices."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was reviewed. All but the essence is told and not held against anybody: when, by which
    Terraform, of which file and commit it was made, and how the review ended.

    `returns` is None for a whole plan; otherwise it only brings back these devices, by key, which
    were over their time limit.
    """

    created: str
    terraform_version: str
    fleet_path: str
    fleet_sha256: str
    checkout: Checkout | None
    verdict: str
    returns: tuple[str, ...] | None
    essence: Essence


def make_room(folder: Path) -> None:
    """An empty folder, or one with a former plan, which goes.

    Raises Failure for one that holds something else.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = {path.name for path in folder.iterdir()}
    except OSError as problem:
        raise Failure(
            f"{folder}: cannot be used for a plan ({problem.strerror}); name another folder"
        ) from None
    known = {ESSENCE, EARLIER, BESIDE, APPLIED, *REPORTS}
    ours = {name for name in found if name in known or name.endswith(".tfplan")}
    if foreign := sorted(found - ours):
        raise Failure(
            f"{folder}: holds {foreign[0]}, which no plan put there; name an empty folder, or a new"
            " one"
        )
    # The essence first: half a plan is none.
    for name in sorted(ours, key=lambda name: name != ESSENCE):
        (folder / name).unlink()


def write_reviewed(folder: Path, reviewed: Reviewed) -> None:
    """Finish the folder."""
    told = {"schema_version": SCHEMA_VERSION, **asdict(reviewed)}
    told["essence"] = as_json(reviewed.essence)
    fresh = folder / f".{ESSENCE}.new"
    fresh.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    fresh.replace(folder / ESSENCE)


def read_reviewed(folder: Path) -> Reviewed:
    """What a finished folder says. Raises Failure for anything else."""
    path = folder / ESSENCE
    try:
        given = json.loads(_content(path))
    except FileNotFoundError:
        raise Failure(
            f"{folder}: no {ESSENCE} is there, so this is not the folder of a finished plan; make"
            f" one: classic-rescue plan --out {folder}"
        ) from None
    except (OSError, ValueError, RecursionError) as problem:
        raise Failure(f"{path}: not readable ({problem}); {PLAN_AGAIN}") from None
    version = given.get("schema_version") if isinstance(given, dict) else None
    if version != SCHEMA_VERSION:
        raise Failure(
            f"{path}: schema_version {version!r:.40}; this version of classic-rescue reads"
            f" {SCHEMA_VERSION}; {PLAN_AGAIN}"
        )
    try:
        return _reviewed(given)
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise Failure(
            f"{path}: not what `plan` writes ({type(problem).__name__}: {problem}); {PLAN_AGAIN}"
        ) from None


def _content(path: Path) -> str:
    """The text of a plain file, all at once: nothing that is swapped later counts.

    Raises OSError and ValueError, also for a link, a pipe and a file that is far too long.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("no plain file")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES // 1_000_000} MB")
    return content.decode("utf-8")


def _reviewed(given: Mapping[str, Any]) -> Reviewed:
    texts = {
        name: given[name]
        for name in ("created", "terraform_version", "fleet_path", "fleet_sha256", "verdict")
    }
    if not all(isinstance(value, str) for value in texts.values()):
        raise ValueError("a text is missing")
    checkout = given["checkout"]
    if checkout is not None:
        checkout = Checkout(str(checkout["commit"]), str(checkout["tree"]))
    returns = given["returns"]
    if returns is not None and not isinstance(returns, list):
        raise ValueError(f"returns: {returns!r:.40} where a list belongs")
    return Reviewed(
        **texts,
        checkout=checkout,
        returns=None if returns is None else tuple(map(str, returns)),
        essence=from_json(given["essence"]),
    )


@dataclass(frozen=True, slots=True)
class Applied:
    """An apply of the plan: when, by whom, its exit code, and how Terraform ended by stack."""

    at: str
    who: str
    exit_code: int
    stacks: Mapping[str, int]

    def __str__(self) -> str:
        """Say it in a sentence."""
        ended = "" if self.exit_code == 0 else f", and ended with {self.exit_code}"
        return f"this very plan was applied at {self.at} by {self.who}{ended}"


def write_applied(folder: Path, applied: Applied) -> None:
    """Remember it beside the plan. A folder that cannot be written to stops nothing."""
    with suppress(OSError):
        (folder / APPLIED).unlink(missing_ok=True)  # no link leads to another file
        (folder / APPLIED).write_text(json.dumps(asdict(applied), indent=2) + "\n", "utf-8")


def find_applied(folder: Path) -> Applied | None:
    """The last apply of this plan; None where nothing tells of one."""
    try:
        given = json.loads(_content(folder / APPLIED))
        return Applied(
            at=str(given["at"]),
            who=str(given["who"]),
            exit_code=int(given["exit_code"]),
            stacks={str(key): int(code) for key, code in given["stacks"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as `sha256sum` prints it. Raises Failure."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise Failure(f"{path}: cannot be read ({problem.strerror}); {PLAN_AGAIN}") from None
